//! `run_saved(name, args)`: saved programs as functions of the program that calls them.
//!
//! They become part of its source, so everything that holds for a run holds for them: one journal, one set of limits, every call decided
//! by itself. They stand after the program, whose lines stay what they were.

use std::fmt::Write;

use serde_json::json;
use weir_model::Language;
use weir_store::SavedSnippet;

use crate::answer::{MARK, escape};

/// What a program writes to call one.
const CALL: &str = "run_saved";
/// Shorter words of a query fit everything.
const WORD_CHARS_MIN: usize = 3;
/// Saved programs in one answer.
const FOUND_MAX: usize = 5;
const DESCRIPTION_CHARS_MAX: usize = 120;

/// Whether a program may call any.
pub fn mentions(source: &str, language: Language) -> bool {
    speaks_javascript(language) && source.contains(CALL)
}

/// Whether programs in `language` can call this one.
pub fn callable(saved: &SavedSnippet, language: Language) -> bool {
    match language {
        Language::TypeScript => speaks_javascript(saved.language),
        // Types can be left out of it only by what reads TypeScript.
        Language::JavaScript => saved.language == Language::JavaScript,
        Language::Python | Language::Starlark => false,
    }
}

/// What a search adds to its answer: the saved programs with a word of the queries in name or description. Empty when there are none.
pub fn found(saved: &[SavedSnippet], queries: &[String], language: Language) -> String {
    let words: Vec<String> = queries
        .iter()
        .flat_map(|query| query.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() >= WORD_CHARS_MIN)
        .map(str::to_lowercase)
        .collect();
    let fits = |saved: &&SavedSnippet| {
        let text = format!("{} {}", saved.name, saved.description).to_lowercase();
        callable(saved, language) && words.iter().any(|word| text.contains(word.as_str()))
    };
    let mut out = String::new();
    for saved in saved.iter().filter(fits).take(FOUND_MAX) {
        let about = if saved.description.is_empty() { "a saved program" } else { saved.description.as_str() };
        let _ =
            write!(out, "\nrun_saved({}, args) — {}", json!(saved.name), escape::line(about, DESCRIPTION_CHARS_MAX));
    }
    if out.is_empty() { out } else { format!("\n{MARK} saved programs:{out}") }
}

/// The program with every saved one that it names.
pub fn composed(source: &str, language: Language, saved: &[SavedSnippet]) -> String {
    let callable = saved.iter().filter(|saved| callable(saved, language));
    let (named, others): (Vec<_>, Vec<_>) = callable.partition(|saved| source.contains(&saved.name));
    let names: Vec<_> = named.iter().chain(&others).map(|saved| saved.name.as_str()).collect();
    let known = if names.is_empty() { "none is saved".to_owned() } else { format!("there are {}", names.join(", ")) };
    let unknown = json!(format!("there is no saved program of this name; {known}. Write the name as it is, in quotes"));
    let mut out = format!("{source}\n;async function {CALL}(name, args = {{}}) {{\nswitch (name) {{\n");
    for saved in named {
        let _ = writeln!(out, "case {}: return await (async () => {{\n{}\n}})();", json!(saved.name), saved.source);
    }
    let _ = write!(out, "}}\nthrow new Error({unknown});\n}}");
    out
}

fn speaks_javascript(language: Language) -> bool {
    matches!(language, Language::TypeScript | Language::JavaScript)
}

#[cfg(test)]
mod tests {
    use weir_model::PrincipalId;

    use super::*;

    fn saved(name: &str, language: Language, source: &str) -> SavedSnippet {
        SavedSnippet {
            name: name.into(),
            principal: PrincipalId::new("local"),
            language,
            source: source.into(),
            description: String::new(),
            tools: Vec::new(),
            saved_unix_ms: 0,
            version: 1,
        }
    }

    #[test]
    fn a_search_finds_them_by_their_words() {
        let late = SavedSnippet {
            description: "Customers with late invoices".into(),
            ..saved("late", Language::TypeScript, "return 1")
        };
        let all = [late, saved("snake", Language::Python, "1")];
        let found = |query: &str| found(&all, &[query.to_owned()], Language::TypeScript);
        insta::assert_snapshot!(found("unpaid invoices"), @r#"

        [weir] saved programs:
        run_saved("late", args) — Customers with late invoices
        "#);
        assert_eq!(found("snake of an"), "");
    }

    #[test]
    fn only_what_is_named_comes_along_and_the_program_keeps_its_lines() {
        let all = [
            saved("late", Language::TypeScript, "const x: number = args.n\nreturn x // a comment"),
            saved("other", Language::JavaScript, "return 2"),
            saved("snake", Language::Python, "1"),
        ];
        insta::assert_snapshot!(composed("return await run_saved('late', { n: 1 }) // calls it", Language::TypeScript, &all), @r#"
        return await run_saved('late', { n: 1 }) // calls it
        ;async function run_saved(name, args = {}) {
        switch (name) {
        case "late": return await (async () => {
        const x: number = args.n
        return x // a comment
        })();
        }
        throw new Error("there is no saved program of this name; there are late, other. Write the name as it is, in quotes");
        }
        "#);
        assert!(!composed("run_saved('late')", Language::JavaScript, &all).contains("number"));
    }
}
