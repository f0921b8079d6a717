//! An answer that is no success: its status, what the API said about it, and whether trying again makes sense.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;
use url::Url;
use weir_model::{
    FailureKind, ToolFailure,
    limits::{ERROR_BODY_BYTES_MAX, ERROR_MESSAGE_CHARS_MAX, RETRY_AFTER_TOLD_MAX},
};

use super::{Answer, charset::decoded, json};
use crate::{MediaKind, request::media};

/// How much of what the API said goes into the sentence itself.
const QUOTED_CHARS_MAX: usize = 300;
/// A longer error is not searched for facts.
const SEARCHED_BYTES_MAX: usize = 64 * 1024;
const CODE_CHARS_MAX: usize = 100;

/// Of an answer whose status is not 2xx to a request for `url`.
pub(super) fn of(answer: Answer<'_>, url: &str) -> ToolFailure {
    match answer.status {
        300..=399 => redirect(answer, url),
        400..=599 => refusal(answer),
        status => {
            let mut failure = ToolFailure::new(
                FailureKind::UpstreamProtocol,
                format!("the API answered with the status {status}, which ends no request"),
            );
            failure.status = Some(status);
            failure
        }
    }
}

/// Of an answer whose status is good and whose body is not.
pub(super) fn of_answer(answer: Answer<'_>, kind: FailureKind, why: &str) -> ToolFailure {
    let mut failure =
        ToolFailure::new(kind, cut(&format!("the API answered {}, but {why}", answer.status), ERROR_MESSAGE_CHARS_MAX));
    failure.status = Some(answer.status);
    if kind != FailureKind::ResponseTooLarge {
        failure.body = said(answer).and_then(|text| body(&text, false));
    }
    failure
}

/// A redirect is never followed, and its address may hold secrets: only the host is told.
fn redirect(answer: Answer<'_>, url: &str) -> ToolFailure {
    let target = answer.header("location").and_then(|location| Url::parse(url).ok()?.join(location).ok());
    let to = match target.as_ref().and_then(|target| Some((target.scheme(), target.host_str()?))) {
        Some((scheme, host)) => format!(
            "a redirect to {scheme}://{}, which weir does not follow; if the API lives there, set `base_url`",
            cut(host, CODE_CHARS_MAX)
        ),
        None => "a redirect, which weir does not follow".to_owned(),
    };
    let to = if answer.status == 304 { "which says that nothing has changed".to_owned() } else { to };
    let message = format!("the API answered {}, {to}", phrase(answer.status));
    let mut failure = ToolFailure::new(FailureKind::ToolError, message);
    failure.status = Some(answer.status);
    failure
}

fn refusal(answer: Answer<'_>) -> ToolFailure {
    let text = said(answer).unwrap_or_default();
    let parsed = parsed(&text);
    let facts = parsed.as_ref().map(Facts::of).unwrap_or_default();
    let sentence = match (&facts.message, &parsed) {
        (Some(message), _) => Some(message.as_str()),
        (None, None) if !text.trim_start().starts_with('<') => Some(text.as_ref()),
        _ => None,
    };
    let quoted = sentence.and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
    let quoted = quoted.map(|line| format!(": {}", cut(line, QUOTED_CHARS_MAX))).unwrap_or_default();
    let message = cut(&format!("the API answered {}{quoted}", phrase(answer.status)), ERROR_MESSAGE_CHARS_MAX);
    let mut failure = ToolFailure::new(FailureKind::ToolError, message);
    failure.status = Some(answer.status);
    failure.code = facts.code;
    failure.body = body(&text, parsed.is_some());
    failure.retry_after = retry_after(answer, facts.retry_after);
    let told_to_wait = answer.status == 403 && failure.retry_after.is_some();
    failure.retryable = matches!(answer.status, 408 | 425 | 429 | 500 | 502 | 503 | 504) || told_to_wait;
    failure
}

/// What the body says as text; nothing for an empty one and for bytes.
fn said(answer: Answer<'_>) -> Option<String> {
    let content_type = answer.header("content-type");
    let kind = content_type.map(|name| MediaKind::of(&media::essence(name)));
    if answer.body.is_empty() || matches!(kind, Some(MediaKind::Binary | MediaKind::Multipart)) {
        return None;
    }
    // More than is kept: a character that is cut in two is beyond it.
    let start = &answer.body[..answer.body.len().min(SEARCHED_BYTES_MAX)];
    Some(decoded(start, content_type).text.into_owned())
}

fn parsed(text: &str) -> Option<Value> {
    if text.len() > SEARCHED_BYTES_MAX || json::check(text).is_err() {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// What errors of APIs commonly carry: at the top, under `error`, in the first of `errors`.
#[derive(Default)]
struct Facts {
    code: Option<String>,
    message: Option<String>,
    retry_after: Option<Duration>,
}

impl Facts {
    fn of(value: &Value) -> Self {
        let first = value.get("errors").map(|errors| errors.get(0).unwrap_or(errors));
        let inner = value.get("error");
        let places: Vec<&Value> = [Some(value), inner, first].into_iter().flatten().filter(|v| v.is_object()).collect();
        let find = |names: &[&str]| {
            places.iter().find_map(|place| names.iter().find_map(|name| place.get(name).filter(|v| is_word(v))))
        };
        let bare = [inner, first].into_iter().flatten().find(|v| is_word(v));
        let message = ["message", "error_description", "detail", "description", "title", "msg", "reason"];
        let code = find(&["code", "error_code", "errorCode"]).or(bare).or_else(|| find(&["type"]));
        Self {
            code: code.map(|code| cut(&word(code), CODE_CHARS_MAX)),
            message: find(&message).or(bare).map(word),
            retry_after: find(&["retry_after", "retryAfter"]).and_then(|v| seconds(&word(v))),
        }
    }
}

fn is_word(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| !text.is_empty())
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The header counts first, in seconds or as a date beside the answer's own; then what rate limits and bodies say.
fn retry_after(answer: Answer<'_>, said: Option<Duration>) -> Option<Duration> {
    let header = answer.header("retry-after").and_then(|text| seconds(text).or_else(|| until(answer, date(text)?)));
    let millis = || Some(seconds(answer.header("retry-after-ms")?)? / 1_000);
    let used_up = matches!(answer.status, 403 | 429) && answer.header("x-ratelimit-remaining") == Some("0");
    let reset = || until(answer, answer.header("x-ratelimit-reset").filter(|_| used_up)?.parse().ok()?);
    header.or_else(millis).or(said).or_else(reset).map(|wait| wait.min(RETRY_AFTER_TOLD_MAX))
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    let bounded = seconds.is_finite() && seconds >= 0.0;
    bounded.then(|| Duration::from_secs_f64(seconds.min(RETRY_AFTER_TOLD_MAX.as_secs_f64() * 1_000.0)))
}

/// Seconds since the epoch, from any of the three forms HTTP has had for dates.
fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    let older = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let older = || older.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let today = DateTime::parse_from_rfc2822(text).ok().map(|date| date.timestamp());
    today.or_else(|| Some(older()?.and_utc().timestamp()))
}

/// From the answer's own date: weir's clock may be another.
fn until(answer: Answer<'_>, then: i64) -> Option<Duration> {
    let wait = then.saturating_sub(date(answer.header("date")?)?);
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

/// JSON text at most [`ERROR_BODY_BYTES_MAX`] long; cut text becomes a JSON string.
fn body(text: &str, is_json: bool) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if is_json && text.len() <= ERROR_BODY_BYTES_MAX {
        return Some(text.to_owned());
    }
    let mut room = ERROR_BODY_BYTES_MAX - 2;
    let fits = |&(_, c): &(usize, char)| match room.checked_sub(escaped_len(c)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let kept: String = text.char_indices().take_while(fits).map(|(_, c)| c).collect();
    Some(Value::from(kept).to_string())
}

/// Bytes of a character in a JSON string, at most.
fn escaped_len(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        c if u32::from(c) < 0x20 => 6,
        c => c.len_utf8(),
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    let mut kept: String = text.chars().filter(|c| !c.is_control()).take(chars_max + 1).collect();
    if let Some((end, _)) = kept.char_indices().nth(chars_max) {
        kept.truncate(end);
        kept.push('…');
    }
    kept
}

/// `404 Not Found`
fn phrase(status: u16) -> String {
    let words = match status {
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        423 => "Locked",
        425 => "Too Early",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return status.to_string(),
    };
    format!("{status} {words}")
}
