//! A good answer's body as parts: by what the answer says it is, and where that is nothing much, by what was declared.

use weir_model::{FailureKind, Part, ToolFailure};

use super::{
    Answer,
    charset::{Decoded, decoded},
    failure,
    json::{self, NoJson, Top},
    stream,
};
use crate::{MediaKind, Method, Operation, Response, StatusRange, request::media};

pub(super) struct Read {
    pub(super) parts: Vec<Part>,
    pub(super) warnings: Vec<String>,
}

impl Read {
    /// The outermost level of the answer, when it is one JSON text.
    pub(super) fn top(&self) -> Option<Top<'_>> {
        match self.parts.as_slice() {
            [Part::Json(text)] => Some(Top::of(text)),
            _ => None,
        }
    }

    fn one(part: Part) -> Self {
        Self { parts: vec![part], warnings: Vec::new() }
    }
}

/// What was declared for this status.
struct Declared<'a> {
    media: &'a [(String, MediaKind)],
}

impl Declared<'_> {
    fn has(&self, kind: MediaKind) -> bool {
        self.media.iter().any(|(_, known)| *known == kind)
    }

    fn html(&self) -> bool {
        self.media.iter().any(|(name, _)| is_html(&media::essence(name)))
    }

    /// Whether JSON, or many of it, is expected and a page for people is not.
    fn expects_json(&self) -> bool {
        let kinds = [MediaKind::Json, MediaKind::JsonLines, MediaKind::EventStream];
        !self.html() && kinds.into_iter().any(|kind| self.has(kind))
    }
}

pub(super) fn of(operation: &Operation, answer: Answer<'_>) -> Result<Read, ToolFailure> {
    if operation.method == Method::Head || matches!(answer.status, 204 | 205) || answer.body.is_empty() {
        let ignored = (!answer.body.is_empty()).then(|| {
            format!(
                "an answer {} has no body; the {} bytes of this one were left out",
                answer.status,
                answer.body.len()
            )
        });
        return Ok(Read { parts: Vec::new(), warnings: ignored.into_iter().collect() });
    }
    let declared = Declared { media: declared(&operation.responses, answer.status) };
    let content_type = answer.header("content-type").filter(|value| !value.is_empty());
    let Some(name) = content_type.map(media::essence) else { return unsaid(&declared, answer) };
    if is_html(&name) && declared.expects_json() {
        return Err(page(answer));
    }
    match MediaKind::of(&name) {
        MediaKind::Json => as_json(answer),
        MediaKind::EventStream => listed(answer, stream::events),
        MediaKind::JsonLines => listed(answer, stream::lines),
        MediaKind::Text if declared.has(MediaKind::JsonLines) && !declared.has(MediaKind::Text) => {
            listed(answer, stream::lines)
        }
        MediaKind::Text | MediaKind::Form => {
            Ok(as_text(answer, declared.expects_json() && !declared.has(MediaKind::Text)))
        }
        MediaKind::Binary
            if name.ends_with("/octet-stream") && declared.expects_json() && !declared.has(MediaKind::Binary) =>
        {
            json_or_bytes(answer)
        }
        MediaKind::Binary | MediaKind::Multipart => Ok(as_bytes(answer, content_type)),
    }
}

/// The answer's own status, else its class, else the default.
fn declared(responses: &[Response], status: u16) -> &[(String, MediaKind)] {
    let find = |range: StatusRange| responses.iter().find(|response| response.status == range);
    let class = u8::try_from(status / 100).map(StatusRange::Class).ok();
    find(StatusRange::Exactly(status))
        .or_else(|| class.and_then(find))
        .or_else(|| find(StatusRange::Default))
        .map(|response| response.media.as_slice())
        .unwrap_or_default()
}

fn is_html(essence: &str) -> bool {
    matches!(essence, "text/html" | "application/xhtml+xml")
}

fn looks_like_html(text: &str) -> bool {
    let beginning: String = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    beginning.starts_with("<!doctype html") || beginning.starts_with("<html")
}

/// No content type: what was declared when it is bytes, JSON when it parses, text when it can be one.
fn unsaid(declared: &Declared<'_>, answer: Answer<'_>) -> Result<Read, ToolFailure> {
    if let [(name, MediaKind::Binary)] = declared.media {
        return Ok(as_bytes(answer, Some(name)));
    }
    let Decoded { text, warning } = decoded(answer.body, None);
    if looks_like_html(&text) && declared.expects_json() {
        return Err(page(answer));
    }
    match json::check(&text) {
        Ok(()) => Ok(Read { parts: vec![Part::Json(text.into_owned())], warnings: warning.into_iter().collect() }),
        Err(NoJson::TooDeep) if declared.expects_json() => Err(no_json(answer, &NoJson::TooDeep)),
        Err(_) if warning.is_some() => Ok(as_bytes(answer, None)),
        Err(_) => Ok(Read::one(Part::Text(text.into_owned()))),
    }
}

/// JSON is Unicode whatever the header says; a charset counts only when that cannot be.
fn as_json(answer: Answer<'_>) -> Result<Read, ToolFailure> {
    let content_type = answer.header("content-type").filter(|_| std::str::from_utf8(answer.body).is_err());
    let Decoded { text, warning } = decoded(answer.body, content_type);
    let warnings = warning.into_iter().collect();
    if text.trim().is_empty() {
        return Ok(Read { parts: Vec::new(), warnings });
    }
    match json::check(&text) {
        Ok(()) => Ok(Read { parts: vec![Part::Json(text.into_owned())], warnings }),
        Err(_) if looks_like_html(&text) => Err(page(answer)),
        Err(why) => Err(no_json(answer, &why)),
    }
}

fn as_text(answer: Answer<'_>, json_expected: bool) -> Read {
    let Decoded { text, warning } = decoded(answer.body, answer.header("content-type"));
    let text = text.into_owned();
    let part = if json_expected && json::check(&text).is_ok() { Part::Json(text) } else { Part::Text(text) };
    Read { parts: vec![part], warnings: warning.into_iter().collect() }
}

fn json_or_bytes(answer: Answer<'_>) -> Result<Read, ToolFailure> {
    match std::str::from_utf8(answer.body) {
        Ok(text) if json::check(text).is_ok() => Ok(Read::one(Part::Json(text.to_owned()))),
        _ => Ok(as_bytes(answer, answer.header("content-type"))),
    }
}

/// Only the type is kept; the parts of a multipart body cannot be told apart without its parameters.
fn as_bytes(answer: Answer<'_>, content_type: Option<&str>) -> Read {
    let mime = match content_type.filter(|name| media::is_media_type(name) && !media::is_range(name)) {
        Some(name) if MediaKind::of(name) == MediaKind::Multipart => name.to_owned(),
        Some(name) => media::essence(name),
        None => "application/octet-stream".to_owned(),
    };
    Read::one(Part::Blob { mime, bytes: answer.body.to_vec() })
}

fn listed(answer: Answer<'_>, read: fn(&str) -> Result<String, stream::Unlistable>) -> Result<Read, ToolFailure> {
    let Decoded { text, warning } = decoded(answer.body, answer.header("content-type"));
    match read(&text) {
        Ok(list) => Ok(Read { parts: vec![Part::Json(list)], warnings: warning.into_iter().collect() }),
        Err(stream::Unlistable::TooLarge(why)) => Err(failure::of_answer(answer, FailureKind::ResponseTooLarge, &why)),
        Err(stream::Unlistable::Malformed(why)) => Err(failure::of_answer(answer, FailureKind::UpstreamProtocol, &why)),
    }
}

fn no_json(answer: Answer<'_>, why: &NoJson) -> ToolFailure {
    let why = match why {
        NoJson::TooDeep => {
            format!("its JSON is nested more than {} levels deep", weir_model::limits::JSON_DEPTH_MAX)
        }
        NoJson::Malformed(error) => format!("its body should be JSON and is not: {error}"),
    };
    failure::of_answer(answer, FailureKind::UpstreamProtocol, &why)
}

fn page(answer: Answer<'_>) -> ToolFailure {
    let why = "it answered with an HTML page where JSON is declared, perhaps a login page or a proxy's: check `base_url` and the credentials";
    failure::of_answer(answer, FailureKind::UpstreamProtocol, why)
}
