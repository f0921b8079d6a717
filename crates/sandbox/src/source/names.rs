//! The namespaces and members a snippet can name. Looked up by identifier or by raw name, exactly.

use std::collections::{HashMap, HashSet};

use crate::frame::Names;

#[derive(Debug, Default)]
pub(crate) struct Bindings {
    namespaces: Vec<Namespace>,
    by_identifier: HashMap<String, usize>,
    by_raw: HashMap<String, usize>,
}

#[derive(Debug)]
struct Namespace {
    listed: String,
    members: Vec<String>,
    known: HashSet<String>,
}

/// As the guest's `names` lists it: the raw name only where it differs.
fn listed(identifier: &str, raw: &str) -> String {
    if identifier == raw { identifier.to_owned() } else { format!("{identifier}\t{raw}") }
}

impl Bindings {
    pub(crate) fn new(names: Names) -> Self {
        let mut this = Self::default();
        for (at, (identifier, raw, members)) in names.into_iter().enumerate() {
            let namespace = Namespace {
                listed: listed(&identifier, &raw),
                members: members.iter().map(|(identifier, raw)| listed(identifier, raw)).collect(),
                known: members.into_iter().flat_map(|(identifier, raw)| [identifier, raw]).collect(),
            };
            this.namespaces.push(namespace);
            this.by_identifier.insert(identifier, at);
            this.by_raw.insert(raw, at);
        }
        this
    }

    /// What the guest's `names` answers.
    pub(crate) fn listing(&self, namespace: &str) -> Vec<String> {
        if namespace.is_empty() {
            return self.namespaces.iter().map(|namespace| namespace.listed.clone()).collect();
        }
        self.find(namespace).map(|namespace| namespace.members.clone()).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
    }

    /// Whether `identifier` is a namespace's own identifier.
    pub(crate) fn is_namespace(&self, identifier: &str) -> bool {
        self.by_identifier.contains_key(identifier)
    }

    /// Whether a namespace goes by this identifier or raw name.
    pub(crate) fn has_namespace(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether `name` is within a slip or two of some namespace's identifier.
    pub(crate) fn is_nearly_namespace(&self, name: &str) -> bool {
        let slips = (name.len() / 4).clamp(1, 2);
        self.by_identifier.keys().any(|identifier| {
            identifier.len().abs_diff(name.len()) <= slips
                && (identifier.eq_ignore_ascii_case(name) || strsim::osa_distance(identifier, name) <= slips)
        })
    }

    pub(crate) fn has_member(&self, namespace: &str, member: &str) -> bool {
        self.find(namespace).is_some_and(|namespace| namespace.known.contains(member))
    }

    fn find(&self, name: &str) -> Option<&Namespace> {
        let at = self.by_identifier.get(name).or_else(|| self.by_raw.get(name))?;
        self.namespaces.get(*at)
    }
}
