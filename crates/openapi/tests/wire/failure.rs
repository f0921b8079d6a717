//! Answers that are no success.

use std::time::Duration;

use serde_json::json;
use weir_model::{ToolFailure, limits};

use crate::operation::{answered, operation};

fn failure(status: u16, headers: &[(&str, &str)], body: &[u8]) -> ToolFailure {
    answered(&operation("/x", Vec::new()), json!({}), (status, headers, body)).expect_err("a failure")
}

fn check(status: u16, headers: &[(&str, &str)], body: &str, expected: &str) {
    let ToolFailure { kind, message, code, body, retry_after, retryable, status: told } =
        failure(status, headers, body.as_bytes());
    assert_eq!(told, Some(status));
    let code = code.unwrap_or("-".to_owned());
    let body = body.unwrap_or("-".to_owned());
    let again = if retryable { "again" } else { "never" };
    let shown = format!("{} | {message} | {code} {again} {retry_after:?} | {body}", kind.as_str());
    assert_eq!(shown, expected);
}

#[test]
fn c10_a_refusal_keeps_its_facts() {
    for (status, body, expected) in [
        (
            404,
            r#"{"message":"Not Found","documentation_url":"u"}"#,
            r#"tool_error | the API answered 404 Not Found: Not Found | - never None | {"message":"Not Found","documentation_url":"u"}"#,
        ),
        (
            400,
            r#"{"error":{"code":"invalid_value","message":"no\nsuch","type":"t"}}"#,
            r#"tool_error | the API answered 400 Bad Request: no | invalid_value never None | {"error":{"code":"invalid_value","message":"no\nsuch","type":"t"}}"#,
        ),
        (
            401,
            r#"{"error":"invalid_token","error_description":"expired"}"#,
            r#"tool_error | the API answered 401 Unauthorized: expired | invalid_token never None | {"error":"invalid_token","error_description":"expired"}"#,
        ),
        (
            422,
            r#"{"code":70001,"errors":[{"code":"x","detail":"y"}]}"#,
            r#"tool_error | the API answered 422 Unprocessable Content: y | 70001 never None | {"code":70001,"errors":[{"code":"x","detail":"y"}]}"#,
        ),
        (
            409,
            r#"{"type":"about:blank","title":"Conflict","detail":"busy"}"#,
            r#"tool_error | the API answered 409 Conflict: busy | about:blank never None | {"type":"about:blank","title":"Conflict","detail":"busy"}"#,
        ),
        (400, r#"["a"]"#, r#"tool_error | the API answered 400 Bad Request | - never None | ["a"]"#),
        (
            400,
            r#"{"errors":["bad name"]}"#,
            r#"tool_error | the API answered 400 Bad Request: bad name | bad name never None | {"errors":["bad name"]}"#,
        ),
        (
            500,
            "\nplain \u{7}trouble\nmore",
            r#"tool_error | the API answered 500 Internal Server Error: plain trouble | - again None | "\nplain \u0007trouble\nmore""#,
        ),
        (502, "<html>no</html>", r#"tool_error | the API answered 502 Bad Gateway | - again None | "<html>no</html>""#),
        (418, "", "tool_error | the API answered 418 | - never None | -"),
    ] {
        check(status, &[], body, expected);
    }
    let png = failure(404, &[("content-type", "image/png")], b"\x89PNG");
    assert_eq!(png.body, None);
    for (status, again) in [(408, true), (425, true), (429, true), (503, true), (504, true), (501, false), (403, false)]
    {
        assert_eq!(failure(status, &[], b"").retryable, again, "{status}");
    }
    let strange = failure(101, &[], b"");
    assert_eq!(strange.message, "the API answered with the status 101, which ends no request");
}

#[test]
fn a_redirect_names_only_the_host() {
    for (location, expected) in [
        (
            "https://evil.test/login?token=hunter2#x",
            "a redirect to https://evil.test, which weir does not follow; if the API lives there, set `base_url`",
        ),
        (
            "//evil.test",
            "a redirect to https://evil.test, which weir does not follow; if the API lives there, set `base_url`",
        ),
        (
            "/v2/x?secret",
            "a redirect to https://api.test, which weir does not follow; if the API lives there, set `base_url`",
        ),
        (
            "http://user:pw@h.test:81/",
            "a redirect to http://h.test, which weir does not follow; if the API lives there, set `base_url`",
        ),
        ("https://[", "a redirect, which weir does not follow"),
        ("javascript:alert(1)", "a redirect, which weir does not follow"),
    ] {
        let failure = failure(302, &[("location", location)], b"see hunter2");
        assert_eq!(failure.message, format!("the API answered 302 Found, {expected}"));
        assert_eq!((failure.body, failure.retryable), (None, false));
    }
    assert_eq!(
        failure(304, &[], b"").message,
        "the API answered 304 Not Modified, which says that nothing has changed"
    );
    assert_eq!(
        failure(308, &[], b"").message,
        "the API answered 308 Permanent Redirect, a redirect, which weir does not follow"
    );
}

#[test]
fn h17_retry_after_is_bounded() {
    let day = Duration::from_secs(24 * 60 * 60);
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (headers, body, expected) in [
        (vec![("retry-after", "3")], "", Some(Duration::from_secs(3))),
        (vec![("retry-after", " 0.5 ")], "", Some(Duration::from_millis(500))),
        (vec![("retry-after", "999999")], "", Some(day)),
        (vec![("retry-after", "1e308")], "", Some(day)),
        (vec![("retry-after", "-1")], "", None),
        (vec![("retry-after", "NaN")], "", None),
        (vec![("retry-after", "soon")], "", None),
        (vec![("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"), date], "", Some(Duration::from_secs(60))),
        (vec![("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT"), date], "", Some(Duration::ZERO)),
        (vec![("retry-after", "Sun, 06 Nov 9994 08:49:37 GMT"), date], "", Some(day)),
        (vec![("retry-after", "Sunday, 06-Nov-94 08:50:37 GMT"), date], "", Some(Duration::from_secs(60))),
        (vec![("retry-after", "Sun Nov  6 08:50:37 1994"), date], "", Some(Duration::from_secs(60))),
        // Without the answer's own date there is nothing to measure from.
        (vec![("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")], "", None),
        (vec![("retry-after-ms", "250")], "", Some(Duration::from_millis(250))),
        (vec![], r#"{"retry_after": 1.25}"#, Some(Duration::from_millis(1250))),
        (vec![("retry-after", "2")], r#"{"retry_after": 9}"#, Some(Duration::from_secs(2))),
        (
            vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "784111807"), date],
            "",
            Some(Duration::from_secs(30)),
        ),
        (vec![("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "784111807"), date], "", None),
    ] {
        let told = failure(429, &headers, body.as_bytes());
        assert_eq!((told.retry_after, told.retryable), (expected, true), "{headers:?} {body}");
    }
    assert!(failure(403, &[("retry-after", "1")], b"").retryable, "an API that says when is not refusing for good");
}

#[test]
fn an_error_body_is_bounded_and_json() {
    for body in [
        "x".repeat(100_000),
        "\u{1}".repeat(100_000),
        "\"\\".repeat(50_000),
        "😀".repeat(50_000),
        format!("{{\"message\":\"{}\"}}", "m".repeat(50_000)),
        format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000)),
    ] {
        let failure = failure(400, &[("content-type", "application/json")], body.as_bytes());
        let kept = failure.body.expect("a body");
        assert!(kept.len() <= limits::ERROR_BODY_BYTES_MAX, "{}", kept.len());
        assert!(kept.len() > limits::ERROR_BODY_BYTES_MAX / 2);
        serde_json::from_str::<String>(&kept).expect("a JSON string");
        assert!(failure.message.chars().count() <= 400, "{}", failure.message);
    }
}
