//! Python and Starlark stubs of upstreams that mean harm: names, texts and schemas stay declarations, and stay small.

use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use weir_catalog::{Catalog, stub};
use weir_model::Language::{Python, Starlark};
use weir_testkit::checker;

use crate::{
    dialects::{entries, parses_as_starlark},
    python::Program,
    toollist::{listing, one},
};

/// T08. Texts of any kind in every place an upstream can put one: still declarations only.
#[test]
fn t08_no_text_leaves_its_place_in_python_or_starlark() {
    let text = "(\"\"\"|\"|'|\\\\|\\n|\\r|\t|#|[a{}()]|\\\\N\\{x\\}|type: ignore|\u{202e}|\u{1b}|import os|\\PC){0,25}";
    let strategy = proptest::string::string_regex(text).unwrap();
    let mut runner = TestRunner::deterministic();
    let mut any = || strategy.new_tree(&mut runner).unwrap().current();
    let tools: Vec<Value> = (0..200)
        .map(|n| {
            let (a, b) = (any(), any());
            json!({"name": format!("{}{n}", any()), "description": any(), "inputSchema": {
                "type": "object", "required": [a], "$defs": {b.replace(['/', '~'], "_"): {"description": any(), "anyOf": [{"type": "string", "minLength": 60}, {"type": "number", "pattern": any()}]}},
                "properties": {
                    a: {"type": "string", "description": any(), "default": any(), "pattern": any()},
                    "b": {"type": "object", "properties": {any(): {"enum": [any(), any(), 1.5]}, "x": {"type": "string", "description": any()}}},
                    "c": {"$ref": format!("#/$defs/{}", b.replace(['/', '~'], "_").replace('%', "%25"))}}},
                "outputSchema": {"type": "object", "properties": {any(): {"const": any()}, "y": {"title": any(), "description": any(), "type": "integer"}}}})
        })
        .collect();
    let catalog = Catalog::build(1, vec![listing("s", &tools)]);
    assert!(catalog.upstreams()[0].entries.len() > 190);
    let mut texts: Vec<String> = entries(&catalog)
        .map(|entry| stub::render(&catalog, std::slice::from_ref(entry), Python, 100_000).text)
        .collect();
    texts.push(stub::whole(&catalog, Python));
    for (text, fault) in texts.iter().zip(checker::python(&texts)) {
        assert_eq!(fault, None, "{text}");
    }
    parses_as_starlark(&stub::whole(&catalog, Starlark));
    for entry in entries(&catalog) {
        for language in [Python, Starlark] {
            let line = entry.signature(language);
            assert!(!line.chars().any(char::is_control) && !line.contains('\u{202e}'), "{line}");
        }
    }
}

#[test]
fn t09_names_of_every_kind_are_declared_and_called_in_python() {
    let raw = [
        "constructor",
        "class",
        "",
        "🦀",
        "await",
        "None",
        "def",
        "load",
        "list",
        "str",
        "dict",
        "bool",
        "float",
        "int",
        "Any",
        "Literal",
        "builtins",
        "print",
        "type",
        "a\nb",
        "*/",
        "a\"b",
        "self",
        "tool",
        "Tool",
        "match",
        "TypedDict",
        "NotRequired",
    ];
    let schema = json!({"type": "object", "required": ["list", "from"], "properties": {
        "list": {"type": "array", "items": {"type": "string"}}, "from": {"type": "number"}, "self": {"type": "boolean"},
        "any": {}, "record": {"type": "object", "required": ["str"], "properties": {"str": {"type": "string"}, "list": {"type": "array", "items": {"type": "integer"}}}}}});
    let tools: Vec<Value> = raw.iter().map(|name| json!({"name": name, "inputSchema": schema})).collect();
    let names = [
        "list",
        "print",
        "json",
        "result",
        "Any",
        "tools",
        "struct",
        "ValueError",
        "git",
        "parallel",
        "load",
        "attempt",
    ];
    let catalog =
        Catalog::build(1, names.map(|name| listing(name, if name == "git" { &tools } else { &tools[..2] })).to_vec());
    let identifiers: Vec<&str> = catalog.upstreams().iter().map(|upstream| upstream.identifier.as_str()).collect();
    insta::assert_snapshot!(identifiers.join(" "), @"list_ print_ json_ result_ Any_ tools_ struct_ ValueError_ git parallel_ load_ attempt_");
    let mut program = Program::new(&catalog);
    for entry in entries(&catalog) {
        program.call(
            &catalog,
            entry,
            &json!({"list": ["x"], "from": 1, "self": true, "record": {"str": "x", "list": [1]}}),
            true,
        );
        program.call(&catalog, entry, &json!({"list": [1], "from": 1}), false);
        program.call(&catalog, entry, &json!({"list": [], "from": 1, "record": {"str": 1}}), false);
    }
    program.check("names");
    parses_as_starlark(&stub::whole(&catalog, Starlark));
    let calls: String = entries(&catalog).map(|entry| format!("{}(list = [], from_ = 1)\n", entry.path())).collect();
    parses_as_starlark(&calls);
}

/// T10. What multiplies when intersections become objects ends all the same.
#[test]
fn t10_intersections_of_choices_cost_little() {
    let choice = |n: usize, inner: &Value| {
        let fields: Vec<Value> =
            (0..8).map(|i| json!({"type": "object", "properties": {format!("f{n}_{i}"): inner}})).collect();
        json!({"allOf": [{"type": "object", "properties": {format!("own{n}"): inner}}, {"anyOf": fields}]})
    };
    let nested = (0..5).fold(json!({"type": "string"}), |inner, n| {
        if n < 3 { choice(n, &inner) } else { json!({"type": "object", "properties": {"x": inner}}) }
    });
    let catalog = one(&json!({"type": "object", "properties": {"a": nested}}));
    for language in [Python, Starlark] {
        let text = stub::whole(&catalog, language);
        assert!(text.len() < 4_000_000, "{}", text.len());
        assert!(entries(&catalog).all(|entry| entry.signature(language).chars().count() < 1_000));
    }
}
