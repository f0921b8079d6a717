//! Operations as tools.

use std::sync::Arc;

use serde_json::{Map, json};
use weir_model::{Effect, UpstreamName, limits};
use weir_openapi::{Base, Place, build};

use crate::sample::{api, described, fixture, only};

#[test]
fn c14_effects_are_those_of_the_methods() {
    for (method, effect, repeatable) in [
        ("get", Effect::Read, true),
        ("head", Effect::Read, true),
        ("options", Effect::Read, true),
        ("trace", Effect::Read, true),
        ("query", Effect::Read, true),
        ("put", Effect::Write, true),
        ("post", Effect::Write, false),
        ("patch", Effect::Write, false),
        ("delete", Effect::Destructive, true),
    ] {
        let api = api(&described("3.2.0", method, "", ""));
        let upstream = UpstreamName::new("u").expect("a name");
        let tools: Vec<_> = api.tools(&upstream, |_| true).collect();
        assert_eq!((tools[0].effect(), tools[0].repeatable()), (effect, repeatable), "{method}");
    }
}

#[test]
fn c12_names_are_as_written_or_made_and_each_once() {
    let api = api(
        "openapi: 3.0.0\npaths:\n  /users/{user-id}/posts:\n    get: {}\n    post: {operationId: issues/create-Comment}\n  /a: {get: {operationId: same}}\n  /b: {get: {operationId: same}}\n  /c: {get: {operationId: '  '}}\n",
    );
    let names: Vec<&str> = api.operations.iter().map(|operation| &*operation.name).collect();
    assert_eq!(names, ["get_users_user_id_posts", "issues/create-Comment", "same", "same_2", "get_c"]);
}

#[test]
fn c13_deprecated_is_marked_and_internal_is_left_out() {
    let api = api(
        "openapi: 3.0.0\npaths:\n  /a:\n    get: {operationId: a, deprecated: true}\n    put: {operationId: b, x-internal: true}\n  /b:\n    x-internal: true\n    get: {operationId: c}\n",
    );
    let upstream = UpstreamName::new("u").expect("a name");
    let tools: Vec<_> =
        api.tools(&upstream, |_| true).map(|tool| (tool.id.name.to_string(), tool.deprecated)).collect();
    assert_eq!(tools, [("a".to_owned(), true)]);
    assert_eq!(api.skipped, []);
    assert_eq!(api.warnings, ["2 operations are marked x-internal and left out"]);
}

#[test]
fn c15_what_selectors_look_at_is_there() {
    let operation = only(&described("3.0.0", "get", "tags: [issues, 7, pets]", ""));
    assert_eq!(operation.tags, ["issues", "pets"]);
    assert_eq!((operation.method.as_str(), operation.path.text.as_str(), &*operation.name), ("GET", "/x", "x"));
}

#[test]
fn c18_texts_are_bounded_and_the_request_is_one_line() {
    let long = "é".repeat(80_000);
    let text = format!(
        "summary: '{long}'\ndescription: '{long}'\nparameters:\n- {{name: state, in: query, schema: {{}}}}\n- {{name: X-Trace, in: header, schema: {{}}}}\n- {{name: sid, in: cookie, schema: {{}}}}\nrequestBody: {{content: {{application/json: {{schema: {{type: string}}}}}}}}"
    );
    let api = api(&described("3.0.0", "post", &text, "servers: [{url: 'https://a.example/v1/'}]"));
    let upstream = UpstreamName::new("u").expect("a name");
    let tool = api.tools(&upstream, |_| true).next().expect("a tool");
    let bytes = tool.title.map_or(0, |title| title.len()) + tool.description.map_or(0, |text| text.len());
    assert!(bytes <= limits::DESCRIPTION_BYTES_MAX, "{bytes}");
    assert_eq!(
        tool.request.as_deref(),
        Some("POST https://a.example/v1/x ?state X-Trace: cookie:sid body:application/json")
    );
}

#[test]
fn c18_a_path_describes_operations_that_say_nothing() {
    let api = api(
        "openapi: 3.0.0\npaths:\n  /a:\n    summary: Of the path\n    description: ' All of it. '\n    get: {summary: Own}\n",
    );
    let operation = &api.operations[0];
    assert_eq!((operation.title.as_deref(), operation.description.as_deref()), (Some("Own"), Some("All of it.")));
}

#[test]
fn tools_of_one_api_share_their_definitions() {
    let bytes = fixture("github.json.gz");
    let api = weir_openapi::read("github.json", &bytes, &crate::sample::tree(&[])).expect("a description").api;
    let upstream = UpstreamName::new("github").expect("a name");
    let tools: Vec<_> = api.tools(&upstream, |operation| operation.tags.iter().any(|tag| tag == "issues")).collect();
    assert!(tools.len() > 40 && tools.len() < api.operations.len(), "{}", tools.len());
    let listing = tools.iter().find(|tool| &*tool.id.name == "issues/list-for-repo").expect("the operation");
    assert_eq!(
        listing.request.as_deref(),
        Some(
            "GET https://api.github.com/repos/{owner}/{repo}/issues ?milestone ?state ?assignee ?type ?creator ?mentioned ?issue_field_values ?labels ?sort ?direction ?since ?per_page ?page"
        )
    );
    assert_eq!(listing.title.as_deref(), Some("List repository issues"));
    let first = tools[0].definitions.as_ref().expect("definitions");
    assert!(tools.iter().all(|tool| tool.definitions.as_ref().is_some_and(|shared| Arc::ptr_eq(shared, first))));
}

#[test]
fn c09_what_the_operator_gives_is_no_argument() {
    let text = r#"
openapi: 3.0.0
paths:
  /a/{id}/{n}:
    get:
      parameters:
      - {name: key, in: query, required: true, schema: {type: string}}
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: X-Key, in: header, required: true, schema: {type: string}}
      - {name: q, in: query, required: true, schema: {type: string}}
      - {name: n, in: path, required: true, schema: {type: integer}}
"#;
    let original = only(text);
    let left = |taken: &[(Place, &str)]| {
        let mut operation = original.clone();
        taken.iter().for_each(|(place, name)| operation.leave_out(*place, name));
        operation
    };
    let operation = left(&[(Place::Query, "key"), (Place::Header, "x-kEY"), (Place::Query, "none")]);
    insta::assert_snapshot!(operation.input_schema, @r#"{"type":"object","properties":{"id":{"type":"string"},"q":{"type":"string"},"n":{"type":"integer"}},"required":["id","q","n"],"additionalProperties":false}"#);
    let arguments: Map<_, _> =
        [("id", json!("i")), ("n", json!(2)), ("q", json!("z"))].map(|(k, v)| (k.to_owned(), v)).into_iter().collect();
    let base = Base::parse("https://api.test").expect("a base");
    let request = build(&operation, &base, &arguments).expect("a request");
    assert_eq!(request.url, "https://api.test/a/i/2?q=z");
    assert!(build(&original, &base, &arguments).is_err(), "without it they are arguments, and required");
    // Names of queries and cookies differ by case, and there is no path without its parts.
    let same = left(&[(Place::Query, "KEY"), (Place::Cookie, "key"), (Place::Path, "id")]);
    assert_eq!(same, original);
}
