//! Reads JSON Schemas as untrusted text: parsed within bounds, local references only, judged before anyone walks one.

mod audit;
mod content;
mod doc;
mod document;
mod merge;
mod reach;
mod shape;

use serde_json::Value;
use weir_model::limits;

pub(crate) use audit::{Unusable, bounded};
pub(crate) use doc::Doc;
pub(crate) use document::{Root, Shared};
pub(crate) use merge::alternatives;
pub(crate) use reach::with_definitions;
pub(crate) use shape::{Extent, Field, Named, Object, Shape, Shapes, union};

/// Whether a tool with this input schema can be called safely, and why not. Definitions its upstream shares are not
/// looked at: a bad one of them costs a check or a type, not the tools that mention it.
pub(crate) fn audit(text: &str) -> Result<(), Unusable> {
    let root = parse(text)?;
    let Value::Object(fields) = &root else {
        return Err(Unusable::NoObject);
    };
    let is_object = match fields.get("type") {
        None => true,
        Some(Value::String(name)) => name.eq_ignore_ascii_case("object") || name == "dict",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        Some(_) => false,
    };
    if !is_object {
        return Err(Unusable::NoObject);
    }
    audit::bounded(&root)
}

/// Makes a schema fit for the compiler: without its own address and dialect, when those are not understood, so that
/// every reference is one that [`audit`] followed. `Err` says why it cannot be compiled.
pub(crate) fn prepare(schema: &mut Value) -> Result<(), String> {
    const DIALECTS: [&str; 5] = ["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"];
    if let Value::Object(fields) = schema {
        fields.retain(|key, _| key != "$id" && key != "id");
        let is_known = |value: &Value| {
            value.as_str().is_some_and(|uri| {
                uri.contains("json-schema.org/") && DIALECTS.iter().any(|dialect| uri.contains(dialect))
            })
        };
        fields.retain(|key, value| key != "$schema" || is_known(value));
    }
    audit::references(schema)
}

/// Parses a schema; everything downstream relies on its depth and size being checked here.
pub(crate) fn parse(text: &str) -> Result<Value, Unusable> {
    if text.len() > limits::SCHEMA_BYTES_MAX {
        return Err(Unusable::TooManyBytes(text.len()));
    }
    // serde_json refuses more than 128 levels by itself, as `limits::JSON_DEPTH_MAX` says.
    serde_json::from_str(text).map_err(|cause| Unusable::NoJson(cause.to_string()))
}
