//! Bytes in arguments: base64 text, or an object that says more about them.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

use super::{BadArguments, media};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const EXPECTED: &str =
    "it must be base64 text, or an object {data, filename?, content_type?} with base64 text in `data`";

pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) filename: Option<String>,
    pub(super) content_type: Option<String>,
}

pub(super) fn of(field: &str, value: &Value) -> Result<File, BadArguments> {
    let members = match value {
        Value::String(text) => {
            return Ok(File { bytes: decoded(field, text)?, filename: None, content_type: None });
        }
        Value::Object(members) => members,
        _ => return Err(BadArguments::at(field, EXPECTED)),
    };
    if members.keys().any(|key| !matches!(key.as_str(), "data" | "filename" | "content_type")) {
        return Err(BadArguments::at(field, EXPECTED));
    }
    let text = |key: &str| match members.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BadArguments::at(field, EXPECTED)),
    };
    let data = text("data")?.ok_or_else(|| BadArguments::at(field, EXPECTED))?;
    let content_type = text("content_type")?;
    if let Some(wish) = content_type.as_deref().filter(|wish| !media::is_media_type(wish) || media::is_range(wish)) {
        let wish = super::shown(wish);
        return Err(BadArguments::at(field, format_args!("`{wish}` is no content type, like `image/png`")));
    }
    Ok(File { bytes: decoded(field, &data)?, filename: text("filename")?, content_type })
}

/// Either alphabet, with or without padding; line breaks as mail writes them are passed over.
fn decoded(field: &str, text: &str) -> Result<Vec<u8>, BadArguments> {
    let text: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let engine = if text.iter().any(|b| matches!(b, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).map_err(|_| BadArguments::at(field, EXPECTED))
}
