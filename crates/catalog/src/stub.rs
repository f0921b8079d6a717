//! Stubs: what a tool takes and gives, as declarations of the snippet's language that its strictest checker accepts.
//!
//! Tools of one upstream share their named types. Every text of an upstream stands inside a comment or a string
//! literal, neutralised; no name reaches the text without the naming law.

mod function;
mod namespace;
mod prelude;
mod python;
mod records;
mod sources;
mod starlark;

use std::{collections::HashMap, sync::Arc};

use weir_model::{Effect, Language};

pub use prelude::{PRELUDE, PYTHON_PRELUDE};

use crate::{Catalog, Entry, plain, python::Dialect, schema::Extent, tokens};
use namespace::NamespaceStub;
use records::Records;
use sources::{Shaped, Sources};

/// Declarations for some tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stubs {
    pub text: String,
    /// Paths of the tools that did not fit.
    pub omitted: Vec<String>,
}

/// What a function does to the world is said even without comments.
const DESCRIPTION_CHARS_MIN: usize = 80;
/// Types one upstream's stub declares; a document with more of them shows the rest loosely.
const TYPES_MAX: usize = 2_000;
/// Text of shared definitions that is read for a text with a budget; what is farther away is shown loosely.
const DEFINITIONS_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The same for a whole upstream.
const UPSTREAM_BYTES_MAX: usize = 16 * 1024 * 1024;
/// More bytes than this for each token of a budget are over it, without being counted.
const BYTES_PER_TOKEN_MAX: usize = 16;

/// How much is told.
#[derive(Debug, Clone, Copy)]
struct Detail {
    extent: Extent,
    /// Definitions that a result shows less than an argument.
    result_hops: usize,
    /// Characters of one comment, from generous to none.
    comments: &'static [usize],
}

const WHOLE: Detail = Detail { extent: Extent::WHOLE, result_hops: 0, comments: &[1_500, 300, 100, 0] };
/// From everything to little: the first that fits the budget is used. Comments give way first, then types far from the
/// function, those of its result before those of its arguments, then the inside of fields, then fields nobody must give.
const DETAILS: [Detail; 8] = [
    WHOLE,
    within(4, 1, 8),
    within(3, 2, 6),
    within(2, 1, 4),
    within(1, 0, 3),
    few_fields(2, 0, 60),
    few_fields(1, 0, 20),
    few_fields(1, 1, 12),
];
const LEAST: Detail = DETAILS[DETAILS.len() - 1];
/// Says that types are not whole.
const LOOSE: &str = "Types left out for length are";

const fn within(hops: usize, result_hops: usize, depth: usize) -> Detail {
    Detail { extent: Extent { hops, depth, ..Extent::WHOLE }, result_hops, comments: &[100, 0] }
}

const fn few_fields(depth: usize, result_hops: usize, fields: usize) -> Detail {
    Detail { extent: Extent { hops: 1, depth, fields, ..Extent::WHOLE }, result_hops, comments: &[0] }
}

/// Declarations of these tools within a budget of o200k tokens. Comments give way first, then types, then the last tools.
/// JavaScript's are TypeScript's.
pub fn render(catalog: &Catalog, entries: &[Arc<Entry>], language: Language, budget_tokens: usize) -> Stubs {
    let bytes_max = budget_tokens.saturating_mul(BYTES_PER_TOKEN_MAX);
    let fitting = |entries: &[Arc<Entry>], details: &[Detail]| {
        let sources = sources(catalog, entries, DEFINITIONS_BYTES_MAX);
        details.iter().find_map(|detail| {
            let shaped = shaped(&sources, detail);
            let mut texts = detail.comments.iter().filter_map(|&chars| text(&shaped, language, chars, bytes_max));
            texts.find(|text| tokens::fits(text, budget_tokens))
        })
    };
    if let Some(text) = fitting(entries, &DETAILS) {
        return Stubs { text, omitted: Vec::new() };
    }
    let (mut text, mut fits, mut over) = (String::new(), 0, entries.len());
    while over - fits > 1 {
        let middle = fits.midpoint(over);
        match fitting(&entries[..middle], &[LEAST]) {
            Some(shorter) => (text, fits) = (shorter, middle),
            None => over = middle,
        }
    }
    Stubs { text, omitted: entries[fits..].iter().map(|entry| entry.path().to_owned()).collect() }
}

/// Declarations of every tool of one upstream, whole.
pub fn upstream(catalog: &Catalog, identifier: &str, language: Language) -> Option<String> {
    let upstream = catalog.upstreams().iter().find(|upstream| upstream.identifier == identifier)?;
    Some(unbounded(catalog, &upstream.entries, language))
}

/// Declarations of the whole catalog.
pub fn whole(catalog: &Catalog, language: Language) -> String {
    let entries: Vec<_> = catalog.upstreams().iter().flat_map(|upstream| &upstream.entries).cloned().collect();
    unbounded(catalog, &entries, language)
}

fn unbounded(catalog: &Catalog, entries: &[Arc<Entry>], language: Language) -> String {
    let sources = sources(catalog, entries, UPSTREAM_BYTES_MAX);
    text(&shaped(&sources, &WHOLE), language, WHOLE.comments[0], usize::MAX)
        .expect("a text without a bound is not over it")
}

/// The tools by upstream, in the catalog's order.
fn sources<'a>(catalog: &'a Catalog, entries: &'a [Arc<Entry>], bytes_max: usize) -> Vec<Sources<'a>> {
    let mut tools: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        tools.entry(entry.tool().id.upstream.as_str()).or_default().push(entry);
    }
    let upstreams = catalog.upstreams().iter().filter_map(|upstream| {
        let entries = tools.remove(upstream.name.as_str())?;
        Some(Sources::new(&upstream.identifier, entries.into_iter(), bytes_max))
    });
    upstreams.collect()
}

fn shaped<'a>(sources: &[Sources<'a>], detail: &Detail) -> Vec<Shaped<'a>> {
    sources.iter().map(|upstream| upstream.shapes(detail.extent, detail.result_hops)).collect()
}

/// `None` when it is longer than `bytes_max`.
fn text(shaped: &[Shaped<'_>], language: Language, comment_chars: usize, bytes_max: usize) -> Option<String> {
    let (dialect, header) = match language {
        Language::TypeScript | Language::JavaScript => (None, ""),
        Language::Python => (Some(Dialect::Python), python::HEADER),
        Language::Starlark => (Some(Dialect::Starlark), starlark::HEADER),
    };
    let mut records = dialect.map(|dialect| {
        let names = shaped.iter().flat_map(|upstream| std::iter::once(upstream.identifier).chain(upstream.members()));
        Records::new(dialect, comment_chars, names.map(str::to_owned).collect())
    });
    let mut text = if shaped.is_empty() { String::new() } else { header.to_owned() };
    for upstream in shaped {
        let bytes_left = bytes_max.checked_sub(text.len())?;
        text.push_str(&match &mut records {
            None => typescript(upstream, comment_chars, bytes_left)?,
            Some(records) => {
                records.begin(upstream.members());
                match records.dialect {
                    Dialect::Python => python::namespace(upstream, records, bytes_left)?,
                    Dialect::Starlark => starlark::namespace(upstream, records, bytes_left)?,
                }
            }
        });
    }
    if shaped.iter().any(|upstream| upstream.cut) {
        text.push_str(&match dialect {
            None => format!("// {LOOSE} any.\n"),
            Some(_) => format!("# {LOOSE} Any.\n"),
        });
    }
    Some(text)
}

fn typescript(shaped: &Shaped<'_>, comment_chars: usize, bytes_max: usize) -> Option<String> {
    let mut stub = NamespaceStub::new(comment_chars);
    for tool in &shaped.tools {
        stub.add(tool, &shaped.named);
        if stub.bytes() > bytes_max {
            return None;
        }
    }
    Some(stub.finish(shaped.identifier))
}

/// What is said of a tool: what it does, its own name where that differs, what it may do to the world.
fn description(entry: &Entry, comment_chars: usize) -> String {
    let tool = entry.tool();
    let (title, description) = (tool.title.as_deref(), tool.description.as_deref());
    let mut text = match (title, description) {
        // The title of an HTTP operation is a sentence about it, where others have a name for people.
        (Some(title), Some(more)) if tool.request.is_some() && !more.starts_with(title) => {
            plain::block(&format!("{title}\n{more}"), comment_chars)
        }
        _ => plain::block(description.or(title).unwrap_or_default(), comment_chars),
    };
    if !spells(&tool.id.name, entry.member()) && comment_chars > 0 {
        text.push_str(&format!(" (own name {})", plain::line(&plain::quoted(&tool.id.name), 80)));
    }
    if entry.effect() != Effect::Read {
        text.push_str(&format!(" [{}]", entry.effect()));
    }
    if tool.deprecated {
        text.push_str(" [deprecated]");
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
