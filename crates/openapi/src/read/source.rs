//! Bytes of a file as a document, and whether the document is a description of an HTTP API at all.

use std::borrow::Cow;

use weir_model::limits;

use super::{
    json,
    node::{Node, Tally},
    note::{Notes, quote},
    yaml,
};

/// `Err` is a sentence without its subject: `is an HTML page, …`.
pub(super) fn document<'a>(bytes: &'a [u8], tally: &Tally, notes: &mut Notes, name: &str) -> Result<Node<'a>, String> {
    if bytes.len() as u64 > limits::DESCRIPTION_TREE_BYTES_MAX {
        let max = limits::DESCRIPTION_TREE_BYTES_MAX / limits::MIB;
        return Err(format!("is {} MiB long, over the limit of {max} MiB", bytes.len() as u64 / limits::MIB));
    }
    let node = match text(bytes)? {
        Cow::Borrowed(text) => parsed(text, tally, notes, name)?,
        Cow::Owned(text) => parsed(&text, tally, notes, name)?.into_owned(),
    };
    for repeated in tally.take_repeated() {
        notes.warn(format!("{name}: {} is there twice in one object: the last counts", quote(&repeated)));
    }
    Ok(node)
}

fn text(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map(Cow::Owned).map_err(|_| "is no text: its UTF-16 is broken".to_owned())
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0x1F, 0x8B, ..] => Err("is compressed with gzip: decompress it first (`gunzip`)".to_owned()),
        [b'P', b'K', 3, 4, ..] => Err("is a ZIP archive: unpack it and name the description in it".to_owned()),
        bytes => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| format!("is no text: byte {} is not UTF-8", error.valid_up_to() + 1))
}

fn parsed<'a>(text: &'a str, tally: &Tally, notes: &mut Notes, name: &str) -> Result<Node<'a>, String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err("is empty".to_owned());
    }
    if start.starts_with('<') {
        return Err(
            "is an HTML or XML page, not a JSON or YAML file: name the description itself, which the page may link to"
                .to_owned(),
        );
    }
    if start.starts_with("#%RAML") {
        return Err("is RAML, which weir does not read: convert it to OpenAPI".to_owned());
    }
    let no_json = match start.starts_with(['{', '[']).then(|| json::parse(text, tally)) {
        Some(Ok(node)) => return Ok(node),
        Some(Err(reason)) => Some(format!("is no JSON: {reason}")),
        None => None,
    };
    // What begins like JSON and is none may be YAML in braces, or JSON with a comma too many.
    let (node, has_more) = yaml::parse(text, tally).map_err(|reason| match no_json {
        Some(no_json) => no_json,
        None => format!("is no YAML: {reason}"),
    })?;
    if has_more {
        notes.warn(format!("{name} holds several YAML documents: the first is read"));
    }
    Ok(node)
}

/// The version as written and what it is read as. `Err` is a sentence without its subject.
pub(super) fn dialect(root: &Node<'_>, notes: &mut Notes) -> Result<(String, Dialect), String> {
    if root.as_object().is_none() {
        return Err(format!(
            "is no OpenAPI description: it is {}, not an object with `openapi` or `swagger`",
            root.kind()
        ));
    }
    let word = |key: &str| match root.get(key) {
        Some(Node::Text(text)) => Some(text.trim().to_owned()),
        Some(Node::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let Some(version) = word("openapi").or_else(|| word("swagger")) else {
        return Err(something_else(root));
    };
    let dialect = match version.split('.').take(2).collect::<Vec<_>>()[..] {
        ["2"] | ["2", "0"] => Dialect::V2,
        ["3"] | ["3", "0"] => Dialect::V30,
        ["3", "1"] => Dialect::V31,
        ["3", "2"] => Dialect::V32,
        ["3", _] => {
            notes.warn(format!("OpenAPI {} is newer than what weir knows: it is read as 3.2", quote(&version)));
            Dialect::V32
        }
        _ => {
            let version = quote(&version);
            return Err(format!("is OpenAPI {version}, and weir reads 2.0, 3.0, 3.1 and 3.2: convert it to 3.1"));
        }
    };
    Ok((version, dialect))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    V2,
    V30,
    V31,
    V32,
}

fn something_else(root: &Node<'_>) -> String {
    let has = |key: &str| root.get(key).is_some();
    let info_has = |key: &str| root.get("info").is_some_and(|info| info.get(key).is_some());
    let kind = if has("asyncapi") {
        "an AsyncAPI description, which tells of messages, not of HTTP operations"
    } else if info_has("_postman_id") || (has("item") && has("info")) {
        "a Postman collection: export it as OpenAPI"
    } else if has("swaggerVersion") {
        "Swagger 1.x: convert it to OpenAPI 3"
    } else if has("openrpc") {
        "an OpenRPC description, which weir does not read"
    } else if has("arazzo") {
        "an Arazzo description: name the OpenAPI file that it works on"
    } else if has("overlay") {
        "an OpenAPI overlay: apply it first and name the result"
    } else if root.get("kind").and_then(Node::as_text) == Some("discovery#restDescription") {
        "a Google discovery document: convert it to OpenAPI"
    } else if has("log") {
        "a record of HTTP requests (HAR)"
    } else if has("__schema") || has("data") {
        "a GraphQL schema or an answer of an API"
    } else if has("mcpServers") {
        "a client's list of MCP servers: `weir import` reads it"
    } else if has("$schema") || has("$defs") {
        "a JSON Schema"
    } else {
        return "is no OpenAPI description: it has neither `openapi` nor `swagger` at its top".to_owned();
    };
    format!("is no OpenAPI description but looks like {kind}")
}
