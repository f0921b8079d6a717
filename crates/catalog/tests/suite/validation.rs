//! What a model is told when its arguments do not fit.

use serde_json::{Value, json};

use crate::toollist::one;

fn check(schema: &Value, arguments: &Value) -> String {
    let catalog = one(schema);
    let entry = catalog.resolve_path("s.t").unwrap();
    assert_eq!(entry.quarantined(), None);
    match entry.validate(arguments) {
        Ok(()) => "fits".to_owned(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

fn told(schema: &Value, rows: &[Value]) -> String {
    let told: Vec<String> = rows.iter().map(|row| format!("{row}\n{}\n", check(schema, row))).collect();
    told.join("\n").replace(&"x".repeat(200), "xxx")
}

#[test]
fn problems_say_where_what_and_what_was_meant() {
    let issue = json!({"type": "object", "additionalProperties": false, "required": ["owner", "title"], "properties": {
        "owner": {"type": "string"}, "title": {"type": "string", "minLength": 1}, "count": {"type": "integer", "maximum": 9},
        "state": {"enum": ["open", "closed"]},
        "labels": {"type": "array", "items": {"$ref": "#/$defs/Label"}}},
        "$defs": {"Label": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}});
    let rows = [
        json!({"owner": "o", "title": "t"}),
        json!({"ownr": "o", "title": "t"}),
        json!({"owner": 5, "title": ""}),
        json!({"owner": "o", "title": "t", "state": "opn", "count": 10, "labels": [{"name": "x"}, {"name": 5}, {}]}),
        json!({"owner": "o", "title": "t", "labels": "bug"}),
        json!({"owner": "o", "title": "t", "zzz": 1}),
        json!({"owner": "o", "title": "t", "count": 1.5}),
    ];
    insta::assert_snapshot!(told(&issue, &rows), @r#"
    {"owner":"o","title":"t"}
    fits

    {"ownr":"o","title":"t"}
    owner: expected string, got nothing, and it is required
    ownr: expected no field of this name, got "o"; did you mean owner?

    {"owner":5,"title":""}
    owner: expected string, got 5
    title: expected at least 1 character, got ""

    {"owner":"o","title":"t","state":"opn","count":10,"labels":[{"name":"x"},{"name":5},{}]}
    state: expected one of "open", "closed", got "opn"; did you mean "open"?
    count: expected a number of at most 9, got 10
    labels[1].name: expected string, got 5
    labels[2].name: expected string, got nothing, and it is required

    {"owner":"o","title":"t","labels":"bug"}
    labels: expected {name: string}[], got "bug"

    {"owner":"o","title":"t","zzz":1}
    zzz: expected only the fields owner, title, count, state, labels, got 1

    {"owner":"o","title":"t","count":1.5}
    count: expected integer, got 1.5
    "#);
}

/// Other fields are allowed, but a required one is missing: the one of a similar name was meant.
#[test]
fn a_mistyped_field_is_recognised_where_others_are_allowed() {
    let open = json!({"type": "object", "required": ["path"], "properties": {"path": {"type": "string"}, "head": {"type": "number"}}});
    let rows = [
        json!({"file_path": "/x"}),
        json!({"Path": "/x", "head": "3"}),
        json!([1]),
        json!({"path": "x".repeat(200), "head": [1, 2]}),
        json!({"entirely": 1}),
    ];
    insta::assert_snapshot!(told(&open, &rows), @r#"
    {"file_path":"/x"}
    path: expected string, got nothing, and it is required
    file_path: expected no field of this name, got "/x"; did you mean path?

    {"Path":"/x","head":"3"}
    path: expected string, got nothing, and it is required
    Path: expected no field of this name, got "/x"; did you mean path?
    head: expected number, got "3"

    [1]
    arguments: expected one object with named fields, got an array of 1

    {"path":"xxx","head":[1,2]}
    head: expected number, got an array of 2

    {"entirely":1}
    path: expected string, got nothing, and it is required
    "#);
}

/// Of a union's branches, the one that was meant is explained.
#[test]
fn unions_are_explained_by_the_branch_that_was_meant() {
    let union = json!({"type": "object", "required": ["f"], "properties": {
        "f": {"anyOf": [
            {"type": "object", "required": ["kind", "text"], "properties": {"kind": {"const": "text"}, "text": {"type": "string"}}},
            {"type": "object", "required": ["kind", "size"], "properties": {"kind": {"const": "number"}, "size": {"type": "number"}}},
            {"type": "null"}]},
        "a-b": {"type": "array", "uniqueItems": true, "maxItems": 2},
        "p": {"type": "string", "pattern": "^x"}}});
    let rows = [
        json!({"f": {"kind": "text", "text": 5}}),
        json!({"f": {"kind": "number"}}),
        json!({"f": {"kind": "other"}}),
        json!({"f": 5}),
        json!({"f": null, "a-b": [1, 1, 2], "p": "y"}),
    ];
    insta::assert_snapshot!(told(&union, &rows), @r#"
    {"f":{"kind":"text","text":5}}
    f.text: expected string, got 5

    {"f":{"kind":"number"}}
    f.size: expected number, got nothing, and it is required

    {"f":{"kind":"other"}}
    f.kind: expected one of "text", "number", got "other"

    {"f":5}
    f: expected {kind: "text", text: string}|{kind: "number", size: number}|null, got 5

    {"f":null,"a-b":[1,1,2],"p":"y"}
    ["a-b"]: expected at most 2 items, got an array of 3
    ["a-b"]: expected items that all differ, got an array of 3
    p: expected text that matches ^x, got "y"
    "#);
}

#[test]
fn at_most_eight_problems_are_told() {
    let properties: serde_json::Map<String, Value> =
        (0..40).map(|n| (format!("field{n}"), json!({"type": "string"}))).collect();
    let arguments: serde_json::Map<String, Value> = (0..40).map(|n| (format!("field{n}"), json!(n))).collect();
    let told = check(&json!({"type": "object", "properties": properties}), &Value::Object(arguments));
    assert_eq!(told.lines().count(), weir_catalog::Problem::MAX);
}

/// Formats are hints: an upstream may mean something else by them than the validator does.
#[test]
fn formats_are_not_asserted_in_any_draft() {
    for draft in
        ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema", "urn:unknown"]
    {
        let schema =
            json!({"$schema": draft, "type": "object", "properties": {"a": {"type": "string", "format": "email"}}});
        assert_eq!(check(&schema, &json!({"a": "no mail"})), "fits", "{draft}");
        assert_ne!(check(&schema, &json!({"a": 1})), "fits", "{draft}");
    }
}

/// A schema that cannot be compiled does not take its tool away: the upstream checks instead.
#[test]
fn what_does_not_compile_passes_and_says_so() {
    for (schema, why) in [
        (json!({"type": "object", "properties": {"a": {"type": "any"}}}), "does not compile"),
        (json!({"type": "object", "properties": {"a": {"pattern": "(?<=x)y"}}}), "does not compile"),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "https://example.com/x.json"}}}),
            "https://example.com/x.json",
        ),
        (json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/gone"}}}), "#/$defs/gone"),
        (json!({"type": "object", "properties": {"a": {"$id": "http://x/y", "type": "string"}}}), "$id"),
        (json!({"type": "object", "properties": {"a": {"$dynamicRef": "#a"}}}), "$dynamicRef"),
    ] {
        let catalog = one(&schema);
        let entry = catalog.resolve_path("s.t").unwrap();
        assert_eq!(entry.validate(&json!({"a": 5})), Ok(()), "{schema}");
        assert!(entry.unchecked().unwrap().contains(why), "{:?}", entry.unchecked());
    }
    let named_like_keywords = json!({"type": "object", "properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}, "id": {"type": "string"}}});
    assert_ne!(check(&named_like_keywords, &json!({"$ref": 5})), "fits");
    assert_ne!(check(&named_like_keywords, &json!({"id": 5})), "fits");
}
