//! Properties: whatever is done to a description, it is read or refused, and a bad operation costs only itself.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use weir_openapi::{Files, read};

use crate::sample::{references, tree};

/// A small description with one of everything.
fn description() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://{r}.example", "variables": {"r": {"default": "eu", "enum": ["eu"]}}}],
        "security": [{"key": []}],
        "paths": {
            "/pets/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "get": {"operationId": "get", "responses": {"200": {"$ref": "#/components/responses/Pet"}, "204": {}}},
                "put": {
                    "operationId": "put",
                    "parameters": [{"name": "id", "in": "query", "style": "deepObject", "schema": {"type": "object"}}],
                    "requestBody": {"content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                        "multipart/form-data": {"schema": {"type": "object", "properties": {"f": {"type": "string", "format": "binary"}}}}
                    }},
                    "responses": {"default": {"content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}
                }
            },
            "/other": {"$ref": "#/components/x-items/other"}
        },
        "components": {
            "x-items": {"other": {"post": {"deprecated": true, "responses": {}}}},
            "parameters": {"id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
            "responses": {"Pet": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
            "schemas": {
                "Pet": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "integer", "readOnly": true},
                    "parent": {"$ref": "#/components/schemas/Pet"},
                    "kind": {"oneOf": [{"type": "string", "nullable": true}, {"allOf": [{"$ref": "#/components/schemas/Kind"}]}]}
                }},
                "Kind": {"enum": ["a", "b"]}
            },
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
        }
    })
}

/// Every value of a document, by the way to it.
fn places(value: &Value, here: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    all.push(here.clone());
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in below {
        here.push(step);
        places(value, here, all);
        here.pop();
    }
}

fn at<'a>(value: &'a mut Value, way: &[String]) -> Option<&'a mut Value> {
    way.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        Value::Object(fields) => fields.get_mut(step),
        _ => None,
    })
}

fn replacement() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{}, null, 1])),
        prop::sample::select(vec![
            "#",
            "#/",
            "#/components",
            "#/components/schemas/Pet",
            "#/components/schemas/Nope",
            "#/paths/~1pets~1{id}",
            "other.yaml",
            "other.yaml#/a",
            "../x",
            "http://x",
            "#here",
            "#/components/schemas/Pet/properties/parent",
        ])
        .prop_map(|reference| json!({"$ref": reference})),
        prop::sample::select(vec![
            "path", "query", "header", "cookie", "body", "formData", "object", "array", "file", "multi"
        ])
        .prop_map(Value::from),
    ]
}

struct AnyFile;

impl Files for AnyFile {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        assert!(
            !path.starts_with('/') && !path.split('/').any(|segment| segment == ".." || segment.is_empty()),
            "{path}"
        );
        match path.len() % 3 {
            0 => Err("there is no such file".to_owned()),
            1 => Ok(b"type: string\na: {$ref: 'other.yaml'}\n".as_slice().into()),
            _ => Ok(b"[".as_slice().into()),
        }
    }
}

fn check(name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(read) = read(name, bytes, &AnyFile) else { return Ok(()) };
    for operation in &read.api.operations {
        let schemas = [Some(&operation.input_schema), operation.output_schema.as_ref()];
        let mut open: Vec<String> = schemas.into_iter().flatten().flat_map(|schema| references(schema)).collect();
        let mut seen = std::collections::HashSet::new();
        while let Some(reference) = open.pop() {
            let number = reference.strip_prefix("#/$defs/").and_then(|name| read.api.definitions.number(name));
            prop_assert!(number.is_some(), "{reference} leads nowhere");
            if seen.insert(reference) {
                open.extend(references(read.api.definitions.schema(number.expect("checked"))));
            }
        }
    }
    let kept = weir_openapi::Api::from_bytes(&read.api.to_bytes());
    prop_assert_eq!(kept.as_ref(), Some(&read.api));
    Ok(())
}

proptest! {
    #[test]
    fn a_changed_description_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), replacement(), any::<bool>()), 1..6),
        version in prop::sample::select(vec!["2.0", "3.0.0", "3.1.0", "3.2.0"]),
    ) {
        let mut document = description();
        document["openapi"] = json!(version);
        for (index, value, is_removed) in changes {
            let (mut all, mut here) = (Vec::new(), Vec::new());
            places(&document, &mut here, &mut all);
            let way = &all[index.index(all.len())];
            if let (true, Some((last, parent))) = (is_removed, way.split_last()) {
                if let Some(Value::Object(fields)) = at(&mut document, parent) {
                    fields.shift_remove(last);
                }
            } else if let Some(place) = at(&mut document, way) {
                *place = value;
            }
        }
        check("api.json", document.to_string().as_bytes())?;
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[\\[\\]{}:,&*!|>'\"#%@`?\\-\n \ta-c0-9]{0,6}"), 1..8),
        is_yaml in any::<bool>(),
    ) {
        let yaml = "openapi: 3.1.0\nx: &x {name: a, in: query}\npaths:\n  /a/{b}:\n    get:\n      parameters:\n        - *x\n        - <<: *x\n          name: c\n      description: |\n        several\n         lines\n      responses: {200: {content: {application/json: {schema: {type: [string, 'null']}}}}}\n";
        let mut text = if is_yaml { yaml.to_owned() } else { description().to_string() };
        for (from, length, insert) in cuts {
            let boundary = |at: usize| (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let start = boundary(from.index(text.len() + 1));
            let end = boundary((start + length.index(9)).min(text.len())).max(start);
            text.replace_range(start..end, &insert);
        }
        check(if is_yaml { "api.yaml" } else { "api.json" }, text.as_bytes())?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,&*!|>'\"#%@`?\\-\n \ta-c0-9\u{0}\u{85}\u{2028}é]{0,80}") {
        check("api.yaml", text.as_bytes())?;
        check("api.yaml", format!("openapi: 3.0.0\npaths: {text}").as_bytes())?;
    }

    /// Any bytes in place of an operation, a parameter or a schema leave the operation beside it alone.
    #[test]
    fn a_bad_operation_costs_only_itself(value in replacement(), inner in replacement()) {
        let mut nested = json!({"operationId": "bad", "parameters": [inner.clone()], "requestBody": inner, "responses": value.clone()});
        for bad in [value, nested.take()] {
            let document = json!({"openapi": "3.1.0", "paths": {
                "/bad": {"post": bad.clone(), "get": bad.clone()},
                "/worse": bad,
                "/good": {"get": {"operationId": "good", "parameters": [{"name": "a", "in": "query", "schema": {"type": "string"}}]}}
            }});
            let read = read("api.json", document.to_string().as_bytes(), &tree(&[])).expect("the rest is fine");
            let good = read.api.operations.iter().find(|operation| &*operation.name == "good");
            prop_assert_eq!(
                good.map(|operation| &*operation.input_schema),
                Some(r#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#)
            );
        }
    }
}
