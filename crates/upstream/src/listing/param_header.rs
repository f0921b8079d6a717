//! `x-mcp-header`: arguments that a stateless HTTP upstream wants repeated as `Mcp-Param-*` headers, for its routers.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, value::RawValue};

const KEY: &str = "x-mcp-header";
const HEADERS_MAX: usize = 32;
const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParamHeader {
    /// Property names from the root of the arguments.
    path: Vec<String>,
    /// Without `Mcp-Param-`.
    header: String,
}

/// The annotations of an input schema; the protocol has a tool with a wrong one refused.
pub(crate) fn annotated(schema: &str) -> Result<Vec<ParamHeader>, String> {
    let mut found = Vec::new();
    if !schema.contains(KEY) {
        return Ok(found);
    }
    if let Ok(Value::Object(root)) = serde_json::from_str(schema) {
        collect(&root, &mut Vec::new(), &mut found)?;
    }
    Ok(found)
}

fn collect(schema: &Map<String, Value>, path: &mut Vec<String>, found: &mut Vec<ParamHeader>) -> Result<(), String> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Ok(()) };
    for (name, property) in properties {
        let Value::Object(property) = property else { continue };
        path.push(name.clone());
        if let Some(header) = property.get(KEY) {
            let header = header
                .as_str()
                .filter(|h| is_token(h))
                .ok_or_else(|| format!("{KEY} of {name:?} is no header name"))?;
            let taken = found.iter().any(|f| f.header.eq_ignore_ascii_case(header));
            let primitive =
                matches!(property.get("type").and_then(Value::as_str), Some("string" | "integer" | "boolean"));
            if taken || !primitive || found.len() == HEADERS_MAX {
                return Err(format!(
                    "{KEY} of {name:?} is given twice, too often, or not on a string, integer or boolean"
                ));
            }
            found.push(ParamHeader { path: path.clone(), header: header.to_owned() });
        }
        collect(property, path, found)?;
        path.pop();
    }
    Ok(())
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Header names (without prefix) and encoded values for these arguments.
pub(crate) fn values(headers: &[ParamHeader], arguments: &str) -> Vec<(String, String)> {
    if headers.is_empty() {
        return Vec::new();
    }
    let Ok(arguments) = serde_json::from_str::<&RawValue>(arguments) else { return Vec::new() };
    let value = |h: &ParamHeader| {
        let value = h.path.iter().try_fold(arguments, |value, key| field(value, key))?;
        Some((h.header.clone(), encoded(&scalar(value)?)))
    };
    headers.iter().filter_map(value).collect()
}

/// A field as it is written. Not by way of `Value`: that one reads an object with the JSON library's private key as what the key holds, and
/// the header would say what the body does not.
fn field<'a>(object: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    serde_json::from_str::<BTreeMap<String, &RawValue>>(object.get()).ok()?.remove(key)
}

/// The text of a string, integer or boolean.
fn scalar(value: &RawValue) -> Option<String> {
    if value.get().starts_with(['{', '[']) {
        return None;
    }
    match serde_json::from_str(value.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) if !n.is_f64() => Some(n.to_string()),
        _ => None,
    }
}

/// As it is where a header can carry it, else `=?base64?…?=`.
pub(crate) fn encoded(value: &str) -> String {
    let plain = value.bytes().all(|b| (0x20..0x7f).contains(&b)) && value.trim() == value && !value.starts_with(PREFIX);
    if plain { value.to_owned() } else { format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotated_arguments_become_headers() {
        let schema = r#"{"type":"object","properties":{
            "region":{"type":"string","x-mcp-header":"Region"},
            "deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
            "plain":{"type":"string"}}}"#;
        let headers = annotated(schema).unwrap();
        let sent = |arguments: &str| format!("{:?}", values(&headers, arguments));
        insta::assert_snapshot!(sent(r#"{"region":"eu west","deep":{"n":5},"plain":"x"}"#), @r#"[("Region", "eu west"), ("N", "5")]"#);
        insta::assert_snapshot!(sent(r#"{"region":"zürich\n"}"#), @r#"[("Region", "=?base64?esO8cmljaAo=?=")]"#);
        insta::assert_snapshot!(sent(r#"{"deep":{"n":1.5}}"#), @"[]");
    }

    /// M15: what a router reads in the headers is what the body says, whatever the keys are called.
    #[test]
    fn m15_no_key_makes_a_header_differ_from_the_body() {
        let schema = r#"{"properties":{"region":{"type":"string","x-mcp-header":"Region"}}}"#;
        let headers = annotated(schema).unwrap();
        for arguments in [
            r#"{"$serde_json::private::RawValue":"{\"region\":\"us\"}","x":1}"#,
            r#"{"$serde_json::private::RawValue":"{\"region\":\"us\"}"}"#,
            r#"{"region":{"$serde_json::private::RawValue":"\"us\""}}"#,
            r#"{"region":{"$serde_json::private::Number":"1"}}"#,
        ] {
            assert_eq!(values(&headers, arguments), [], "{arguments}");
        }
        let arguments = r#"{"$serde_json::private::RawValue":"{\"region\":\"us\"}","region":"eu"}"#;
        assert_eq!(values(&headers, arguments), [("Region".to_owned(), "eu".to_owned())]);
    }

    #[test]
    fn a_wrong_annotation_refuses_the_tool() {
        for property in [
            r#"{"type":"string","x-mcp-header":"bad:name"}"#,
            r#"{"type":"string","x-mcp-header":""}"#,
            r#"{"type":"string","x-mcp-header":5}"#,
            r#"{"type":"array","x-mcp-header":"A"}"#,
        ] {
            assert!(annotated(&format!(r#"{{"properties":{{"p":{property}}}}}"#)).is_err(), "{property}");
        }
        assert_eq!(annotated(r#"{"properties":{"p":{"type":"string"}}}"#), Ok(Vec::new()));
    }
}
