//! Schemas of any dialect, written as JSON Schema 2020-12 text. References become `#/$defs/NAME` and are never inlined.
//!
//! Only keywords that mean something here are written, and only with values they may have: what is left compiles.

use weir_model::limits;

use super::{
    Reader,
    definition::{Form, Wanted},
    keyword,
    library::Spot,
    node::Node,
    note::quote,
    source::Dialect,
    survey::{self, Marks},
    text::{Bracket, Json},
};

/// Nesting of a written schema: less than what any reader of JSON text bears.
const NEST_MAX: usize = 100;

/// What the place of a schema says beside the schema.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside<'d> {
    /// Said unless the schema describes itself.
    pub(crate) description: Option<&'d str>,
    pub(crate) deprecated: bool,
}

/// Writes schemas one after the other into one text.
pub(crate) struct Writer<'r, 'a> {
    pub(crate) reader: &'r mut Reader<'a>,
    pub(crate) json: Json,
    /// The definitions referred to.
    pub(crate) wanted: Vec<Wanted>,
    form: Form,
    /// Whether `format: binary` stands for bytes, as in multipart.
    has_bytes: bool,
    nest: usize,
}

impl<'r, 'a> Writer<'r, 'a> {
    pub(crate) fn new(reader: &'r mut Reader<'a>, form: Form) -> Self {
        Self { reader, json: Json::default(), wanted: Vec::new(), form, has_bytes: false, nest: 0 }
    }

    pub(crate) fn with_bytes(mut self, has_bytes: bool) -> Self {
        self.has_bytes = has_bytes;
        self
    }

    pub(crate) fn into_text(self) -> (String, Vec<Wanted>) {
        self.reader.spend(self.json.len());
        (self.json.into_text(), self.wanted)
    }

    pub(crate) fn schema(&mut self, schema: Spot<'a>, beside: Beside<'_>) {
        self.nested(schema, beside, &[]);
    }

    /// A schema that any value passes.
    pub(crate) fn anything(&mut self, beside: Beside<'_>) {
        self.json.open(Bracket::Object);
        self.beside(beside);
        self.json.close(Bracket::Object);
    }

    /// Whether a field is one that this form does not have.
    fn is_hidden(&mut self, field: Spot<'a>) -> bool {
        let marks = survey::marks(field, &mut self.reader.library, &mut self.reader.notes);
        self.form.hides(marks)
    }

    /// `hidden`: fields that may not be required, on behalf of the schema around.
    fn nested(&mut self, schema: Spot<'a>, beside: Beside<'_>, hidden: &[&'a str]) {
        self.nest += 1;
        match schema.node {
            Node::Bool(false) => self.json.bool(false),
            Node::Object(_) if self.has_room() => self.object(schema, beside, hidden),
            node => {
                match node {
                    Node::Bool(true) => {}
                    Node::Object(_) => {
                        self.reader.notes.warn("a schema nests too deep or is too long: any value passes there")
                    }
                    node => self.reader.notes.warn(format!("a schema is {}: any value passes there", node.kind())),
                }
                self.anything(beside);
            }
        }
        self.nest -= 1;
    }

    fn has_room(&self) -> bool {
        self.nest <= NEST_MAX && self.json.len() <= limits::SCHEMA_BYTES_MAX && self.reader.has_room().is_ok()
    }

    fn object(&mut self, schema: Spot<'a>, beside: Beside<'_>, hidden: &[&'a str]) {
        let described = schema.text("description").or(beside.description);
        let beside = Beside { description: described, ..beside };
        let nullable = keyword::nullable(schema);
        self.json.open(Bracket::Object);
        if nullable == keyword::Nullable::Apart {
            self.beside(beside);
            self.json.name("anyOf");
            self.json.open(Bracket::List);
            self.json.open(Bracket::Object);
            self.nest += 2;
            self.content(schema, hidden, false);
            self.nest -= 2;
            self.json.close(Bracket::Object);
            self.json.raw(r#"{"type":"null"}"#);
            self.json.close(Bracket::List);
        } else {
            self.content(schema, hidden, nullable == keyword::Nullable::Within);
            self.beside(Beside { deprecated: beside.deprecated && !schema.flag("deprecated"), ..beside });
        }
        self.json.close(Bracket::Object);
    }

    fn beside(&mut self, beside: Beside<'_>) {
        if let Some(description) = beside.description.map(str::trim).filter(|description| !description.is_empty()) {
            self.json.name("description");
            self.json.text(description);
        }
        if beside.deprecated {
            self.json.name("deprecated");
            self.json.bool(true);
        }
    }

    /// The reference and the keywords of a schema, its description apart.
    fn content(&mut self, schema: Spot<'a>, hidden: &[&'a str], is_nullable: bool) {
        if self.has_bytes && keyword::is_bytes(schema) {
            return self.bytes();
        }
        let Some(reference) = schema.text("$ref") else {
            return self.keywords(schema, hidden, is_nullable);
        };
        let reader = &mut *self.reader;
        match reader.library.follow(schema, &mut reader.notes) {
            Ok(target) if self.has_bytes && keyword::is_bytes(target) => return self.bytes(),
            // What refers to nothing but itself says nothing.
            Ok(target) => {
                let reference = last_reference(reader, schema).unwrap_or(reference);
                let (wanted, name) =
                    reader.definitions.refer(target, reference, self.form, &mut reader.library, &mut reader.notes);
                self.json.name("$ref");
                self.json.text(&format!("#/$defs/{name}"));
                self.wanted.push(wanted);
            }
            Err(broken) => reader.notes.warn(format!("a schema refers to {broken}: any value passes there")),
        }
        // What stands beside a reference counts from 3.1 on; before, only what describes.
        if self.reader.dialect >= Dialect::V31 {
            self.keywords(schema, hidden, is_nullable);
        }
    }

    fn bytes(&mut self) {
        let (wanted, name) = self.reader.definitions.refer_to_bytes();
        self.json.name("$ref");
        self.json.text(&format!("#/$defs/{name}"));
        self.wanted.push(wanted);
    }

    fn keywords(&mut self, schema: Spot<'a>, hidden: &[&'a str], is_nullable: bool) {
        let own_hidden = self.hidden(schema);
        let hidden: Vec<&str> = hidden.iter().copied().chain(own_hidden).collect();
        for (name, value) in schema.entries() {
            match name {
                "properties" => self.properties(value),
                "patternProperties" | "dependentSchemas" => self.map(name, value),
                "required" => self.required(value, &hidden),
                // Which of the alternatives it is decides the API: a value that fits two of them is no mistake of the caller's.
                "oneOf" if schema.get("anyOf").is_none() => self.list("anyOf", value, &hidden),
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => self.list(name, value, &hidden),
                "items" if value.node.as_list().is_some() => self.tuple(schema, value),
                "items"
                | "additionalProperties"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "contains"
                | "propertyNames"
                | "not"
                | "if"
                | "then"
                | "else" => self.single(name, value),
                name => keyword::write(&mut self.json, schema, name, value, is_nullable),
            }
        }
    }

    /// Fields that may not be required here: the schema's own, and those of what it is put together from.
    fn hidden(&mut self, schema: Spot<'a>) -> Vec<&'a str> {
        let form = self.form;
        let has_parts = schema.get("allOf").is_some() || schema.text("$ref").is_some();
        if has_parts || (schema.get("required").is_some() && schema.get("properties").is_some()) {
            let reader = &mut *self.reader;
            let is_hidden = |marks| form.hides(marks);
            survey::hidden(schema, is_hidden, &mut reader.looks_left, &mut reader.library, &mut reader.notes)
        } else {
            Vec::new()
        }
    }

    fn properties(&mut self, properties: Spot<'a>) {
        if properties.object().is_none() {
            return;
        }
        self.json.name("properties");
        self.json.open(Bracket::Object);
        self.nest += 1;
        for (name, field) in properties.entries() {
            if !self.is_hidden(field) {
                self.json.name(name);
                self.nested(field, Beside::default(), &[]);
            }
        }
        self.nest -= 1;
        self.json.close(Bracket::Object);
    }

    fn map(&mut self, keyword: &str, map: Spot<'a>) {
        if map.object().is_none() {
            return;
        }
        self.json.name(keyword);
        self.json.open(Bracket::Object);
        self.nest += 1;
        for (name, schema) in map.entries() {
            self.json.name(name);
            self.nested(schema, Beside::default(), &[]);
        }
        self.nest -= 1;
        self.json.close(Bracket::Object);
    }

    fn required(&mut self, names: Spot<'a>, hidden: &[&str]) {
        let mut required: Vec<&str> = Vec::new();
        let mut known = std::collections::HashSet::new();
        required.extend(names.texts().filter(|name| !hidden.contains(name) && known.insert(*name)));
        if !required.is_empty() {
            self.json.name("required");
            self.json.texts(required);
        }
    }

    fn list(&mut self, keyword: &str, schemas: Spot<'a>, hidden: &[&'a str]) {
        if schemas.node.as_list().is_none_or(<[_]>::is_empty) {
            return;
        }
        let hidden = if keyword == "prefixItems" { &[] } else { hidden };
        self.json.name(keyword);
        self.json.open(Bracket::List);
        self.nest += 1;
        for schema in schemas.items() {
            self.nested(schema, Beside::default(), hidden);
        }
        self.nest -= 1;
        self.json.close(Bracket::List);
    }

    /// `items: [A, B]` of older dialects.
    fn tuple(&mut self, schema: Spot<'a>, items: Spot<'a>) {
        self.list("prefixItems", items, &[]);
        if let Some(rest) = schema.get("additionalItems") {
            self.single("items", rest);
        }
    }

    fn single(&mut self, keyword: &str, schema: Spot<'a>) {
        if matches!(schema.node, Node::Object(_) | Node::Bool(_)) {
            self.json.name(keyword);
            match schema.node {
                Node::Bool(value) => self.json.bool(*value),
                _ => self.nested(schema, Beside::default(), &[]),
            }
        } else {
            self.reader.notes.warn(format!("{} of a schema is {}: it is left out", quote(keyword), schema.node.kind()));
        }
    }
}

impl Form {
    fn hides(self, marks: Marks) -> bool {
        match self {
            Self::Request => marks.read_only,
            Self::Response => marks.write_only,
        }
    }
}

/// The last reference before what a reference leads to in the end: that is the one with the name.
fn last_reference<'a>(reader: &mut Reader<'a>, schema: Spot<'a>) -> Option<&'a str> {
    let mut spot = schema;
    let mut last = None;
    while let Some(reference) = spot.text("$ref") {
        last = Some(reference);
        spot = reader.library.lookup(reference, spot, &mut reader.notes).ok()?;
    }
    last
}
