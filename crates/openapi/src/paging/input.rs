//! What an operation's arguments may be: a text from an answer becomes a value only of a type that its field takes.

use serde_json::{Map, Value};

use super::Asked;

/// Schemas inside schemas that are looked at.
const DEPTH_MAX: usize = 8;

pub(super) struct Inputs<'a> {
    schema: Value,
    arguments: &'a Map<String, Value>,
}

impl<'a> Inputs<'a> {
    pub(super) fn of(asked: Asked<'a>) -> Self {
        let schema = serde_json::from_str(&asked.operation.input_schema).unwrap_or_default();
        Self { schema, arguments: asked.arguments }
    }

    fn property(&self, field: &str) -> Option<&Value> {
        self.schema.get("properties")?.get(field)
    }

    /// The text as a value of the field, `None` where the field takes no such text.
    pub(super) fn value(&self, field: &str, text: &str) -> Option<Value> {
        let Some(schema) = self.property(field) else { return self.like_current(field, text) };
        match self.fit(schema, text, DEPTH_MAX) {
            Fit::Value(value) => Some(value),
            Fit::No => None,
            Fit::Unknown => self.like_current(field, text),
        }
    }

    /// A text or a number of an answer's body, as the field takes it.
    pub(super) fn scalar(&self, field: &str, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if !text.is_empty() => self.value(field, text),
            Value::Number(number) => self.value(field, &number.to_string()),
            _ => None,
        }
    }

    /// The schema of a list's items, for a field that takes one.
    pub(super) fn items(&self, field: &str) -> Option<&Value> {
        self.listed(self.property(field)?, DEPTH_MAX)
    }

    pub(super) fn item(&self, schema: &Value, text: &str) -> Option<Value> {
        match self.fit(schema, text, DEPTH_MAX) {
            Fit::Value(value) => Some(value),
            Fit::No => None,
            Fit::Unknown => Some(text.into()),
        }
    }

    /// A member of a field that is an object; where nothing is said of it, of the type it has in this call.
    pub(super) fn member(&self, field: &str, key: &str, text: &str) -> Option<Value> {
        let schema = self.property(field).and_then(|schema| schema.get("properties")?.get(key));
        match schema.map_or(Fit::Unknown, |schema| self.fit(schema, text, DEPTH_MAX)) {
            Fit::Value(value) => Some(value),
            Fit::No => None,
            Fit::Unknown => like(self.arguments.get(field)?.get(key)?, text),
        }
    }

    /// A number the call goes by: its argument, else what the description says stands for an absent one.
    pub(super) fn number(&self, field: &str) -> Counted {
        match self.arguments.get(field).filter(|value| !value.is_null()) {
            Some(value) => whole(value).map_or(Counted::Otherwise, Counted::By),
            None => self.property(field).and_then(|s| whole(s.get("default")?)).map_or(Counted::Unsaid, Counted::By),
        }
    }

    /// The number as the field takes it: as text only where the call has it as text. What is called `start` or `page`
    /// and takes texts is otherwise a date or a cursor.
    pub(super) fn counted(&self, field: &str, number: u64) -> Option<Value> {
        let value = self.value(field, &number.to_string())?;
        let as_text = self.arguments.get(field).is_some_and(Value::is_string);
        if value.is_number() || as_text {
            return Some(value);
        }
        let types = self.property(field)?.get("type")?.as_array()?;
        types.iter().any(|one| one == "integer" || one == "number").then(|| number.into())
    }

    pub(super) fn minimum(&self, field: &str) -> Option<u64> {
        self.property(field)?.get("minimum").and_then(whole)
    }

    /// Where the schema does not say, a value of the type this call was made with.
    fn like_current(&self, field: &str, text: &str) -> Option<Value> {
        like(self.arguments.get(field)?, text)
    }

    fn fit(&self, schema: &Value, text: &str, depth: usize) -> Fit {
        let Some(depth) = depth.checked_sub(1) else { return Fit::Unknown };
        let Value::Object(members) = schema else { return Fit::Unknown };
        if let Some(target) = members.get("$ref") {
            return self.definition(target).map_or(Fit::Unknown, |schema| self.fit(schema, text, depth));
        }
        if let Some(choices) = members.get("enum").and_then(Value::as_array) {
            let same = choices.iter().find(|choice| match choice {
                Value::String(choice) => choice == text,
                choice => format!("{choice}") == text,
            });
            return same.map_or(Fit::No, |choice| Fit::Value(choice.clone()));
        }
        let types = match members.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if types.is_empty() {
            return self.any(members, text, depth);
        }
        // A text fits a text best: `01` is no number to an API that takes both.
        let order = ["string", "integer", "number", "boolean"];
        let fitting = order.into_iter().filter(|name| types.contains(name)).find_map(|name| typed(name, text));
        fitting.map_or(Fit::No, Fit::Value)
    }

    fn any(&self, members: &Map<String, Value>, text: &str, depth: usize) -> Fit {
        let alternatives = ["anyOf", "oneOf", "allOf"].iter().find_map(|word| members.get(*word)?.as_array());
        let mut found = if alternatives.is_some() { Fit::No } else { Fit::Unknown };
        for alternative in alternatives.into_iter().flatten() {
            match self.fit(alternative, text, depth) {
                Fit::Value(value) => return Fit::Value(value),
                Fit::Unknown => found = Fit::Unknown,
                Fit::No => {}
            }
        }
        found
    }

    fn listed<'s>(&'s self, schema: &'s Value, depth: usize) -> Option<&'s Value> {
        let depth = depth.checked_sub(1)?;
        if let Some(target) = schema.get("$ref") {
            return self.listed(self.definition(target)?, depth);
        }
        let is_list = match schema.get("type") {
            Some(Value::String(one)) => one == "array",
            Some(Value::Array(many)) => many.iter().any(|one| one == "array"),
            _ => false,
        };
        if is_list {
            return Some(schema.get("items").unwrap_or(&Value::Bool(true)));
        }
        let alternatives = ["anyOf", "oneOf"].iter().find_map(|word| schema.get(*word)?.as_array())?;
        alternatives.iter().find_map(|alternative| self.listed(alternative, depth))
    }

    /// One that the operation's own schema holds; what many operations share is not at hand here.
    fn definition(&self, target: &Value) -> Option<&Value> {
        self.schema.get("$defs")?.get(target.as_str()?.strip_prefix("#/$defs/")?)
    }
}

/// How far a call's number is known.
#[derive(Clone, Copy)]
pub(super) enum Counted {
    By(u64),
    Unsaid,
    /// It is no whole number.
    Otherwise,
}

impl Counted {
    pub(super) fn or(self, unsaid: Option<u64>) -> Option<u64> {
        match self {
            Self::By(number) => Some(number),
            Self::Unsaid => unsaid,
            Self::Otherwise => None,
        }
    }
}

enum Fit {
    Value(Value),
    No,
    Unknown,
}

fn like(current: &Value, text: &str) -> Option<Value> {
    match current {
        Value::String(_) => Some(text.into()),
        Value::Number(number) if number.is_f64() => typed("number", text),
        Value::Number(_) => typed("integer", text),
        Value::Bool(_) => typed("boolean", text),
        _ => None,
    }
}

fn typed(name: &str, text: &str) -> Option<Value> {
    match name {
        "string" => Some(text.into()),
        "integer" => text.parse::<i64>().ok().map(Value::from),
        "number" => text
            .parse::<i64>()
            .ok()
            .map(Value::from)
            .or_else(|| text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number)),
        "boolean" => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    }
}

pub(super) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    }
}
