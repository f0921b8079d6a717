//! A tool's answer as the one JSON value a snippet gets.
//!
//! One JSON part: itself. One text part: parsed when it is a JSON object or array, else a string (a bare `1.10` stays
//! the text it is). Several parts: an array of them. Binary parts stay with the host; the value names their handle.

use serde_json::{json, value::RawValue};
use weir_model::{FailureKind, Part, PrincipalId, ToolFailure};

use crate::port::{Handles, Stored, StoredKind};

/// JSON text of the value. Fails only when a binary part cannot be kept.
pub(crate) async fn unwrap(
    handles: &dyn Handles,
    principal: &PrincipalId,
    parts: Vec<Part>,
) -> Result<String, ToolFailure> {
    let mut values = Vec::with_capacity(parts.len());
    for part in parts {
        values.push(match part {
            Part::Json(text) => text,
            Part::Text(text) => text_value(text),
            Part::Blob { mime, bytes } => blob_value(handles, principal, mime, bytes).await?,
        });
    }
    Ok(match values.len() {
        0 => "null".into(),
        1 => values.swap_remove(0),
        _ => format!("[{}]", values.join(",")),
    })
}

fn text_value(text: String) -> String {
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    if looks_like_json && serde_json::from_str::<&RawValue>(text.trim()).is_ok() {
        return match text.trim() {
            trimmed if trimmed.len() == text.len() => text,
            trimmed => trimmed.to_owned(),
        };
    }
    json!(text).to_string()
}

async fn blob_value(
    handles: &dyn Handles,
    principal: &PrincipalId,
    mime: String,
    bytes: Vec<u8>,
) -> Result<String, ToolFailure> {
    let length = bytes.len();
    let stored = Stored { kind: StoredKind::Binary(mime.clone()), bytes: bytes.into() };
    let handle = handles.put(principal, stored).await.map_err(|error| {
        ToolFailure::new(FailureKind::Internal, format!("the tool answered with binary content, but {error}"))
    })?;
    Ok(json!({ "handle": handle.as_str(), "mime": mime, "bytes": length }).to_string())
}
