//! Reads a table of the tree field by field: types, ranges, and in the end the keys nobody asked for.
//! Every mistake becomes a finding; reading goes on, so that one look shows all of them.

use super::{
    problem::{Findings, Problem, suggestion},
    source::Located,
    tree::{Entry, Node, Value, parse_toml_value},
};

/// What becomes of keys that nobody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Our own files: a mistake.
    Refused,
    /// Other programs' files: they may know more than we do.
    Warned,
    /// Parts of other programs' files that are none of our business.
    Ignored,
}

pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    taken: Vec<bool>,
    asked: Vec<&'static str>,
    /// How errors call the table: `[upstream.files]`.
    title: String,
    findings: &'a mut Findings,
}

impl<'a> Fields<'a> {
    /// `None`, and a finding, when the node is no table.
    pub(super) fn of(node: &'a Node, title: impl Into<String>, findings: &'a mut Findings) -> Option<Self> {
        let title = title.into();
        let Value::Table(entries) = &node.value else {
            findings.error(mismatch(&title, "a table", node));
            return None;
        };
        Some(Self { entries, taken: vec![false; entries.len()], asked: Vec::new(), title, findings })
    }

    pub(super) fn findings(&mut self) -> &mut Findings {
        self.findings
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.asked.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        self.taken[at] = true;
        let entry = &self.entries[at];
        (!matches!(entry.node.value, Value::Null)).then_some(entry)
    }

    /// The first of several names of one thing.
    pub(super) fn text_of(&mut self, keys: &[&'static str]) -> Option<Located<String>> {
        let mut first = None;
        for key in keys {
            let found = self.text(key);
            first = first.or(found);
        }
        first
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<Located<String>> {
        let entry = self.take(key)?;
        text_of(&entry.node, key, self.findings)
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Option<Located<bool>> {
        let entry = self.take(key)?;
        let value = match &entry.node.value {
            Value::Bool(value) => Some(*value),
            Value::Bare(text) => text.parse().ok(),
            _ => None,
        };
        if value.is_none() {
            self.findings.error(mismatch(&format!("`{key}`"), "true or false", &entry.node));
        }
        Some(Located::new(value?, entry.node.place.clone()))
    }

    pub(super) fn integer(&mut self, key: &'static str, min: u64, max: u64) -> Option<Located<u64>> {
        let entry = self.take(key)?;
        integer_of(&entry.node, key, min, max, self.findings)
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<Located<String>>> {
        let entry = self.take(key)?;
        let bare;
        let node = match &entry.node.value {
            Value::Bare(text) => match parse_toml_value(&entry.node.place.source, text) {
                Some(list) => {
                    bare = list;
                    &bare
                }
                None => &entry.node,
            },
            _ => &entry.node,
        };
        let Value::List(items) = &node.value else {
            let hint = format!("write it as a list: {key} = [\"…\"]");
            self.findings.error(mismatch(&format!("`{key}`"), "a list of strings", node).hint(hint));
            return None;
        };
        let title = format!("an item of `{key}`");
        Some(items.iter().filter_map(|item| titled_text(item, &title, self.findings)).collect())
    }

    /// A table from names to strings. Numbers and booleans are taken as they are written: environments have only text.
    pub(super) fn text_table(&mut self, key: &'static str) -> Vec<(Located<String>, Located<String>)> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let Value::Table(entries) = &entry.node.value else {
            self.findings.error(mismatch(&format!("`{key}`"), "a table of strings", &entry.node));
            return Vec::new();
        };
        let pairs = entries.iter().filter_map(|pair| {
            let value = match &pair.node.value {
                Value::Integer(number) => Located::new(number.to_string(), pair.node.place.clone()),
                Value::Bool(value) => Located::new(value.to_string(), pair.node.place.clone()),
                Value::Null => return None,
                _ => text_of(&pair.node, &pair.key, self.findings)?,
            };
            Some((Located::new(pair.key.clone(), pair.key_place.clone()), value))
        });
        pairs.collect()
    }

    /// A key that people write here and that belongs elsewhere: a mistake with a hint of its own.
    pub(super) fn misplaced(&mut self, key: &str, hint: &str) {
        let Some(at) = self.entries.iter().position(|entry| entry.key == key) else { return };
        self.taken[at] = true;
        let problem = Problem::new(format!("unknown key `{key}` in {}", self.title));
        self.findings.error(problem.at(&self.entries[at].key_place).hint(hint));
    }

    /// Reports the keys nobody asked for, and returns the names that were asked for.
    pub(super) fn finish(self, unknown: Unknown) -> Vec<&'static str> {
        if unknown != Unknown::Ignored {
            for (entry, _) in self.entries.iter().zip(&self.taken).filter(|(_, taken)| !**taken) {
                let problem = Problem::new(format!("unknown key `{}` in {}", entry.key, self.title))
                    .at(&entry.key_place)
                    .hint_maybe(suggestion(&entry.key, &self.asked));
                match unknown {
                    Unknown::Refused => self.findings.error(problem),
                    _ => self.findings.warn(problem),
                }
            }
        }
        self.asked
    }
}

/// A string; the right side of a `--set` counts as one.
pub(super) fn text_of(node: &Node, key: &str, findings: &mut Findings) -> Option<Located<String>> {
    titled_text(node, &format!("`{key}`"), findings)
}

fn titled_text(node: &Node, title: &str, findings: &mut Findings) -> Option<Located<String>> {
    match &node.value {
        Value::Text(text) => Some(Located::new(text.clone(), node.place.clone())),
        Value::Bare(text) => {
            let text = match parse_toml_value(&node.place.source, text).map(|node| node.value) {
                Some(Value::Text(quoted)) => quoted,
                _ => text.clone(),
            };
            Some(Located::new(text, node.place.clone()))
        }
        _ => {
            findings.error(mismatch(title, "a string", node));
            None
        }
    }
}

pub(super) fn integer_of(node: &Node, key: &str, min: u64, max: u64, findings: &mut Findings) -> Option<Located<u64>> {
    let number = match &node.value {
        Value::Integer(number) => Some(*number),
        Value::Bare(text) => text.replace('_', "").parse().ok(),
        _ => None,
    };
    let Some(number) = number else {
        findings.error(mismatch(&format!("`{key}`"), &format!("an integer from {min} to {max}"), node));
        return None;
    };
    match u64::try_from(number).ok().filter(|number| (min..=max).contains(number)) {
        Some(number) => Some(Located::new(number, node.place.clone())),
        None => {
            findings
                .error(Problem::new(format!("`{key}` is {number}, but must be from {min} to {max}")).at(&node.place));
            None
        }
    }
}

pub(super) fn mismatch(title: &str, expected: &str, node: &Node) -> Problem {
    Problem::new(format!("{title} should be {expected}, not {}", node.value.kind())).at(&node.place)
}
