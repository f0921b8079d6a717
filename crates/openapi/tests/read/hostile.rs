//! Descriptions made to cost more than they weigh.

use std::fmt::Write as _;

use weir_model::limits;

use crate::sample::{api, read};

fn refusal(text: &str) -> String {
    read(text).map(|_| "it was read".to_owned()).unwrap_or_else(|error| error.0)
}

#[test]
fn h11_a_yaml_bomb_is_refused_before_it_is_big() {
    let mut nine = String::from("openapi: 3.0.0\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..=9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(nine, "a{level}: &a{level} [{below}]");
    }
    assert!(refusal(&nine).starts_with("api.yaml is no YAML: its aliases stand for more than 32 MiB at line "));

    let text = "x".repeat(200_000);
    let long = format!("openapi: 3.0.0\na: &a \"{text}\"\nb: [{}]\n", vec!["*a"; 1_000].join(", "));
    assert!(refusal(&long).starts_with("api.yaml is no YAML: its aliases stand for more than 32 MiB at line 3"));

    let merged = format!("openapi: 3.0.0\na: &a {{b: \"{text}\"}}\nc:\n{}", "  - {<<: *a}\n".repeat(1_000));
    assert!(refusal(&merged).starts_with("api.yaml is no YAML: its aliases stand for more than 32 MiB at line "));
}

#[test]
fn h11_anchors_that_hold_themselves() {
    for text in ["openapi: 3.0.0\na: &a [*a]\n", "openapi: 3.0.0\na: &a {b: *a}\n", "openapi: 3.0.0\na: &a {<<: *a}\n"]
    {
        assert!(
            refusal(text).starts_with("api.yaml is no YAML: an alias stands inside the value that it names at line 2"),
            "{}",
            refusal(text)
        );
    }
    assert!(refusal("openapi: 3.0.0\na: *nobody\n").contains("line 2"), "{}", refusal("openapi: 3.0.0\na: *nobody\n"));
}

#[test]
fn h11_nesting_is_bounded_in_every_form() {
    let depth = limits::JSON_DEPTH_MAX + 10;
    let flow = format!("openapi: 3.0.0\na: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let block: String = (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let json = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let mut chain = String::from("openapi: 3.0.0\na0: &a0 [1]\n");
    for level in 1..depth {
        let _ = writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1);
    }
    for (what, text) in
        [("flow", flow), ("block", block), ("chain", chain), ("deep flow", format!("a: {}", "[".repeat(50_000)))]
    {
        assert!(refusal(&text).contains("nest") || refusal(&text).contains("line"), "{what}: {}", refusal(&text));
        assert!(refusal(&text).starts_with("api.yaml is no YAML: "), "{what}: {}", refusal(&text));
    }
    assert!(refusal(&json).contains("recursion limit exceeded"), "{}", refusal(&json));
}

#[test]
fn h11_names_that_are_no_text_are_refused() {
    for text in ["? [a, b]\n: c\n", "? {a: b}\n: c\n", "a: &a [1]\n*a : 2\n"] {
        assert!(refusal(text).contains("a field's name is"), "{}", refusal(text));
    }
}

#[test]
fn a_description_is_counted_in_values() {
    let text = format!("{{\"openapi\": \"3.0.0\", \"a\": [{}0]}}", "0,".repeat(limits::DESCRIPTION_VALUES_MAX));
    assert!(refusal(&text).contains("it holds more than 5000000 values"), "{}", refusal(&text));
}

#[test]
fn operations_beyond_the_limit_are_left_out() {
    let mut text = String::from("{\"openapi\": \"3.0.0\", \"paths\": {");
    for number in 0..limits::TOOLS_PER_UPSTREAM_MAX + 500 {
        let _ = write!(text, "{}\"/p{number}\": {{\"get\": {{}}}}", if number == 0 { "" } else { "," });
    }
    text += "}}";
    let api = api(&text);
    assert_eq!(api.operations.len(), limits::TOOLS_PER_UPSTREAM_MAX);
    assert!(!api.warnings.is_empty());
}

#[test]
fn one_large_thing_that_many_operations_use_is_paid_for_once() {
    // 2 000 operations that would each write half a megabyte.
    let words = vec!["\"wwwwwwwwwwwwwwwwww\""; 25_000].join(",");
    let mut text = format!(
        "{{\"openapi\": \"3.0.0\", \"components\": {{\"parameters\": {{\"P\": {{\"name\": \"p\", \"in\": \"query\", \"schema\": {{\"enum\": [{words}]}}}}}}}}, \"paths\": {{"
    );
    for number in 0..2_000 {
        let _ = write!(
            text,
            "{}\"/p{number}\": {{\"get\": {{\"parameters\": [{{\"$ref\": \"#/components/parameters/P\"}}]}}}}",
            if number == 0 { "" } else { "," }
        );
    }
    text += "}}";
    let api = api(&text);
    let bytes: usize = api.operations.iter().map(|operation| operation.input_schema.len()).sum();
    assert!(bytes <= limits::API_BYTES_MAX + limits::SCHEMA_BYTES_MAX, "{bytes}");
    assert!(api.operations.len() > 50, "{}", api.operations.len());
    assert_eq!(api.skipped[0].reason, "what is read from the description is longer than 64 MiB together");
}

#[test]
fn one_operation_does_not_grow_without_end() {
    let words = vec!["\"wwwwwwwwwwwwwwwwww\""; 60_000].join(",");
    let text = format!(
        "{{\"openapi\":\"3.0.0\",\"paths\":{{\"/x\":{{\"get\":{{\"parameters\":[{{\"name\":\"p\",\"in\":\"query\",\"schema\":{{\"enum\":[{words}]}}}}]}},\"put\":{{}}}}}}}}"
    );
    let api = api(&text);
    assert_eq!(api.operations.len(), 1);
    assert_eq!(api.skipped[0].reason, "its input schema is longer than 1048576 bytes");
}

#[test]
fn schemas_that_are_put_together_from_themselves_end() {
    let mut text = String::from(
        "openapi: 3.0.0\npaths: {/x: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}\ncomponents:\n  schemas:\n",
    );
    for level in 0..30 {
        let next = (level + 1) % 30;
        let below = vec![format!("{{$ref: '#/components/schemas/S{next}'}}"); 50].join(", ");
        let _ =
            writeln!(text, "    S{level}: {{allOf: [{below}], required: [a], properties: {{a: {{readOnly: true}}}}}}");
    }
    let api = api(&text);
    assert_eq!(api.operations.len(), 1);
    assert_eq!(api.definitions.len(), 30);
}

#[test]
fn definitions_nest_less_than_any_reader_bears() {
    // Each level says nullable beside a choice, which takes two levels more where it is written.
    let schema = (0..40)
        .fold("{\"type\":\"string\"}".to_owned(), |inner, _| format!("{{\"nullable\":true,\"allOf\":[{inner}]}}"));
    let text = format!(
        "{{\"openapi\":\"3.0.0\",\"paths\":{{\"/x\":{{\"get\":{{\"parameters\":[{{\"name\":\"p\",\"in\":\"query\",\"schema\":{schema}}}]}}}}}}}}"
    );
    let operation = crate::sample::only(&text);
    assert!(serde_json::from_str::<serde_json::Value>(&operation.input_schema).is_ok());
}

#[test]
fn warnings_are_few_and_short() {
    let mut text = String::from("openapi: 3.0.0\npaths:\n");
    for number in 0..500 {
        let name = "n".repeat(5_000);
        let _ = writeln!(
            text,
            "  /p{number}: {{get: {{parameters: [{{name: a, in: query, schema: {{$ref: '#/{name}{number}'}}}}]}}}}"
        );
    }
    let api = api(&text);
    assert_eq!(api.operations.len(), 500);
    assert!(api.warnings.len() <= limits::WARNINGS_MAX, "{}", api.warnings.len());
    assert!(api.warnings.iter().all(|warning| warning.len() < 2_000));
}
