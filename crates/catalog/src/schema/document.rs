//! One schema document: a tool's own schema and, beside it, the definitions its upstream's tools share.
//!
//! References lead to places in the document itself, else to a shared definition by its name (`#/$defs/NAME`), and out of one
//! to other shared ones only: what a definition means is the same for every tool. Shared definitions are parsed one by
//! one, when something asks for them, and forgotten with the [`Shared`]. Nothing is ever fetched.

use std::{
    cell::{Cell, OnceCell},
    fmt,
    sync::Arc,
};

use serde_json::{Map, Value};
use weir_model::Definitions;

use super::parse;

/// Keywords that give a schema another address than its place, or lead by address.
pub(super) const ADDRESSES: [&str; 7] =
    ["$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor"];
/// Keywords whose value is data, not schemas.
const DATA: [&str; 5] = ["enum", "const", "default", "examples", "example"];
/// Keywords whose value holds schemas by names that are no keywords.
const MAPS: [&str; 6] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
/// How a reference to a definition begins.
const DEFINITION: &str = "#/$defs/";

/// The definitions of one upstream, parsed as far as they were asked for.
pub(crate) struct Shared {
    definitions: Arc<Definitions>,
    parsed: Vec<OnceCell<Option<Box<Value>>>>,
    bytes_left: Cell<usize>,
}

impl Shared {
    /// Definitions over `bytes_max` altogether are taken for absent.
    pub(crate) fn new(definitions: &Arc<Definitions>, bytes_max: usize) -> Self {
        let parsed = (0..definitions.len()).map(|_| OnceCell::new()).collect();
        Self { definitions: Arc::clone(definitions), parsed, bytes_left: Cell::new(bytes_max) }
    }

    pub(crate) fn is_of(&self, definitions: &Arc<Definitions>) -> bool {
        Arc::ptr_eq(&self.definitions, definitions)
    }

    /// `None` when it is no schema, or one too many.
    fn schema(&self, number: usize) -> Option<&Value> {
        let parsed = self.parsed[number].get_or_init(|| {
            let text = self.definitions.schema(number);
            self.bytes_left.set(self.bytes_left.get().checked_sub(text.len())?);
            let mut schema = parse(text).ok()?;
            localise(&mut schema, false);
            Some(Box::new(schema))
        });
        parsed.as_deref()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared({:?})", self.definitions)
    }
}

/// One shared definition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition<'a> {
    shared: &'a Shared,
    number: usize,
}

impl<'a> Definition<'a> {
    /// Parses it, unless it is known already.
    pub(crate) fn schema(self) -> Option<&'a Value> {
        self.shared.schema(self.number)
    }

    /// Length of its text; parses nothing.
    pub(crate) fn bytes(self) -> usize {
        self.shared.definitions.schema(self.number).len()
    }

    /// Equal for the same definition.
    pub(crate) fn key(self) -> (*const Shared, usize) {
        (std::ptr::from_ref(self.shared), self.number)
    }
}

/// What a reference leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    Own(&'a Value),
    Shared(Definition<'a>),
}

/// Where references are followed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root<'a> {
    /// `None` inside shared definitions.
    own: Option<&'a Value>,
    shared: Option<&'a Shared>,
}

impl<'a> Root<'a> {
    /// A document to which nothing outside it belongs.
    pub(crate) fn alone(own: &'a Value) -> Self {
        Self { own: Some(own), shared: None }
    }

    pub(crate) fn new(own: &'a Value, shared: Option<&'a Shared>) -> Self {
        Self { own: Some(own), shared }
    }

    /// `None` for anything outside the document and its definitions.
    pub(crate) fn resolve(self, reference: &str) -> Option<Target<'a>> {
        if let Some(own) = self.own(reference) {
            return Some(Target::Own(own));
        }
        let shared = self.shared?;
        let number = shared.definitions.number(&name(reference)?)?;
        Some(Target::Shared(Definition { shared, number }))
    }

    /// The schema a reference leads to, and where its own references are followed from.
    pub(crate) fn follow(self, reference: &str) -> Option<(&'a Value, Self)> {
        match self.resolve(reference)? {
            Target::Own(schema) => Some((schema, self)),
            Target::Shared(definition) => Some((definition.schema()?, self.outside())),
        }
    }

    /// What a reference means inside a shared definition.
    pub(crate) fn outside(self) -> Self {
        Self { own: None, shared: self.shared }
    }

    /// A place in the document itself.
    pub(crate) fn own(self, reference: &str) -> Option<&'a Value> {
        let fragment = percent_decoded(reference.strip_prefix('#')?)?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.own?.pointer(&fragment);
        }
        None
    }
}

/// The name of the definition a reference means, whole: `#/$defs/NAME`.
pub(super) fn name(reference: &str) -> Option<String> {
    let name = percent_decoded(reference.strip_prefix(DEFINITION)?)?;
    (!name.is_empty() && !name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

/// The last word of a reference, as people call what it leads to.
pub(super) fn last_word(reference: &str) -> String {
    let last = reference.rsplit('/').next().unwrap_or_default();
    percent_decoded(last).unwrap_or_else(|| last.to_owned()).replace("~1", "/").replace("~0", "~")
}

/// A key as part of a reference.
pub(super) fn step(key: &str) -> String {
    let mut step = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'~' => step.push_str("~0"),
            b'/' => step.push_str("~1"),
            b'-' | b'.' | b'_' => step.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => step.push(char::from(byte)),
            _ => step.push_str(&format!("%{byte:02X}")),
        }
    }
    step
}

/// Takes from a shared definition what would mean something else in every document: references that are none to
/// another definition, and addresses.
fn localise(value: &mut Value, is_map: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| localise(item, false)),
        Value::Object(fields) => {
            if !is_map {
                fields.retain(|key, value| match value {
                    Value::Object(_) => true,
                    Value::String(reference) if key == "$ref" => name(reference).is_some(),
                    _ => key != "$ref" && key != "$schema" && !ADDRESSES.contains(&key.as_str()),
                });
            }
            for (key, value) in fields {
                if is_map || !DATA.contains(&key.as_str()) {
                    localise(value, !is_map && MAPS.contains(&key.as_str()));
                }
            }
        }
        _ => {}
    }
}

/// Every `$ref` of a schema and of the schemas in it.
pub(super) fn references(schema: &Value) -> Vec<&str> {
    let mut references = Vec::new();
    let mut open = vec![(schema, false)];
    while let Some((value, is_map)) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, false))),
            Value::Object(fields) => {
                references.extend(fields.get("$ref").filter(|_| !is_map).and_then(Value::as_str));
                open.extend(below(fields, is_map).rev());
            }
            _ => {}
        }
    }
    references
}

/// Puts another reference in place of every one, or none.
pub(super) fn redirect(value: &mut Value, is_map: bool, to: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, false, to)),
        Value::Object(fields) => {
            if !is_map && let Some(Value::String(reference)) = fields.get_mut("$ref") {
                match to(reference) {
                    Some(other) => *reference = other,
                    None => drop(fields.shift_remove("$ref")),
                }
            }
            for (key, value) in fields {
                if is_map || !DATA.contains(&key.as_str()) {
                    redirect(value, !is_map && MAPS.contains(&key.as_str()), to);
                }
            }
        }
        _ => {}
    }
}

/// What may hold schemas, and whether it holds them by name.
fn below(fields: &Map<String, Value>, is_map: bool) -> impl DoubleEndedIterator<Item = (&Value, bool)> {
    fields
        .iter()
        .filter(move |(key, _)| is_map || !DATA.contains(&key.as_str()))
        .map(move |(key, value)| (value, !is_map && MAPS.contains(&key.as_str())))
}

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}
