//! The answer of `search`: one line per tool, each tool once, grouped by query; what is missing and why.

use std::{collections::HashSet, fmt::Write};

use weir_catalog::{Access, Catalog};
use weir_model::{Language, limits::SEARCH_QUERY_CHARS_MAX};

use super::{MARK, escape};

/// Upstreams without tools named one by one.
const ABSENT_NAMED_MAX: usize = 5;
const REASON_CHARS_MAX: usize = 120;

/// `roster` is how the upstreams are named when nothing fits.
pub fn text(
    catalog: &Catalog,
    access: &dyn Access,
    queries: &[String],
    limit: usize,
    language: Language,
    roster: &str,
) -> String {
    let mut out = String::new();
    let mut shown = HashSet::new();
    for query in queries {
        let asked: String = query.chars().take(SEARCH_QUERY_CHARS_MAX).collect();
        let hits = catalog.search(&asked, limit, access);
        if queries.len() > 1 {
            let _ = writeln!(out, "{MARK} {}:", escape::line(asked.trim(), 80));
        }
        if hits.is_empty() {
            nothing(&mut out, roster);
        }
        for hit in hits {
            if shown.insert(hit.entry.path().to_owned()) {
                let _ = writeln!(out, "{}", escape::block(&hit.entry.signature(language)));
            } else {
                let _ = writeln!(out, "{} (above)", hit.entry.path());
            }
        }
    }
    absent(&mut out, catalog);
    out.truncate(out.trim_end().len());
    out
}

fn nothing(out: &mut String, roster: &str) {
    let _ = if roster.is_empty() {
        writeln!(out, "{MARK} nothing suitable: no upstream is connected")
    } else {
        writeln!(
            out,
            "{MARK} nothing suitable; say in plain words what the tool does and to what, or name one of: {roster}"
        )
    };
}

fn absent(out: &mut String, catalog: &Catalog) {
    let mut absent = catalog.upstreams().iter().filter_map(|up| Some((&up.identifier, up.absent.as_deref()?)));
    for (name, reason) in absent.by_ref().take(ABSENT_NAMED_MAX) {
        let _ = writeln!(
            out,
            "{MARK} {} has no tools now: {}",
            escape::line(name, 60),
            escape::line(reason, REASON_CHARS_MAX)
        );
    }
    let more = absent.count();
    if more > 0 {
        let _ = writeln!(out, "{MARK} {more} more upstreams have no tools now");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use weir_catalog::{Everything, Listing, ListingState, tokens};
    use weir_model::{Annotations, Tool, ToolId, UpstreamName};

    use super::*;

    fn tool(upstream: &UpstreamName, name: &str, description: &str, read_only: bool) -> Tool {
        let schema = r#"{"type":"object","properties":{"owner":{"type":"string"},"repo":{"type":"string"},"state":{"enum":["open","closed"]}},"required":["owner","repo"]}"#;
        Tool {
            description: Some(description.into()),
            annotations: Annotations { read_only: Some(read_only), ..Annotations::default() },
            ..Tool::new(ToolId { upstream: upstream.clone(), name: name.into() }, schema)
        }
    }

    pub(crate) fn catalog() -> Arc<Catalog> {
        let github = UpstreamName::new("github").expect("a name");
        let tools = vec![
            tool(&github, "list_issues", "List the issues of a repository", true),
            tool(&github, "create_issue", "Create an issue in a repository", false),
            tool(&github, "list_pull_requests", "List the pull requests of a repository", true),
        ];
        let files = UpstreamName::new("files").expect("a name");
        Arc::new(Catalog::build(
            1,
            vec![
                Listing { upstream: github, state: ListingState::Listed { tools, warnings: Vec::new() } },
                Listing {
                    upstream: files,
                    state: ListingState::Absent { reason: "connection refused\u{1b}[2J".into() },
                },
            ],
        ))
    }

    fn answer(queries: &[&str], limit: usize) -> String {
        let queries: Vec<_> = queries.iter().map(|query| (*query).to_owned()).collect();
        text(&catalog(), &Everything, &queries, limit, Language::TypeScript, "github (3 tools), files")
    }

    #[test]
    fn one_query() {
        let shown = answer(&["list issues of a repository"], 2);
        assert!(tokens::count(&shown) < 200, "{shown}");
        insta::assert_snapshot!(shown, @r#"
        github.list_issues({owner: string, repo: string, state?: "open"|"closed"}) — List the issues of a repository
        github.create_issue({owner: string, repo: string, state?: "open"|"closed"}) — Create an issue in a repository [write]
        [weir] files has no tools now: connection refused\u{1b}[2J
        "#);
    }

    #[test]
    fn several_queries_show_each_tool_once() {
        insta::assert_snapshot!(answer(&["list issues", "create an issue", "issues list"], 1), @r#"
        [weir] list issues:
        github.list_issues({owner: string, repo: string, state?: "open"|"closed"}) — List the issues of a repository
        [weir] create an issue:
        github.create_issue({owner: string, repo: string, state?: "open"|"closed"}) — Create an issue in a repository [write]
        [weir] issues list:
        github.list_issues (above)
        [weir] files has no tools now: connection refused\u{1b}[2J
        "#);
    }

    #[test]
    fn nothing_suitable() {
        insta::assert_snapshot!(answer(&["zymurgy quux"], 5), @r#"
        [weir] nothing suitable; say in plain words what the tool does and to what, or name one of: github (3 tools), files
        [weir] files has no tools now: connection refused\u{1b}[2J
        "#);
    }
}
