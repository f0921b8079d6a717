//! One tree for every format, each node with its place. TOML and JSON with comments differ in nothing beyond here.

use std::sync::Arc;

use super::{
    problem::Problem,
    source::{Place, Source},
};

mod json;
mod toml;

pub(super) use json::parse_json;
pub(super) use toml::{parse_toml, parse_toml_value};

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub value: Value,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is no integer.
    Decimal,
    Date,
    Text(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// The right side of `--set`: takes the type that is expected of it.
    Bare(String),
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: String,
    pub key_place: Place,
    pub node: Node,
}

impl Value {
    /// With its article, for "should be …, not …".
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Decimal => "a decimal number",
            Self::Date => "a date",
            Self::Text(_) | Self::Bare(_) => "a string",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// Keys below which every literal is taken for a credential when a line is quoted.
const SECRET_KEYS: [&str; 10] =
    ["env", "envs", "headers", "http_headers", "bearer", "token", "webhook", "auth", "schemes", "oauth"];

/// Keys of a credential that say where it is or whose, never what.
const PLAIN_KEYS: [&str; 9] =
    ["name", "file", "keyring", "token_url", "client_id", "client_metadata_url", "scopes", "audience", "issuer"];

pub(super) fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.contains(&key)
}

/// Whether a literal is a URL with a password in it.
pub(super) fn has_credentials(text: &str) -> bool {
    let authority = text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    authority.and_then(|authority| authority.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'))
}

/// What a node lies below of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Below {
    Nothing,
    Secrets,
    /// A credential with its parts; some of those are no secret.
    Credential,
    /// A table of such credentials.
    Schemes,
}

impl Below {
    fn entry(self, key: &str) -> Self {
        match self {
            Self::Nothing if key == "auth" => Self::Credential,
            Self::Nothing if key == "schemes" => Self::Schemes,
            Self::Nothing if is_secret_key(key) => Self::Secrets,
            Self::Schemes => Self::Credential,
            Self::Credential if PLAIN_KEYS.contains(&key) => Self::Nothing,
            below => below,
        }
    }
}

/// Tells the source which of its ranges are credentials: literals that are no reference.
fn mark_secrets(source: &Arc<Source>, root: &Node) {
    let mut ranges = Vec::new();
    collect(root, Below::Nothing, &source.text, &mut ranges);
    ranges.sort_by_key(|range: &std::ops::Range<usize>| range.start);
    source.mark_secrets(ranges);
}

fn collect(node: &Node, below: Below, text: &str, ranges: &mut Vec<std::ops::Range<usize>>) {
    let secret = below != Below::Nothing;
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                collect(&entry.node, below.entry(&entry.key), text, ranges);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, below, text, ranges)),
        Value::Text(value) if (secret || has_credentials(value)) && !value.is_empty() && !value.contains("${") => {
            let span = &node.place.span;
            let quoted = text.get(span.clone()).is_some_and(|raw| raw.starts_with(['"', '\'']));
            ranges.push(if quoted { span.start + 1..span.end - 1 } else { span.clone() });
        }
        Value::Integer(_) | Value::Decimal if secret => ranges.push(node.place.span.clone()),
        _ => {}
    }
}

fn too_deep(place: &Place) -> Problem {
    Problem::new("the nesting is too deep").at(place)
}
