//! Python and Starlark stubs of real and of odd schemas: they parse, type-check, and say what a model needs.

use serde_json::{Value, json};
use starlark::syntax::{AstModule, Dialect};
use weir_catalog::{Catalog, Entry, stub, tokens};
use weir_model::Language::{self, Python, Starlark};
use weir_testkit::checker;

use crate::{
    python::{Program, compiles},
    sample,
    toollist::{listing, one, real},
};

pub(crate) fn entries(catalog: &Catalog) -> impl Iterator<Item = &std::sync::Arc<Entry>> {
    catalog.upstreams().iter().flat_map(|upstream| &upstream.entries)
}

pub(crate) fn parses_as_starlark(text: &str) {
    if let Err(error) = AstModule::parse("stub.star", text.to_owned(), &Dialect::Extended) {
        panic!("{error}\n{text}");
    }
}

#[test]
fn python_stubs_of_every_real_tool_type_check() {
    let catalog = real();
    let (mut program, mut valid, mut invalid) = (Program::new(&catalog), 0, 0);
    for entry in entries(&catalog) {
        let schema: Value = serde_json::from_str(&entry.tool().input_schema).unwrap();
        for full in [false, true] {
            program.call(&catalog, entry, &sample::fitting(&schema, &schema, full, 0), true);
            valid += 1;
        }
        for (_, arguments) in sample::unfitting(&schema) {
            program.call(&catalog, entry, &arguments, false);
            invalid += 1;
        }
        if let Some(schema) = &entry.tool().output_schema {
            let schema: Value = serde_json::from_str(schema).unwrap();
            program.result(entry, &sample::fitting(&schema, &schema, true, 0));
        }
    }
    assert_eq!(valid, 2 * 271);
    assert!(invalid > 500, "{invalid} invalid probes");
    program.check("real");
}

/// What makes the tests here able to fail.
#[test]
fn the_checkers_object() {
    let catalog = one(&json!({"type": "object", "properties": {"a": {"type": "string"}}}));
    let type_checks = |line: &str| {
        let mut program = Program::new(&catalog);
        program.line(line, true);
        program.type_check("control").is_ok()
    };
    assert!(type_checks("s.t(a=\"x\")"));
    for line in ["s.t(a=1)", "s.u()", "s.t(\"x\")", "s.t(b=1); s.t.oia()", "async def f() -> None: await s.t.aio(a=1)"]
    {
        assert!(!type_checks(line), "{line}");
    }
    let texts = [
        "import os",
        "class a:\n    b = 1",
        "class a:\n    def f(): f()",
        "x = f()",
        "\"\\d\"",
        "class a:\n    def f(x=g()): ...",
    ];
    for (text, fault) in texts.iter().zip(checker::python(&texts.map(str::to_owned))) {
        assert!(fault.is_some(), "{text}");
    }
    assert!(AstModule::parse("stub.star", "def f(a = None, b):\n    pass\n".into(), &Dialect::Extended).is_err());
}

/// Calls that a TypeScript stub refuses and a Python one takes: its lists do not say what stands where.
const WIDER: &[(usize, &str)] =
    &[(6, r#"{"a":[]}"#), (6, r#"{"a":[1]}"#), (6, r#"{"a":["x",1,2]}"#), (7, r#"{"a":["x","y"]}"#)];

#[test]
fn schemas_of_every_kind_become_python_types() {
    let rows: Vec<(Value, Vec<Value>, Vec<Value>)> = serde_json::from_str(include_str!("kinds.json")).unwrap();
    let tools: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(n, (schema, ..))| json!({"name": format!("t{n}"), "inputSchema": schema}))
        .collect();
    let catalog = Catalog::build(1, vec![listing("s", &tools)]);
    let mut program = Program::new(&catalog);
    for (n, (entry, (_, valid, invalid))) in entries(&catalog).zip(&rows).enumerate() {
        valid.iter().for_each(|arguments| program.call(&catalog, entry, arguments, true));
        for arguments in invalid {
            let wider = WIDER.contains(&(n, arguments.to_string().as_str()));
            program.call(&catalog, entry, arguments, wider);
        }
    }
    program.check("kinds");
    parses_as_starlark(&stub::whole(&catalog, Starlark));
}

fn github() -> Catalog {
    let user = json!({"type": "object", "required": ["login"], "properties": {"login": {"type": "string"}, "site-admin": {"type": "boolean"}}});
    let issue = json!({"$defs": {
        "State": {"enum": ["open", "closed"], "description": "Where it stands"},
        "Issue": {"type": "object", "description": "One issue", "required": ["number", "title", "state"], "properties": {
            "number": {"type": "integer"}, "title": {"type": "string"}, "state": {"$ref": "#/$defs/State"}, "author": user,
            "labels": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "from": {"type": ["string", "null"]}}}},
            "parent": {"$ref": "#/$defs/Issue"}}}},
        "type": "object", "required": ["issues"], "properties": {"issues": {"type": "array", "items": {"$ref": "#/$defs/Issue"}}}});
    let tools = [
        json!({"name": "list-issues", "description": "List issues of a repository.\nClosed ones too. \"\"\" import os \\",
            "annotations": {"readOnlyHint": true},
            "inputSchema": {"type": "object", "required": ["owner"], "properties": {
                "owner": {"type": "string", "description": "Owner's login"},
                "state": {"enum": ["open", "closed"], "default": "open"},
                "from": {"type": "integer", "minimum": 1, "maximum": 100},
                "load": {"type": "boolean"}}},
            "outputSchema": issue}),
        json!({"name": "list", "inputSchema": {"type": "object", "required": ["x-id"], "properties": {
            "x-id": {"type": "string"}, "names": {"type": "array", "items": {"type": "string"}}}}}),
        json!({"name": "delete", "annotations": {"destructiveHint": true}, "inputSchema": {"type": "object", "properties": {
            "names": {"type": "array", "items": {"type": "string"}}}, "additionalProperties": {"type": "number"}}}),
        json!({"name": "ping", "annotations": {"readOnlyHint": true}, "inputSchema": {"type": "object"}}),
        json!({"name": "bad", "inputSchema": {"type": "array"}}),
    ];
    Catalog::build(1, vec![listing("github", &tools)])
}

#[test]
fn a_python_stub_as_a_model_reads_it() {
    let text = stub::upstream(&github(), "github", Python).unwrap();
    compiles(&text);
    insta::assert_snapshot!(text, @r##"
    # Blocking; keyword arguments or one dict. Awaitable: await server.tool.aio(...)
    class github:
        def list_issues(
            *,
            owner: str,  # Owner's login
            state: Literal["open", "closed"] = ...,  # default "open"
            from_: int = ...,  # 1–100
            load: bool = ...,
        ) -> ListIssuesResult:
            """List issues of a repository.
            Closed ones too. \"" " import os \\"""
        def list(arguments: ListArgs, /) -> Any:
            """[write]"""
        def delete_(*, names: builtins.list[str] = ..., **others: float) -> Any:
            """[destructive]"""
        def ping() -> Any: ...
        # bad ("bad") cannot be called: its input schema does not describe an object, and arguments are always an object.
    class ListIssuesResult(TypedDict):
        issues: list[Issue]
    # One issue
    class Issue(TypedDict):
        number: int
        title: str
        state: Literal["open", "closed"]
        author: NotRequired[Author]
        labels: NotRequired[list[Label]]
        parent: NotRequired[Issue]
    Author = TypedDict("Author", {
        "login": str,
        "site-admin": NotRequired[bool],
    })
    Label = TypedDict("Label", {
        "name": str,
        "from": NotRequired[str | None],
    })
    ListArgs = TypedDict("ListArgs", {
        "x-id": str,
        "names": NotRequired[list[str]],
    })
    "##);
}

#[test]
fn a_starlark_stub_as_a_model_reads_it() {
    let text = stub::upstream(&github(), "github", Starlark).unwrap();
    parses_as_starlark(&text);
    insta::assert_snapshot!(text, @r##"
    # Keyword arguments or one dict. Objects are dicts.
    # github.list_issues: List issues of a repository.
    #   Closed ones too. "" " import os \
    def list_issues(
        owner,  # str: Owner's login
        state = None,  # "open" | "closed": default "open"
        from_ = None,  # int: 1–100
        load_ = None,  # bool
    ):  # -> ListIssuesResult
        pass
    # github.list: [write]
    def list(
        arguments,  # ListArgs
    ):
        pass
    # github.delete_: [destructive]
    def delete_(
        names = None,  # list[str]
        **others  # float
    ):
        pass
    # github.ping
    def ping():
        pass
    # github.bad ("bad") cannot be called: its input schema does not describe an object, and arguments are always an object.
    # ListIssuesResult: dict
    #   issues: list[Issue]
    # Issue: dict
    #     One issue
    #   number: int
    #   title: str
    #   state: "open" | "closed"
    #   author?: Author
    #   labels?: list[Label]
    #   parent?: Issue
    # Author: dict
    #   login: str
    #   "site-admin"?: bool
    # Label: dict
    #   name: str
    #   "from"?: str | None
    # ListArgs: dict
    #   "x-id": str
    #   names?: list[str]
    "##);
}

#[test]
fn signatures_in_every_language() {
    let catalog = github();
    let lines =
        |language: Language| entries(&catalog).map(|entry| entry.signature(language)).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(lines(Python), @r##"
    github.list_issues(owner: str, state?: "open"|"closed", from_?: int, load?: bool) -> {issues: list[Issue]} — List issues of a repository
    github.list({"x-id": str, names?: list[str]}) [write]
    github.delete_(names?: list[str]) [destructive]
    github.ping()
    github.bad() [write]
    "##);
    assert_eq!(lines(Starlark), lines(Python).replace("load?", "load_?"));
}

#[test]
fn dialects_cost_no_more_than_typescript() {
    let catalog = real();
    let count = |language| {
        let stubs: usize = entries(&catalog)
            .map(|entry| tokens::count(&stub::render(&catalog, std::slice::from_ref(entry), language, 100_000).text))
            .sum();
        let lines: usize = entries(&catalog).map(|entry| tokens::count(&entry.signature(language))).sum();
        (stubs, lines)
    };
    let (stubs, lines) = count(Language::TypeScript);
    for language in [Python, Starlark] {
        let (own_stubs, own_lines) = count(language);
        assert!(own_stubs * 100 <= stubs * 115, "{language}: {own_stubs} tokens, {stubs} in TypeScript");
        assert!(own_lines * 100 <= lines * 110, "{language}: {own_lines} tokens, {lines} in TypeScript");
    }
}

#[test]
fn every_starlark_stub_of_real_tools_parses() {
    let catalog = real();
    let whole = stub::whole(&catalog, Starlark);
    parses_as_starlark(&whole);
    assert_eq!(whole.matches("\ndef ").count(), 271);
}
