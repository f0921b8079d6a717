//! References: pointers, files beside the root, circles, and what leads nowhere.

use std::sync::Arc;

use weir_openapi::{Description, Files};

use crate::sample::{Tree, api, definition, described, only, tree};

#[test]
fn c02_pointers_lead_to_anything() {
    let text = r##"{
      "openapi": "3.0.0",
      "paths": {
        "/a/{id}": {"$ref": "#/x-items/a~1b~0c%7Bd%7D"},
        "/b": {"post": {
          "operationId": "b",
          "parameters": [{"$ref": "#/x-items/a~1b~0c%7Bd%7D/parameters/1"}, {"$ref": "#/components/parameters/Chain"}],
          "requestBody": {"$ref": "#/components/requestBodies/Body"},
          "responses": {"200": {"$ref": "#/components/responses/Ok"}}
        }}
      },
      "x-items": {"a/b~c{d}": {
        "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}, {"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/Q"}}],
        "get": {"operationId": "a"}
      }},
      "components": {
        "parameters": {"Chain": {"$ref": "#/components/parameters/Limit"}, "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
        "requestBodies": {"Body": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Q"}}}}},
        "responses": {"Ok": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/paths/~1b/post/requestBody/content/application~1json/schema"}}}}},
        "schemas": {"Q": {"type": "string", "enum": ["a", "b"]}}
      }
    }"##;
    let api = api(text);
    assert_eq!(api.skipped, []);
    let schemas: Vec<&str> = api.operations.iter().map(|operation| &*operation.input_schema).collect();
    assert_eq!(
        schemas,
        [
            r##"{"type":"object","properties":{"id":{"type":"string"},"q":{"$ref":"#/$defs/Q"}},"required":["id"],"additionalProperties":false}"##,
            r##"{"type":"object","properties":{"q":{"$ref":"#/$defs/Q"},"limit":{"type":"integer"},"body":{"$ref":"#/$defs/Q"}},"required":["body"],"additionalProperties":false}"##,
        ]
    );
    assert_eq!(api.operations[1].output_schema.as_deref(), Some(r##"{"$ref":"#/$defs/Q"}"##));
    assert_eq!(definition(&api, "Q"), r#"{"type":"string","enum":["a","b"]}"#);
}

#[test]
fn c02_siblings_count_from_3_1_on_and_describe_before() {
    let parameter = "parameters:\n- name: a\n  in: query\n  schema: {$ref: '#/components/schemas/S', description: Mine., minLength: 3, default: abc}";
    let more = "components: {schemas: {S: {type: string, description: Its.}}}";
    let schema = |version: &str| only(&described(version, "get", parameter, more)).input_schema;
    let wrapped =
        |inner: &str| format!(r#"{{"type":"object","properties":{{"a":{inner}}},"additionalProperties":false}}"#);
    assert_eq!(*schema("3.0.3"), *wrapped(r##"{"$ref":"#/$defs/S","description":"Mine."}"##));
    assert_eq!(
        *schema("3.1.0"),
        *wrapped(r##"{"$ref":"#/$defs/S","minLength":3,"default":"abc","description":"Mine."}"##)
    );
}

#[test]
fn c02_circles_go_through_definitions() {
    let body = "responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Node'}}}}}";
    let more = "components:\n  schemas:\n    Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}, other: {$ref: '#/components/schemas/Other'}}}\n    Other: {type: array, items: {$ref: '#/components/schemas/Node'}}";
    let api = api(&described("3.0.0", "get", body, more));
    assert_eq!(api.definitions.len(), 2);
    assert_eq!(
        definition(&api, "Node"),
        r##"{"type":"object","properties":{"next":{"$ref":"#/$defs/Node"},"other":{"$ref":"#/$defs/Other"}}}"##
    );
}

#[test]
fn c02_what_leads_nowhere_costs_only_what_needs_it() {
    let api = api(r##"
openapi: 3.0.0
paths:
  /schema: {get: {operationId: schema, parameters: [{name: a, in: query, schema: {$ref: '#/nope'}}]}}
  /round: {get: {operationId: round, parameters: [{name: a, in: query, schema: {$ref: '#/components/schemas/A'}}]}}
  /parameter: {get: {parameters: [{$ref: '#/components/parameters/Nope'}]}}
  /circle: {get: {parameters: [{$ref: '#/components/parameters/Circle'}]}}
  /body: {post: {requestBody: {$ref: '#/components/requestBodies/Nope'}}}
  /response: {get: {operationId: response, responses: {'200': {$ref: '#/components/responses/Nope'}}}}
  /item: {$ref: '#/x-nope'}
  /number: {get: {parameters: [{$ref: '#/paths/~1schema/get/parameters/7'}]}}
components:
  schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}
  parameters: {Circle: {$ref: '#/components/parameters/Circle'}}
"##);
    let usable: Vec<&str> = api.operations.iter().map(|operation| &*operation.name).collect();
    assert_eq!(usable, ["schema", "round", "response"]);
    let skipped: Vec<String> = api.skipped.iter().map(|s| format!("{}: {}", s.place, s.reason)).collect();
    assert_eq!(
        skipped,
        [
            "/item: the path refers to `#/x-nope`, which does not exist",
            "GET /parameter: one of its parameters refers to `#/components/parameters/Nope`, which does not exist",
            "GET /circle: one of its parameters refers to `#/components/parameters/Circle`, which only leads round in a circle",
            "POST /body: its body refers to `#/components/requestBodies/Nope`, which does not exist",
            "GET /number: one of its parameters refers to `#/paths/~1schema/get/parameters/7`, which does not exist",
        ]
    );
    assert_eq!(
        api.warnings,
        [
            "a schema refers to `#/nope`, which does not exist: any value passes there",
            "a schema refers to `#/components/schemas/A`, which only leads round in a circle: any value passes there",
            "a response refers to `#/components/responses/Nope`, which does not exist: nothing is known of it",
        ]
    );
    let any = r#"{"type":"object","properties":{"a":{}},"additionalProperties":false}"#;
    assert!(api.operations[..2].iter().all(|operation| &*operation.input_schema == any));
}

fn in_tree(root: &str, files: &[(&str, &str)]) -> Description {
    weir_openapi::read("spec/api.yaml", root.as_bytes(), &tree(files)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn c02_files_beside_the_root_are_read_when_needed_and_once() {
    let root = "openapi: 3.0.0\npaths:\n  /x: {$ref: 'paths/x.yml#/item'}\n  /y: {$ref: './paths/x.yml#/item'}\ncomponents: {schemas: {pet: {type: integer}}}\n";
    let x = "item:\n  get:\n    responses:\n      '200': {$ref: '../responses/ok.json'}\n    parameters:\n      - $ref: '../api.yaml#/x-none'\n  post:\n    operationId: post\n    parameters:\n      - {name: a, in: query, schema: {$ref: ../models/pet.yml}}\n      - {name: b, in: query, schema: {$ref: ../api.yaml#/components/schemas/pet}}\n    responses:\n      '200': {$ref: '../responses/ok.json'}\n";
    let ok = r#"{"content": {"application/json": {"schema": {"$ref": "../models/p%65t.yml"}}}}"#;
    let read = in_tree(
        root,
        &[
            ("paths/x.yml", x),
            ("responses/ok.json", ok),
            ("models/pet.yml", "type: object\nproperties: {owner: {$ref: 'owner.yml'}}\n"),
            ("models/owner.yml", "type: string\n"),
            ("models/unused.yml", "{"),
        ],
    );
    assert_eq!(read.files, ["paths/x.yml", "models/pet.yml", "models/owner.yml", "responses/ok.json"]);
    let names: Vec<&str> = read.api.operations.iter().map(|operation| &*operation.name).collect();
    assert_eq!(names, ["post", "post_2"]);
    // The root's own component keeps its name; the file is called after itself, with a number.
    assert_eq!(
        &*read.api.operations[0].input_schema,
        r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/pet2"},"b":{"$ref":"#/$defs/pet"}},"additionalProperties":false}"##
    );
    assert_eq!(definition(&read.api, "pet2"), r##"{"type":"object","properties":{"owner":{"$ref":"#/$defs/owner"}}}"##);
    assert_eq!(definition(&read.api, "pet"), r#"{"type":"integer"}"#);
}

#[test]
fn h10_nothing_outside_the_directory_is_asked_for() {
    struct Canary;
    impl Files for Canary {
        fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
            panic!("{path} was asked for");
        }
    }
    for (reference, reason) in [
        ("file:///etc/passwd", "is an address, and weir fetches nothing"),
        ("http://169.254.169.254/latest/meta-data", "is an address, and weir fetches nothing"),
        ("https://example.com/a.yaml#/x", "is an address, and weir fetches nothing"),
        ("//example.com/a.yaml", "is an address, and weir fetches nothing"),
        ("../../secret.yaml", "lies outside the description's own directory"),
        ("../secret.yaml", "lies outside the description's own directory"),
        ("a/../../secret.yaml", "lies outside the description's own directory"),
        ("%2e%2e/secret.yaml", "lies outside the description's own directory"),
        ("..%2fsecret.yaml", "lies outside the description's own directory"),
        ("/etc/passwd", "lies outside the description's own directory"),
        ("%2Fetc/passwd", "lies outside the description's own directory"),
        ("..\\\\secret.yaml", "is no plain relative path with slashes"),
        ("a%5c..%5c..%5cb", "is no plain relative path with slashes"),
        ("a%00.yaml", "is no plain relative path with slashes"),
        ("a%3Ab", "is no plain relative path with slashes"),
        ("%ff%fe", "is no plain relative path with slashes"),
        ("C:/secret.yaml", "is an address, and weir fetches nothing"),
        (".", "names no file"),
    ] {
        let text = format!(
            r##"{{"openapi":"3.0.0","paths":{{"/x":{{"get":{{"operationId":"x","responses":{{"200":{{"$ref":"{reference}"}}}}}}}},"/y":{{"$ref":"{reference}"}}}}}}"##
        );
        let api = weir_openapi::read("api.json", text.as_bytes(), &Canary).expect("the rest is fine").api;
        assert_eq!(api.operations.len(), 1, "{reference}");
        let told = format!("{:?} {:?}", api.warnings, api.skipped);
        assert!(told.contains(reason), "{reference}: {told}");
    }
}

#[test]
fn h10_files_are_counted_in_number_and_bytes() {
    // Each file refers to the next one; the chain of path items ends at the limit of hops.
    let mut files = Tree(std::collections::BTreeMap::new());
    let mut root = String::from("openapi: 3.0.0\npaths:\n");
    for number in 0..10_000 {
        root += &format!("  /p{number}: {{$ref: f{number}.yml}}\n");
        files.0.insert(format!("f{number}.yml"), format!("get: {{operationId: o{number}}}\n").into_bytes());
    }
    let read = weir_openapi::read("api.yaml", root.as_bytes(), &files).expect("the rest is fine");
    assert_eq!(read.files.len(), weir_model::limits::DESCRIPTION_FILES_MAX);
    assert_eq!(read.api.operations.len(), weir_model::limits::DESCRIPTION_FILES_MAX);
    assert!(read.api.skipped[0].reason.contains("is one file more than the 5000"), "{:?}", read.api.skipped[0]);

    let large = format!("{{\"get\": {{\"x-a\": \"{}\"}}}}", "x".repeat(40 * 1024 * 1024)).into_bytes();
    let files = Tree([("a.yml".to_owned(), large.clone()), ("b.yml".to_owned(), large)].into());
    let root = "openapi: 3.0.0\npaths:\n  /a: {$ref: a.yml}\n  /b: {$ref: b.yml}\n  /c: {get: {}}\n";
    let read = weir_openapi::read("api.yaml", root.as_bytes(), &files).expect("the rest is fine");
    assert_eq!(read.api.operations.len(), 2);
    assert!(read.api.skipped[0].reason.contains("would bring the description over 64 MiB"), "{:?}", read.api.skipped);
}

#[test]
fn names_of_definitions_are_the_components_own() {
    let text = r##"
openapi: 3.1.0
paths:
  /x:
    get:
      parameters:
        - {name: a, in: query, schema: {$ref: '#/paths/~1x/get/responses/200/content/application~1json/schema'}}
        - {name: b, in: query, schema: {$ref: '#/components/schemas/Response«List»'}}
        - {name: c, in: query, schema: {$ref: '#/components/schemas/Response%C2%ABList%C2%BB'}}
        - {name: d, in: query, schema: {$ref: '#/components/schemas/Deep/allOf/0'}}
        - {name: e, in: query, schema: {$ref: '#here'}}
      responses: {'200': {content: {application/json: {schema: {type: string, format: uuid}}}}}
components:
  schemas:
    schema: {type: boolean}
    Response«List»: {type: array, items: {$ref: '#/components/schemas/schema'}}
    Deep: {allOf: [{type: integer}]}
    Anchored: {$anchor: here, type: number}
"##;
    let api = api(text);
    let names: Vec<&str> = api.definitions.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["schema2", "Response_List", "allOf", "Anchored", "schema"]);
}

#[test]
fn c02_a_file_that_refers_back_to_the_root_means_the_root() {
    let root = "openapi: 3.0.0\npaths: {/x: {$ref: x.yml}}\ncomponents: {schemas: {Pet: {type: integer}}}\n";
    let x = "get: {parameters: [{name: a, in: query, schema: {$ref: 'openapi.yml#/components/schemas/Pet'}}]}\n";
    let files = tree(&[("x.yml", x), ("openapi.yml", root)]);
    let read = weir_openapi::read("petstore", root.as_bytes(), &files).expect("a description");
    assert_eq!(read.files, ["x.yml"]);
    assert_eq!(read.api.definitions.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["Pet"]);
}
