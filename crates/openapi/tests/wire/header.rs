//! Headers and cookies.

use serde_json::{Value, json};
use weir_openapi::{Parameter, Place, StatusRange, Style};

use crate::{
    operation::{header, operation, parameter, request, styled, target, with_responses},
    reserved::RESERVED,
};

fn check(parameter: &Parameter, value: Value, expected: &str) {
    let name = parameter.name.to_ascii_lowercase();
    let wanted = if parameter.place == Place::Cookie { "cookie" } else { name.as_str() };
    let shown = match request(&operation("/x", vec![parameter.clone()]), json!({ parameter.field.as_str(): value })) {
        Ok(request) => header(&request, wanted),
        Err(error) => error,
    };
    assert_eq!(shown, expected);
}

#[test]
fn c07_headers_in_simple_style() {
    let plain = parameter(Place::Header, "X-Color");
    let exploded = styled(Place::Header, "X-Color", Style::Simple, true);
    let map = json!({"R": 100, "G": 200});
    check(&plain, json!("blue"), "blue");
    check(&plain, json!(""), "");
    check(&plain, json!("a, b=c; \"d\" %20"), "a, b=c; \"d\" %20");
    check(&plain, json!(["blue", "black"]), "blue,black");
    check(&plain, map.clone(), "R,100,G,200");
    check(&exploded, map, "R=100,G=200");
    check(&plain, json!(1.0), "1");
    check(&plain, json!([]), "-");
    check(&plain, json!(null), "-");
    let as_json = Parameter { content: Some("application/json".into()), ..plain.clone() };
    check(&as_json, json!({"a": "ü😀"}), r#"{"a":"\u00fc\ud83d\ude00"}"#);
    let comma = "argument `X-Color`: an item of a list in a header can hold no comma (and no `=` in an object)";
    check(&plain, json!(["a,b"]), comma);
    check(&exploded, json!({"a=b": 1}), comma);
}

#[test]
fn c07_cookies_are_encoded() {
    let one = parameter(Place::Cookie, "c");
    check(&one, json!("a b"), "c=a%20b");
    check(&one, json!(["x", "y"]), "c=x; c=y");
    check(&one, json!({"k": "v", "l": 1}), "k=v; l=1");
    check(&styled(Place::Cookie, "c", Style::Form, false), json!(["x", "y,z"]), "c=x,y%2Cz");
    let two = operation("/x", vec![parameter(Place::Cookie, "a"), parameter(Place::Cookie, "b")]);
    assert_eq!(header(&request(&two, json!({"a": 1, "b": 2})).unwrap(), "cookie"), "a=1; b=2");
}

#[test]
fn h04_a_header_argument_cannot_begin_another_header() {
    let x = parameter(Place::Header, "X");
    let control = "argument `X`: a header can hold no line break, NUL or other control character";
    for value in ["x\r\nEvil: 1", "x\nEvil: 1", "x\r", "\0", "a\u{1b}b", "\u{7f}", "\u{85}"] {
        check(&x, json!(value), control);
        check(&x, json!([value]), control);
        check(&x, json!({ value: "v" }), control);
    }
    check(
        &x,
        json!("ü"),
        "argument `X`: a header can hold ASCII only: write other characters the way this API documents, often percent-encoded",
    );
    check(&x, json!("a".repeat(100_000)), "argument `X`: it makes a header of 100000 bytes; at most 16384 can be sent");
    check(&x, json!("tab\tand space"), "tab\tand space");
    for name in RESERVED.into_iter().chain(["a b", "x:", ""]) {
        let operation = operation("/x", vec![Parameter { field: "f".into(), ..parameter(Place::Header, name) }]);
        let expected = format!("argument `f`: the header `{}` is never set by a call", name.to_ascii_lowercase());
        assert_eq!(target(&operation, json!({"f": "v"})), expected);
        assert!(request(&operation, json!({})).is_ok(), "{name} is nobody's when it is absent");
    }
    check(&parameter(Place::Header, "Range"), json!("bytes=0-9"), "bytes=0-9");
}

#[test]
fn h05_a_cookie_argument_cannot_begin_another_cookie() {
    let c = parameter(Place::Cookie, "c");
    check(&c, json!("a; admin=1"), "c=a%3B%20admin%3D1");
    check(&c, json!("a\r\nX: 1"), "c=a%0D%0AX%3A%201");
    check(&c, json!({"a; b": "=c"}), "a%3B%20b=%3Dc");
    check(&c, json!("\0"), "argument `c`: it holds a NUL character");
    let two = operation("/x", vec![parameter(Place::Cookie, "c"), parameter(Place::Cookie, "session")]);
    assert_eq!(
        target(&two, json!({"c": {"session": "stolen"}})),
        "argument `c`: its key `session` is the name of another parameter"
    );
}

#[test]
fn accept_names_what_is_declared_json_first() {
    use StatusRange::{Class, Default, Exactly};
    for (responses, expected) in [
        (vec![], "application/json, */*;q=0.1"),
        (vec![(Exactly(204), vec![])], "application/json, */*;q=0.1"),
        (vec![(Exactly(200), vec!["text/csv", "application/json"])], "application/json, text/csv;q=0.9, */*;q=0.1"),
        (
            vec![(Exactly(200), vec!["a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7", "a/8", "a/9", "a/10", "a/11"])],
            "a/1, a/2;q=0.9, a/3;q=0.8, a/4;q=0.7, a/5;q=0.6, a/6;q=0.5, a/7;q=0.4, a/8;q=0.3, a/9;q=0.2, a/10;q=0.2, */*;q=0.1",
        ),
        (
            vec![(Exactly(200), vec!["image/png"]), (Class(2), vec!["text/event-stream", "image/png"])],
            "text/event-stream, image/png;q=0.9, */*;q=0.1",
        ),
        (vec![(Exactly(404), vec!["application/problem+json"])], "application/json, */*;q=0.1"),
        (vec![(Default, vec!["application/vnd.x+json"])], "application/vnd.x+json, */*;q=0.1"),
        (vec![(Exactly(200), vec!["*/*", "evil\r\nX: 1", "a/b, c/d"])], "application/json, */*;q=0.1"),
    ] {
        let responses: Vec<(StatusRange, &[&str])> = responses.iter().map(|(s, m)| (*s, m.as_slice())).collect();
        let request = request(&with_responses(&responses), json!({})).unwrap();
        assert_eq!(header(&request, "accept"), expected);
    }
}
