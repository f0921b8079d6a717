//! Requests of operations that the reader read: a small description by hand, and every operation of the real ones.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Map, Value, json};
use weir_openapi::{Api, Base, BodyFields, Files, MediaKind, Operation, Piece, Place, Style, build, read};

use crate::{
    operation::{base, header, object},
    reader,
};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        Err(format!("there is no {path}"))
    }
}

fn api(name: &str, bytes: &[u8]) -> Api {
    read(name, bytes, &NoFiles).unwrap_or_else(|error| panic!("{error}")).api
}

/// `METHOD url | header: value … | body`
fn sent(operation: &Operation, arguments: Value) -> String {
    let request = build(operation, &base(), &object(arguments)).unwrap_or_else(|error| panic!("{error}"));
    let headers: Vec<String> = request.headers.iter().skip(1).map(|(name, value)| format!("{name}: {value}")).collect();
    let body = request.body.map(|body| String::from_utf8_lossy(&body).into_owned()).unwrap_or_default();
    format!("{} {} | {} | {body}", operation.method.as_str(), request.url, headers.join(" "))
}

#[test]
fn a_description_becomes_the_requests_it_describes() {
    let api = api("small.json", json!({
        "openapi": "3.0.4",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/compare/{base}...{head}/": {"get": {
                "operationId": "compare",
                "parameters": [
                    {"name": "base", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "head", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "filter", "in": "query", "style": "deepObject", "explode": true, "schema": {"type": "object"}},
                    {"name": "ids", "in": "query", "explode": false, "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "sid", "in": "cookie", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"description": "ok"}},
            }},
            "/things/{id}": {"patch": {
                "operationId": "patch",
                "parameters": [
                    {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "id", "in": "query", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {
                    "application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}, "note": {"type": "string", "nullable": true}}}},
                }},
                "responses": {"200": {"description": "ok"}},
            }},
            "/form": {"post": {
                "operationId": "form",
                "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {
                    "schema": {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}, "b": {"type": "array", "items": {"type": "string"}}}},
                    "encoding": {"b": {"style": "form", "explode": false}},
                }}},
                "responses": {"204": {"description": "ok"}},
            }},
        },
    }).to_string().as_bytes());
    let named = |name: &str| api.operations.iter().find(|operation| &*operation.name == name).expect("it was read");
    let compare = json!({"base": "a/b", "head": "c", "filter": {"x": 1}, "ids": [1, 2], "tags": ["p", "q"], "X-Trace": ["t", "u"], "sid": "s;t"});
    insta::assert_snapshot!(sent(named("compare"), compare), @"GET https://api.test/v1/compare/a%2Fb...c/?filter%5Bx%5D=1&ids=1,2&tags=p&tags=q | x-trace: t,u cookie: sid=s%3Bt | ");
    insta::assert_snapshot!(sent(named("patch"), json!({"path_id": "p", "query_id": "q", "body_id": "b", "note": null})), @r#"PATCH https://api.test/v1/things/p?id=q | content-type: application/json | {"id":"b","note":null}"#);
    insta::assert_snapshot!(sent(named("form"), json!({"a": ["1", "2"], "b": ["3", "4"]})), @"POST https://api.test/v1/form | content-type: application/x-www-form-urlencoded | a=1&a=2&b=3,4");
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/openapi");
    let folders = [root.clone(), root.join("oas-examples")];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("the fixtures are there"))
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending != "md"))
        .collect();
    files.sort();
    files
}

fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a file");
    if path.extension().is_none_or(|ending| ending != "gz") {
        return bytes;
    }
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut out).expect("gzip");
    out
}

const HOSTILE: &str = "a/b&c=d;e#f?g%2e ü\"'\\..%";

/// Every argument there can be, each with the hostile text in it.
fn arguments(operation: &Operation) -> Map<String, Value> {
    let mut arguments = Map::new();
    for parameter in &operation.parameters {
        let value = match parameter.place {
            Place::Header => json!("h"),
            Place::QueryString => json!({"k": HOSTILE}),
            _ => json!(HOSTILE),
        };
        arguments.insert(parameter.field.clone(), value);
    }
    let Some(body) = &operation.body else { return arguments };
    let media = &body.media[0];
    match &body.fields {
        BodyFields::Whole(field) => {
            let value = match media.kind {
                MediaKind::Json | MediaKind::JsonLines => json!({"k": HOSTILE}),
                MediaKind::Form | MediaKind::Multipart => json!({"k&": HOSTILE}),
                MediaKind::Text | MediaKind::EventStream => json!(HOSTILE),
                MediaKind::Binary => json!("aGk="),
            };
            arguments.insert(field.clone(), value);
        }
        BodyFields::Spread(fields) => {
            for (field, name) in fields {
                let binary = media.encodings.get(name).is_some_and(|encoding| encoding.binary);
                arguments.insert(field.clone(), json!(if binary { "aGk=" } else { HOSTILE }));
            }
        }
    }
    arguments
}

/// Reads the request back by the operation's own template and names.
fn check(operation: &Operation, base: &Base) {
    let arguments = arguments(operation);
    let name = &operation.name;
    let request = build(operation, base, &arguments).unwrap_or_else(|error| panic!("{name}: {error}"));
    let inside = request.url.strip_prefix(base.as_str()).unwrap_or_else(|| panic!("{name}: {}", request.url));
    let (path, query) = inside.split_once('?').unwrap_or((inside, ""));
    let segments: Vec<&str> = path[1..].split('/').collect();
    assert_eq!(segments.len(), operation.path.segments.len(), "{name}: {path}");
    for (segment, pieces) in segments.iter().zip(&operation.path.segments) {
        let expected: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Parameter(_) => HOSTILE,
            })
            .collect();
        let plain = pieces.iter().all(|piece| match piece {
            Piece::Text(text) => !text.contains('%'),
            Piece::Parameter(index) => operation.parameters[*index].style == Style::Simple,
        });
        assert!(!plain || reader::decoded(segment, false) == expected, "{name}: {segment}");
    }
    let expected = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let pairs = reader::pairs(query, true);
    for parameter in expected.clone() {
        assert!(pairs.contains(&(parameter.name.clone(), HOSTILE.to_owned())), "{name}: {query}");
    }
    assert!(operation.parameters.iter().any(|p| p.place == Place::QueryString) || pairs.len() == expected.count());
    let body = operation.body.as_ref().map(|body| body.media[0].kind);
    let sent = request.body.as_deref().unwrap_or_default();
    match body {
        Some(MediaKind::Json) => drop(serde_json::from_slice::<Value>(sent).expect("JSON")),
        Some(MediaKind::Form) => drop(reader::pairs(std::str::from_utf8(sent).expect("ASCII"), true)),
        Some(MediaKind::Multipart) => drop(reader::parts(&header(&request, "content-type"), sent)),
        Some(_) => assert!(!sent.is_empty(), "{name}"),
        None => assert!(request.body.is_none()),
    }
}

#[test]
fn every_operation_of_the_fixtures_makes_a_request_that_reads_back() {
    let mut count = 0;
    for path in fixtures() {
        let file = path.display().to_string();
        let api = api(file.trim_end_matches(".gz"), &unpacked(&path));
        let document = "https://docs.test/specs/openapi.json";
        for operation in &api.operations {
            let server = operation.servers.first();
            let base = server.map_or_else(base, |server| {
                Base::of(server, &std::collections::BTreeMap::new(), Some(document))
                    .unwrap_or_else(|error| panic!("{file}: {error}"))
            });
            check(operation, &base);
            count += 1;
        }
    }
    assert!(count > 3_000, "{count}");
}
