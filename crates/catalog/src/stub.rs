//! Stubs: what a tool takes and gives, as TypeScript declarations that compile under `strict`.
//!
//! Tools of one upstream share their named types. Every text of an upstream stands inside a comment or a string
//! literal, neutralised; no name reaches the text without the naming law.

mod namespace;
mod prelude;

use std::sync::Arc;

use weir_model::Language;

pub use prelude::PRELUDE;

use crate::{Catalog, Entry, tokens};
use namespace::NamespaceStub;

/// Declarations for some tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stubs {
    pub text: String,
    /// Paths of the tools that did not fit.
    pub omitted: Vec<String>,
}

/// Characters of a comment, from generous to none: the first that fits the budget is used.
const COMMENT_CHARS: [usize; 4] = [1_500, 300, 100, 0];

/// Declarations of these tools within a budget of o200k tokens. Comments give way first, then the last tools.
/// Both languages read TypeScript declarations.
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

fn text(catalog: &Catalog, entries: &[Arc<Entry>], _language: Language, comment_chars: usize) -> String {
    let mut text = String::new();
    for upstream in catalog.upstreams() {
        let mut stub = NamespaceStub::new(comment_chars);
        for entry in entries.iter().filter(|entry| entry.tool().id.upstream == upstream.name) {
            stub.add(entry);
        }
        text.push_str(&stub.finish(&upstream.identifier));
    }
    text
}
