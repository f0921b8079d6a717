//! Shapes made of shapes: literals of an enum, unions without repeats, objects that say one thing together.

use serde_json::Value;

use super::{super::doc::Doc, DEPTH_MAX, Field, Object, Shape};

/// Literals of an enum that are kept.
const LITERALS_MAX: usize = 60;

pub(super) fn literals(values: &[Value], depth: usize) -> Shape {
    let mut shapes: Vec<Shape> = values.iter().take(LITERALS_MAX).map(|value| literal(value, depth)).collect();
    if values.len() > LITERALS_MAX {
        // Wider than the schema, so that a value that is not shown still type-checks.
        let left = &values[LITERALS_MAX..];
        shapes.extend(
            [
                left.iter().any(Value::is_string).then_some(Shape::String),
                left.iter().any(Value::is_number).then_some(Shape::Number),
                left.iter().any(|v| v.is_array() || v.is_object()).then_some(Shape::Any),
            ]
            .into_iter()
            .flatten(),
        );
    }
    union(shapes)
}

pub(super) fn literal(value: &Value, depth: usize) -> Shape {
    match value {
        Value::Null => Shape::Null,
        Value::Array(_) | Value::Object(_) if depth > DEPTH_MAX => Shape::Any,
        Value::Array(items) => {
            let items: Vec<Shape> = items.iter().take(LITERALS_MAX).map(|item| literal(item, depth + 1)).collect();
            Shape::Tuple { required: items.len(), items, rest: None }
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| Field {
                name: name.clone(),
                optional: false,
                shape: literal(value, depth + 1),
                doc: Doc::default(),
            });
            Shape::Object(Object { fields: fields.collect(), others: None })
        }
        // Longer than a type should be: still a string, no longer that string.
        Value::String(text) if text.len() > 200 => Shape::String,
        scalar => Shape::Literal(scalar.to_string()),
    }
}

/// Flat, without repeats; `Any` swallows the rest.
pub(crate) fn union(shapes: Vec<Shape>) -> Shape {
    let mut flat: Vec<Shape> = Vec::new();
    let mut add = |shape: Shape| {
        if shape != Shape::Never && !(flat.len() < 200 && flat.contains(&shape)) {
            flat.push(shape);
        }
    };
    for shape in shapes {
        match shape {
            Shape::Union(inner) => inner.into_iter().for_each(&mut add),
            shape => add(shape),
        }
    }
    if flat.contains(&Shape::Any) {
        return Shape::Any;
    }
    if flat.contains(&Shape::Number) {
        flat.retain(|shape| *shape != Shape::Integer);
    }
    match flat.len() {
        0 => Shape::Never,
        1 => flat.remove(0),
        _ => Shape::Union(flat),
    }
}

/// Objects are merged where no field is said twice; what says nothing goes.
pub(super) fn intersection(shapes: Vec<Shape>) -> Shape {
    let mut parts: Vec<Shape> = Vec::new();
    for shape in shapes {
        if matches!(shape, Shape::Any) || parts.contains(&shape) {
            continue;
        }
        let Some(last) = parts.pop() else {
            parts.push(shape);
            continue;
        };
        match (last, shape) {
            (last, Shape::Object(object)) if object.says_nothing() => parts.push(last),
            (Shape::Object(last), shape) if last.says_nothing() => parts.push(shape),
            (Shape::Object(mut last), Shape::Object(object)) if last.is_disjoint(&object) => {
                last.fields.extend(object.fields);
                parts.push(Shape::Object(last));
            }
            (Shape::Object(mut last), Shape::Object(object)) if object.requires_only(&last) => {
                for field in &mut last.fields {
                    field.optional &= !object.fields.iter().any(|required| required.name == field.name);
                }
                parts.push(Shape::Object(last));
            }
            (Shape::Number, Shape::Integer) | (Shape::Integer, Shape::Number) => parts.push(Shape::Integer),
            (last, shape) => parts.extend([last, shape]),
        }
    }
    match parts.len() {
        0 => Shape::Any,
        1 => parts.remove(0),
        _ => Shape::Intersection(parts),
    }
}

impl Object {
    /// `{"type": "object"}` and nothing more.
    pub(crate) fn says_nothing(&self) -> bool {
        self.fields.is_empty() && self.others.as_deref() == Some(&Shape::Any)
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.others.is_none()
            && other.others.is_none()
            && self.fields.len() + other.fields.len() <= 500
            && !other.fields.iter().any(|field| self.fields.iter().any(|known| known.name == field.name))
    }

    /// `{"required": [...]}` of fields another object describes.
    fn requires_only(&self, other: &Self) -> bool {
        self.others.is_none()
            && self.fields.len() <= 100
            && self
                .fields
                .iter()
                .all(|field| field.shape == Shape::Unknown && other.fields.iter().any(|known| known.name == field.name))
    }
}
