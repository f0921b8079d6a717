//! Good answers as values.

use serde_json::json;
use weir_openapi::{Method, Operation, StatusRange};

use crate::operation::{answered, line, with_responses};

fn check(declared: &[&str], content_type: &str, body: &[u8], expected: &str) {
    let operation = with_responses(&[(StatusRange::Exactly(200), declared)]);
    let headers: &[(&str, &str)] = if content_type.is_empty() { &[] } else { &[("content-type", content_type)] };
    let told = line(answered(&operation, json!({}), (200, headers, body)));
    assert_eq!(told, expected, "{declared:?} {content_type} {:?}", String::from_utf8_lossy(body));
}

const JSON: &[&str] = &["application/json"];

#[test]
fn c10_a_body_is_what_its_content_type_says() {
    for (declared, content_type, body, expected) in [
        (
            JSON,
            "application/json",
            r#" {"a": 1.0, "a": 2, "b":1e400} "#.as_bytes(),
            r#"[json  {"a": 1.0, "a": 2, "b":1e400} ]"#,
        ),
        (JSON, "application/vnd.github+json; charset=utf-8", b"[]", "[json []]"),
        (&[], "application/json", b"\"x\"", "[json \"x\"]"),
        (&["text/plain"], "text/plain", b"{\"a\":1}", r#"[text "{\"a\":1}"]"#),
        (&[], "text/csv; header=present", b"a,b\n", r#"[text "a,b\n"]"#),
        (&["text/html"], "text/html", b"<html>", r#"[text "<html>"]"#),
        (&[], "text/html", b"<html>", r#"[text "<html>"]"#),
        (&["application/xml"], "application/xml", b"<a/>", r#"[text "<a/>"]"#),
        (&["image/svg+xml"], "image/svg+xml", b"<svg/>", r#"[text "<svg/>"]"#),
        (&["image/png"], "image/png", b"\x89PNG", "[image/png [137, 80, 78, 71]]"),
        (JSON, "Image/PNG; x=y", b"\x01", "[image/png [1]]"),
        (&["*/*"], "multipart/mixed; boundary=x", b"\x01", "[multipart/mixed; boundary=x [1]]"),
        (&[], "nonsense", b"\x01", "[application/octet-stream [1]]"),
        (&[], "a/b\u{1}", b"\x01", "[application/octet-stream [1]]"),
        (JSON, "application/octet-stream", b"{}", "[json {}]"),
        (JSON, "application/octet-stream", b"{", "[application/octet-stream [123]]"),
        (&["application/octet-stream"], "application/octet-stream", b"{}", "[application/octet-stream [123, 125]]"),
        (JSON, "application/x-www-form-urlencoded", b"a=b", r#"[text "a=b"]"#),
        // Nothing said.
        (JSON, "", b"{}", "[json {}]"),
        (JSON, "", b"hello", r#"[text "hello"]"#),
        (JSON, "", b"\xff\xfd", "[application/octet-stream [255, 253]]"),
        (&["image/png"], "", b"{}", "[image/png [123, 125]]"),
        (JSON, "", b"", "[]"),
        (JSON, "application/json", b" \n", "[]"),
    ] {
        check(declared, content_type, body, expected);
    }
}

#[test]
fn c10_empty_answers_and_several_good_ones() {
    let operation = with_responses(&[
        (StatusRange::Exactly(200), JSON),
        (StatusRange::Class(2), &["text/plain"]),
        (StatusRange::Default, &["text/html"]),
    ]);
    let html: &[(&str, &str)] = &[("content-type", "text/html")];
    let plain: &[(&str, &str)] = &[("content-type", "text/plain")];
    let told = |operation: &Operation, answer| line(answered(operation, json!({}), answer));
    assert_eq!(told(&operation, (204, html, b"")), "[]");
    assert_eq!(
        told(&operation, (204, html, b"<p>")),
        "[] ! an answer 204 has no body; the 3 bytes of this one were left out"
    );
    assert_eq!(told(&operation, (200, plain, b"{}")), "[json {}]");
    assert_eq!(told(&operation, (202, plain, b"{}")), "[text \"{}\"]");
    assert!(told(&operation, (200, html, b"<p>")).starts_with("upstream_protocol"));
    assert_eq!(told(&operation, (206, html, b"<p>")), "[text \"<p>\"]");
    assert_eq!(told(&Operation { method: Method::Head, ..operation }, (200, plain, b"")), "[]");
}

#[test]
fn h16_what_is_no_json_is_a_failure_or_told() {
    let page = "upstream_protocol: the API answered 200, but it answered with an HTML page where JSON is declared, perhaps a login page or a proxy's: check `base_url` and the credentials";
    let not_json = "upstream_protocol: the API answered 200, but its body should be JSON and is not: ";
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let too_deep = "upstream_protocol: the API answered 200, but its JSON is nested more than 128 levels deep";
    let lossy = "the answer is not valid UTF-8: what could not be read is U+FFFD in it";
    let utf16: Vec<u8> = "\u{feff}{\"a\":\"ü😀\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16be: Vec<u8> = "{\"a\":1}".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (content_type, body, expected) in [
        ("text/html", &b"<html>login</html>"[..], page.to_owned()),
        ("application/xhtml+xml", b"<p>", page.to_owned()),
        ("application/json", b"<!DOCTYPE html><p>", page.to_owned()),
        ("", b"\n <HTML><p>", page.to_owned()),
        ("text/plain", b"{\"a\":1}", r#"[json {"a":1}]"#.to_owned()),
        ("text/plain", b"{\"a\":", r#"[text "{\"a\":"]"#.to_owned()),
        ("application/json", b"{\"a\":NaN}", format!("{not_json}expected value at line 1 column 6")),
        ("application/json", b"{\"a\":1", format!("{not_json}EOF while parsing an object at line 1 column 6")),
        ("application/json", b"{} {}", format!("{not_json}trailing characters at line 1 column 4")),
        ("application/json", b"while(1);{}", format!("{not_json}expected value at line 1 column 1")),
        ("application/json", deep.as_bytes(), too_deep.to_owned()),
        ("", deep.as_bytes(), too_deep.to_owned()),
        ("application/json", b"\xef\xbb\xbf{}", "[json {}]".to_owned()),
        ("application/json", &utf16, "[json {\"a\":\"ü😀\"}]".to_owned()),
        ("application/json; charset=utf-16", &utf16be, format!("{not_json}expected value at line 1 column 1")),
        ("text/plain; charset=utf-16be", &utf16be, "[json {\"a\":1}]".to_owned()),
        ("application/json", b"{\"a\":\"\xff\"}", format!("[json {{\"a\":\"\u{fffd}\"}}] ! {lossy}")),
        ("application/json; charset=ISO-8859-1", b"{\"a\":\"\xfc\x80\"}", "[json {\"a\":\"ü€\"}]".to_owned()),
        ("application/json; charset=ISO-8859-1", "{\"a\":\"ü\"}".as_bytes(), "[json {\"a\":\"ü\"}]".to_owned()),
        ("application/json", b"\"\\ud800\"", "[json \"\\ud800\"]".to_owned()),
    ] {
        check(JSON, content_type, body, &expected);
    }
    for (content_type, body, expected) in [
        ("text/plain", &b"a\xffb"[..], format!("[text \"a\u{fffd}b\"] ! {lossy}")),
        ("text/plain; charset=\"latin1\"", b"\xfc", "[text \"ü\"]".to_owned()),
        (
            "text/plain; charset=shift_jis",
            b"\x83\x65",
            "[text \"\u{fffd}e\"] ! the answer is written in `shift_jis`, which weir does not know: it was read as UTF-8, what could not be read is U+FFFD in it".to_owned(),
        ),
        ("text/plain; charset=shift_jis", b"ascii", "[text \"ascii\"]".to_owned()),
        (
            "text/plain",
            b"\xff\xfe\x00\xd8x",
            "[text \"\u{fffd}\u{fffd}\"] ! the answer is not valid UTF-16: what could not be read is U+FFFD in it".to_owned(),
        ),
    ] {
        check(&["text/plain"], content_type, body, &expected);
    }
    let failure = answered(
        &with_responses(&[(StatusRange::Default, JSON)]),
        json!({}),
        (200, &[("content-type", "text/html")], b"<p>in</p>"),
    )
    .unwrap_err();
    assert_eq!((failure.status, failure.body.as_deref()), (Some(200), Some("\"<p>in</p>\"")));
}

#[test]
fn h21_a_suggested_file_name_is_no_name_of_a_file() {
    let operation = with_responses(&[(StatusRange::Exactly(200), &["application/pdf"])]);
    let headers: &[(&str, &str)] =
        &[("content-disposition", "attachment; filename=\"../../etc/passwd\""), ("content-type", "application/pdf")];
    assert_eq!(line(answered(&operation, json!({}), (200, headers, b"%PDF"))), "[application/pdf [37, 80, 68, 70]]");
}
