//! Media types: which one a body is sent in, and which ones weir asks for.

use serde_json::{Map, Value};

use super::{BadArguments, shown};
use crate::{Body, Media, MediaKind, Response, StatusRange};

/// Media types named in `Accept`; a description may list hundreds.
const ACCEPTED_MAX: usize = 10;

/// The media type of a body: the argument's choice, else the first.
pub(super) fn chosen<'a>(body: &'a Body, arguments: &Map<String, Value>) -> Result<&'a Media, BadArguments> {
    let wish = body.media_field.as_deref().and_then(|field| Some((field, arguments.get(field)?)));
    let Some((field, wish)) = wish.filter(|(_, wish)| !wish.is_null()) else {
        return body
            .media
            .first()
            .ok_or_else(|| BadArguments("the description names no media type for the body".into()));
    };
    let named = |media: &&Media| wish.as_str().is_some_and(|wish| media.name.eq_ignore_ascii_case(wish));
    let alike = |media: &&Media| wish.as_str().is_some_and(|wish| essence(&media.name) == essence(wish));
    body.media.iter().find(named).or_else(|| body.media.iter().find(alike)).ok_or_else(|| {
        let choices: Vec<String> =
            body.media.iter().take(20).map(|media| format!("`{}`", shown(&media.name))).collect();
        BadArguments::at(field, format_args!("the body can be sent as {}", choices.join(", ")))
    })
}

/// Lower case, without parameters.
pub(crate) fn essence(name: &str) -> String {
    name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `image/*`, `*/*`: a range, no type that something can be sent in.
pub(crate) fn is_range(name: &str) -> bool {
    essence(name).contains('*')
}

/// Whether a range or a type allows a type.
pub(super) fn allows(range: &str, name: &str) -> bool {
    let (range, name) = (essence(range), essence(name));
    match range.split_once('/') {
        Some(("*", _)) => true,
        Some((group, "*")) => name.split_once('/').is_some_and(|(first, _)| first == group),
        _ => range == name,
    }
}

/// Whether the text can stand in a header as a media type.
pub(crate) fn is_media_type(name: &str) -> bool {
    let token =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    let (kind, parameters) = name.split_once(';').unwrap_or((name, ""));
    name.len() <= 200
        && kind.trim().split_once('/').is_some_and(|(group, name)| token(group) && token(name))
        && parameters.bytes().all(|b| matches!(b, b' '..=b'~') && b != b',')
}

/// JSON first, then what else the operation's good answers may be, and anything at all rather than nothing.
pub(super) fn accept(responses: &[Response]) -> String {
    let good = |response: &&Response| match response.status {
        StatusRange::Exactly(status) => (200..300).contains(&status),
        StatusRange::Class(class) => class == 2,
        StatusRange::Default => true,
    };
    let mut declared: Vec<&(String, MediaKind)> = responses.iter().filter(good).flat_map(|r| &r.media).collect();
    declared.sort_by_key(|(_, kind)| match kind {
        MediaKind::Json => 0,
        MediaKind::JsonLines => 1,
        MediaKind::EventStream => 2,
        MediaKind::Text | MediaKind::Form => 3,
        MediaKind::Binary | MediaKind::Multipart => 4,
    });
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in declared {
        let sendable = is_media_type(name) && !is_range(name);
        if sendable && names.len() < ACCEPTED_MAX && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push("application/json");
    }
    let mut out = String::new();
    for (index, name) in names.iter().enumerate() {
        match index {
            0 => out.push_str(name),
            _ => out.push_str(&format!(", {name};q=0.{}", 10 - index.min(8))),
        }
    }
    out.push_str(", */*;q=0.1");
    out
}
