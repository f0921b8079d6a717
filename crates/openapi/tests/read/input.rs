//! The one flat input object.

use serde_json::Value;
use weir_openapi::{BodyFields, Operation};

use crate::sample::{described, only, post};

fn fields(operation: &Operation) -> Vec<String> {
    let schema: Value = serde_json::from_str(&operation.input_schema).expect("JSON");
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
    schema["properties"].as_object().expect("fields").keys().cloned().collect()
}

fn required(operation: &Operation) -> Value {
    let schema: Value = serde_json::from_str(&operation.input_schema).expect("JSON");
    schema["required"].clone()
}

fn spread(operation: &Operation) -> Vec<(String, String)> {
    match &operation.body.as_ref().expect("a body").fields {
        BodyFields::Spread(fields) => fields.clone(),
        BodyFields::Whole(field) => panic!("the body is whole: {field}"),
    }
}

fn body(schema: &str) -> String {
    format!("requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}")
}

#[test]
fn c04_names_that_occur_once_stay_and_the_others_say_where_they_go() {
    let operation = only(
        r"
openapi: 3.0.0
paths:
  /x/{id}/{name}:
    put:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: name, in: path, required: true, schema: {type: string}}
        - {name: id, in: query, schema: {type: string}}
        - {name: dry-run, in: query, schema: {type: boolean}}
        - {name: query_id, in: query, schema: {type: string}}
        - {name: content_type, in: query, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}, size: {type: integer}}}}
          application/x-www-form-urlencoded: {schema: {type: object, required: [id], properties: {id: {type: integer}, size: {type: integer}}}}
",
    );
    assert_eq!(
        fields(&operation),
        ["path_id", "name", "query_id2", "dry-run", "query_id", "content_type", "body_id", "size", "content_type2"]
    );
    assert_eq!(required(&operation), serde_json::json!(["path_id", "name", "body_id"]));
    assert_eq!(spread(&operation), [("body_id".to_owned(), "id".to_owned()), ("size".to_owned(), "size".to_owned())]);
    assert_eq!(operation.body.expect("a body").media_field.as_deref(), Some("content_type2"));
}

#[test]
fn c04_a_parameter_called_body_gives_way_to_the_body() {
    let operation = post(
        "parameters: [{name: body, in: query, schema: {type: string}}]\nrequestBody: {content: {application/json: {schema: {type: array, items: {type: string}}}}}",
    );
    assert_eq!(fields(&operation), ["query_body", "body"]);
}

#[test]
fn c04_only_a_plain_object_is_spread() {
    for (schema, is_spread) in [
        ("{type: object, properties: {a: {type: string}}}", true),
        ("{properties: {a: {type: string}}}", true),
        ("{type: object, additionalProperties: false, properties: {a: {type: string}}}", true),
        ("{allOf: [{type: object, properties: {a: {type: string}}}], description: d}", true),
        ("{type: object, additionalProperties: true, properties: {a: {type: string}}}", false),
        ("{type: object, additionalProperties: {type: string}, properties: {a: {type: string}}}", false),
        ("{type: object, nullable: true, properties: {a: {type: string}}}", false),
        ("{type: [object, 'null'], properties: {a: {type: string}}}", false),
        ("{type: object}", false),
        ("{type: object, properties: {}}", false),
        ("{type: object, required: [b], properties: {a: {}}}", false),
        ("{type: object, properties: {a: {}}, oneOf: [{required: [a]}]}", false),
        ("{allOf: [{properties: {a: {}}}, {properties: {b: {}}}]}", false),
        ("{type: object, properties: {a: {}}, minProperties: 1}", false),
        ("{type: array, items: {type: string}}", false),
        ("{type: string}", false),
        ("{}", false),
    ] {
        let operation = post(&body(schema));
        let expected = if is_spread { "a" } else { "body" };
        assert_eq!(fields(&operation), [expected], "{schema}");
    }
}

#[test]
fn c04_a_spread_body_keeps_references_below_its_top() {
    let more = "components:\n  schemas:\n    Pet: {type: object, required: [name], properties: {name: {type: string, description: Its name.}, tag: {$ref: '#/components/schemas/Tag'}}}\n    Tag: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}}}";
    let operation = only(&described("3.0.0", "post", &body("{$ref: '#/components/schemas/Pet'}"), more));
    assert_eq!(
        &*operation.input_schema,
        r##"{"type":"object","properties":{"name":{"type":"string","description":"Its name."},"tag":{"$ref":"#/$defs/Tag"}},"required":["name"],"additionalProperties":false}"##
    );
}

#[test]
fn c04_what_a_body_needs_when_it_may_be_left_out() {
    let schema = "{type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}";
    let content = |said: &str| format!("requestBody: {{{said} content: {{application/json: {{schema: {schema}}}}}}}");
    let said = post(&content("required: false,"));
    assert_eq!(
        &*said.input_schema,
        r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"dependentRequired":{"a":[],"b":["a"]},"additionalProperties":false}"#
    );
    assert!(!said.body.expect("a body").required);
    // Nothing is said: a body with required fields is meant to be there.
    let unsaid = post(&content(""));
    assert_eq!(required(&unsaid), serde_json::json!(["a"]));
    assert!(unsaid.body.expect("a body").required);
}

#[test]
fn c04_too_many_fields_cost_the_operation() {
    let properties: String = (0..1_100).map(|n| format!("f{n}: {{}}, ")).collect();
    let text = described("3.1.0", "post", &body(&format!("{{type: object, properties: {{{properties}}}}}")), "");
    let api = crate::sample::api(&text);
    assert_eq!(api.skipped[0].reason, "it has more than 1000 parameters and fields");
}

#[test]
fn descriptions_of_parameters_are_the_fields_own() {
    let operation = only(&described(
        "3.0.0",
        "get",
        "parameters:\n- {name: a, in: query, description: Of the parameter., deprecated: true, schema: {type: string}}\n- {name: b, in: query, description: Of the parameter., schema: {type: string, description: Of the schema.}}\n- {name: c, in: query, description: '', schema: {type: string}}",
        "",
    ));
    assert_eq!(
        &*operation.input_schema,
        r#"{"type":"object","properties":{"a":{"type":"string","description":"Of the parameter.","deprecated":true},"b":{"type":"string","description":"Of the schema."},"c":{"type":"string"}},"additionalProperties":false}"#
    );
}
