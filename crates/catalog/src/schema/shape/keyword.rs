//! The keywords of one schema, read into a shape.

use serde_json::{Map, Value};

use super::{
    super::doc::{Doc, doc},
    Field, Object, Shape, Shapes,
    combine::{intersection, literal, literals, union},
};

impl Shapes<'_> {
    pub(super) fn keywords(&mut self, schema: &Value, depth: usize) -> Shape {
        let fields = match schema {
            Value::Bool(false) => return Shape::Never,
            Value::Object(fields) => fields,
            _ => return Shape::Any,
        };
        let mut parts = Vec::new();
        if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
            parts.push(self.reference(reference));
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
        let mut optional_left = self.extent.fields;
        let mut cut = false;
        for (name, schema) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let optional = !required.contains(&name.as_str());
            if optional && optional_left == 0 {
                cut = true;
                continue;
            }
            optional_left -= usize::from(optional);
            object.fields.push(Field {
                name: name.clone(),
                optional,
                shape: self.shape(schema, depth + 1),
                doc: doc(schema),
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
        if cut {
            self.cut = true;
            others.push(Shape::Any);
        }
        object.others = (!others.is_empty()).then(|| Box::new(union(others)));
        object
    }
}

/// What can be said of a value without looking inside.
pub(super) fn scalar(schema: &Value) -> Shape {
    let kind = |name: &Value| match name.as_str() {
        Some("string") => Shape::String,
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        Some("null") => Shape::Null,
        _ => Shape::Any,
    };
    match schema.get("type") {
        Some(Value::Array(names)) => union(names.iter().map(kind).collect()),
        Some(name) => kind(name),
        None => Shape::Any,
    }
}

fn list<'v>(fields: &'v Map<String, Value>, key: &str) -> &'v [Value] {
    fields.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
