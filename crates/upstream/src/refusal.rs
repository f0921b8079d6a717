//! How a call that got no result is told: which kind, what the upstream said, whether trying again makes sense.

use std::time::Duration;

use serde_json::Value;
use weir_model::{FailureKind, ToolFailure, ToolId, limits, too_deep};

use crate::{
    pending::Lost,
    redact::Redactor,
    wire::{Refused, RpcError, outgoing::quoted},
};

/// How much of what the upstream said goes into the sentence itself.
const QUOTED_CHARS_MAX: usize = 300;
/// A longer error is not searched for a code.
const SEARCHED_BYTES_MAX: usize = 64 * 1024;
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The call being told about.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) tool: &'a ToolId,
    pub(crate) redactor: &'a Redactor,
    /// Whether sending it twice does no harm.
    pub(crate) repeatable: bool,
}

impl Told<'_> {
    /// The tool answered with an error. `said` is JSON text or plain.
    pub(crate) fn tool_error(self, said: &str) -> ToolFailure {
        let said = self.redactor.text(said);
        let parsed = parsed(&said);
        let facts = parsed.as_ref().map(Facts::of).unwrap_or_default();
        let sentence = facts.message.clone().unwrap_or_else(|| said.to_string());
        let mut failure = ToolFailure::new(
            FailureKind::ToolError,
            cut(
                &format!("{} answered with an error: {}", self.tool, first_line(&sentence)),
                limits::ERROR_MESSAGE_CHARS_MAX,
            ),
        );
        failure.retryable =
            facts.retry_after.is_some() || matches!(facts.status, Some(408 | 425 | 429 | 502 | 503 | 504));
        (failure.status, failure.code, failure.retry_after) = (facts.status, facts.code, facts.retry_after);
        failure.body = body(&said, parsed.is_some());
        failure
    }

    pub(crate) fn refused(self, refused: &Refused) -> ToolFailure {
        match refused {
            Refused::Protocol(what) => self.protocol(what),
            Refused::Rpc(error) => self.rpc(error),
        }
    }

    fn rpc(self, error: &RpcError) -> ToolFailure {
        let mut failure = self.tool_error(error.data.as_deref().unwrap_or_default());
        let message = self.redactor.text(&error.message);
        failure.message = format!("{} answered with an error: {}", self.tool, first_line(&message));
        failure.code = Some(error.code.to_string());
        failure.body = failure.body.filter(|_| error.data.is_some());
        failure
    }

    pub(crate) fn protocol(self, what: &str) -> ToolFailure {
        let what = self.redactor.text(what);
        self.failure(FailureKind::UpstreamProtocol, &format!("its answer is not what the protocol allows: {what}"))
    }

    pub(crate) fn too_large(self, bytes_max: u64) -> ToolFailure {
        let done = if self.repeatable { "" } else { "; the call itself was carried out" };
        self.failure(
            FailureKind::ResponseTooLarge,
            &format!("its answer is over the limit of {}{done}; ask for less at once", megabytes(bytes_max)),
        )
    }

    pub(crate) fn deadline(self, deadline: Duration) -> ToolFailure {
        let done = if self.repeatable { "" } else { "; it may have been carried out all the same" };
        self.failure(FailureKind::DeadlineExceeded, &format!("no answer within {deadline:?}{done}"))
    }

    pub(crate) fn unavailable(self, cause: &str) -> ToolFailure {
        self.failure(FailureKind::UpstreamUnavailable, &self.redactor.text(cause))
    }

    pub(crate) fn lost(self, lost: &Lost) -> ToolFailure {
        match lost {
            Lost::NotSent(cause) => self.unavailable(&format!("{cause}; the call was not sent")),
            Lost::Gone(cause) if self.repeatable => self.unavailable(cause),
            Lost::Gone(cause) => {
                let mut failure = self.unavailable(&format!("{cause}; the call may have been carried out before that"));
                failure.retryable = false;
                failure
            }
            Lost::TooLarge(bytes_max) => self.too_large(*bytes_max),
            Lost::Protocol(what) => self.protocol(what),
            Lost::Status { status, retry_after, body, hint } => {
                self.status(*status, *retry_after, body, hint.as_deref())
            }
        }
    }

    fn status(self, status: u16, retry_after: Option<Duration>, said: &str, hint: Option<&str>) -> ToolFailure {
        let mut failure = self.tool_error(said);
        let hint = hint.map(|hint| format!("; {}", self.redactor.text(hint)));
        let meaning = match status {
            _ if hint.is_some() => hint.as_deref().unwrap_or_default(),
            401 | 403 => "; the credentials in weir's config do not satisfy it",
            404 => "; check the URL in weir's config",
            429 => "; it asks for fewer calls",
            500.. => "; it has trouble of its own",
            _ => "",
        };
        failure.kind = if status >= 500 { FailureKind::UpstreamUnavailable } else { FailureKind::ToolError };
        failure.message = format!("{} answered with HTTP status {status}{meaning}", self.tool);
        failure.status = Some(status);
        failure.retry_after = retry_after.or(failure.retry_after).map(|wait| wait.min(RETRY_AFTER_MAX));
        failure.retryable = matches!(status, 408 | 425 | 429) || (matches!(status, 502..=504) && self.repeatable);
        failure.body = failure.body.filter(|_| !said.is_empty());
        failure
    }

    fn failure(self, kind: FailureKind, what: &str) -> ToolFailure {
        ToolFailure::new(kind, cut(&format!("{}: {what}", self.tool), limits::ERROR_MESSAGE_CHARS_MAX))
    }
}

/// What structured errors commonly carry, at the top or under `error`.
#[derive(Default)]
struct Facts {
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    retry_after: Option<Duration>,
}

impl Facts {
    fn of(value: &Value) -> Self {
        let inner = value.get("error").filter(|e| e.is_object());
        let places: Vec<&Value> = [inner, Some(value)].into_iter().flatten().collect();
        let find = |names: &[&str]| {
            places.iter().find_map(|place| names.iter().find_map(|name| place.get(name).filter(|v| !v.is_null())))
        };
        let number =
            |v: &Value| v.as_f64().or_else(|| v.as_str()?.trim().parse().ok()).filter(|n| n.is_finite() && *n >= 0.0);
        let seconds = find(&["retry_after", "retryAfter", "retry-after", "Retry-After"]).and_then(number);
        let millis = find(&["retry_after_ms", "retryAfterMs"]).and_then(number).map(|ms| ms / 1_000.0);
        let message = find(&["message", "detail", "error_description", "title"]).and_then(Value::as_str);
        Self {
            status: find(&["status", "statusCode", "status_code", "httpStatus", "http_status"])
                .and_then(number)
                .filter(|n| (100.0..600.0).contains(n) && n.fract() == 0.0)
                .map(|n| n as u16),
            code: find(&["code", "errorCode", "error_code", "type"]).and_then(|v| match v {
                Value::String(text) => Some(cut(text, 100)),
                Value::Number(n) => Some(n.to_string()),
                _ => None,
            }),
            message: message.or_else(|| value.get("error")?.as_str()).map(str::to_owned),
            retry_after: seconds.or(millis).map(|s| Duration::from_secs_f64(s.min(RETRY_AFTER_MAX.as_secs_f64()))),
        }
    }
}

fn parsed(said: &str) -> Option<Value> {
    if said.len() > SEARCHED_BYTES_MAX || !said.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value = serde_json::from_str(said).ok()?;
    (!too_deep(said, limits::JSON_DEPTH_MAX)).then_some(value)
}

/// JSON text at most [`limits::ERROR_BODY_BYTES_MAX`] long; cut text becomes a JSON string.
fn body(said: &str, is_json: bool) -> Option<String> {
    if said.is_empty() {
        return None;
    }
    if is_json && said.len() <= limits::ERROR_BODY_BYTES_MAX {
        return Some(said.to_owned());
    }
    let mut end = said.len().min(limits::ERROR_BODY_BYTES_MAX - 2);
    loop {
        while !said.is_char_boundary(end) {
            end -= 1;
        }
        let text = quoted(&said[..end]);
        // Escapes make it longer than what it was made of, sixfold at most.
        match text.len().checked_sub(limits::ERROR_BODY_BYTES_MAX) {
            None | Some(0) => return Some(text),
            Some(over) => end -= over.div_ceil(6),
        }
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing more");
    cut(line, QUOTED_CHARS_MAX)
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn megabytes(bytes: u64) -> String {
    if bytes >= limits::MIB { format!("{} MiB", bytes / limits::MIB) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use weir_model::UpstreamName;

    use super::*;

    fn told<R>(repeatable: bool, tell: impl FnOnce(Told<'_>) -> R) -> R {
        let tool = ToolId { upstream: UpstreamName::new("shop").unwrap(), name: "pay".into() };
        tell(Told { tool: &tool, redactor: &Redactor::default(), repeatable })
    }

    fn line(f: &ToolFailure) -> String {
        let ToolFailure { kind, message, status, code, body, retry_after, retryable } = f;
        format!("{} | {message} | {status:?} {code:?} {retry_after:?} {retryable} | {body:?}", kind.as_str())
    }

    #[test]
    fn a_structured_error_keeps_its_facts() {
        let failure = |said: &str| line(&told(false, |t| t.tool_error(said)));
        insta::assert_snapshot!(failure(r#"{"error":{"code":"rate_limited","message":"slow down","retry_after":2},"status":429}"#), @r#"tool_error | shop/pay answered with an error: slow down | Some(429) Some("rate_limited") Some(2s) true | Some("{\"error\":{\"code\":\"rate_limited\",\"message\":\"slow down\",\"retry_after\":2},\"status\":429}")"#);
        insta::assert_snapshot!(failure(r#"{"error":"no such order","statusCode":"404"}"#), @r#"tool_error | shop/pay answered with an error: no such order | Some(404) None None false | Some("{\"error\":\"no such order\",\"statusCode\":\"404\"}")"#);
        insta::assert_snapshot!(failure("\nplain trouble\nmore"), @r#"tool_error | shop/pay answered with an error: plain trouble | None None None false | Some("\"\\nplain trouble\\nmore\"")"#);
        insta::assert_snapshot!(failure(r#"{"status":99999,"retryAfterMs":-5,"code":[]}"#), @r#"tool_error | shop/pay answered with an error: {"status":99999,"retryAfterMs":-5,"code":[]} | None None None false | Some("{\"status\":99999,\"retryAfterMs\":-5,\"code\":[]}")"#);
    }

    #[test]
    fn what_may_have_happened_is_said_of_writes_alone() {
        let gone = Lost::Gone("its process ended with exit status 1".into());
        insta::assert_snapshot!(line(&told(false, |t| t.lost(&gone))), @"upstream_unavailable | shop/pay: its process ended with exit status 1; the call may have been carried out before that | None None None false | None");
        insta::assert_snapshot!(line(&told(true, |t| t.lost(&gone))), @"upstream_unavailable | shop/pay: its process ended with exit status 1 | None None None true | None");
        insta::assert_snapshot!(line(&told(false, |t| t.lost(&Lost::NotSent("it ended".into())))), @"upstream_unavailable | shop/pay: it ended; the call was not sent | None None None true | None");
        insta::assert_snapshot!(line(&told(false, |t| t.deadline(Duration::from_millis(1500)))), @"deadline_exceeded | shop/pay: no answer within 1.5s; it may have been carried out all the same | None None None false | None");
    }

    #[test]
    fn http_statuses_are_told() {
        let status = |status, retry_after| Lost::Status { status, retry_after, body: "".into(), hint: None };
        insta::assert_snapshot!(line(&told(true, |t| t.lost(&status(429, Some(Duration::from_secs(3)))))), @"tool_error | shop/pay answered with HTTP status 429; it asks for fewer calls | Some(429) None Some(3s) true | None");
        insta::assert_snapshot!(line(&told(false, |t| t.lost(&status(503, None)))), @"upstream_unavailable | shop/pay answered with HTTP status 503; it has trouble of its own | Some(503) None None false | None");
        insta::assert_snapshot!(line(&told(false, |t| t.lost(&status(401, None)))), @"tool_error | shop/pay answered with HTTP status 401; the credentials in weir's config do not satisfy it | Some(401) None None false | None");
    }

    proptest! {
        #[test]
        fn a_body_is_json_and_bounded(said in "\\PC{0,200}", repeat in 1_usize..200) {
            let said = said.repeat(repeat);
            let failure = told(false, |t| t.tool_error(&said));
            if let Some(body) = failure.body {
                prop_assert!(body.len() <= limits::ERROR_BODY_BYTES_MAX);
                prop_assert!(serde_json::from_str::<Value>(&body).is_ok());
            }
            prop_assert!(failure.message.chars().count() <= limits::ERROR_MESSAGE_CHARS_MAX + 1);
        }
    }
}
