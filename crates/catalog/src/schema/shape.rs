//! What a schema says a value looks like, free of JSON Schema's many ways to say it. Printers start from here.
//!
//! Lossy only upwards: where a schema cannot be said as a type (`not`, `if`, references outside), the shape is wider.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    Root,
    content::{self, CONTENT_BYTES_MAX},
    doc::{Doc, doc},
};

/// Shapes made from one document; beyond it everything is `Any`.
const SHAPES_MAX: usize = 20_000;
/// Nesting beyond which a value is `Any`.
const DEPTH_MAX: usize = 24;
/// Schemas being read inside one another, definitions included: what the stack bears.
const STACK_MAX: usize = 120;
/// Literals of an enum that are kept.
const LITERALS_MAX: usize = 60;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Any,
    /// There is a value; what it holds is said elsewhere, or nowhere.
    Unknown,
    Never,
    Null,
    Boolean,
    /// A whole number.
    Integer,
    Number,
    String,
    /// JSON text of a scalar, valid in TypeScript as it stands.
    Literal(String),
    Array(Box<Shape>),
    Tuple {
        items: Vec<Shape>,
        required: usize,
        rest: Option<Box<Shape>>,
    },
    Object(Object),
    /// At least two.
    Union(Vec<Shape>),
    /// At least two.
    Intersection(Vec<Shape>),
    /// Index into [`Shapes::named`].
    Named(usize),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    pub(crate) fields: Vec<Field>,
    /// What fields of other names hold.
    pub(crate) others: Option<Box<Shape>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) optional: bool,
    pub(crate) shape: Shape,
    pub(crate) doc: Doc,
}

/// A shape that more than one place refers to, or that contains itself.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// As the document calls it; not yet an identifier.
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) doc: Doc,
    /// Equal for definitions that say the same, whatever document they are in.
    pub(crate) content: String,
    /// It refers to itself, so it can only be said by name.
    pub(crate) recursive: bool,
}

/// Makes shapes from one schema document.
pub(crate) struct Shapes<'a> {
    root: Root<'a>,
    /// What the root itself is called where something refers to it.
    root_name: &'a str,
    pub(crate) named: Vec<Named>,
    known: HashMap<String, usize>,
    /// References whose shape is being made.
    open: Vec<usize>,
    left: usize,
    stack: usize,
    content_bytes_left: usize,
}

impl<'a> Shapes<'a> {
    pub(crate) fn new(root: &'a Value, root_name: &'a str) -> Self {
        let root = Root(root);
        Self {
            root,
            root_name,
            named: Vec::new(),
            known: HashMap::new(),
            open: Vec::new(),
            left: SHAPES_MAX,
            stack: 0,
            content_bytes_left: CONTENT_BYTES_MAX,
        }
    }

    /// The shape of a schema of this document.
    pub(crate) fn of(&mut self, schema: &Value) -> Shape {
        self.shape(schema, 0)
    }

    fn shape(&mut self, schema: &Value, depth: usize) -> Shape {
        if depth > DEPTH_MAX || self.stack > STACK_MAX || self.left == 0 {
            return Shape::Any;
        }
        self.left -= 1;
        self.stack += 1;
        let shape = self.read(schema, depth);
        self.stack -= 1;
        shape
    }

    fn read(&mut self, schema: &Value, depth: usize) -> Shape {
        let fields = match schema {
            Value::Bool(false) => return Shape::Never,
            Value::Object(fields) => fields,
            _ => return Shape::Any,
        };
        let mut parts = Vec::new();
        if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
            parts.push(self.reference(reference, depth));
        }
        parts.extend(self.own(fields, depth));
        for branch in list(fields, "allOf") {
            parts.push(self.shape(branch, depth + 1));
        }
        for key in ["anyOf", "oneOf"] {
            let branches = list(fields, key);
            if !branches.is_empty() {
                parts.push(union(branches.iter().map(|branch| self.shape(branch, depth + 1)).collect()));
            }
        }
        if fields.get("not").is_some_and(|not| *not == Value::Bool(true) || not.as_object().is_some_and(Map::is_empty))
        {
            return Shape::Never;
        }
        let shape = intersection(parts);
        if fields.get("nullable") == Some(&Value::Bool(true)) { union(vec![shape, Shape::Null]) } else { shape }
    }

    /// What the schema's own keywords say, applicators aside; `None` when they say nothing.
    fn own(&mut self, fields: &Map<String, Value>, depth: usize) -> Option<Shape> {
        if let Some(value) = fields.get("const") {
            return Some(literal(value, depth));
        }
        if let Some(values) = fields.get("enum").and_then(Value::as_array) {
            return Some(literals(values, depth));
        }
        match fields.get("type") {
            Some(Value::String(name)) => Some(self.typed(name, fields, depth)),
            Some(Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                Some(union(names.map(|name| self.typed(name, fields, depth)).collect()))
            }
            _ if ["properties", "additionalProperties", "patternProperties", "required"]
                .iter()
                .any(|k| fields.contains_key(*k)) =>
            {
                Some(Shape::Object(self.object(fields, depth)))
            }
            _ if fields.contains_key("items") || fields.contains_key("prefixItems") => Some(self.array(fields, depth)),
            _ => None,
        }
    }

    fn typed(&mut self, name: &str, fields: &Map<String, Value>, depth: usize) -> Shape {
        // Some servers write other languages' names for types; what they mean is clear.
        match name.to_ascii_lowercase().as_str() {
            "string" | "str" => Shape::String,
            "integer" | "int" => Shape::Integer,
            "number" | "float" | "double" => Shape::Number,
            "boolean" | "bool" => Shape::Boolean,
            "null" | "none" => Shape::Null,
            "array" | "list" => self.array(fields, depth),
            "object" | "dict" => Shape::Object(self.object(fields, depth)),
            _ => Shape::Any,
        }
    }

    fn array(&mut self, fields: &Map<String, Value>, depth: usize) -> Shape {
        let (prefix, rest) = match (fields.get("prefixItems"), fields.get("items")) {
            (Some(Value::Array(prefix)), rest) => (prefix.as_slice(), rest),
            (_, Some(Value::Array(prefix))) => (prefix.as_slice(), fields.get("additionalItems")),
            (_, Some(items)) => return Shape::Array(Box::new(self.shape(items, depth + 1))),
            _ => return Shape::Array(Box::new(Shape::Any)),
        };
        let number = |key: &str| fields.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let items: Vec<Shape> = prefix.iter().map(|item| self.shape(item, depth + 1)).collect();
        let required = number("minItems").unwrap_or(0).min(items.len());
        let is_full = number("maxItems").is_some_and(|max| max <= items.len());
        let rest = match rest {
            _ if is_full => None,
            Some(Value::Bool(false)) => None,
            Some(rest) => Some(Box::new(self.shape(rest, depth + 1))),
            None => Some(Box::new(Shape::Any)),
        };
        Shape::Tuple { items, required, rest }
    }

    fn object(&mut self, fields: &Map<String, Value>, depth: usize) -> Object {
        let required: Vec<&str> = list(fields, "required").iter().filter_map(Value::as_str).collect();
        let mut object = Object::default();
        for (name, schema) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
            object.fields.push(Field {
                name: name.clone(),
                optional: !required.contains(&name.as_str()),
                shape: self.shape(schema, depth + 1),
                doc: doc(schema, self.root),
            });
        }
        for name in required {
            if !object.fields.iter().any(|field| field.name == name) {
                let (name, doc) = (name.to_owned(), Doc::default());
                object.fields.push(Field { name, optional: false, shape: Shape::Unknown, doc });
            }
        }
        let mut others: Vec<Shape> = fields
            .get("patternProperties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::values)
            .map(|schema| self.shape(schema, depth + 1))
            .collect();
        match fields.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            Some(schema) => others.push(self.shape(schema, depth + 1)),
            None if others.is_empty() && !fields.contains_key("properties") && object.fields.is_empty() => {
                others.push(Shape::Any);
            }
            None => {}
        }
        object.others = (!others.is_empty()).then(|| Box::new(union(others)));
        object
    }

    fn reference(&mut self, reference: &str, depth: usize) -> Shape {
        if let Some(&index) = self.known.get(reference) {
            if let Some(at) = self.open.iter().position(|&open| open == index) {
                for &inner in &self.open[at..] {
                    self.named[inner].recursive = true;
                }
            }
            return Shape::Named(index);
        }
        let Some(target) = self.root.resolve(reference) else { return Shape::Any };
        let name = match reference.rsplit('/').next() {
            Some("#") | None => self.root_name.to_owned(),
            Some(last) => last.to_owned(),
        };
        let index = self.named.len();
        let content = content::text(target, self.root, &mut self.content_bytes_left)
            .unwrap_or_else(|| format!("{reference} {index}"));
        self.named.push(Named { name, shape: Shape::Any, doc: doc(target, self.root), content, recursive: false });
        self.known.insert(reference.to_owned(), index);
        self.open.push(index);
        // A definition starts afresh: it is printed apart, not inside the place that refers to it.
        let shape = self.shape(target, depth.min(DEPTH_MAX / 2));
        self.open.pop();
        self.named[index].shape = shape;
        Shape::Named(index)
    }
}

fn list<'v>(fields: &'v Map<String, Value>, key: &str) -> &'v [Value] {
    fields.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn literals(values: &[Value], depth: usize) -> Shape {
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

fn literal(value: &Value, depth: usize) -> Shape {
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
fn intersection(shapes: Vec<Shape>) -> Shape {
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
