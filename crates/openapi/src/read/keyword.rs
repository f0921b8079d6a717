//! The keywords of a schema that hold no schemas: which are kept, and how those of older dialects are said in 2020-12.

use serde_json::Number;

use super::{
    library::Spot,
    node::Node,
    text::{Bracket, Json},
};

/// Where `null` is allowed by a schema that says `nullable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nullable {
    No,
    /// `type` and `enum` take it in.
    Within,
    /// Something else in the schema would refuse it: `anyOf: [schema, null]`.
    Apart,
}

pub(super) fn nullable(schema: Spot<'_>) -> Nullable {
    if !schema.flag("nullable") && !schema.flag("x-nullable") {
        return Nullable::No;
    }
    let refuses = ["$ref", "allOf", "anyOf", "oneOf", "not", "if", "const"];
    if refuses.iter().any(|key| schema.get(key).is_some()) { Nullable::Apart } else { Nullable::Within }
}

/// Whether a value in multipart is the content of a file.
pub(super) fn is_bytes(schema: Spot<'_>) -> bool {
    let types = |expected: &str| match schema.node.get("type") {
        Some(Node::Text(name)) => name == expected,
        Some(Node::List(names)) => names.iter().any(|name| name.as_text() == Some(expected)),
        _ => false,
    };
    let is_encoded = schema.get("contentEncoding").is_some();
    let has_media = schema.text("contentMediaType").is_some() && !is_encoded;
    types("file")
        || (types("string") && (schema.text("format") == Some("binary") || has_media))
        || (schema.get("type").is_none() && has_media)
}

/// Writes a keyword of a schema unless it says nothing here.
pub(super) fn write(json: &mut Json, schema: Spot<'_>, name: &str, value: Spot<'_>, is_nullable: bool) {
    match (name, value.node) {
        ("type", _) => types(json, value.node, is_nullable),
        ("enum", Node::List(values)) if !values.is_empty() => {
            json.name(name);
            json.open(Bracket::List);
            values.iter().for_each(|value| json.data(value));
            if is_nullable && !values.contains(&Node::Null) {
                json.raw("null");
            }
            json.close(Bracket::List);
        }
        // A description says it better, and is written apart.
        ("title", Node::Text(text)) if schema.text("description").is_none() && !text.is_empty() => {
            json.name(name);
            json.text(text);
        }
        ("format" | "pattern" | "contentEncoding" | "contentMediaType", Node::Text(text)) => {
            json.name(name);
            json.text(text);
        }
        ("default" | "const", node) => {
            json.name(name);
            json.data(node);
        }
        // Some generators say it of everything.
        ("uniqueItems", _) if schema.text("type").is_some_and(|name| name != "array") => {}
        ("deprecated" | "uniqueItems", Node::Bool(true)) => {
            json.name(name);
            json.bool(true);
        }
        ("minimum" | "maximum", Node::Number(number)) => {
            // 3.0: `exclusiveMinimum: true` beside `minimum`.
            let exclusive = if name == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" };
            json.name(if schema.flag(exclusive) { exclusive } else { name });
            json.number(number);
        }
        ("exclusiveMinimum" | "exclusiveMaximum", Node::Number(number)) => {
            json.name(name);
            json.number(number);
        }
        ("multipleOf", Node::Number(number)) if number.as_f64().is_some_and(|number| number > 0.0) => {
            json.name(name);
            json.number(number);
        }
        (
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" | "minContains"
            | "maxContains",
            Node::Number(number),
        ) => {
            if let Some(count) = count(number) {
                json.name(name);
                json.number(&count.into());
            }
        }
        ("dependentRequired", Node::Object(_)) => {
            json.name(name);
            json.open(Bracket::Object);
            for (field, names) in value.entries() {
                json.name(field);
                json.texts(distinct(names));
            }
            json.close(Bracket::Object);
        }
        _ => {}
    }
}

fn distinct(names: Spot<'_>) -> std::collections::BTreeSet<&str> {
    names.texts().collect()
}

/// `5` and `5.0`.
fn count(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let whole = number.as_f64().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number))?;
        format!("{whole:.0}").parse().ok()
    })
}

fn types(json: &mut Json, node: &Node<'_>, is_nullable: bool) {
    let names = match node {
        Node::Text(name) => vec![name.as_ref()],
        Node::List(names) => names.iter().filter_map(Node::as_text).collect(),
        _ => return,
    };
    let mut known: Vec<&str> = Vec::new();
    for name in names {
        let Some(name) = known_type(name) else {
            // A type nobody knows: whatever it is, it passes.
            return;
        };
        if !known.contains(&name) {
            known.push(name);
        }
    }
    if is_nullable && !known.contains(&"null") {
        known.push("null");
    }
    match known[..] {
        [] => {}
        [name] => {
            json.name("type");
            json.text(name);
        }
        _ => {
            json.name("type");
            json.texts(known);
        }
    }
}

/// JSON Schema's name for a type; other languages' names are understood.
fn known_type(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "string" | "str" | "file" | "date" | "datetime" | "date-time" | "uuid" => "string",
        "integer" | "int" | "int32" | "int64" | "long" => "integer",
        "number" | "float" | "double" | "decimal" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "dict" | "map" => "object",
        "null" => "null",
        _ => return None,
    })
}
