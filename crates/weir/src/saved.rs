//! `run_saved(name, args)`: saved programs as functions of the program that calls them.
//!
//! They become part of its source, so everything that holds for a run holds for them: one journal, one set of limits, every call decided
//! by itself. They stand after the program, whose lines stay what they were: as functions where the language finds functions wherever
//! they stand, else in a comment that the engine knows.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::json;
use weir_model::Language;
use weir_store::SavedSnippet;

use crate::answer::{MARK, escape};

/// What a program writes to call one.
const CALL: &str = "run_saved";
/// What the last line of a program in Python or Starlark begins with that brings saved ones. Equal in the engines.
const MARK_OF_SAVED: &str = "# weir:saved ";
/// Shorter words of a query fit everything.
const WORD_CHARS_MIN: usize = 3;
/// Saved programs in one answer.
const FOUND_MAX: usize = 5;
const DESCRIPTION_CHARS_MAX: usize = 120;

/// Whether a program may call any.
pub fn mentions(source: &str) -> bool {
    source.contains(CALL)
}

/// Whether programs in `language` can call this one.
pub fn callable(saved: &SavedSnippet, language: Language) -> bool {
    match language {
        Language::TypeScript => speaks_javascript(saved.language),
        // Types can be left out of it only by what reads TypeScript.
        Language::JavaScript => saved.language == Language::JavaScript,
        Language::Python | Language::Starlark => saved.language == language,
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
    let (callable, elsewhere): (Vec<_>, Vec<_>) = saved.iter().partition(|saved| callable(saved, language));
    let (named, others): (Vec<_>, Vec<_>) = callable.into_iter().partition(|saved| source.contains(&saved.name));
    let names: Vec<_> = named.iter().chain(&others).map(|saved| saved.name.as_str()).collect();
    let known = if names.is_empty() { "none is saved".to_owned() } else { format!("there are {}", names.join(", ")) };
    let brought = Brought {
        programs: named.iter().map(|saved| (&*saved.name, &*saved.source)).collect(),
        others: elsewhere
            .iter()
            .filter(|saved| source.contains(&saved.name))
            .map(|saved| (&*saved.name, uncallable(saved, language)))
            .collect(),
        unknown: format!(
            "there is no saved {language} program of this name; {known}. Write the name as it is, in quotes"
        ),
    };
    if speaks_javascript(language) { brought.as_function(source) } else { brought.as_comment(source) }
}

fn uncallable(saved: &SavedSnippet, language: Language) -> String {
    let SavedSnippet { name, language: its, .. } = saved;
    format!(
        "the saved program {name} is written in {its}: only a program in {its} can call it, and this one is in {language}"
    )
}

/// What comes along with a program.
struct Brought<'a> {
    /// Sources by name.
    programs: BTreeMap<&'a str, &'a str>,
    /// Why others cannot be called, by name.
    others: BTreeMap<&'a str, String>,
    /// What is said of any other name.
    unknown: String,
}

impl Brought<'_> {
    fn as_function(&self, source: &str) -> String {
        let mut out = format!("{source}\n;async function {CALL}(name, args = {{}}) {{\nswitch (name) {{\n");
        for (name, program) in &self.programs {
            let _ = writeln!(out, "case {}: return await (async () => {{\n{program}\n}})();", json!(name));
        }
        for (name, why) in &self.others {
            let _ = writeln!(out, "case {}: throw new Error({});", json!(name), json!(why));
        }
        let _ = write!(out, "}}\nthrow new Error({});\n}}", json!(self.unknown));
        out
    }

    /// One line, whatever the programs hold: JSON writes their line ends as escapes.
    fn as_comment(&self, source: &str) -> String {
        let brought = json!({ "programs": self.programs, "others": self.others, "unknown": self.unknown });
        format!("{source}\n{MARK_OF_SAVED}{brought}")
    }
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
        insta::assert_snapshot!(composed("return await run_saved('late', { n: 1 }) // calls it, not snake", Language::TypeScript, &all), @r#"
        return await run_saved('late', { n: 1 }) // calls it, not snake
        ;async function run_saved(name, args = {}) {
        switch (name) {
        case "late": return await (async () => {
        const x: number = args.n
        return x // a comment
        })();
        case "snake": throw new Error("the saved program snake is written in python: only a program in python can call it, and this one is in typescript");
        }
        throw new Error("there is no saved typescript program of this name; there are late, other. Write the name as it is, in quotes");
        }
        "#);
        assert!(!composed("run_saved('late')", Language::JavaScript, &all).contains("number"));
    }

    #[test]
    fn languages_without_functions_ahead_get_a_comment() {
        let all = [
            saved("late", Language::TypeScript, "return 1"),
            saved("snake", Language::Python, "args['n'] + 1\n# \"é\"\r\n"),
            saved("star", Language::Starlark, "1"),
        ];
        let program = "run_saved('snake', {'n': 1})\nrun_saved('late')";
        insta::assert_snapshot!(composed(program, Language::Python, &all), @r##"
        run_saved('snake', {'n': 1})
        run_saved('late')
        # weir:saved {"programs":{"snake":"args['n'] + 1\n# \"é\"\r\n"},"others":{"late":"the saved program late is written in typescript: only a program in typescript can call it, and this one is in python"},"unknown":"there is no saved python program of this name; there are snake. Write the name as it is, in quotes"}
        "##);
        assert!(composed(program, Language::Starlark, &all).contains("there are star."));
    }
}
