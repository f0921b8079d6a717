//! The answer of `get_schema`: full types within a token budget, the nearest names for what does not exist.

use std::fmt::Write;

use weir_catalog::{Access, Catalog, stub};
use weir_model::Language;

use super::{MARK, escape};

/// Tokens of one answer; what does not fit is named, to be asked for by itself.
const TOKENS_MAX: usize = 6_000;
/// Names offered for one that does not exist.
const NEAREST_MAX: usize = 3;

/// The text, and whether nothing of what was asked exists.
pub fn text(catalog: &Catalog, access: &dyn Access, tools: &[String], language: Language) -> (String, bool) {
    let mut found = Vec::new();
    let mut missing = String::new();
    for name in tools {
        match catalog.resolve_path(name.trim()).filter(|entry| access.sees(&entry.tool().id)) {
            Some(entry) if found.iter().any(|known| std::sync::Arc::ptr_eq(known, entry)) => {}
            Some(entry) => found.push(entry.clone()),
            None => unknown(&mut missing, catalog, access, name),
        }
    }
    let mut out = String::new();
    if !found.is_empty() {
        let rendered = stub::render(catalog, &found, language, TOKENS_MAX);
        out.push_str(&escape::block(&rendered.text));
        if !rendered.omitted.is_empty() {
            let _ = write!(out, "\n{MARK} left out for length; ask again for: {}", rendered.omitted.join(", "));
        }
    }
    if !missing.is_empty() && !out.is_empty() {
        out.push('\n');
    }
    out.push_str(missing.trim_end());
    (out, found.is_empty())
}

fn unknown(out: &mut String, catalog: &Catalog, access: &dyn Access, name: &str) {
    let nearest = catalog.nearest(name, access, NEAREST_MAX);
    let _ = write!(out, "{MARK} there is no tool {}", escape::line(name.trim(), 100));
    let _ = if nearest.is_empty() {
        writeln!(out, "; use search to find one")
    } else {
        writeln!(out, "; the nearest are {}", nearest.join(", "))
    };
}

#[cfg(test)]
mod tests {
    use weir_catalog::Everything;

    use super::{super::search::tests::catalog, *};

    #[test]
    fn stubs_and_unknown_names() {
        let tools = ["github.list_issues".to_owned(), "github.list_isues".to_owned(), "zzz".to_owned()];
        let (shown, nothing) = text(&catalog(), &Everything, &tools, Language::TypeScript);
        assert!(!nothing);
        insta::assert_snapshot!(shown, @r#"
        declare namespace github {
          /** List the issues of a repository */
          function list_issues(args: {
            owner: string;
            repo: string;
            state?: "open" | "closed";
          }): Promise<any>;
        }

        [weir] there is no tool github.list_isues; the nearest are github.list_issues, github.list_pull_requests, github.create_issue
        [weir] there is no tool zzz; use search to find one
        "#);
        let (shown, nothing) = text(&catalog(), &Everything, &tools[1..], Language::TypeScript);
        assert!(nothing);
        insta::assert_snapshot!(shown, @r#"
        [weir] there is no tool github.list_isues; the nearest are github.list_issues, github.list_pull_requests, github.create_issue
        [weir] there is no tool zzz; use search to find one
        "#);
    }
}
