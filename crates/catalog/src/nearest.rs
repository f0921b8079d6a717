//! "Did you mean": names close to one that does not exist. Suggestions only; nothing is ever called by likeness.

use std::{cmp::Ordering, sync::Arc};

use strsim::jaro_winkler;

use crate::entry::Entry;

/// Below this a name is not close: found by trying typos (over .9), other separators (1) and other verbs (over .75).
const CLOSE: f64 = 0.75;
/// Characters of a name that are compared.
const CHARS_MAX: usize = 80;

pub(crate) fn paths<'a>(written: &str, entries: impl Iterator<Item = &'a Arc<Entry>>, max: usize) -> Vec<String> {
    let written = Written::new(written);
    closest(entries.map(|entry| (written.closeness(entry), entry.path())), max)
}

/// The same by the tool's name alone, for entries of one upstream.
pub(crate) fn members<'a>(written: &str, entries: impl Iterator<Item = &'a Arc<Entry>>, max: usize) -> Vec<String> {
    let written = fold(written);
    closest(entries.map(|entry| (likeness(&written, &fold(entry.member())), entry.path())), max)
}

fn closest<'a>(paths: impl Iterator<Item = (f64, &'a str)>, max: usize) -> Vec<String> {
    let mut close: Vec<(f64, &str)> = paths.filter(|(closeness, _)| *closeness >= CLOSE).collect();
    close.sort_by(|(a, one), (b, other)| b.partial_cmp(a).unwrap_or(Ordering::Equal).then_with(|| one.cmp(other)));
    close.truncate(max);
    close.into_iter().map(|(_, path)| path.to_owned()).collect()
}

/// The name closest to what was written, among a schema's fields or literals.
pub(crate) fn name<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = fold(written);
    names
        .take(1_000)
        .map(|name| (likeness(&written, &fold(name)), name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(Ordering::Equal))
        .map(|(_, name)| name)
}

struct Written {
    namespace: String,
    member: String,
}

impl Written {
    fn new(written: &str) -> Self {
        let text: String = written.chars().take(2 * CHARS_MAX).filter(|c| !"[]\"'()".contains(*c)).collect();
        let text = text.strip_prefix("tools.").unwrap_or(&text);
        let (namespace, member) = text.split_once(['.', '/']).unwrap_or(("", text));
        Self { namespace: fold(namespace), member: fold(member) }
    }

    fn closeness(&self, entry: &Entry) -> f64 {
        let member = likeness(&self.member, &fold(entry.member()));
        if self.namespace.is_empty() {
            return member;
        }
        let namespace = likeness(&self.namespace, &fold(entry.namespace()));
        // A wrong tool of the right server, or the right tool of a wrong server, both come before two half matches.
        0.65 * member + 0.35 * namespace
    }
}

/// Lower case, no separators.
fn fold(name: &str) -> String {
    name.chars().take(CHARS_MAX).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// 0 to 1. One name inside the other counts as close: `issues` for `list_issues`.
fn likeness(one: &str, other: &str) -> f64 {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let inside = short.len() >= 4 && long.contains(short);
    let share = short.len() as f64 / long.len().max(1) as f64;
    let contained = if inside { 0.75 + 0.2 * share } else { 0.0 };
    jaro_winkler(one, other).max(contained)
}
