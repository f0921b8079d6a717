//! Reads JSON Schemas as untrusted text: parsed within bounds, local references only, judged before anyone walks one.

mod audit;
mod content;
mod doc;
mod merge;
mod shape;

use serde_json::Value;
use weir_model::limits;

pub(crate) use audit::{Unusable, bounded, in_place};
pub(crate) use doc::Doc;
pub(crate) use merge::alternatives;
pub(crate) use shape::{Field, Named, Object, Shape, Shapes, union};

/// A parsed schema document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root<'a>(pub(crate) &'a Value);

impl<'a> Root<'a> {
    /// What a reference inside the document points at; `None` for anything outside it, which is never fetched.
    pub(crate) fn resolve(self, reference: &str) -> Option<&'a Value> {
        let fragment = reference.strip_prefix('#')?;
        let fragment = percent_decoded(fragment)?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.0.pointer(&fragment);
        }
        None
    }
}

/// Whether a tool with this input schema can be called safely, and why not.
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

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}
