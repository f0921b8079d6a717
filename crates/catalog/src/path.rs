//! Reads a tool's name as people write it: `github.list_issues`, `github/list-issues`, `tools["a"]["b"]`.
//! Exact: nothing is folded, normalised or guessed, and a text that fits two tools is none.

use std::sync::Arc;

use crate::entry::Entry;

/// A path longer than this names nothing: a server's and a tool's longest name, quoted.
const PATH_BYTES_MAX: usize = 4 * 1024;

pub(crate) fn resolve<'a>(
    path: &str,
    resolve: impl Fn(&str, &str) -> Option<&'a Arc<Entry>>,
) -> Option<&'a Arc<Entry>> {
    if path.len() > PATH_BYTES_MAX {
        return None;
    }
    let path = path.trim();
    let path = path.strip_suffix("()").unwrap_or(path);
    let splits = path.match_indices(['.', '/']).map(|(at, _)| (path[..at].to_owned(), path[at + 1..].to_owned()));
    let mut found: Option<&Arc<Entry>> = None;
    for (namespace, member) in splits.chain(steps(path)) {
        let Some(entry) = resolve(&namespace, &member) else { continue };
        if entry.path() == path {
            return Some(entry);
        }
        match found {
            Some(other) if !Arc::ptr_eq(other, entry) => return None,
            _ => found = Some(entry),
        }
    }
    found
}

/// `tools.a.b`, `a["b"]`, `tools["a"]['b']`: exactly two steps, after an optional `tools`.
fn steps(path: &str) -> Option<(String, String)> {
    let mut rest = path;
    let mut steps = Vec::new();
    if let Some(end) = rest.find(['.', '[']) {
        if end > 0 {
            steps.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
    while !rest.is_empty() && steps.len() < 4 {
        let (step, after) = if let Some(tail) = rest.strip_prefix('.') {
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            (tail[..end].to_owned(), &tail[end..])
        } else {
            quoted(rest.strip_prefix('[')?)?
        };
        steps.push(step);
        rest = after;
    }
    if steps.len() == 3 && steps[0] == "tools" {
        steps.remove(0);
    }
    let [namespace, member] = <[String; 2]>::try_from(steps).ok()?;
    rest.is_empty().then_some((namespace, member))
}

/// `"name"]…` or `'name']…`: the name, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut end = 1;
    let mut escaped = false;
    for c in text[1..].chars() {
        if c == quote && !escaped {
            let (inner, after) = (&text[1..end], &text[end + 1..]);
            let json = if quote == '"' { inner.to_owned() } else { inner.replace("\\'", "'").replace('"', "\\\"") };
            let name = serde_json::from_str(&format!("\"{json}\"")).ok()?;
            return Some((name, after.strip_prefix(']')?));
        }
        escaped = c == '\\' && !escaped;
        end += c.len_utf8();
    }
    None
}
