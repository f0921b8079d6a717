//! Shared definitions in large numbers, of large size, and made to exhaust whoever reads them (T10).

use std::sync::Arc;

use serde_json::{Value, json};
use weir_catalog::{Catalog, stub, tokens};
use weir_model::{
    Definitions,
    Language::{self, Python, Starlark, TypeScript},
};
use weir_testkit::checker;

use crate::{
    dialects::parses_as_starlark,
    probe,
    python::compiles,
    shared::{definitions, entry, one, sharing},
};

/// All of them in one circle with many short cuts: as far from a tree as real descriptions are.
fn dense(count: usize) -> Schemas {
    let refers =
        |n: usize, to: usize| (format!("to{to}"), json!({"$ref": format!("#/$defs/D{}", (n * 7 + to) % count)}));
    let schema = |n: usize| {
        let mut fields: serde_json::Map<String, Value> = (1..=3).map(|to| refers(n, to)).collect();
        fields.insert("next".into(), json!({"$ref": format!("#/$defs/D{}", (n + 1) % count)}));
        fields.insert("n".into(), json!({"const": n}));
        json!({"type": "object", "description": "One of many things that are said at some length", "required": ["n"], "properties": fields})
    };
    (0..count).map(|n| (format!("D{n}"), schema(n))).collect()
}

#[test]
fn a_thousand_definitions_that_all_reach_one_another() {
    let schemas = dense(1_000);
    let shared = definitions(&schemas);
    let tools: Vec<Value> = (0..20)
        .map(|n| {
            let it = json!({"$ref": format!("#/$defs/D{}", n * 13)});
            json!({"name": format!("t{n}"), "inputSchema": {"type": "object", "properties": {"it": it}}, "outputSchema": it})
        })
        .collect();
    let catalog = Catalog::build(1, vec![sharing(&shared, &tools)]);
    let entries = &catalog.upstreams()[0].entries;
    for entry in entries.iter().take(5) {
        let n: usize = entry.member()[1..].parse().unwrap();
        let fits = json!({"it": {"n": n * 13, "next": {"n": n * 13 + 1}}});
        assert_eq!(entry.validate(&fits), Ok(()));
        assert!(entry.validate(&json!({"it": {"n": n * 13, "next": {"n": 0}}})).is_err());
    }
    for language in [TypeScript, Python, Starlark] {
        for budget in [6_000, 1_000] {
            let stubs = stub::render(&catalog, &entries[..1], language, budget);
            assert_eq!(stubs.omitted, Vec::<String>::new());
            assert!(stubs.text.contains("Types left out for length") && stubs.text.contains("t0"), "{}", stubs.text);
            assert!(tokens::count(&stubs.text) > budget / 8, "{language}: {}", stubs.text);
        }
        assert!(entries[0].signature(language).chars().count() < 200);
    }
    let whole = stub::whole(&catalog, TypeScript);
    assert_eq!(whole.matches("interface D").count(), 1_000);
    probe::check(
        "shared-thousand",
        &format!(
            "{whole}\ns.t1({{it: {{n: 13, next: {{n: 14, to1: {{n: 99}}}}}}}});\n// @ts-expect-error\ns.t1({{it: {{n: 13, next: {{n: 15}}}}}});"
        ),
    );
    compiles(&stub::whole(&catalog, Python));
    parses_as_starlark(&stub::whole(&catalog, Starlark));
}

type Schemas = Vec<(String, Value)>;

/// What each bomb's definition `A` and those beside it are, and whether it is too much to be checked.
fn bombs() -> Vec<(&'static str, Schemas, bool)> {
    let a = |schema: Value| vec![("A".to_owned(), schema)];
    let name = |i: usize| if i == 0 { "A".to_owned() } else { format!("A{i}") };
    let refers = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    let chain = (0..2_000).map(|i| (name(i), refers(&name(i + 1)))).collect();
    let doubling = |key: &str| -> Schemas {
        let twice = |i: usize| (name(i), json!({key: [refers(&name(i + 1)), {"allOf": [refers(&name(i + 1))]}]}));
        (0..40).map(twice).chain([(name(40), json!({"type": "string"}))]).collect()
    };
    let circle = vec![
        ("A".to_owned(), json!({"allOf": [refers("B")], "properties": {"x": refers("B")}})),
        ("B".to_owned(), json!({"anyOf": [refers("A"), {"type": "null"}]})),
    ];
    let part = json!({"type": "object", "description": "x".repeat(4_000), "properties": {"a": {"enum": [1, 2, 3]}}});
    let branches: Vec<Value> = (0..400).map(|n| refers(&format!("W{n}"))).collect();
    let wide = (0..400).map(|n| (format!("W{n}"), part.clone())).chain(a(json!({"anyOf": branches}))).collect();
    let strings: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    vec![
        ("self", a(refers("A")), true),
        ("cycle in place", circle, true),
        ("long chain", chain, true),
        ("doubling anyOf", doubling("anyOf"), true),
        ("doubling oneOf", doubling("oneOf"), true),
        ("1e5 enum", a(json!({"enum": strings})), true),
        ("2 MB", a(json!({"description": "x".repeat(2 << 20)})), true),
        ("wide", wide, true),
        ("ReDoS", a(json!({"type": "string", "pattern": "^(a+)+$"})), false),
    ]
}

/// T10. A bad definition costs a check and a type where it is meant: no tool, no hang, no overflow.
#[test]
fn t10_bombs_among_shared_definitions_cost_no_tool() {
    let mut texts = Vec::new();
    for (name, schemas, is_cut) in bombs() {
        let catalog = one(&schemas);
        let entry = entry(&catalog);
        assert_eq!(entry.quarantined(), None, "{name}");
        assert_eq!(catalog.upstreams()[0].warnings, Vec::<String>::new(), "{name}");
        assert_eq!(entry.unchecked().is_some(), is_cut, "{name}: {:?}", entry.unchecked());
        let checked = entry.validate(&json!({"a": {"a": "a".repeat(50_000)}}));
        assert!(checked.is_ok() || !is_cut, "{name}: {checked:?}");
        for language in Language::ALL {
            assert!(entry.signature(language).chars().count() < 1_000, "{name} {language}");
            let stubs = stub::render(&catalog, &catalog.upstreams()[0].entries, language, 2_000);
            assert!(stubs.omitted.is_empty() && tokens::fits(&stubs.text, 2_000), "{name} {language}");
        }
        if ["self", "cycle in place"].contains(&name) {
            probe::check(&format!("shared-{name}"), &stub::whole(&catalog, TypeScript));
        }
        texts.push(stub::whole(&catalog, Python));
    }
    for (text, fault) in texts.iter().zip(checker::python(&texts)) {
        assert_eq!(fault, None, "{text}");
    }
}

#[test]
fn t10_a_definition_that_is_no_json_checks_nothing() {
    let definitions = Arc::new(Definitions::new([("A", "{\"type\": ")]));
    let input = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}});
    let catalog = Catalog::build(1, vec![sharing(&definitions, &[json!({"name": "t", "inputSchema": input})])]);
    assert_eq!(entry(&catalog).validate(&json!({"a": 1})), Ok(()));
    probe::check("shared-no-json", &format!("{}\ns.t({{a: 1}});", stub::whole(&catalog, TypeScript)));
}

/// A result of any size leaves the function and its arguments whole.
#[test]
fn a_large_result_gives_way_before_its_function() {
    let mut schemas = dense(300);
    let fields: serde_json::Map<String, Value> =
        (0..400).map(|n| (format!("field_{n}"), json!({"$ref": format!("#/$defs/D{}", n % 300)}))).collect();
    schemas.push(("Large".to_owned(), json!({"type": "object", "required": ["field_7"], "properties": fields})));
    schemas.push(("Filter".to_owned(), json!({"type": "object", "properties": {"by": {"enum": ["name", "age"]}}})));
    let shared = definitions(&schemas);
    let tools = [json!({"name": "t", "description": "Lists large things",
        "inputSchema": {"type": "object", "required": ["filter"], "properties": {"filter": {"$ref": "#/$defs/Filter"}, "max": {"type": "integer"}}},
        "outputSchema": {"type": "array", "items": {"$ref": "#/$defs/Large"}}})];
    let catalog = Catalog::build(1, vec![sharing(&shared, &tools)]);
    for budget in [6_000, 700] {
        for language in Language::ALL {
            let stubs = stub::render(&catalog, std::slice::from_ref(entry(&catalog)), language, budget);
            assert!(stubs.omitted.is_empty() && tokens::fits(&stubs.text, budget), "{language} {budget}");
            for part in ["filter", "max", "\"name\"", "\"age\"", "field_7"] {
                assert!(stubs.text.contains(part), "{language} {budget}: no {part} in {}", stubs.text);
            }
            match language {
                TypeScript => probe::check(
                    &format!("shared-large-{budget}"),
                    &format!(
                        "{}\ns.t({{filter: {{by: \"age\"}}}}).then((all) => all[0]?.field_7);\n// @ts-expect-error\ns.t({{filter: 1}});",
                        stubs.text
                    ),
                ),
                Python => compiles(&stubs.text),
                Starlark => parses_as_starlark(&stubs.text),
                Language::JavaScript => {}
            }
        }
    }
}
