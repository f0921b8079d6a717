//! Schemas of any dialect as JSON Schema 2020-12 text.

use crate::sample::{api, definition, described, only};

/// The text of one schema, as a parameter's.
fn rewritten(version: &str, schema: &str) -> String {
    let parameter = format!("parameters:\n- name: a\n  in: query\n  schema: {schema}");
    let more = "components: {schemas: {S: {type: string}}}";
    let input = only(&described(version, "get", &parameter, more)).input_schema;
    let inner = input.strip_prefix(r#"{"type":"object","properties":{"a":"#).expect("one field");
    inner.strip_suffix(r#"},"additionalProperties":false}"#).expect("nothing else").to_owned()
}

#[test]
fn keywords_of_older_dialects_are_said_in_the_newest() {
    for (schema, expected) in [
        ("{type: string, nullable: true}", r#"{"type":["string","null"]}"#),
        ("{type: string, x-nullable: true, enum: [a]}", r#"{"type":["string","null"],"enum":["a",null]}"#),
        ("{type: string, nullable: true, enum: [a, null]}", r#"{"type":["string","null"],"enum":["a",null]}"#),
        ("{nullable: true}", "{}"),
        ("{$ref: '#/components/schemas/S', nullable: true}", r##"{"anyOf":[{"$ref":"#/$defs/S"},{"type":"null"}]}"##),
        (
            "{allOf: [{$ref: '#/components/schemas/S'}], nullable: true, description: d}",
            r##"{"description":"d","anyOf":[{"allOf":[{"$ref":"#/$defs/S"}]},{"type":"null"}]}"##,
        ),
        ("{type: integer, minimum: 1, exclusiveMinimum: true}", r#"{"type":"integer","exclusiveMinimum":1}"#),
        ("{type: integer, maximum: 1, exclusiveMaximum: false}", r#"{"type":"integer","maximum":1}"#),
        ("{type: integer, exclusiveMinimum: 1}", r#"{"type":"integer","exclusiveMinimum":1}"#),
        (
            "{type: array, items: [{type: string}, {type: integer}], additionalItems: false}",
            r#"{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}"#,
        ),
        ("{type: file}", r#"{"type":"string"}"#),
        ("{type: [string, integer, string]}", r#"{"type":["string","integer"]}"#),
        ("{type: int}", r#"{"type":"integer"}"#),
        ("{type: any}", "{}"),
        ("{type: []}", "{}"),
        ("{const: null}", r#"{"const":null}"#),
        ("{default: {a: [1, x, null]}}", r#"{"default":{"a":[1,"x",null]}}"#),
        ("true", "{}"),
        ("false", "false"),
    ] {
        assert_eq!(rewritten("3.0.3", schema), expected, "{schema}");
    }
}

#[test]
fn what_says_nothing_here_is_left_out_and_what_is_wrong_too() {
    for (schema, expected) in [
        (
            "{type: object, example: {a: 1}, examples: [1], xml: {name: x}, externalDocs: {url: u}, x-foo: 1, discriminator: {propertyName: a}, $comment: c, $schema: s, $id: i}",
            r#"{"type":"object"}"#,
        ),
        ("{type: object, required: true}", r#"{"type":"object"}"#),
        ("{type: object, required: []}", r#"{"type":"object"}"#),
        ("{type: object, required: [a, 1, a]}", r#"{"type":"object","required":["a"]}"#),
        ("{type: string, minLength: -1, maxLength: 5.0, pattern: 7}", r#"{"type":"string","maxLength":5}"#),
        ("{type: number, multipleOf: 0, minimum: '1'}", r#"{"type":"number"}"#),
        ("{enum: []}", "{}"),
        ("{anyOf: [], oneOf: x}", "{}"),
        ("{properties: [a]}", "{}"),
        ("{items: 3, additionalProperties: x, not: []}", "{}"),
        ("{properties: {a: 5, b: text}}", r#"{"properties":{"a":{},"b":{}}}"#),
        ("{title: T}", r#"{"title":"T"}"#),
        ("{title: T, description: D}", r#"{"description":"D"}"#),
        (
            "{properties: {example: {type: string}, x-a: {type: string}, xml: {type: integer, example: 1}}}",
            r#"{"properties":{"example":{"type":"string"},"x-a":{"type":"string"},"xml":{"type":"integer"}}}"#,
        ),
        (
            "{patternProperties: {'^a': {type: string}}, dependentRequired: {a: [b, b]}}",
            r#"{"patternProperties":{"^a":{"type":"string"}},"dependentRequired":{"a":["b"]}}"#,
        ),
        (
            "{if: {type: string}, then: {minLength: 1}, else: false}",
            r#"{"if":{"type":"string"},"then":{"minLength":1},"else":false}"#,
        ),
        ("[]", "{}"),
        ("7", "{}"),
        ("null", "{}"),
    ] {
        assert_eq!(rewritten("3.1.0", schema), expected, "{schema}");
    }
}

#[test]
fn c13_read_only_and_write_only_split_a_definition_in_two() {
    let text = described(
        "3.0.3",
        "post",
        r"
requestBody: {required: true, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/User'}}}}}
responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}}
",
        r"
components:
  schemas:
    User:
      type: object
      required: [id, name, password]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string}
        password: {type: string, writeOnly: true}
        team: {$ref: '#/components/schemas/Team'}
        role: {$ref: '#/components/schemas/Role'}
    Team: {type: object, properties: {members: {type: array, items: {$ref: '#/components/schemas/User'}}}}
    Role: {type: object, properties: {title: {type: string}}}
    UserInput: {type: string}
",
    );
    let api = api(&text);
    assert_eq!(
        api.definitions.iter().map(|(name, schema)| format!("{name} {schema}")).collect::<Vec<_>>(),
        [
            r##"UserInput2 {"type":"object","required":["name","password"],"properties":{"name":{"type":"string"},"password":{"type":"string"},"team":{"$ref":"#/$defs/TeamInput"},"role":{"$ref":"#/$defs/Role"}}}"##,
            r##"User {"type":"object","required":["id","name"],"properties":{"id":{"type":"integer"},"name":{"type":"string"},"team":{"$ref":"#/$defs/Team"},"role":{"$ref":"#/$defs/Role"}}}"##,
            r##"TeamInput {"type":"object","properties":{"members":{"type":"array","items":{"$ref":"#/$defs/UserInput2"}}}}"##,
            r##"Role {"type":"object","properties":{"title":{"type":"string"}}}"##,
            r##"Team {"type":"object","properties":{"members":{"type":"array","items":{"$ref":"#/$defs/User"}}}}"##,
        ]
    );
}

#[test]
fn c13_a_spread_body_leaves_out_what_only_responses_have() {
    let more = "components: {schemas: {Id: {type: string, readOnly: true}, Base: {type: object, properties: {made: {type: string, readOnly: true}}}}}";
    let body = "requestBody: {required: true, content: {application/json: {schema: {type: object, required: [id, name], properties: {id: {$ref: '#/components/schemas/Id'}, name: {type: string}, nested: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [made, x]}]}}}}}}";
    let api = api(&described("3.0.0", "post", body, more));
    assert_eq!(
        &*api.operations[0].input_schema,
        r##"{"type":"object","properties":{"name":{"type":"string"},"nested":{"allOf":[{"$ref":"#/$defs/BaseInput"},{"type":"object","required":["x"]}]}},"required":["name"],"additionalProperties":false}"##
    );
    assert_eq!(definition(&api, "BaseInput"), r#"{"type":"object","properties":{}}"#);
}

#[test]
fn definitions_are_those_that_something_reaches() {
    let more = "components: {schemas: {Used: {type: object, properties: {a: {$ref: '#/components/schemas/Below'}}}, Below: {type: string}, Unused: {type: string}, Broken: 7}}";
    let responses = "responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Used'}}}}, '400': {content: {application/json: {schema: {$ref: '#/components/schemas/Unused'}}}}}";
    let api = api(&described("3.0.0", "get", responses, more));
    assert_eq!(api.definitions.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["Used", "Below"]);
    assert_eq!(api.warnings, Vec::<String>::new());
}

#[test]
fn definitions_of_a_skipped_operation_are_not_kept() {
    let api = api(r"
openapi: 3.0.0
paths:
  /a:
    post:
      parameters: [{name: a, in: query, schema: {$ref: '#/components/schemas/A'}}]
      requestBody: {$ref: '#/nope'}
    get:
      parameters: [{name: a, in: query, schema: {$ref: '#/components/schemas/B'}}]
components: {schemas: {A: {type: string}, B: {type: string}}}
");
    assert_eq!(api.definitions.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["B"]);
}
