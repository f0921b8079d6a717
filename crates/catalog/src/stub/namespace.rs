//! One upstream's part of a TypeScript stub: its functions, then the types they share.

use std::collections::{HashMap, HashSet};

use super::{DESCRIPTION_CHARS_MIN, TYPES_MAX, description, refusal, sources::Described};
use crate::{
    schema::{Doc, Named, Object, Shape},
    typescript::{Layout, Writer, comment, type_name},
};

pub(super) struct NamespaceStub {
    comment_chars: usize,
    functions: String,
    types: String,
    /// Names given, by the definition's content.
    given: HashMap<String, String>,
    taken: HashSet<String>,
}

impl NamespaceStub {
    pub(super) fn new(comment_chars: usize) -> Self {
        let (functions, types) = (String::new(), String::new());
        Self { comment_chars, functions, types, given: HashMap::new(), taken: HashSet::new() }
    }

    pub(super) fn add(&mut self, tool: &Described<'_>, named: &[Named]) {
        let entry = tool.entry;
        if let Some(refusal) = refusal(entry, entry.member()) {
            self.functions.push_str(&format!("  // {refusal}\n"));
            return;
        }
        let doc = Doc { description: Some(description(entry, self.comment_chars)), notes: Vec::new() };
        self.functions.push_str(&comment(&doc, self.comment_chars.max(DESCRIPTION_CHARS_MIN), 1));
        let args = self.arguments(&tool.input, named);
        let result = tool.output.as_ref().map_or_else(|| "any".to_owned(), |shape| self.text(shape, named));
        self.functions.push_str(&format!("  function {}({args}): Promise<{result}>;\n", entry.member()));
    }

    /// Length of what was added.
    pub(super) fn bytes(&self) -> usize {
        self.functions.len() + self.types.len()
    }

    pub(super) fn finish(self, identifier: &str) -> String {
        if self.functions.is_empty() {
            return String::new();
        }
        format!("declare namespace {identifier} {{\n{}{}}}\n", self.functions, self.types)
    }

    fn arguments(&mut self, shape: &Shape, named: &[Named]) -> String {
        let nothing = Shape::Object(Object::default());
        let shape = match shape {
            Shape::Object(object) if object.says_nothing() => &nothing,
            Shape::Any => &nothing,
            shape => shape,
        };
        let is_optional = matches!(shape, Shape::Object(object) if object.fields.iter().all(|field| field.optional));
        format!("args{}: {}", if is_optional { "?" } else { "" }, self.text(shape, named))
    }

    /// A type's text; the definitions it names are declared beside it.
    fn text(&mut self, shape: &Shape, named: &[Named]) -> String {
        let mut open: Vec<usize> = Vec::new();
        let layout = Layout::stub(self.comment_chars);
        let text = {
            let mut namer = |index: usize| self.name(index, named, &mut open);
            Writer { named, layout, namer: &mut namer }.text(shape, 1)
        };
        while let Some(index) = open.pop() {
            let definition = &named[index];
            let body = {
                let mut namer = |index: usize| self.name(index, named, &mut open);
                Writer { named, layout, namer: &mut namer }.text(&definition.shape, 1)
            };
            let name = self.given[&definition.content].clone();
            self.types.push_str(&comment(&definition.doc, self.comment_chars, 1));
            self.types.push_str(&match &definition.shape {
                Shape::Object(object) if !object.fields.is_empty() => format!("  interface {name} {body}\n"),
                _ => format!("  type {name} = {body};\n"),
            });
        }
        text
    }

    /// The name of a definition; a new one is put on `open` to be declared.
    fn name(&mut self, index: usize, named: &[Named], open: &mut Vec<usize>) -> String {
        let definition = &named[index];
        if let Some(name) = self.given.get(&definition.content) {
            return name.clone();
        }
        if self.given.len() >= TYPES_MAX {
            return "any".to_owned();
        }
        let name = (1..)
            .map(|n| type_name(&definition.name, n))
            .find(|name| !self.taken.contains(name))
            .expect("one of endlessly many names is free");
        self.taken.insert(name.clone());
        self.given.insert(definition.content.clone(), name.clone());
        open.push(index);
        name
    }
}
