//! A failed call as the snippet's exception gets it.

use serde::Serialize;
use serde_json::value::RawValue;
use weir_model::{ToolFailure, limits::ERROR_MESSAGE_CHARS_MAX};

#[derive(Serialize)]
struct FailureJson<'a> {
    kind: &'static str,
    message: String,
    tool: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// The upstream's error body as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
    retryable: bool,
}

/// JSON text with the fields `kind, message, tool, status?, code?, body?, retry_after? (seconds), retryable`.
/// `tool` is the name as the snippet wrote it.
pub fn failure_json(tool: &str, failure: &ToolFailure) -> String {
    let json = FailureJson {
        kind: failure.kind.as_str(),
        message: failure.message.chars().take(ERROR_MESSAGE_CHARS_MAX).collect(),
        tool,
        status: failure.status,
        code: failure.code.as_deref(),
        body: failure.body.as_deref().and_then(|body| serde_json::from_str(body).ok()),
        retry_after: failure.retry_after.map(|wait| wait.as_secs_f64()),
        retryable: failure.retryable,
    };
    serde_json::to_string(&json).expect("strings, numbers and checked JSON always serialise")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use weir_model::FailureKind;

    use super::*;

    #[test]
    fn every_field() {
        let failure = ToolFailure {
            status: Some(429),
            code: Some("rate_limited".into()),
            body: Some(r#"{"error":"slow down"}"#.into()),
            retry_after: Some(Duration::from_millis(1500)),
            retryable: true,
            ..ToolFailure::new(FailureKind::ToolError, "slow down")
        };
        insta::assert_snapshot!(failure_json("github.list_issues", &failure), @r#"{"kind":"tool_error","message":"slow down","tool":"github.list_issues","status":429,"code":"rate_limited","body":{"error":"slow down"},"retry_after":1.5,"retryable":true}"#);
    }

    #[test]
    fn a_body_that_is_no_json_is_left_out() {
        let failure = ToolFailure { body: Some("<html>".into()), ..ToolFailure::new(FailureKind::Internal, "x") };
        insta::assert_snapshot!(failure_json("a.b", &failure), @r#"{"kind":"internal","message":"x","tool":"a.b","retryable":false}"#);
    }
}
