//! Paths: one argument, one place in one segment, whatever it holds.

use serde_json::json;
use weir_openapi::Place;

use crate::{
    operation::{operation, parameter, target},
    reader,
};

fn check(value: &str, expected: &str) {
    let operation = operation("/users/{id}/posts", vec![parameter(Place::Path, "id")]);
    let written = target(&operation, json!({ "id": value }));
    assert_eq!(written, expected, "{value:?}");
    if written.starts_with('/') {
        let segments: Vec<&str> = written.split('/').collect();
        assert_eq!(segments.len(), 4, "{written}");
        assert_eq!(reader::decoded(segments[2], false), value);
    }
}

const DOTS: &str = "argument `id`: as a part of the path it holds `.` or `..`, which servers take for another place";

#[test]
fn h01_a_path_argument_cannot_leave_its_segment() {
    for value in [
        "..",
        ".",
        "../admin",
        "a/../../b",
        "..%2fadmin",
        "%2e%2e/",
        "%2E%2E",
        "%2e",
        "..;/",
        "..;a=b",
        "..\\",
        "\\..\\x",
        "a/..",
        "a/./b",
        "x%2f..%2fy",
        "..%5cx",
        " .. ",
        "../",
        "..%00/",
    ] {
        let expected =
            if value.contains("%00") { "argument `id`: as a part of the path it holds a NUL character" } else { DOTS };
        check(value, expected);
    }
    check("", "argument `id`: as a part of the path it must not be empty");
    for value in ["/", "//", "\\", "%2f"] {
        check(value, "argument `id`: as a part of the path it is empty");
    }
    for value in ["\0", "a\0b", "%00"] {
        check(value, "argument `id`: as a part of the path it holds a NUL character");
    }
    // Harmless ones arrive as they are.
    for (value, expected) in [
        ("a/b", "/users/a%2Fb/posts"),
        ("...", "/users/.../posts"),
        ("a..b", "/users/a..b/posts"),
        (".git", "/users/.git/posts"),
        ("main...dev", "/users/main...dev/posts"),
        ("100%", "/users/100%25/posts"),
        ("a;b", "/users/a%3Bb/posts"),
        ("\r\nx", "/users/%0D%0Ax/posts"),
        ("ünï", "/users/%C3%BCn%C3%AF/posts"),
    ] {
        check(value, expected);
    }
}

#[test]
fn h02_a_path_argument_cannot_name_another_host_or_a_query() {
    for (value, expected) in [
        ("?x=1", "/users/%3Fx%3D1/posts"),
        ("#f", "/users/%23f/posts"),
        ("@evil.com", "/users/%40evil.com/posts"),
        ("//evil", "/users/%2F%2Fevil/posts"),
        ("http://evil", "/users/http%3A%2F%2Fevil/posts"),
        ("\\\\evil\\x", "/users/%5C%5Cevil%5Cx/posts"),
        (":80", "/users/%3A80/posts"),
    ] {
        check(value, expected);
    }
    // The very first segment, where `//evil` would be an authority.
    let first = operation("/{id}", vec![parameter(Place::Path, "id")]);
    assert_eq!(target(&first, json!({"id": "/evil.com"})), "/%2Fevil.com");
}

#[test]
fn segments_of_several_pieces() {
    let both = vec![parameter(Place::Path, "base"), parameter(Place::Path, "head")];
    let compare = operation("/compare/{base}...{head}", both.clone());
    assert_eq!(target(&compare, json!({"base": "main", "head": "a/b"})), "/compare/main...a%2Fb");
    assert_eq!(
        target(&compare, json!({"base": "", "head": "a"})),
        "argument `base`: as a part of the path it must not be empty"
    );
    let glued = operation("/{base}{head}/x", both);
    assert_eq!(
        target(&glued, json!({"base": ".", "head": "."})),
        "argument `base`, `head`: together they make a part of the path that holds `.` or `..`, which servers take for another place"
    );
    let trailing = operation("/users/", Vec::new());
    assert_eq!(target(&trailing, json!({})), "/users/");
    assert_eq!(target(&operation("/", Vec::new()), json!({})), "/");
    let odd = operation("/a b/ü/%7e|^/x:y@z", Vec::new());
    assert_eq!(target(&odd, json!({})), "/a%20b/%C3%BC/%7e%7C%5E/x:y@z");
    let list = operation("/{base}", vec![parameter(Place::Path, "base")]);
    assert_eq!(target(&list, json!({"base": []})), "argument `base`: as a part of the path it must not be empty");
    assert_eq!(target(&list, json!({"base": ["..", "x"]})), "/..,x");
}
