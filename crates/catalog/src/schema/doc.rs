//! What a schema says in words: descriptions, bounds, formats, defaults. Raw foreign text; printers make it plain.

use serde_json::{Map, Value};

use super::audit::in_place;

/// What a schema says about a value beside its shape. Raw foreign text: printers make it plain.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Doc {
    pub(crate) description: Option<String>,
    /// Short remarks: bounds, format, default.
    pub(crate) notes: Vec<String>,
}

/// Description and remarks of a schema; a bare reference has those of its target's title only by name.
pub(super) fn doc(schema: &Value) -> Doc {
    let Value::Object(fields) = schema else { return Doc::default() };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let mut doc = Doc { description: text("description").map(str::to_owned), notes: Vec::new() };
    // pydantic writes an optional value as `anyOf: [{"type": "integer", "minimum": 1}, {"type": "null"}]`.
    let branches = in_place(fields).filter(|_| !fields.contains_key("$ref")).take(8);
    for fields in std::iter::once(fields).chain(branches.filter_map(Value::as_object)) {
        bounds(fields, &mut doc.notes);
    }
    if let Some(default) = fields.get("default").filter(|default| !default.is_null()) {
        let text = default.to_string();
        if text.len() <= 60 {
            doc.notes.push(format!("default {text}"));
        }
    }
    if fields.get("deprecated") == Some(&Value::Bool(true)) {
        doc.notes.push("deprecated".to_owned());
    }
    doc
}

fn bounds(fields: &Map<String, Value>, notes: &mut Vec<String>) {
    let mut note = |text: String| {
        if !notes.contains(&text) {
            notes.push(text);
        }
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).filter(|text| text.len() <= 80);
    let number = |key: &str| fields.get(key).filter(|bound| bound.is_number()).map(Value::to_string);
    if let Some(format) = text("format") {
        note(format.to_owned());
    }
    // JavaScript's safe integers, which some generators write for "any integer", bound nothing.
    let real =
        |bound: String| Some(bound).filter(|bound| !bound.trim_start_matches('-').starts_with("9007199254740991"));
    let over = number("minimum")
        .and_then(real)
        .map(|n| (n, "≥"))
        .or(number("exclusiveMinimum").and_then(real).map(|n| (n, ">")));
    let under = number("maximum")
        .and_then(real)
        .map(|n| (n, "≤"))
        .or(number("exclusiveMaximum").and_then(real).map(|n| (n, "<")));
    match (over, under) {
        (Some((low, "≥")), Some((high, "≤"))) => note(format!("{low}–{high}")),
        (low, high) => [low, high].into_iter().flatten().for_each(|(bound, sign)| note(format!("{sign} {bound}"))),
    }
    for (low, high, unit) in [("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items")] {
        match (number(low).filter(|n| n != "0"), number(high)) {
            (Some(low), Some(high)) => note(format!("{low}–{high} {unit}")),
            (Some(low), None) => note(format!("≥ {low} {unit}")),
            (None, Some(high)) => note(format!("≤ {high} {unit}")),
            (None, None) => {}
        }
    }
    if let Some(pattern) = text("pattern") {
        note(format!("pattern {pattern}"));
    }
    if let Some(step) = number("multipleOf") {
        note(format!("multiple of {step}"));
    }
}
