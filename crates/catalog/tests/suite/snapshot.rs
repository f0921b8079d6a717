//! The snapshot as a whole: what is left out and told, what is shared, what a rebuild keeps.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use weir_catalog::{Access, Catalog, Everything, Listing, ListingState, stub};
use weir_model::{
    Effect,
    Language::{Python, Starlark, TypeScript},
    Policy, Rule, ToolId, UpstreamName, limits,
};

use crate::{
    dialects::parses_as_starlark,
    toollist::{listing, one, real},
};

fn named(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({"name": name, "inputSchema": {"type": "object"}})).collect()
}

#[test]
fn an_absent_upstream_says_why_and_harms_nobody() {
    let reason = "it did not answer within 10 s".to_owned();
    let absent = Listing {
        upstream: UpstreamName::new("mail").unwrap(),
        state: ListingState::Absent { reason: reason.clone() },
    };
    let catalog = Catalog::build(7, vec![absent, listing("git", &named(&["log"]))]);
    assert_eq!(catalog.version(), 7);
    assert_eq!(catalog.upstreams()[0].absent, Some(reason));
    let bindings = catalog.bindings(&Everything);
    assert_eq!(bindings.namespaces.iter().map(|namespace| namespace.raw.as_str()).collect::<Vec<_>>(), ["git"]);
    assert!(Arc::ptr_eq(&bindings, &catalog.bindings(&Everything)));
}

#[test]
fn what_is_left_out_is_told() {
    let long = "x".repeat(limits::TOOL_NAME_BYTES_MAX + 1);
    let catalog = Catalog::build(1, vec![listing("s", &named(&["a", "b", "a", &long]))]);
    let upstream = &catalog.upstreams()[0];
    assert_eq!(upstream.entries.len(), 2);
    insta::assert_snapshot!(upstream.warnings.join("\n"), @r#"
    It lists the tool "a" twice; the first one is used.
    A tool is left out: its name, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", is longer than 1024 bytes.
    "#);
    let many: Vec<String> = (0..=limits::TOOLS_PER_UPSTREAM_MAX).map(|n| format!("t{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let catalog = Catalog::build(1, vec![listing("s", &named(&many))]);
    assert_eq!(catalog.upstreams()[0].entries.len(), limits::TOOLS_PER_UPSTREAM_MAX);
    assert_eq!(catalog.upstreams()[0].warnings, ["It lists 10001 tools; only the first 10000 are used."]);
}

#[test]
fn a_rebuild_keeps_the_entries_of_unchanged_tools() {
    let old = Catalog::build(1, vec![listing("s", &named(&["a", "b-c", "d"]))]);
    let mut tools = named(&["a", "b-c", "b_c", "d"]);
    tools[3]["description"] = json!("new");
    let new = old.rebuild(2, vec![listing("s", &tools)]);
    let kept = |raw: &str| Arc::ptr_eq(old.resolve("s", raw).unwrap(), new.resolve("s", raw).unwrap());
    assert!(kept("a"));
    assert!(!kept("b-c"), "its identifier was taken by a tool of that name");
    assert!(!kept("d"), "its description changed");
    assert_eq!(new.resolve("s", "b_c").unwrap().tool().id.name.as_ref(), "b_c");
    assert_ne!(old.bindings(&Everything).version, new.bindings(&Everything).version);
}

fn id(upstream: &str, name: &str) -> ToolId {
    ToolId { upstream: UpstreamName::new(upstream).unwrap(), name: name.into() }
}

#[test]
fn an_entry_is_found_by_its_canonical_id_only() {
    let catalog = Catalog::build(1, vec![listing("my server", &named(&["list-issues"]))]);
    assert_eq!(catalog.entry(&id("my server", "list-issues")).unwrap().path(), "my_server.list_issues");
    assert!(catalog.entry(&id("my_server", "list-issues")).is_none());
    assert!(catalog.entry(&id("my server", "list_issues")).is_none());
}

#[test]
fn effects_come_from_the_tool_and_are_shown() {
    let catalog = real();
    for (path, effect) in [
        ("filesystem.read_text_file", Effect::Read),
        ("filesystem.write_file", Effect::Destructive),
        ("github_archived.create_issue", Effect::Write),
    ] {
        let entry = catalog.resolve_path(path).unwrap();
        assert_eq!(entry.effect(), effect, "{path}");
        let mark = format!(" [{effect}]");
        assert_eq!(entry.signature(TypeScript).ends_with(&mark), effect != Effect::Read, "{path}");
    }
}

/// A tool of its own effect, said to have another one.
fn overridden(annotations: Value, effect: Option<Effect>) -> Catalog {
    let tool = json!({"name": "t-1", "inputSchema": {"type": "object"}, "annotations": annotations});
    let effects = effect.map(|effect| (id("s", "t_1"), effect)).into_iter().collect();
    Catalog::with_effects(1, vec![listing("s", &[tool])], Arc::new(effects))
}

#[test]
fn the_operators_word_on_an_effect_holds() {
    use Effect::{Destructive, Read, Write};
    let read = json!({"readOnlyHint": true, "idempotentHint": true});
    let put = json!({"idempotentHint": true});
    let delete = json!({"destructiveHint": true, "idempotentHint": true});
    for (annotations, said, effect, repeatable) in [
        (&read, None, Read, true),
        (&read, Some(Write), Write, false),
        (&json!({}), None, Write, false),
        (&json!({}), Some(Read), Read, true),
        (&put, None, Write, true),
        (&put, Some(Destructive), Destructive, false),
        (&delete, None, Destructive, true),
        (&delete, Some(Write), Write, true),
    ] {
        let catalog = overridden(annotations.clone(), said);
        let entry = catalog.resolve("s", "t-1").unwrap();
        assert_eq!((entry.effect(), entry.repeatable()), (effect, repeatable), "{annotations} {said:?}");
        let shown = catalog.search("t 1", 1, &Everything)[0].entry.signature(TypeScript);
        assert_eq!(shown.contains(&format!("[{effect}]")), effect != Read, "{shown}");
        let rebuilt = catalog.rebuild(
            2,
            vec![listing(
                "s",
                &[json!({"name": "t-1", "inputSchema": {"type": "object"}, "annotations": annotations})],
            )],
        );
        assert!(Arc::ptr_eq(entry, rebuilt.resolve("s", "t_1").unwrap()), "a rebuild keeps what was said");
    }
}

#[test]
fn rules_fit_both_names_of_a_tool_and_what_fits_none_is_told() {
    let catalog = Catalog::build(1, vec![listing("my hub", &named(&["close-issue", "close-all", "open-all", "get"]))]);
    let tools = BTreeMap::from([
        (id("my hub", "close_issue"), Rule::Deny),
        (id("my hub", "close_all"), Rule::Allow),
        (id("my hub", "close-all"), Rule::Ask),
        (id("my hub", "open_all"), Rule::Deny),
        (id("my hub", "open-all"), Rule::Allow),
        (id("my hub", "Get"), Rule::Deny),
        (id("elsewhere", "get"), Rule::Deny),
    ]);
    let written = Policy { tools, ..Policy::default() };
    let policy = catalog.policy(&written);
    let rules =
        ["close-issue", "close-all", "open-all", "get"].map(|name| policy.rule(&id("my hub", name), Effect::Read));
    assert_eq!(rules, [Rule::Deny, Rule::Ask, Rule::Deny, Rule::Allow]);
    assert_eq!(policy.rule(&id("elsewhere", "get"), Effect::Read), Rule::Deny);
    assert_eq!(catalog.not_offered(written.tools.keys()), [&id("my hub", "Get")]);
    for (hub, written, near) in [
        ("my hub", "close_isue", &["my_hub.close_issue"][..]),
        ("my hub", "Get", &["my_hub.get"]),
        ("my hub", "something else", &[]),
        ("elsewhere", "get", &[]),
    ] {
        assert_eq!(catalog.nearest_offered(&id(hub, written), 1), near, "{written}");
    }
}

/// Sees one upstream.
struct Only(&'static str);

impl Access for Only {
    fn sees(&self, tool: &ToolId) -> bool {
        tool.upstream.as_str() == self.0
    }
}

#[test]
fn search_finds_the_tool_a_person_would() {
    let catalog = real();
    for (query, path) in [
        ("open an issue on github", "github_archived.create_issue"),
        ("what time is it in Tokyo", "time.get_current_time"),
        ("git commit history", "git.git_log"),
        ("readFile", "filesystem.read_file"),
        ("take a screenshot of the page", "puppeteer_archived.puppeteer_screenshot"),
        ("delete a key from redis", "redis.delete"),
    ] {
        let hits = catalog.search(query, 5, &Everything);
        let paths: Vec<&str> = hits.iter().map(|hit| hit.entry.path()).collect();
        assert!(
            paths.contains(&path) || paths.iter().any(|found| found.starts_with(&format!("{path}_"))),
            "{query}: {paths:?}"
        );
        assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
    assert!(catalog.search("read file", 5, &Only("git")).iter().all(|hit| hit.entry.namespace() == "git"));
    assert!(catalog.search("book a flight to Paris", 5, &Only("git")).is_empty());
}

pub(crate) fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!(null)),
        Just(json!("x")),
        Just(json!(-1.5)),
        Just(json!({"$ref": "#"})),
        Just(json!({"$ref": "#/$defs/a"})),
        Just(json!({"$ref": "#/properties/b"})),
        Just(json!({"$ref": "#/%zz"})),
        Just(json!({"type": ["string", "null", "odd"]})),
        Just(json!({"enum": ["*/", 1, null, {"k": []}]})),
        Just(json!({"const": [1, {"x": "y"}]})),
        "\\PC{0,6}".prop_map(|text| json!({"description": text, "default": text, "pattern": text, "title": text})),
    ];
    let keyword = prop::sample::select(vec![
        "properties",
        "items",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "additionalProperties",
        "patternProperties",
        "prefixItems",
        "$defs",
        "required",
        "type",
        "minItems",
        "maxItems",
        "a",
        "b",
        "minimum",
        "dependentSchemas",
        "contains",
    ]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((keyword.clone(), inner), 0..5).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    /// Whatever an upstream sends as a schema, and whatever a snippet sends as arguments: an answer, and no panic.
    #[test]
    fn any_schema_is_survived(fields in prop::collection::vec((prop::sample::select(vec!["properties", "$defs", "anyOf", "required", "additionalProperties", "allOf", "$ref"]), schemas()), 0..5), arguments in schemas()) {
        let mut schema: Map<String, Value> = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        schema.insert("type".into(), json!("object"));
        let mut tool = json!({"name": "t", "inputSchema": schema});
        tool["outputSchema"] = arguments.clone();
        let catalog = Catalog::build(1, vec![listing("s", &[tool])]);
        let entry = catalog.resolve_path("s.t").unwrap();
        let _ = entry.validate(&arguments);
        let _ = entry.validate(&json!({"a": arguments, "b": {"a": [1]}}));
        prop_assert!(!entry.signature(TypeScript).contains('\n'));
        let stub = stub::whole(&catalog, TypeScript);
        let is_whole = stub.starts_with("declare namespace s {\n") && stub.ends_with("}\n");
        prop_assert!(is_whole, "{}", stub);
        for language in [Python, Starlark] {
            prop_assert!(!entry.signature(language).contains('\n'));
        }
        let stub = stub::whole(&catalog, Python);
        prop_assert!(stub.contains("\nclass s:\n    "), "{}", stub);
        parses_as_starlark(&stub::whole(&catalog, Starlark));
    }

    #[test]
    fn any_text_is_survived_as_name_path_or_query(text in "\\PC{0,40}", odd in "[\\[\\]\"'./\\\\tools🦀]{0,12}") {
        let catalog = one(&json!({"type": "object"}));
        for text in [&text, &odd] {
            let found = catalog.resolve_path(text);
            prop_assert!(found.is_none() || text.contains('t'));
            let _ = catalog.nearest(text, &Everything, 3);
            let _ = catalog.search(text, 3, &Everything);
        }
    }
}
