//! JSON text as it is written: commas are nobody's business but this file's.

use serde_json::Number;

use super::node::Node;

#[derive(Debug, Default)]
pub(crate) struct Json(Vec<u8>);

impl Json {
    /// Begins an object or a list, as a value.
    pub(crate) fn open(&mut self, bracket: Bracket) {
        self.comma();
        self.0.push(if bracket == Bracket::Object { b'{' } else { b'[' });
    }

    pub(crate) fn close(&mut self, bracket: Bracket) {
        self.0.push(if bracket == Bracket::Object { b'}' } else { b']' });
    }

    /// A field's name; its value follows.
    pub(crate) fn name(&mut self, name: &str) {
        self.comma();
        self.quoted(name);
        self.0.push(b':');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.comma();
        self.quoted(text);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub(crate) fn number(&mut self, number: &Number) {
        self.raw(&number.to_string());
    }

    /// JSON text of a value.
    pub(crate) fn raw(&mut self, json: &str) {
        self.comma();
        self.0.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        self.open(Bracket::List);
        texts.into_iter().for_each(|text| self.text(text));
        self.close(Bracket::List);
    }

    /// A value as it stands in the description.
    pub(crate) fn data(&mut self, node: &Node<'_>) {
        match node {
            Node::Null => self.raw("null"),
            Node::Bool(value) => self.bool(*value),
            Node::Number(number) => self.number(number),
            Node::Text(text) => self.text(text),
            Node::List(items) => {
                self.open(Bracket::List);
                items.iter().for_each(|item| self.data(item));
                self.close(Bracket::List);
            }
            Node::Object(object) => {
                self.open(Bracket::Object);
                for (name, node) in object.iter() {
                    self.name(name);
                    self.data(node);
                }
                self.close(Bracket::Object);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.0).expect("only text was written")
    }

    fn comma(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }

    fn quoted(&mut self, text: &str) {
        if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
            serde_json::to_writer(&mut self.0, text).expect("text is JSON, and memory takes it");
            return;
        }
        // Nearly all of it: nothing to escape.
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bracket {
    Object,
    List,
}
