//! `[policy]` as written: names and words, neither looked up nor understood yet.

use crate::config::{
    fields::{Fields, Unknown, mismatch, text_of},
    problem::Findings,
    raw::{RawPolicy, RawWord},
    source::{Located, Place},
    tree::{Entry, Node, Value},
};

pub(super) fn read(node: &Node, findings: &mut Findings) -> RawPolicy {
    let Some(mut fields) = Fields::of(node, "[policy]", findings) else { return RawPolicy::default() };
    let mut policy = RawPolicy { ask: fields.text("ask"), ..RawPolicy::default() };
    for (key, words) in
        [("upstreams", &mut policy.upstreams), ("tools", &mut policy.tools), ("effects", &mut policy.effects)]
    {
        if let Some(table) = fields.take(key) {
            *words = table_of_words(table, fields.findings());
        }
    }
    fields.finish(Unknown::Refused);
    policy
}

fn table_of_words(table: &Entry, findings: &mut Findings) -> Vec<RawWord> {
    let Value::Table(entries) = &table.node.value else {
        let hint = format!("write [policy.{}] and one NAME = \"…\" a line", table.key);
        findings.error(mismatch(&format!("`{}`", table.key), "a table", &table.node).hint(hint));
        return Vec::new();
    };
    let mut words = Vec::with_capacity(entries.len());
    for entry in entries {
        collect(entry, None, &mut words, findings);
    }
    words
}

/// TOML and `--set` make tables of names whose dots are not quoted. Both formats bound their nesting.
fn collect(entry: &Entry, outer: Option<&Located<String>>, words: &mut Vec<RawWord>, findings: &mut Findings) {
    let name = match outer {
        Some(outer) => Located::new(format!("{}.{}", outer.value, entry.key), joined(&outer.place, &entry.key_place)),
        None => Located::new(entry.key.clone(), entry.key_place.clone()),
    };
    if let Value::Table(entries) = &entry.node.value {
        for inner in entries {
            collect(inner, Some(&name), words, findings);
        }
        return;
    }
    if let Some(word) = text_of(&entry.node, &name.value, findings) {
        words.push(RawWord { name, nested: outer.is_some(), word });
    }
}

/// A whole dotted name when it stands on one line, else its last part.
fn joined(outer: &Place, inner: &Place) -> Place {
    let whole = outer.span.start..inner.span.end;
    match inner.source.text.get(whole.clone()) {
        Some(text) if !text.contains('\n') => inner.source.place(whole),
        _ => inner.clone(),
    }
}
