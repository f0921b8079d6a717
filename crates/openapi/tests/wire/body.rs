//! Bodies, byte by byte.

use serde_json::{Value, json};
use weir_openapi::{Body, BodyFields, Encoding, Operation, Style};

use crate::{
    operation::{encoded, header, media, request, spread, whole},
    reader,
};

/// `content-type | body`, or why nothing was sent.
fn sent(operation: &Operation, arguments: Value) -> String {
    match request(operation, arguments) {
        Ok(request) => {
            let body = request.body.as_ref().map_or("-".to_owned(), |body| String::from_utf8_lossy(body).into_owned());
            format!("{} | {body}", header(&request, "content-type"))
        }
        Err(error) => error,
    }
}

fn check(operation: &Operation, arguments: Value, expected: &str) {
    assert_eq!(sent(operation, arguments), expected);
}

fn required(operation: Operation) -> Operation {
    let body = operation.body.map(|body| Body { required: true, ..body });
    Operation { body, ..operation }
}

#[test]
fn c06_json_whole_and_spread() {
    let one = whole(vec![media("application/json")]);
    check(
        &one,
        json!({"body": {"b": 1.0, "a": [null, "ü", "\0"]}}),
        r#"application/json | {"b":1.0,"a":[null,"ü","\u0000"]}"#,
    );
    check(&one, json!({"body": "text"}), r#"application/json | "text""#);
    check(&one, json!({}), "- | -");
    check(&one, json!({"body": null}), "- | -");
    let needed = required(one);
    check(&needed, json!({"body": null}), "application/json | null");
    check(&needed, json!({}), "argument `body`: it is the body, required and missing");
    let fields = spread(media("application/json"), &["b", "a"]);
    check(&fields, json!({"a": null, "b": 2}), r#"application/json | {"b":2,"a":null}"#);
    check(&fields, json!({}), "- | -");
    check(&required(fields), json!({}), "application/json | {}");
    let renamed = BodyFields::Spread(vec![("body_id".to_owned(), "id".to_owned())]);
    let body = Body { required: false, fields: renamed, media: vec![media("application/json")], media_field: None };
    let renamed = Operation { body: Some(body), ..spread(media("application/json"), &[]) };
    check(&renamed, json!({"body_id": 7}), r#"application/json | {"id":7}"#);
}

#[test]
fn c06_one_media_type_of_several() {
    let patch = whole(vec![
        media("application/merge-patch+json"),
        media("application/json-patch+json"),
        media("application/xml; charset=utf-8"),
    ]);
    check(&patch, json!({"body": {"a": 1}}), r#"application/merge-patch+json | {"a":1}"#);
    check(
        &patch,
        json!({"body": [], "content_type": "application/json-patch+json"}),
        "application/json-patch+json | []",
    );
    check(&patch, json!({"body": "<a/>", "content_type": "APPLICATION/XML"}), "application/xml; charset=utf-8 | <a/>");
    check(
        &patch,
        json!({"body": {}, "content_type": "application/xml"}),
        "argument `body`: `application/xml; charset=utf-8` is sent as it stands: it must be a text",
    );
    check(
        &patch,
        json!({"body": 1, "content_type": "text/plain"}),
        "argument `content_type`: the body can be sent as `application/merge-patch+json`, `application/json-patch+json`, `application/xml; charset=utf-8`",
    );
    check(
        &patch,
        json!({"content_type": "application/xml"}),
        "argument `content_type`: it chooses a body's media type, and there is no body",
    );
    let any = whole(vec![media("*/*")]);
    check(&any, json!({"body": {"a": 1}}), r#"application/json | {"a":1}"#);
    check(&any, json!({"body": "AQID"}), "application/octet-stream | \u{1}\u{2}\u{3}");
    check(
        &whole(vec![media("a/b\r\nX: 1")]),
        json!({"body": "AQID"}),
        "the media type `a/b\\r\\nX: 1` of the description cannot be sent",
    );
}

#[test]
fn c06_text_lines_and_bytes() {
    let text = whole(vec![media("text/plain")]);
    check(&text, json!({"body": "a\r\nb"}), "text/plain | a\r\nb");
    check(&text, json!({"body": "ü"}), "text/plain; charset=utf-8 | ü");
    check(&text, json!({"body": 1.0}), "text/plain | 1");
    check(&text, json!({"body": []}), "argument `body`: `text/plain` is sent as it stands: it must be a text");
    check(&whole(vec![media("application/yaml")]), json!({"body": {"a": 1}}), "application/yaml | {\"a\":1}");
    let lines = whole(vec![media("application/x-ndjson")]);
    check(&lines, json!({"body": [{"a": 1}, "x\ny"]}), "application/x-ndjson | {\"a\":1}\n\"x\\ny\"\n");
    check(&lines, json!({"body": {"a": 1}}), "application/x-ndjson | {\"a\":1}\n");
    check(&whole(vec![media("application/json-seq")]), json!({"body": [1]}), "application/json-seq | \u{1e}1\n");
    let bytes = whole(vec![media("application/octet-stream")]);
    for base64 in ["aGk/", "aGk_", "aG\nk/\r\n"] {
        check(&bytes, json!({ "body": base64 }), "application/octet-stream | hi?");
    }
    check(&bytes, json!({"body": {"data": "aGk"}}), "application/octet-stream | hi");
    check(&bytes, json!({"body": {"data": "aGk", "content_type": "image/png"}}), "image/png | hi");
    check(
        &whole(vec![media("image/*")]),
        json!({"body": {"data": "aGk", "content_type": "image/png"}}),
        "image/png | hi",
    );
    check(
        &whole(vec![media("image/png")]),
        json!({"body": {"data": "aGk", "content_type": "text/html"}}),
        "argument `body`: its content type `text/html` is not the description's `image/png`",
    );
    let expected = "argument `body`: it must be base64 text, or an object {data, filename?, content_type?} with base64 text in `data`";
    for wrong in [json!("a§"), json!(1), json!({}), json!({"data": 1}), json!({"data": "", "x": 1}), json!([])] {
        check(&bytes, json!({ "body": wrong }), expected);
    }
    check(
        &bytes,
        json!({"body": {"data": "", "content_type": "a/b\r\nX: 1"}}),
        "argument `body`: `a/b\\r\\nX: 1` is no content type, like `image/png`",
    );
}

/// `application/x-www-form-urlencoded` as WHATWG serialises it, and by the styles of `encoding`.
#[test]
fn c06_forms() {
    let style =
        |style: Style, explode: bool| Encoding { style: Some(style), explode: Some(explode), ..Encoding::default() };
    let form = encoded(
        "application/x-www-form-urlencoded",
        &[
            ("csv", style(Style::Form, false)),
            ("ssv", style(Style::SpaceDelimited, false)),
            ("deep", style(Style::DeepObject, true)),
            ("flat", style(Style::Form, true)),
            ("json", Encoding { content_type: Some("application/json".into()), ..Encoding::default() }),
            ("raw", Encoding { allow_reserved: true, ..Encoding::default() }),
            ("file", Encoding { binary: true, ..Encoding::default() }),
        ],
    );
    let names = ["a b", "list", "map", "csv", "ssv", "deep", "flat", "json", "raw", "file"];
    let operation = spread(form, &names);
    for (arguments, expected) in [
        (json!({"a b": "c&d=e f+g*-._~'()"}), "a+b=c%26d%3De+f%2Bg*-._%7E%27%28%29"),
        (json!({"a b": "ü\r\n"}), "a+b=%C3%BC%0D%0A"),
        (json!({"a b": null}), ""),
        (json!({"a b": true}), "a+b=true"),
        (json!({"list": [1, "x"]}), "list=1&list=x"),
        (json!({"list": [{"a": 1}]}), "list=%7B%22a%22%3A1%7D"),
        (json!({"map": {"a": "b c"}}), "map=%7B%22a%22%3A%22b+c%22%7D"),
        (json!({"csv": ["a,b", "c d"]}), "csv=a%2Cb,c+d"),
        (json!({"ssv": ["a", "b"]}), "ssv=a%20b"),
        (json!({"deep": {"x": {"y": 1}, "z": [2]}}), "deep%5Bx%5D%5By%5D=1&deep%5Bz%5D%5B0%5D=2"),
        (json!({"flat": {"x": 1, "y": 2}}), "x=1&y=2"),
        (json!({"json": "s"}), "json=%22s%22"),
        (json!({"json": [1]}), "json=%5B1%5D"),
        (json!({"raw": "a/b?c&d"}), "raw=a/b?c%26d"),
        (json!({"file": "/w=="}), "file=%FF"),
    ] {
        check(&operation, arguments, &format!("application/x-www-form-urlencoded | {expected}"));
    }
    check(&operation, json!({"flat": {"list": 1}}), "argument `flat`: its key `list` is the name of another field");
    check(&operation, json!({"a b": "\0"}), "argument `a b`: it holds a NUL character");
    let object = whole(vec![media("application/x-www-form-urlencoded")]);
    check(&object, json!({"body": {"a": 1, "b&c": "="}}), "application/x-www-form-urlencoded | a=1&b%26c=%3D");
    check(
        &object,
        json!({"body": "a=b"}),
        "argument `body`: `application/x-www-form-urlencoded` is made of fields: it must be an object",
    );
}

/// Heads and contents of the parts, read back.
fn parts(operation: &Operation, arguments: Value) -> Vec<(String, String)> {
    let request = request(operation, arguments).expect("good arguments");
    reader::parts(&header(&request, "content-type"), &request.body.expect("a body"))
        .into_iter()
        .map(|(head, content)| (head, String::from_utf8(content).expect("UTF-8")))
        .collect()
}

fn part(operation: &Operation, arguments: Value, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected.iter().map(|(h, c)| ((*h).to_owned(), (*c).to_owned())).collect();
    assert_eq!(parts(operation, arguments), expected);
}

#[test]
fn c06_multipart() {
    let binary = Encoding { binary: true, ..Encoding::default() };
    let png = Encoding { content_type: Some("image/png, image/jpeg".into()), ..binary.clone() };
    let json_list = Encoding { content_type: Some("application/json".into()), ..Encoding::default() };
    let deep = Encoding { style: Some(Style::DeepObject), ..Encoding::default() };
    let csv = Encoding { style: Some(Style::Form), explode: Some(false), ..Encoding::default() };
    let form = encoded(
        "multipart/form-data",
        &[("file", binary), ("png", png), ("ids", json_list), ("deep", deep), ("csv", csv)],
    );
    let operation = spread(form, &["text", "map", "list", "file", "png", "ids", "deep", "csv"]);
    part(
        &operation,
        json!({"text": "a\r\nü", "map": {"a": 1}, "list": [1, null, {"b": 2}]}),
        &[
            ("Content-Disposition: form-data; name=\"text\"", "a\r\nü"),
            ("Content-Disposition: form-data; name=\"map\"\r\nContent-Type: application/json", "{\"a\":1}"),
            ("Content-Disposition: form-data; name=\"list\"", "1"),
            ("Content-Disposition: form-data; name=\"list\"\r\nContent-Type: application/json", "{\"b\":2}"),
        ],
    );
    part(
        &operation,
        json!({"file": ["aGk", {"data": "aGk=", "filename": "ü.txt", "content_type": "text/plain"}], "png": "aGk"}),
        &[
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\nContent-Type: application/octet-stream",
                "hi",
            ),
            ("Content-Disposition: form-data; name=\"file\"; filename=\"ü.txt\"\r\nContent-Type: text/plain", "hi"),
            ("Content-Disposition: form-data; name=\"png\"; filename=\"blob\"\r\nContent-Type: image/png", "hi"),
        ],
    );
    part(
        &operation,
        json!({"ids": [1, 2], "deep": {"a": {"b": "c d"}}, "csv": ["x", "y"]}),
        &[
            ("Content-Disposition: form-data; name=\"ids\"\r\nContent-Type: application/json", "[1,2]"),
            ("Content-Disposition: form-data; name=\"deep[a][b]\"", "c d"),
            ("Content-Disposition: form-data; name=\"csv\"", "x,y"),
        ],
    );
    let flat = Encoding { style: Some(Style::Form), ..Encoding::default() };
    let flat = spread(encoded("multipart/form-data", &[("flat", flat)]), &["flat", "text"]);
    part(&flat, json!({"flat": {"a": 1}}), &[("Content-Disposition: form-data; name=\"a\"", "1")]);
    check(&flat, json!({"flat": {"text": 1}}), "argument `flat`: its key `text` is the name of another field");
    let related = spread(media("multipart/related"), &["meta", "text"]);
    part(&related, json!({"meta": {}, "text": "x"}), &[("Content-Type: application/json", "{}"), ("", "x")]);
    insta::assert_snapshot!(
        sent(&operation, json!({"text": "a"})).replace('\r', "␍"),
        @r#"
    multipart/form-data; boundary=weir-74a5cb4479d0be28ab334a75f05aa166 | --weir-74a5cb4479d0be28ab334a75f05aa166␍
    Content-Disposition: form-data; name="text"␍
    ␍
    a␍
    --weir-74a5cb4479d0be28ab334a75f05aa166--␍
    "#
    );
}

#[test]
fn h05_a_multipart_argument_cannot_begin_another_part() {
    let file = Encoding { binary: true, ..Encoding::default() };
    let operation = spread(encoded("multipart/form-data", &[("file", file)]), &["file", "text"]);
    part(
        &operation,
        json!({"file": {"data": "", "filename": "x\"\r\nX: 1\r\n\r\n../../y"}}),
        &[(
            "Content-Disposition: form-data; name=\"file\"; filename=\"x%22%0D%0AX: 1%0D%0A%0D%0A../../y\"\r\nContent-Type: application/octet-stream",
            "",
        )],
    );
    assert_eq!(
        sent(&operation, json!({"file": {"data": "", "filename": "a\0"}})),
        "argument `file`: a name in a multipart body can hold no NUL character"
    );
    // WHATWG's vectors for names.
    let names = ["a\"b", "a\nb", "a\rb", "a\\b", "a\r\nContent-Type: x"];
    for (name, expected) in names.iter().zip(["a%22b", "a%0Ab", "a%0Db", "a\\b", "a%0D%0AContent-Type: x"]) {
        let odd = spread(media("multipart/form-data"), &[name]);
        part(&odd, json!({ *name: "v" }), &[(&format!("Content-Disposition: form-data; name=\"{expected}\""), "v")]);
    }
    // There is one boundary, whatever the description says.
    let told = spread(media("multipart/form-data; Boundary=b; charset=utf-8"), &["text"]);
    let content_type = header(&request(&told, json!({"text": "v"})).unwrap(), "content-type");
    assert!(content_type.starts_with("multipart/form-data; charset=utf-8; boundary=weir-"), "{content_type}");
    assert_eq!(content_type.to_ascii_lowercase().matches("boundary").count(), 1);
    // A content that holds the boundary it would get by itself gets another.
    let first = header(&request(&operation, json!({"text": "v"})).unwrap(), "content-type");
    let (_, boundary) = first.split_once("boundary=").unwrap();
    let evil = format!("v\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"admin\"\r\n\r\n1");
    part(&operation, json!({ "text": evil }), &[("Content-Disposition: form-data; name=\"text\"", &evil)]);
}

#[test]
fn a_body_has_a_limit() {
    let operation = spread(media("application/x-www-form-urlencoded"), &["a"]);
    let error = sent(&operation, json!({ "a": "ü".repeat(3_500_000) }));
    assert_eq!(error, "the arguments make a body of 21000002 bytes; at most 16777216 can be sent");
}
