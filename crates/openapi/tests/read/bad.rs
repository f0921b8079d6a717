//! Files that are no description: one clear sentence each.

use crate::sample::tree;

fn refusal(name: &str, bytes: &[u8]) -> String {
    weir_openapi::read(name, bytes, &tree(&[])).map(|_| "it was read".to_owned()).unwrap_or_else(|error| error.0)
}

#[test]
fn a_file_that_is_no_openapi_is_told_by_what_it_is() {
    let rows: [(&str, &[u8], &str); 17] = [
        ("api.json", b"", "api.json is empty"),
        ("api.json", b" \n\t", "api.json is empty"),
        (
            "https://a.example/docs",
            b"<!DOCTYPE html><html>",
            "https://a.example/docs is an HTML or XML page, not a JSON or YAML file: name the description itself, which the page may link to",
        ),
        (
            "api.json",
            b"{\"openapi\": \"3.0.0\",\n",
            "api.json is no JSON: EOF while parsing a value at line 2 column 0",
        ),
        (
            "api.json",
            b"{\"openapi\": 3.0.0, \"a\": [NaN], //",
            "api.json is no JSON: expected `,` or `}` at line 1 column 16",
        ),
        ("api.json", b"{\"a\": 1} x", "api.json is no JSON: trailing characters at line 1 column 10"),
        (
            "api.json",
            b"[1, 2]",
            "api.json is no OpenAPI description: it is a list, not an object with `openapi` or `swagger`",
        ),
        (
            "api.yaml",
            b"hello there",
            "api.yaml is no OpenAPI description: it is text, not an object with `openapi` or `swagger`",
        ),
        (
            "api.yaml",
            b"a: 1\nb: 2\n",
            "api.yaml is no OpenAPI description: it has neither `openapi` nor `swagger` at its top",
        ),
        (
            "api.yaml",
            b"# nothing\n",
            "api.yaml is no OpenAPI description: it is nothing (null), not an object with `openapi` or `swagger`",
        ),
        ("api.yaml", b"\x1F\x8B\x08", "api.yaml is compressed with gzip: decompress it first (`gunzip`)"),
        ("api.yaml", b"PK\x03\x04", "api.yaml is a ZIP archive: unpack it and name the description in it"),
        ("api.yaml", b"openapi: 3\n\xFF", "api.yaml is no text: byte 12 is not UTF-8"),
        ("api.yaml", b"\xFF\xFE\x00\xD8", "api.yaml is no text: its UTF-16 is broken"),
        ("api.raml", b"#%RAML 1.0\n", "api.raml is RAML, which weir does not read: convert it to OpenAPI"),
        ("a.yaml", b"openapi: 3.0.0\npaths: [", "a.yaml is no YAML: unclosed bracket '[' at line 2 column 8"),
        (
            "a.yaml",
            b"a: b: c\n",
            "a.yaml is no YAML: mapping values are not allowed in this context at line 1 column 5",
        ),
    ];
    for (name, bytes, expected) in rows {
        assert_eq!(refusal(name, bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_description_of_something_else_is_told_by_what_it_is() {
    let rows: [(&str, &[u8], &str); 10] = [
        (
            "a",
            br#"{"asyncapi": "2.0.0"}"#,
            "a is no OpenAPI description but looks like an AsyncAPI description, which tells of messages, not of HTTP operations",
        ),
        (
            "a",
            br#"{"info": {"_postman_id": "x"}, "item": []}"#,
            "a is no OpenAPI description but looks like a Postman collection: export it as OpenAPI",
        ),
        (
            "a",
            br#"{"swaggerVersion": "1.2"}"#,
            "a is no OpenAPI description but looks like Swagger 1.x: convert it to OpenAPI 3",
        ),
        (
            "a",
            br#"{"kind": "discovery#restDescription"}"#,
            "a is no OpenAPI description but looks like a Google discovery document: convert it to OpenAPI",
        ),
        ("a", br#"{"$schema": "x", "type": "object"}"#, "a is no OpenAPI description but looks like a JSON Schema"),
        (
            "a",
            br#"{"mcpServers": {}}"#,
            "a is no OpenAPI description but looks like a client's list of MCP servers: `weir import` reads it",
        ),
        (
            "a",
            br#"{"openapi": "4.0.0"}"#,
            "a is OpenAPI `4.0.0`, and weir reads 2.0, 3.0, 3.1 and 3.2: convert it to 3.1",
        ),
        ("a", br#"{"swagger": "1.2"}"#, "a is OpenAPI `1.2`, and weir reads 2.0, 3.0, 3.1 and 3.2: convert it to 3.1"),
        ("a", br#"{"openapi": ""}"#, "a is OpenAPI ``, and weir reads 2.0, 3.0, 3.1 and 3.2: convert it to 3.1"),
        (
            "a",
            br#"{"openapi": ["3.0.0"]}"#,
            "a is no OpenAPI description: it has neither `openapi` nor `swagger` at its top",
        ),
    ];
    for (name, bytes, expected) in rows {
        assert_eq!(refusal(name, bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_file_beyond_the_limit_is_not_looked_at() {
    let large = vec![b' '; 100 * 1024 * 1024];
    assert_eq!(refusal("api.json", &large), "api.json is 100 MiB long, over the limit of 64 MiB");
}

#[test]
fn a_description_without_operations_is_read_and_told() {
    for text in
        ["openapi: 3.1.0\nwebhooks: {a: {post: {}}}\n", "openapi: 3.0.0\npaths: {}\n", "openapi: 3.0.0\npaths: 7\n"]
    {
        let api = crate::sample::api(text);
        assert!(api.operations.is_empty());
        assert_eq!(api.warnings, ["there is no operation in it: `paths` is missing or empty"], "{text}");
    }
}

#[test]
fn a_bad_operation_is_skipped_with_its_reason() {
    let api = crate::sample::api(
        r#"
openapi: 3.0.0
info: 7
servers: x
security: y
tags: z
paths:
  /good: {get: {operationId: good, tags: x, servers: 1, parameters: null, responses: [], security: 1, summary: 4}}
  /a: 7
  /b: {get: text, put: [1]}
  /c: {get: {parameters: [7]}, put: {parameters: {}}}
  /d: {get: {parameters: [{in: query, required: true}]}}
  /e: {get: {parameters: [{name: a, in: nowhere, required: true}]}}
  /f: {post: {requestBody: 7}}
  /g/../h: {get: {}}
  /i/{j: {get: {}}
  "/k\r\nHost: evil": {get: {}}
  x-extension: {get: {}}
components: 5
"#,
    );
    assert_eq!(api.operations.iter().map(|operation| &*operation.name).collect::<Vec<_>>(), ["good"]);
    assert_eq!(
        api.skipped.iter().map(|s| format!("{}: {}", s.place, s.reason)).collect::<Vec<_>>(),
        [
            "/a: the path is a number, not an object",
            "GET /b: it is text, not an object",
            "PUT /b: it is a list, not an object",
            "GET /c: one of its parameters is a number, not an object",
            "PUT /c: its parameters are an object, not a list",
            "GET /d: one of its parameters has no name",
            "GET /e: its parameter `a` is in `nowhere`",
            "POST /f: its body is a number, not an object",
            "GET /g/../h: its path has `.` or `..` in it",
            "GET /i/{j: its path has a brace without its partner",
            r"GET /k\r\nHost: evil: its path has a control character or a backslash in it",
        ]
    );
}
