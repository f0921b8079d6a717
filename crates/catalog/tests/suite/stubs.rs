//! Stubs of real and of odd schemas compile, accept what the schema accepts, and refuse what it refuses.

use serde_json::{Value, json};
use weir_catalog::{Catalog, stub};
use weir_model::Language::{JavaScript, Python, Starlark, TypeScript};

use crate::{
    probe, sample,
    toollist::{listing, one, real},
};

/// A call of each tool with fitting arguments, and of each with arguments that must not type-check.
fn probes(catalog: &Catalog) -> (String, usize, usize) {
    let (mut program, mut valid, mut invalid) = (stub::whole(catalog, TypeScript), 0, 0);
    for entry in catalog.upstreams().iter().flat_map(|upstream| &upstream.entries) {
        let schema: Value = serde_json::from_str(&entry.tool().input_schema).unwrap();
        for full in [false, true] {
            let arguments = sample::fitting(&schema, &schema, full, 0);
            assert_eq!(entry.validate(&arguments), Ok(()), "{} {arguments}", entry.path());
            program.push_str(&format!("{}({arguments});\n", entry.path()));
            valid += 1;
        }
        for (what, arguments) in sample::unfitting(&schema) {
            assert!(entry.validate(&arguments).is_err(), "{} {what} {arguments}", entry.path());
            program.push_str(&format!("// @ts-expect-error {what}\n{}({arguments});\n", entry.path()));
            invalid += 1;
        }
        if let Some(schema) = &entry.tool().output_schema {
            let schema: Value = serde_json::from_str(schema).unwrap();
            let result = sample::fitting(&schema, &schema, true, 0);
            let path = entry.path();
            program.push_str(&format!("{{ const result: Awaited<ReturnType<typeof {path}>> = {result}; }}\n"));
        }
    }
    (program, valid, invalid)
}

#[test]
fn stubs_of_every_real_tool_compile_and_probes_type_check() {
    let (program, valid, invalid) = probes(&real());
    assert_eq!(valid, 2 * 271);
    assert!(invalid > 500, "{invalid} invalid probes");
    probe::check("real", &program);
}

/// What makes the test above able to fail.
#[test]
fn the_compiler_objects_to_wrong_calls() {
    let stub = stub::whole(&one(&json!({"type": "object", "properties": {"a": {"type": "string"}}})), TypeScript);
    assert_eq!(probe::type_check("control-valid", &format!("{stub}s.t({{a: \"x\"}});")), Ok(()));
    for call in ["s.t({a: 1})", "s.t({b: 1})", "s.u()", "s.t(1)"] {
        assert!(probe::type_check("control", &format!("{stub}{call};")).is_err(), "{call}");
    }
}

/// One tool per row: its schema, arguments that must type-check, arguments that must not.
#[test]
fn schemas_of_every_kind_become_types() {
    let rows: Vec<(Value, Vec<Value>, Vec<Value>)> = serde_json::from_str(include_str!("kinds.json")).unwrap();
    let tools: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(n, (schema, ..))| json!({"name": format!("t{n}"), "inputSchema": schema}))
        .collect();
    let catalog = Catalog::build(1, vec![listing("s", &tools)]);
    let mut program = stub::whole(&catalog, TypeScript);
    for (n, (_, valid, invalid)) in rows.iter().enumerate() {
        valid.iter().for_each(|arguments| program.push_str(&format!("s.t{n}({arguments});\n")));
        invalid.iter().for_each(|arguments| program.push_str(&format!("// @ts-expect-error\ns.t{n}({arguments});\n")));
    }
    probe::check("kinds", &program);
}

#[test]
fn a_stub_as_a_model_reads_it() {
    let issue = json!({"$defs": {
        "Issue": {"type": "object", "required": ["number", "title"], "properties": {
            "number": {"type": "integer"}, "title": {"type": "string"}, "parent": {"$ref": "#/$defs/Issue"}}}},
        "type": "object", "required": ["issues"], "properties": {"issues": {"type": "array", "items": {"$ref": "#/$defs/Issue"}}}});
    let tools = [
        json!({"name": "list-issues", "description": "List issues of a repository.\nClosed ones too. */ alert()",
            "annotations": {"readOnlyHint": true},
            "inputSchema": {"type": "object", "required": ["owner"], "properties": {
                "owner": {"type": "string", "description": "Owner's login"},
                "state": {"enum": ["open", "closed"], "default": "open"},
                "per-page": {"type": "integer", "minimum": 1, "maximum": 100}}},
            "outputSchema": issue}),
        json!({"name": "delete", "annotations": {"destructiveHint": true}, "inputSchema": {"type": "object"}}),
    ];
    let catalog = Catalog::build(1, vec![listing("github", &tools)]);
    insta::assert_snapshot!(stub::upstream(&catalog, "github", TypeScript).unwrap(), @r#"
    declare namespace github {
      /** List issues of a repository.
        Closed ones too. * / alert() */
      function list_issues(args: {
        /** Owner's login */
        owner: string;
        /** default "open" */
        state?: "open" | "closed";
        /** 1–100 */
        "per-page"?: number;
      }): Promise<{
        issues: Issue[];
      }>;
      /** [destructive] */
      function delete_(args?: {}): Promise<any>;
      interface Issue {
        number: number;
        title: string;
        parent?: Issue;
      }
    }
    "#);
}

#[test]
fn a_budget_takes_comments_first_then_types_and_tools_last() {
    let catalog = real();
    let entries = &catalog.upstreams().iter().find(|upstream| upstream.name.as_str() == "notion").unwrap().entries;
    for (language, function) in
        [(TypeScript, "  function "), (JavaScript, "  function "), (Python, "    def "), (Starlark, "\ndef ")]
    {
        let whole = weir_catalog::tokens::count(&stub::upstream(&catalog, "notion", language).unwrap());
        for budget in [whole, whole - 1, whole * 2 / 3, 1_300, 200, 5] {
            let stubs = stub::render(&catalog, entries, language, budget);
            assert!(weir_catalog::tokens::fits(&stubs.text, budget), "{language} {budget}");
            let shown = entries.len() - stubs.omitted.len();
            assert_eq!(stubs.text.matches(function).count(), shown, "{language} {budget}");
            assert!(stubs.omitted.iter().all(|path| catalog.resolve_path(path).is_some()));
            assert_eq!(stubs.omitted.is_empty(), budget >= 1_300, "{language} {budget}: {shown} shown");
            assert_eq!(stubs.text.contains("Types left out"), (200..=1_300).contains(&budget), "{language} {budget}");
        }
    }
}
