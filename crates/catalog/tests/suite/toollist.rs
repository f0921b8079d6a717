//! The 19 recorded tool lists of `fixtures/toollists`, and listings made up for a test.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use weir_catalog::{Catalog, Everything, Listing, ListingState};
use weir_model::{Annotations, Tool, ToolId, UpstreamName};

pub(crate) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

pub(crate) fn tool(upstream: &str, tool: &Value) -> Tool {
    let text = |key: &str| tool[key].as_str().map(str::to_owned);
    let hint = |key: &str| tool["annotations"][key].as_bool();
    let id = ToolId { upstream: UpstreamName::new(upstream).unwrap(), name: tool["name"].as_str().unwrap().into() };
    Tool {
        title: text("title"),
        description: text("description"),
        output_schema: tool.get("outputSchema").map(|schema| schema.to_string().into()),
        annotations: Annotations {
            read_only: hint("readOnlyHint"),
            destructive: hint("destructiveHint"),
            idempotent: hint("idempotentHint"),
        },
        ..Tool::new(id, tool["inputSchema"].to_string())
    }
}

pub(crate) fn listing(upstream: &str, tools: &[Value]) -> Listing {
    let tools = tools.iter().map(|value| tool(upstream, value)).collect();
    Listing {
        upstream: UpstreamName::new(upstream).unwrap(),
        state: ListingState::Listed { tools, warnings: Vec::new() },
    }
}

/// A catalog of one upstream `s` with one tool `t`.
pub(crate) fn one(input_schema: &Value) -> Catalog {
    Catalog::build(1, vec![listing("s", &[json!({"name": "t", "inputSchema": input_schema})])])
}

/// Every recorded list, as one catalog; upstreams are named like the files.
pub(crate) fn real() -> Catalog {
    let mut files: Vec<PathBuf> =
        fs::read_dir(fixtures().join("toollists")).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert_eq!(files.len(), 19);
    let listings = files.iter().map(|path| {
        let list: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        listing(path.file_stem().unwrap().to_str().unwrap(), list["tools"].as_array().unwrap())
    });
    Catalog::build(1, listings.collect())
}

#[test]
fn every_real_tool_is_usable_under_both_of_its_names() {
    let catalog = real();
    let mut tools = 0;
    for upstream in catalog.upstreams() {
        assert_eq!(upstream.warnings, Vec::<String>::new(), "{}", upstream.name);
        for entry in &upstream.entries {
            let (namespace, raw) = (upstream.name.as_str(), &*entry.tool().id.name);
            tools += 1;
            assert_eq!(entry.quarantined(), None);
            assert_eq!(entry.unchecked(), None, "{}", entry.path());
            for (namespace, member) in [(entry.namespace(), entry.member()), (namespace, raw), (entry.namespace(), raw)]
            {
                let found = catalog.resolve(namespace, member).expect("both names resolve");
                assert_eq!(found.tool().id, entry.tool().id);
            }
            for path in
                [entry.path().to_owned(), format!("{namespace}/{raw}"), format!("tools[{namespace:?}][{raw:?}]")]
            {
                assert_eq!(catalog.resolve_path(&path).expect(&path).tool().id, entry.tool().id);
            }
        }
    }
    assert_eq!(tools, 271);
    let bindings = catalog.bindings(&Everything);
    assert_eq!(bindings.namespaces.iter().map(|namespace| namespace.members.len()).sum::<usize>(), 271);
}

#[test]
fn signatures_are_one_short_line_each() {
    let catalog = real();
    let lines: Vec<String> = catalog
        .upstreams()
        .iter()
        .flat_map(|upstream| &upstream.entries)
        .map(|entry| entry.signature(weir_model::Language::TypeScript))
        .collect();
    let tokens: Vec<usize> = lines.iter().map(|line| weir_catalog::tokens::count(line)).collect();
    for (line, tokens) in lines.iter().zip(&tokens) {
        assert!(!line.contains('\n') && *tokens <= 130, "{tokens}: {line}");
    }
    let mean = tokens.iter().sum::<usize>() / tokens.len();
    assert!(mean <= 60, "mean {mean}");
    let shown: Vec<&str> =
        ["github_archived.create_issue", "notion.API_post_search", "memory.create_entities", "time.convert_time"]
            .iter()
            .map(|path| lines.iter().find(|line| line.starts_with(&format!("{path}("))).unwrap().as_str())
            .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    github_archived.create_issue({owner: string, repo: string, title: string, body?: string, assignees?: string[], milestone?: number, labels?: string[]}) — Create a new issue in a GitHub repository [write]
    notion.API_post_search({query?: string, sort?: {…}|string, filter?: {…}|string, start_cursor?: string, page_size?: number}) — Notion | Search by title [destructive]
    memory.create_entities({entities: {name: string, entityType: string, observations: string[]}[]}): {entities: {…}[]} — Create multiple new entities in the knowledge graph [write]
    time.convert_time({source_timezone: string, time: string, target_timezone: string}): {source: TimeResult, target: TimeResult, …} — Convert time between timezones
    ");
}

/// Two searches, answered with signatures, stay within 600 tokens together.
#[test]
fn two_searches_answered_are_short() {
    let catalog = real();
    let answer = |query: &str| -> String {
        let hits = catalog.search(query, 5, &Everything);
        assert_eq!(hits.len(), 5, "{query}");
        hits.iter().map(|hit| hit.entry.signature(weir_model::Language::TypeScript) + "\n").collect()
    };
    for (one, other) in [
        ("list open issues of a repository", "create an issue"),
        ("read a file", "convert time between zones"),
        ("search pages", "send a message to a channel"),
    ] {
        let tokens = weir_catalog::tokens::count(&format!("{}{}", answer(one), answer(other)));
        assert!(tokens <= 600, "{one}, {other}: {tokens}\n{}{}", answer(one), answer(other));
    }
}
