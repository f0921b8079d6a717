//! Server-sent events and JSON lines.

use serde_json::json;
use weir_model::limits::{RESPONSE_BYTES_MAX, STREAM_ITEMS_MAX, STREAM_LINE_BYTES_MAX};
use weir_openapi::StatusRange;

use crate::operation::{answered, line, with_responses};

fn read(content_type: &str, body: &[u8]) -> String {
    let operation = with_responses(&[(StatusRange::Exactly(200), &[content_type])]);
    line(answered(&operation, json!({}), (200, &[("content-type", content_type)], body)))
}

#[test]
fn c10_events_are_a_list() {
    for (body, expected) in [
        ("", "[]"),
        ("data: a\n\n", r#"[json [{"data":"a"}]]"#),
        ("data: {\"a\":1}\r\n\r\ndata: 2\r\rdata:\"s\"\n\n", r#"[json [{"data":{"a":1}},{"data":2},{"data":"s"}]]"#),
        ("event: add\nid: 7\ndata: x\nretry: 10\n: comment\n\n", r#"[json [{"event":"add","id":"7","data":"x"}]]"#),
        ("data: YHOO\ndata: +2\ndata: 10\n\n", r#"[json [{"data":"YHOO\n+2\n10"}]]"#),
        // WHATWG's examples of what is an event and what is none.
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            r#"[json [{"id":"1","data":"first event"},{"data":"second event"},{"data":" third event"}]]"#,
        ),
        ("data\n\ndata\ndata\n\ndata:", r#"[json [{"data":""},{"data":"\n"},{"data":""}]]"#),
        ("event: nothing\n\n", "[json []]"),
        ("\u{feff}data: a\n\n", r#"[json [{"data":"a"}]]"#),
        ("data: {\"a\":1}\n\ndata: [DONE]\n\ndata: never\n\n", r#"[json [{"data":{"a":1}}]]"#),
        ("data: 1\n\ndata: [DONE]", r#"[json [{"data":1}]]"#),
        ("data: {\"a\":\ndata: 1}\n\n", "[json [{\"data\":{\"a\":\n1}}]]"),
        ("data: a", r#"[json [{"data":"a"}]]"#),
    ] {
        assert_eq!(read("text/event-stream", body.as_bytes()), expected, "{body:?}");
    }
}

#[test]
fn c10_json_lines_are_a_list() {
    for (content_type, body, expected) in [
        ("application/x-ndjson", "{\"a\":1}\n\n{\"a\": 2}\r\n", r#"[json [{"a":1},{"a": 2}]]"#),
        ("application/jsonl", "1\n\"x\"", r#"[json [1,"x"]]"#),
        ("application/json-seq", "\u{1e}{\"a\":1}\n\u{1e}2\n", r#"[json [{"a":1},2]]"#),
        (
            "application/x-ndjson",
            "{\"a\":1}\n{\"a\":",
            "upstream_protocol: the API answered 200, but line 2 of its answer should be JSON and is not, or was cut off",
        ),
    ] {
        assert_eq!(read(content_type, body.as_bytes()), expected, "{body:?}");
    }
}

#[test]
fn h22_lists_are_bounded_and_never_cut_silently() {
    let endless = "data: 1\n\n".repeat(STREAM_ITEMS_MAX + 1);
    let many = format!(
        "response_too_large: the API answered 200, but its answer goes on for more than {STREAM_ITEMS_MAX} items; ask for less at once"
    );
    assert_eq!(read("text/event-stream", endless.as_bytes()), many);
    assert!(read("text/event-stream", &endless.as_bytes()[9..]).starts_with("[json [{\"data\":1},"));
    assert_eq!(read("application/x-ndjson", "1\n".repeat(STREAM_ITEMS_MAX + 1).as_bytes()), many);

    let long = "x".repeat(STREAM_LINE_BYTES_MAX + 1);
    let over = |what: &str| {
        format!(
            "response_too_large: the API answered 200, but one {what} of its answer is over the limit of {STREAM_LINE_BYTES_MAX} bytes"
        )
    };
    assert_eq!(read("text/event-stream", format!("data:{long}").as_bytes()), over("event"));
    assert_eq!(
        read("text/event-stream", format!("data:{0}\ndata:{0}\n", &long[..long.len() / 2 + 1]).as_bytes()),
        over("event")
    );
    assert_eq!(read("text/event-stream", long.as_bytes()), over("line"));
    assert_eq!(read("application/x-ndjson", format!("\"{long}\"").as_bytes()), over("line"));

    // Escapes make a text longer than what came.
    let control = "data:".to_owned() + &"\u{1}".repeat(6 * 1024 * 1024) + "\n\n";
    let told = read("text/event-stream", control.as_bytes());
    assert_eq!(
        told,
        format!(
            "response_too_large: the API answered 200, but its answer is over the limit of {RESPONSE_BYTES_MAX} bytes; ask for less at once"
        )
    );

    let deep = format!("data: {}{}\n\n", "[".repeat(127), "]".repeat(127));
    assert_eq!(
        read("text/event-stream", deep.as_bytes()),
        "upstream_protocol: the API answered 200, but the data of an event is nested too deep"
    );
    let deep = format!("{}{}\n", "[".repeat(128), "]".repeat(128));
    assert_eq!(
        read("application/x-ndjson", deep.as_bytes()),
        "upstream_protocol: the API answered 200, but line 1 of its answer is nested too deep"
    );
}
