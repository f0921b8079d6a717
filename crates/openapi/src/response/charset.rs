//! Bytes as text. Whatever they are, there is a text; what was lost on the way is told.

use std::borrow::Cow;

/// What windows-1252 has where Latin-1 has control characters (WHATWG's index).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// A sentence, when the text is not exactly what the bytes say.
    pub(super) warning: Option<String>,
}

/// A byte order mark says more than the header, the header more than a guess. The mark is no part of the text.
pub(super) fn decoded<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    let named = content_type.and_then(charset);
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return utf8(rest, None);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    match named.as_deref() {
        Some("utf-16le") => utf16(bytes, u16::from_le_bytes),
        Some("utf-16be" | "utf-16") => utf16(bytes, u16::from_be_bytes),
        Some("iso-8859-1" | "latin1" | "iso8859-1" | "windows-1252" | "cp1252") => {
            Decoded { text: bytes.iter().map(|&byte| latin(byte)).collect(), warning: None }
        }
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => utf8(bytes, None),
        Some(other) => utf8(bytes, Some(other)),
    }
}

/// The parameter `charset`, in lower case.
fn charset(content_type: &str) -> Option<String> {
    let value = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Some(value.trim().trim_matches('"').to_ascii_lowercase())
}

fn utf8<'a>(bytes: &'a [u8], foreign: Option<&str>) -> Decoded<'a> {
    let text = String::from_utf8_lossy(bytes);
    let warning = match (&text, foreign) {
        (Cow::Borrowed(_), _) => None,
        (Cow::Owned(_), None) => {
            Some("the answer is not valid UTF-8: what could not be read is U+FFFD in it".to_owned())
        }
        (Cow::Owned(_), Some(name)) => Some(format!(
            "the answer is written in `{}`, which weir does not know: it was read as UTF-8, what could not be read is U+FFFD in it",
            name.chars().take(40).flat_map(char::escape_debug).collect::<String>()
        )),
    };
    Decoded { text, warning }
}

fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'a> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut lossy = !rest.is_empty();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text: String = char::decode_utf16(units)
        .map(|read| {
            lossy |= read.is_err();
            read.unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    let warning = lossy.then(|| "the answer is not valid UTF-16: what could not be read is U+FFFD in it".to_owned());
    Decoded { text: text.into(), warning }
}

fn latin(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
