//! Judges what a schema costs before anything compiles, prints or evaluates it (schema bombs, T10).

use std::collections::HashMap;

use serde_json::{Map, Value};
use weir_model::limits;

use super::{Root, document::ADDRESSES};

/// Why a schema is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("its schema is no JSON ({0})")]
    NoJson(String),
    #[error("its input schema does not describe an object, and arguments are always an object")]
    NoObject,
    #[error("its schema is {0} bytes long, over the limit of {max}", max = limits::SCHEMA_BYTES_MAX)]
    TooManyBytes(usize),
    #[error("its schema holds more than {max} values", max = limits::SCHEMA_VALUES_MAX)]
    TooManyValues,
    #[error("its schema nests deeper than {max} levels, references followed", max = limits::SCHEMA_DEPTH_MAX)]
    TooDeep,
    #[error("its schema makes one value pass more than {max} schemas at once", max = limits::SCHEMA_BRANCHES_MAX)]
    TooManyBranches,
    #[error("its schema refers to itself without ever reaching a field or an item")]
    EndlessReference,
}

/// `Ok` when compiling, printing and evaluating the schema ends in time and on a normal stack.
pub(crate) fn bounded(root: &Value) -> Result<(), Unusable> {
    count(root, &mut 0)?;
    let mut audit = Audit { root: Root::alone(root), branches: Branches::default(), depths: HashMap::new() };
    audit.depth(root, 0).map(|_| ())
}

/// JSON values in a schema, added to those counted before; `Err` beyond the limit.
pub(super) fn count(value: &Value, values: &mut usize) -> Result<(), Unusable> {
    *values += 1;
    if *values > limits::SCHEMA_VALUES_MAX {
        return Err(Unusable::TooManyValues);
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| count(item, values)),
        Value::Object(fields) => fields.values().try_for_each(|field| count(field, values)),
        _ => Ok(()),
    }
}

struct Audit<'a> {
    root: Root<'a>,
    branches: Branches,
    /// By a schema's address.
    depths: HashMap<*const Value, usize>,
}

impl<'a> Audit<'a> {
    /// Levels below a schema, cycles through fields or items counted once.
    fn depth(&mut self, schema: &'a Value, above: usize) -> Result<usize, Unusable> {
        if above > limits::SCHEMA_DEPTH_MAX {
            return Err(Unusable::TooDeep);
        }
        if let Some(&known) = self.depths.get(&std::ptr::from_ref(schema)) {
            return if above + known > limits::SCHEMA_DEPTH_MAX { Err(Unusable::TooDeep) } else { Ok(known) };
        }
        let Value::Object(fields) = schema else { return Ok(0) };
        self.depths.insert(schema, 0);
        self.branches.of(schema, self.root)?;
        let target = reference(fields).and_then(|reference| self.root.own(reference));
        let mut deepest = 0;
        for below in in_place(fields).chain(target).chain(inside(fields)) {
            deepest = deepest.max(1 + self.depth(below, above + 1)?);
        }
        self.depths.insert(schema, deepest);
        Ok(deepest)
    }
}

/// Schemas that one value meets at a schema, all branches counted.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    /// By a schema's address. `None` while it is being counted: meeting it again is a cycle.
    known: HashMap<*const Value, Option<usize>>,
}

impl Branches {
    /// Of schemas that stay where they are for as long as this is asked.
    pub(crate) fn of(&mut self, schema: &Value, root: Root<'_>) -> Result<usize, Unusable> {
        self.count(schema, root, 0)
    }

    fn count(&mut self, schema: &Value, root: Root<'_>, above: usize) -> Result<usize, Unusable> {
        let Value::Object(fields) = schema else { return Ok(1) };
        if above > limits::SCHEMA_DEPTH_MAX {
            return Err(Unusable::TooDeep);
        }
        match self.known.get(&std::ptr::from_ref(schema)) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(Unusable::EndlessReference),
            None => {}
        }
        self.known.insert(schema, None);
        let mut sum = 1_usize;
        for below in in_place(fields) {
            sum = sum.saturating_add(self.count(below, root, above + 1)?);
        }
        if let Some((target, root)) = reference(fields).and_then(|reference| root.follow(reference)) {
            sum = sum.saturating_add(self.count(target, root, above + 1)?);
        }
        if sum > limits::SCHEMA_BRANCHES_MAX {
            return Err(Unusable::TooManyBranches);
        }
        self.known.insert(schema, Some(sum));
        Ok(sum)
    }
}

fn reference(fields: &Map<String, Value>) -> Option<&str> {
    fields.get("$ref").and_then(Value::as_str)
}

/// Whether every reference of a schema is one that weir follows itself: a pointer into the same document.
/// Others could lead the compiler where this audit has not been.
pub(super) fn references(root: &Value) -> Result<(), String> {
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        let Value::Object(fields) = value else {
            open.extend(value.as_array().into_iter().flatten());
            continue;
        };
        // A text under one of these names is the keyword; a schema under it is a field of that name.
        if let Some(key) = ADDRESSES.into_iter().find(|key| fields.get(*key).is_some_and(|value| !value.is_object())) {
            return Err(format!("the schema uses {key}, which weir does not follow"));
        }
        if let Some(outside) = reference(fields).filter(|reference| Root::alone(root).own(reference).is_none()) {
            let outside = crate::plain::quoted(outside);
            return Err(format!("the schema refers to {outside}, which is not part of it"));
        }
        open.extend(
            fields
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "enum" | "const" | "default" | "examples"))
                .map(|(_, value)| value),
        );
    }
    Ok(())
}

/// The schemas that apply to the same value as this one, apart from what it refers to.
pub(super) fn in_place(fields: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| fields.get(key)?.as_array()).flatten();
    let single = ["not", "if", "then", "else"].into_iter().filter_map(|key| fields.get(key));
    let dependent = ["dependentSchemas", "dependencies"].into_iter().filter_map(|key| fields.get(key)?.as_object());
    lists.chain(single).chain(dependent.flat_map(Map::values))
}

/// The schemas that apply to a part of the value: fields, items, names.
fn inside(fields: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    const MAPS: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];
    const SINGLE: [&str; 8] = [
        "additionalProperties",
        "additionalItems",
        "contains",
        "items",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
        "contentSchema",
    ];
    let maps = MAPS.into_iter().filter_map(|key| fields.get(key)?.as_object()).flat_map(Map::values);
    let single = SINGLE.into_iter().filter_map(|key| fields.get(key));
    let lists = ["prefixItems", "items"].into_iter().filter_map(|key| fields.get(key)?.as_array()).flatten();
    maps.chain(single).chain(lists)
}
