//! `multipart/*`: one part for each value, as browsers write them (RFC 7578, WHATWG).
//!
//! The boundary is made of the content: it cannot occur in it, and the same arguments give the same bytes.

use memchr::memmem;
use serde_json::Value;
use sha2::{Digest, Sha256};
use weir_model::limits::REQUEST_BODY_BYTES_MAX;

use super::{
    BadArguments,
    body::Written,
    file,
    form::Field,
    media,
    style::{Budget, Texts},
};

/// What browsers call bytes without a name; servers tell files from fields by there being one.
const UNNAMED: &str = "blob";

struct Part {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
    bytes: Vec<u8>,
}

pub(super) fn written(media_type: &str, fields: &[Field<'_>]) -> Result<Written, BadArguments> {
    let mut budget = Budget(REQUEST_BODY_BYTES_MAX);
    let mut parts = Vec::new();
    for field in fields {
        parts.extend(of(field, fields, &mut budget)?);
    }
    // The parts of a `multipart/related` are told apart by their order and types alone.
    let named = media::essence(media_type) != "multipart/related";
    let boundary = boundary(&parts);
    let mut bytes = Vec::new();
    for part in &parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n{}\r\n", head(part, named)).as_bytes());
        bytes.extend_from_slice(&part.bytes);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Written { content_type: format!("{}; boundary={boundary}", unbounded(media_type)), bytes })
}

/// Without a boundary of the description's own: of two of them, servers take either.
fn unbounded(media_type: &str) -> String {
    let is_boundary = |parameter: &str| parameter.trim_start().to_ascii_lowercase().starts_with("boundary");
    let kept: Vec<&str> = media_type.split(';').filter(|parameter| !is_boundary(parameter)).collect();
    kept.join(";")
}

fn of(field: &Field<'_>, fields: &[Field<'_>], budget: &mut Budget) -> Result<Vec<Part>, BadArguments> {
    if field.value.is_null() {
        return Ok(Vec::new());
    }
    if field.encoding.binary {
        return match field.value {
            Value::Array(items) => items.iter().map(|item| binary(field, item, budget)).collect(),
            value => Ok(vec![binary(field, value, budget)?]),
        };
    }
    if field.shape().is_none() {
        return match field.value {
            Value::Array(items) if !field.is_json() => {
                items.iter().filter(|item| !item.is_null()).map(|item| single(field, item, budget)).collect()
            }
            value => Ok(vec![single(field, value, budget)?]),
        };
    }
    let pairs = field.pairs(budget)?;
    field.keeps_to_itself(&pairs, fields)?;
    pairs
        .into_iter()
        .map(|pair| {
            let text = match pair.texts {
                Texts::Nothing => String::new(),
                Texts::One(text) => text,
                Texts::List(texts, delimiter) => texts.join(delimiter.raw),
            };
            part(field, pair.name, declared(field), None, text.into_bytes(), budget)
        })
        .collect()
}

fn single(field: &Field<'_>, value: &Value, budget: &mut Budget) -> Result<Part, BadArguments> {
    let json = field.is_json() || value.is_array() || value.is_object();
    let text = if json { Some(value.to_string()) } else { super::text::text(value) };
    let content_type = declared(field).or_else(|| json.then(|| "application/json".to_owned()));
    part(field, field.name.to_owned(), content_type, None, text.unwrap_or_default().into_bytes(), budget)
}

fn binary(field: &Field<'_>, value: &Value, budget: &mut Budget) -> Result<Part, BadArguments> {
    let file = file::of(field.field, value)?;
    let content_type =
        file.content_type.or_else(|| declared(field)).unwrap_or_else(|| "application/octet-stream".into());
    let filename = file.filename.unwrap_or_else(|| UNNAMED.to_owned());
    part(field, field.name.to_owned(), Some(content_type), Some(filename), file.bytes, budget)
}

/// The first type of the description's list that something can be sent in.
fn declared(field: &Field<'_>) -> Option<String> {
    let names = field.encoding.content_type.as_deref()?.split(',').map(str::trim);
    names.into_iter().find(|name| media::is_media_type(name) && !media::is_range(name)).map(str::to_owned)
}

fn part(
    field: &Field<'_>,
    name: String,
    content_type: Option<String>,
    filename: Option<String>,
    bytes: Vec<u8>,
    budget: &mut Budget,
) -> Result<Part, BadArguments> {
    if name.contains('\0') || filename.as_deref().is_some_and(|name| name.contains('\0')) {
        return Err(BadArguments::at(field.field, "a name in a multipart body can hold no NUL character"));
    }
    budget
        .take(name.len() + bytes.len())
        .map_err(|_| BadArguments::at(field.field, "it makes more than a request can hold"))?;
    Ok(Part { name, filename, content_type, bytes })
}

fn head(part: &Part, named: bool) -> String {
    let mut head = String::new();
    if named {
        head.push_str(&format!("Content-Disposition: form-data; name=\"{}\"", escaped(&part.name)));
        if let Some(filename) = &part.filename {
            head.push_str(&format!("; filename=\"{}\"", escaped(filename)));
        }
        head.push_str("\r\n");
    }
    if let Some(content_type) = &part.content_type {
        head.push_str(&format!("Content-Type: {content_type}\r\n"));
    }
    head
}

/// WHATWG's escapes of names.
fn escaped(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

fn boundary(parts: &[Part]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        for bytes in [part.name.as_bytes(), &part.bytes] {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    let mut digest = hash.finalize();
    loop {
        let digits: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let boundary = format!("weir-{digits}");
        if !parts.iter().any(|part| memmem::find(&part.bytes, boundary.as_bytes()).is_some()) {
            return boundary;
        }
        digest = Sha256::digest(digest);
    }
}
