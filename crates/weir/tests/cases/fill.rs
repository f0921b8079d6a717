//! Values with holes: what a fake tool answers, filled in from the call it answers.
//!
//! `"$i"` is the index in a generated list, `"$i%7"` its remainder, `{i}` the index inside a text, `"$n"` how many calls this
//! tool has had, `"$args"` all arguments and `"$args.name"` one of them.

use serde_json::{Map, Value};

pub(crate) struct Holes<'a> {
    pub(crate) arguments: &'a Map<String, Value>,
    pub(crate) calls: u64,
    pub(crate) index: u64,
}

impl Holes<'_> {
    pub(crate) fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect())
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> Value {
        if let Some(modulus) = text.strip_prefix("$i%").and_then(|modulus| modulus.parse::<u64>().ok()) {
            return (self.index % modulus).into();
        }
        if let Some(name) = text.strip_prefix("$args.") {
            return self.arguments.get(name).cloned().unwrap_or(Value::Null);
        }
        match text {
            "$i" => self.index.into(),
            "$n" => self.calls.into(),
            "$args" => Value::Object(self.arguments.clone()),
            _ => text.replace("{i}", &self.index.to_string()).into(),
        }
    }
}
