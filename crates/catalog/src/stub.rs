//! Stubs: what a tool takes and gives, as declarations of the snippet's language that its strictest checker accepts.
//!
//! Tools of one upstream share their named types. Every text of an upstream stands inside a comment or a string
//! literal, neutralised; no name reaches the text without the naming law.

mod function;
mod namespace;
mod prelude;
mod python;
mod records;
mod starlark;

use std::sync::Arc;

use weir_model::{Effect, Language};

pub use prelude::{PRELUDE, PYTHON_PRELUDE};

use crate::{Catalog, Entry, plain, python::Dialect, tokens};
use namespace::NamespaceStub;
use records::Records;

/// Declarations for some tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stubs {
    pub text: String,
    /// Paths of the tools that did not fit.
    pub omitted: Vec<String>,
}

/// Characters of a comment, from generous to none: the first that fits the budget is used.
const COMMENT_CHARS: [usize; 4] = [1_500, 300, 100, 0];
/// What a function does to the world is said even without comments.
const DESCRIPTION_CHARS_MIN: usize = 80;
/// Types one upstream's stub declares; a document with more of them shows the rest loosely.
const TYPES_MAX: usize = 2_000;

/// Declarations of these tools within a budget of o200k tokens. Comments give way first, then the last tools.
/// JavaScript's are TypeScript's.
pub fn render(catalog: &Catalog, entries: &[Arc<Entry>], language: Language, budget_tokens: usize) -> Stubs {
    for comment_chars in COMMENT_CHARS {
        let text = text(catalog, entries, language, comment_chars);
        if tokens::fits(&text, budget_tokens) {
            return Stubs { text, omitted: Vec::new() };
        }
    }
    let (mut fits, mut over) = (0, entries.len());
    while over - fits > 1 {
        let middle = fits.midpoint(over);
        let text = text(catalog, &entries[..middle], language, 0);
        if tokens::fits(&text, budget_tokens) { fits = middle } else { over = middle }
    }
    let text = text(catalog, &entries[..fits], language, 0);
    Stubs { text, omitted: entries[fits..].iter().map(|entry| entry.path().to_owned()).collect() }
}

/// Declarations of every tool of one upstream, whole.
pub fn upstream(catalog: &Catalog, identifier: &str, language: Language) -> Option<String> {
    let upstream = catalog.upstreams().iter().find(|upstream| upstream.identifier == identifier)?;
    Some(text(catalog, &upstream.entries, language, COMMENT_CHARS[0]))
}

/// Declarations of the whole catalog.
pub fn whole(catalog: &Catalog, language: Language) -> String {
    let entries: Vec<_> = catalog.upstreams().iter().flat_map(|upstream| &upstream.entries).cloned().collect();
    text(catalog, &entries, language, COMMENT_CHARS[0])
}

fn text(catalog: &Catalog, entries: &[Arc<Entry>], language: Language, comment_chars: usize) -> String {
    let upstreams = catalog.upstreams().iter().map(|upstream| {
        let entries = entries.iter().map(|entry| &**entry).filter(|entry| entry.tool().id.upstream == upstream.name);
        (upstream.identifier.as_str(), entries.collect::<Vec<&Entry>>())
    });
    let upstreams: Vec<_> = upstreams.filter(|(_, entries)| !entries.is_empty()).collect();
    let (dialect, header) = match language {
        Language::TypeScript | Language::JavaScript => {
            return upstreams
                .iter()
                .map(|(identifier, entries)| typescript(identifier, entries, comment_chars))
                .collect();
        }
        Language::Python => (Dialect::Python, python::HEADER),
        Language::Starlark => (Dialect::Starlark, starlark::HEADER),
    };
    let mut text = if upstreams.is_empty() { String::new() } else { header.to_owned() };
    let names = upstreams.iter().flat_map(|(identifier, entries)| {
        std::iter::once(*identifier).chain(entries.iter().map(|entry| entry.member())).map(str::to_owned)
    });
    let mut records = Records::new(dialect, comment_chars, names.collect());
    for (identifier, entries) in &upstreams {
        records.begin(entries.iter().map(|entry| entry.member()));
        text.push_str(&match dialect {
            Dialect::Python => python::namespace(identifier, entries, &mut records),
            Dialect::Starlark => starlark::namespace(entries, &mut records),
        });
    }
    text
}

fn typescript(identifier: &str, entries: &[&Entry], comment_chars: usize) -> String {
    let mut stub = NamespaceStub::new(comment_chars);
    entries.iter().for_each(|entry| stub.add(entry));
    stub.finish(identifier)
}

/// What is said of a tool: what it does, its own name where that differs, what it may do to the world.
fn description(entry: &Entry, comment_chars: usize) -> String {
    let tool = entry.tool();
    let text = tool.description.as_deref().or(tool.title.as_deref()).unwrap_or_default();
    let mut text = plain::block(text, comment_chars);
    if !spells(&tool.id.name, entry.member()) && comment_chars > 0 {
        text.push_str(&format!(" (own name {})", plain::line(&plain::quoted(&tool.id.name), 80)));
    }
    if entry.effect() != Effect::Read {
        text.push_str(&format!(" [{}]", entry.effect()));
    }
    text.trim_start().to_owned()
}

/// Why a tool has no declaration, if so; `shown` is what it would be called.
fn refusal(entry: &Entry, shown: &str) -> Option<String> {
    let reason = plain::line(entry.quarantined()?, 200);
    let raw = plain::line(&plain::quoted(&entry.tool().id.name), 80);
    Some(format!("{shown} ({raw}) cannot be called: {reason}."))
}

/// Whether an identifier says the raw name but for its separators.
fn spells(raw: &str, identifier: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ' | '/')).collect::<String>();
    letters(raw) == letters(identifier)
}
