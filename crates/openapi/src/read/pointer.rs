//! The two halves of a reference: which file, and where in it. Files never leave the directory of the root file.

use std::borrow::Cow;

/// The file a reference names, by its path relative to the root's directory, from a file there. `Err` says why not.
pub(super) fn file(from: &str, reference: &str) -> Result<String, &'static str> {
    const OUTSIDE: &str = "lies outside the description's own directory";
    let first = reference.split('/').next().unwrap_or_default();
    if first.contains(':') || reference.starts_with("//") {
        return Err("is an address, and weir fetches nothing that a description refers to: keep the file beside it");
    }
    let decoded = percent_decoded(reference);
    if decoded.starts_with('/') {
        return Err(OUTSIDE);
    }
    if decoded.chars().any(|c| c.is_control() || matches!(c, '\\' | '\u{FFFD}')) || decoded.contains(':') {
        return Err("is no plain relative path with slashes");
    }
    let mut segments: Vec<&str> = from.split('/').collect();
    segments.pop();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop().ok_or(OUTSIDE)?;
            }
            segment => segments.push(segment),
        }
    }
    if segments.is_empty() { Err("names no file") } else { Ok(segments.join("/")) }
}

/// A pointer's words, each as it may be meant: decoded, and as written where that is something else.
pub(super) fn words(pointer: &str) -> impl Iterator<Item = (Cow<'_, str>, Option<Cow<'_, str>>)> {
    let pointer = pointer.strip_prefix('/').unwrap_or(pointer);
    let words = (!pointer.is_empty()).then(|| pointer.split('/'));
    words.into_iter().flatten().map(|word| {
        let decoded = unescaped(percent_decoded(word));
        let written = unescaped(Cow::Borrowed(word));
        let other = (written != decoded).then_some(written);
        (decoded, other)
    })
}

/// The last word of a reference that is a name and no number; its file's name where it points at a whole file.
pub(super) fn last_name(reference: &str) -> String {
    let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let is_name = |word: &str| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit());
    let word = words(pointer).map(|(word, _)| word.into_owned()).filter(|word| is_name(word)).last();
    word.unwrap_or_else(|| {
        let file = percent_decoded(file.rsplit('/').next().unwrap_or_default()).into_owned();
        file.split('.').next().unwrap_or_default().to_owned()
    })
}

fn unescaped(word: Cow<'_, str>) -> Cow<'_, str> {
    if word.contains('~') { Cow::Owned(word.replace("~1", "/").replace("~0", "~")) } else { word }
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digit = |at: usize| tail.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        rest = match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits are one byte"));
                &tail[2..]
            }
            _ => {
                bytes.push(*first);
                tail
            }
        };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}
