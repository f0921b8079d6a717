//! Every fixture loads, with nearly all of its operations, and with schemas that stand on their own.

use std::collections::HashSet;

use weir_openapi::{Api, read};

use crate::sample::{fixture, fixtures, references, tree};

/// Keywords that a schema of 2020-12 may have here, and no other, by what they hold.
const KEYWORDS: [(Holds, &[&str]); 4] = [
    (
        Holds::Data,
        &[
            "$ref",
            "type",
            "enum",
            "const",
            "default",
            "title",
            "description",
            "deprecated",
            "format",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minProperties",
            "maxProperties",
            "minContains",
            "maxContains",
            "required",
            "dependentRequired",
            "contentEncoding",
            "contentMediaType",
        ],
    ),
    (
        Holds::Schema,
        &[
            "items",
            "additionalProperties",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contains",
            "propertyNames",
            "not",
            "if",
            "then",
            "else",
        ],
    ),
    (Holds::List, &["allOf", "anyOf", "oneOf", "prefixItems"]),
    (Holds::Map, &["properties", "patternProperties", "dependentSchemas", "$defs"]),
];

enum Holds {
    Data,
    Schema,
    List,
    Map,
}

#[test]
fn every_fixture_loads_with_nearly_all_of_its_operations() {
    let names = fixtures();
    assert!(names.len() >= 29, "{names:?}");
    let mut table = format!(
        "{:52} {:8} {:>5} {:>6} {:>7} {:>5} {:>9} {:>9} {:>9}\n",
        "file", "version", "ops", "usable", "skipped", "defs", "input", "output", "shared"
    );
    let mut problems = Vec::new();
    let (mut all, mut usable) = (0, 0);
    for name in &names {
        let bytes = fixture(name);
        let api = match read(name.trim_end_matches(".gz"), &bytes, &tree(&[])) {
            Ok(description) => description.api,
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        };
        let count = api.operations.len() + api.skipped.len();
        all += count;
        usable += api.operations.len();
        let input: usize = api.operations.iter().map(|operation| operation.input_schema.len()).sum();
        let output: usize = api.operations.iter().filter_map(|o| o.output_schema.as_ref()).map(|s| s.len()).sum();
        let shared: usize = api.definitions.iter().map(|(_, schema)| schema.len()).sum();
        table += &format!(
            "{name:52} {:8} {count:>5} {:>6} {:>7} {:>5} {input:>9} {output:>9} {shared:>9}\n",
            api.dialect,
            api.operations.len(),
            api.skipped.len(),
            api.definitions.len(),
        );
        for skipped in &api.skipped {
            table += &format!("    skipped {}: {}\n", skipped.place, skipped.reason);
        }
        for warning in &api.warnings {
            table += &format!("    {warning}\n");
        }
        if api.skipped.len() * 200 > count {
            problems.push(format!("{name}: {} of {count} operations are skipped", api.skipped.len()));
        }
        problems.extend(unsound(&api).into_iter().map(|problem| format!("{name}: {problem}")));
    }
    println!("{table}{all} operations, {usable} usable");
    assert!(all > 3_400, "{all}");
    assert_eq!(problems, Vec::<String>::new());
}

/// What must hold of every API that was read.
fn unsound(api: &Api) -> Vec<String> {
    let mut problems = Vec::new();
    let names: HashSet<&str> = api.operations.iter().map(|operation| &*operation.name).collect();
    if names.len() != api.operations.len() {
        problems.push("two operations have one name".to_owned());
    }
    let mut reached: HashSet<String> = HashSet::new();
    let mut open: Vec<String> = Vec::new();
    for operation in &api.operations {
        for schema in [Some(&operation.input_schema), operation.output_schema.as_ref()].into_iter().flatten() {
            open.extend(references(schema));
            let value: serde_json::Value = serde_json::from_str(schema).expect("JSON");
            keywords(&value, &mut problems);
        }
        let input: serde_json::Value = serde_json::from_str(&operation.input_schema).expect("JSON");
        let fields = input["properties"].as_object().expect("an object's properties");
        for parameter in &operation.parameters {
            if !fields.contains_key(&parameter.field) {
                problems.push(format!("{}: no field {}", operation.name, parameter.field));
            }
        }
    }
    while let Some(reference) = open.pop() {
        let Some(name) = reference.strip_prefix("#/$defs/") else {
            problems.push(format!("a reference to {reference}"));
            continue;
        };
        let Some(number) = api.definitions.number(name) else {
            problems.push(format!("a reference to {name}, which is not defined"));
            continue;
        };
        if reached.insert(name.to_owned()) {
            open.extend(references(api.definitions.schema(number)));
            let value: serde_json::Value = serde_json::from_str(api.definitions.schema(number)).expect("JSON");
            keywords(&value, &mut problems);
        }
    }
    for (name, _) in api.definitions.iter() {
        if !reached.contains(name) {
            problems.push(format!("nothing reaches the definition {name}"));
        }
    }
    problems
}

/// Walks a schema by its grammar: nothing but known keywords where a schema stands.
fn keywords(schema: &serde_json::Value, problems: &mut Vec<String>) {
    let Some(fields) = schema.as_object() else {
        if !schema.is_boolean() {
            problems.push(format!("a schema is {schema}"));
        }
        return;
    };
    for (name, value) in fields {
        let known = KEYWORDS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(holds, _)| holds);
        let below: Vec<&serde_json::Value> = match known {
            None => {
                problems.push(format!("a schema has {name}"));
                continue;
            }
            Some(Holds::Data) => continue,
            Some(Holds::Schema) => vec![value],
            Some(Holds::List) => value.as_array().into_iter().flatten().collect(),
            Some(Holds::Map) => value.as_object().into_iter().flat_map(|map| map.values()).collect(),
        };
        below.into_iter().for_each(|below| keywords(below, problems));
    }
}
