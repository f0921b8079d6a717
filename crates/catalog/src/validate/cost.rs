//! Counts the schemas an evaluation would visit, without evaluating: recursive schemas whose branches multiply with
//! the nesting of the arguments would otherwise take for ever.

use std::collections::HashMap;

use serde_json::{Map, Value};
use weir_model::limits;

use crate::schema::Root;

/// Nested evaluations: what the stack bears.
const DEPTH_MAX: usize = 600;

/// A compiled pattern is as large as so many values.
const PATTERN_VALUES: usize = 200;

/// What a compiled schema takes of memory, as a number of JSON values.
pub(super) fn kept(schema: &Value) -> usize {
    match schema {
        Value::Array(items) => 1 + items.iter().map(kept).sum::<usize>(),
        Value::Object(fields) => {
            let pattern = if fields.get("pattern").is_some_and(Value::is_string) { PATTERN_VALUES } else { 0 };
            1 + pattern + fields.values().map(kept).sum::<usize>()
        }
        _ => 1,
    }
}

pub(super) fn is_bounded(schema: &Value, arguments: &Value) -> bool {
    let left = limits::VALIDATION_STEPS_MAX;
    Walk { root: Root::alone(schema), targets: HashMap::new(), left }.visit(schema, arguments, 0).is_some()
}

struct Walk<'a> {
    root: Root<'a>,
    targets: HashMap<&'a str, Option<&'a Value>>,
    left: usize,
}

impl<'a> Walk<'a> {
    /// `None` when it is too much.
    fn visit(&mut self, schema: &'a Value, value: &Value, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.spend(1)?;
        let Value::Object(fields) = schema else { return Some(()) };
        for (key, below) in fields {
            self.in_place(key, below, value, depth)?;
        }
        match value {
            Value::Object(value) => self.object(fields, value, depth),
            Value::Array(items) => self.array(fields, items, depth),
            Value::String(text) => match fields.get("pattern").and_then(Value::as_str) {
                Some(pattern) => self.spend(matching(pattern, text)),
                None => Some(()),
            },
            _ => Some(()),
        }
    }

    /// What one keyword makes of the same value; `schema::in_place` in one pass, for this is the busiest loop.
    fn in_place(&mut self, key: &str, below: &'a Value, value: &Value, depth: usize) -> Option<()> {
        match (key, below) {
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().try_for_each(|schema| self.visit(schema, value, depth + 1))
            }
            ("not" | "if" | "then" | "else", schema) => self.visit(schema, value, depth + 1),
            ("dependentSchemas" | "dependencies", Value::Object(schemas)) => {
                schemas.values().try_for_each(|schema| self.visit(schema, value, depth + 1))
            }
            ("$ref", Value::String(reference)) => {
                let root = self.root;
                match *self.targets.entry(reference).or_insert_with(|| root.own(reference)) {
                    Some(schema) => self.visit(schema, value, depth + 1),
                    None => Some(()),
                }
            }
            _ => Some(()),
        }
    }

    fn object(&mut self, fields: &'a Map<String, Value>, value: &Map<String, Value>, depth: usize) -> Option<()> {
        let properties = fields.get("properties").and_then(Value::as_object);
        let patterns = fields.get("patternProperties").and_then(Value::as_object);
        let others = ["additionalProperties", "unevaluatedProperties"].into_iter().filter_map(|key| fields.get(key));
        let others: Vec<&Value> = others.collect();
        if patterns.is_none() && others.is_empty() && !fields.contains_key("propertyNames") {
            // Only named fields are met; there may be many more of either kind.
            for (name, schema) in properties.into_iter().flatten() {
                self.spend(1)?;
                if let Some(value) = value.get(name) {
                    self.visit(schema, value, depth + 1)?;
                }
            }
            return Some(());
        }
        for (name, value) in value {
            self.spend(1)?;
            if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                self.visit(schema, value, depth + 1)?;
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                self.spend(matching(pattern, name))?;
                self.visit(schema, value, depth + 1)?;
            }
            for schema in &others {
                self.visit(schema, value, depth + 1)?;
            }
            if let Some(schema) = fields.get("propertyNames") {
                self.visit(schema, &Value::String(name.clone()), depth + 1)?;
            }
        }
        Some(())
    }

    fn array(&mut self, fields: &'a Map<String, Value>, items: &[Value], depth: usize) -> Option<()> {
        let prefix = ["prefixItems", "items"].into_iter().find_map(|key| fields.get(key)?.as_array());
        for (schema, item) in prefix.into_iter().flatten().zip(items) {
            self.visit(schema, item, depth + 1)?;
        }
        const EACH: [&str; 4] = ["items", "additionalItems", "unevaluatedItems", "contains"];
        for schema in EACH.into_iter().filter_map(|key| fields.get(key)).filter(|schema| !schema.is_array()) {
            for item in items {
                self.visit(schema, item, depth + 1)?;
            }
        }
        // Comparing items with one another costs more than looking at each.
        if fields.get("uniqueItems") == Some(&Value::Bool(true)) {
            self.spend(items.len().saturating_mul(32))
        } else {
            Some(())
        }
    }

    fn spend(&mut self, steps: usize) -> Option<()> {
        self.left = self.left.checked_sub(steps)?;
        Some(())
    }
}

/// A linear engine's work: the text times something like the automaton, which counted repetitions blow up.
fn matching(pattern: &str, text: &str) -> usize {
    let weight = if pattern.contains('{') { 16 } else { 1 + pattern.len() / 64 };
    1 + (text.len() / 16).saturating_mul(weight)
}
