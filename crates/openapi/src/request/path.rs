//! The path: the description's template, and each argument one unit inside one segment.
//!
//! Never more or fewer segments than the template has, and none that some server takes for a way to another place.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    BadArguments, encode, given,
    style::{self, Delimiter},
};
use crate::{MediaKind, Operation, Parameter, Piece, Style};

/// Encoded, with the slash it begins with; empty for an operation at the base itself.
pub(super) fn of(operation: &Operation, arguments: &Map<String, Value>) -> Result<String, BadArguments> {
    let segments = &operation.path.segments;
    if segments.is_empty() {
        return Ok("/".to_owned());
    }
    let mut path = String::new();
    for pieces in segments {
        path.push('/');
        path.push_str(&segment(operation, pieces, arguments)?);
    }
    Ok(path)
}

fn segment(operation: &Operation, pieces: &[Piece], arguments: &Map<String, Value>) -> Result<String, BadArguments> {
    let mut out = String::new();
    let mut fields = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(&encode::template(text)),
            Piece::Parameter(index) => {
                let parameter = operation.parameters.get(*index).ok_or_else(|| {
                    BadArguments(format!(
                        "the path `{}` names a parameter that it does not have",
                        super::shown(&operation.path.text)
                    ))
                })?;
                fields.push(parameter.field.as_str());
                out.push_str(&written(parameter, arguments)?);
            }
        }
    }
    let decoded = percent_decode_str(&out).decode_utf8_lossy();
    let Some(why) = strays(&decoded).or_else(|| strays(&percent_decode_str(&decoded).decode_utf8_lossy())) else {
        return Ok(out);
    };
    match fields.as_slice() {
        // The description's own empty segment is one it means: `/users/`.
        [] if out.is_empty() => Ok(out),
        [] => Err(BadArguments(format!(
            "the path `{}` of the description is none that can be asked for: one of its segments {why}",
            super::shown(&operation.path.text)
        ))),
        [field] => Err(BadArguments::at(field, format_args!("as a part of the path it {why}"))),
        fields => Err(BadArguments::at(
            &fields.join("`, `"),
            format_args!("together they make a part of the path that {why}"),
        )),
    }
}

/// A path has no place for nothing: what is absent or empty is refused here.
fn written(parameter: &Parameter, arguments: &Map<String, Value>) -> Result<String, BadArguments> {
    let Some(value) = given(parameter, arguments)? else {
        return Err(BadArguments::at(&parameter.field, "it is a part of the path and missing"));
    };
    if let Some(media) = &parameter.content {
        return Ok(encode::unit(&content(media, value)));
    }
    if value.as_str().is_some_and(str::is_empty) && parameter.style != Style::Matrix {
        return Err(BadArguments::at(&parameter.field, "as a part of the path it must not be empty"));
    }
    let encoded = |delimiter: Delimiter| delimiter.encoded;
    style::line(parameter.style, parameter.explode, &parameter.name, value, &mut encode::unit, encoded)
        .ok_or_else(|| BadArguments::at(&parameter.field, "as a part of the path it must not be empty"))
}

/// A value in a media type of its own: JSON, or the text as it stands.
pub(super) fn content(media: &str, value: &Value) -> String {
    match value {
        Value::String(text) if MediaKind::of(media) != MediaKind::Json => text.clone(),
        _ => value.to_string(),
    }
}

/// Why a decoded segment is no name of one thing. Servers differ in what they decode, when, and in what separates: the
/// strictest reading of each counts (`..%2f`, `..\`, `..;/`).
fn strays(segment: &str) -> Option<&'static str> {
    if segment.contains('\0') {
        return Some("holds a NUL character");
    }
    let mut names = segment.split(['/', '\\']);
    if names.clone().all(str::is_empty) {
        return Some("is empty");
    }
    let dots = |name: &str| matches!(name.split(';').next().unwrap_or_default().trim(), "." | "..");
    names.any(dots).then_some("holds `.` or `..`, which servers take for another place")
}
