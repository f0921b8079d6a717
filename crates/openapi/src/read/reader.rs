//! One description being read: what all parts of the reader share, and the way through the document.

use std::collections::BTreeMap;

use weir_model::limits;

use crate::{Api, Method, Operation, Requirement, Scheme, Server, Skipped};

use super::{
    definition::Definitions,
    library::{Library, Spot},
    name::Names,
    note::{Notes, quote},
    schema::{Beside, Writer},
    security, server,
    source::Dialect,
};

/// What weir takes bytes in arguments as.
const BYTES: &str = r#"{"description":"Bytes: base64 text, or an object that has it.","anyOf":[{"type":"string","contentEncoding":"base64"},{"type":"object","properties":{"data":{"type":"string","contentEncoding":"base64"},"filename":{"type":"string"},"content_type":{"type":"string"}},"required":["data"],"additionalProperties":false}]}"#;
/// Values looked at more than once: what a description can make the reader do beyond its own size.
const LOOKS_MAX: usize = 20_000_000;

/// Under which keys of a path item operations are.
const METHODS: [(&str, Method); 9] = [
    ("get", Method::Get),
    ("put", Method::Put),
    ("post", Method::Post),
    ("delete", Method::Delete),
    ("options", Method::Options),
    ("head", Method::Head),
    ("patch", Method::Patch),
    ("trace", Method::Trace),
    ("query", Method::Query),
];

pub(crate) struct Reader<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) library: Library<'a>,
    pub(crate) notes: Notes,
    pub(crate) definitions: Definitions<'a>,
    pub(crate) looks_left: usize,
    pub(super) schemes: BTreeMap<String, Scheme>,
    pub(super) servers: Vec<Server>,
    pub(super) security: Vec<Vec<Requirement>>,
    pub(super) names: Names,
    bytes_left: usize,
    operations_left: usize,
    internal: usize,
    operations: Vec<Operation>,
    skipped: Vec<Skipped>,
}

/// A path of the document, and what it is made of.
#[derive(Clone, Copy)]
pub(super) struct PathItem<'a> {
    pub(super) path: &'a str,
    /// The items of one path: its own, and the one it refers to.
    items: [Option<Spot<'a>>; 2],
}

impl<'a> PathItem<'a> {
    pub(super) fn get(&self, name: &str) -> Option<Spot<'a>> {
        self.items.into_iter().flatten().find_map(|item| item.get(name))
    }

    fn flag(&self, name: &str) -> bool {
        self.items.into_iter().flatten().any(|item| item.flag(name))
    }

    /// Where `servers` are, if anywhere.
    pub(super) fn servers(&self) -> Option<Vec<Server>> {
        self.items.into_iter().flatten().find_map(server::servers)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(dialect: Dialect, library: Library<'a>, notes: Notes) -> Self {
        let root = library.root();
        let definitions = Definitions::new(root);
        let mut reader = Self {
            dialect,
            library,
            notes,
            definitions,
            looks_left: LOOKS_MAX,
            schemes: BTreeMap::new(),
            servers: server::servers(root).unwrap_or_default(),
            security: security::security(root).unwrap_or_default(),
            names: Names::default(),
            bytes_left: limits::API_BYTES_MAX,
            operations_left: limits::TOOLS_PER_UPSTREAM_MAX,
            internal: 0,
            operations: Vec::new(),
            skipped: Vec::new(),
        };
        if dialect == Dialect::V2 {
            reader.servers = server::older(root, root.get("schemes"));
        }
        reader.schemes = reader.schemes();
        reader
    }

    /// Reads all operations, then the definitions they need.
    pub(super) fn read(mut self, version: String) -> (Api, Vec<String>) {
        let root = self.library.root();
        let items = self.items(root);
        let written = items.iter().flat_map(|item| METHODS.iter().filter_map(|(key, _)| item.get(key)));
        self.names = Names::new(written.filter_map(|operation| operation.text("operationId")));
        for item in &items {
            self.path_item(item);
        }
        if self.internal > 0 {
            self.notes.warn(format!("{} operations are marked x-internal and left out", self.internal));
        }
        if self.operations_left == 0 {
            let max = limits::TOOLS_PER_UPSTREAM_MAX;
            self.notes.warn(format!("there are more than {max} operations: those beyond are left out"));
        }
        if self.operations.is_empty() && self.skipped.is_empty() {
            self.notes.warn("there is no operation in it: `paths` is missing or empty");
        }
        let definitions = self.write_definitions();
        let info = root.get("info");
        let word = |key| info.and_then(|info| info.text(key)).unwrap_or_default().trim().to_owned();
        let api = Api {
            title: word("title"),
            version: word("version"),
            dialect: version,
            operations: self.operations,
            definitions: weir_model::Definitions::new(definitions).into(),
            schemes: self.schemes,
            skipped: self.skipped,
            warnings: self.notes.into_sentences(),
        };
        (api, self.library.into_paths())
    }

    /// Paths with what they refer to; one that is broken is skipped here.
    fn items(&mut self, root: Spot<'a>) -> Vec<PathItem<'a>> {
        let mut items = Vec::new();
        for (path, item) in root.get("paths").into_iter().flat_map(Spot::entries) {
            if path.starts_with("x-") {
                continue;
            }
            if items.len() + self.skipped.len() >= limits::TOOLS_PER_UPSTREAM_MAX {
                self.notes.warn(format!("there are more than {} paths", limits::TOOLS_PER_UPSTREAM_MAX));
                break;
            }
            if item.object().is_none() {
                let reason = format!("the path is {}, not an object", item.node.kind());
                self.skipped.push(Skipped { place: place(path), reason });
                continue;
            }
            match self.library.follow(item, &mut self.notes) {
                Ok(target) if std::ptr::eq(target.node, item.node) => {
                    items.push(PathItem { path, items: [Some(item), None] });
                }
                Ok(target) => items.push(PathItem { path, items: [Some(item), Some(target)] }),
                Err(broken) => {
                    let reason = format!("the path refers to {broken}");
                    self.skipped.push(Skipped { place: place(path), reason });
                }
            }
        }
        items
    }

    fn path_item(&mut self, item: &PathItem<'a>) {
        for (key, method) in METHODS {
            let Some(spot) = item.get(key) else { continue };
            let Some(left) = self.operations_left.checked_sub(1) else { return };
            self.operations_left = left;
            if item.flag("x-internal") || spot.flag("x-internal") {
                self.internal += 1;
                continue;
            }
            let read = if spot.object().is_some() {
                self.operation(item, method, spot)
            } else {
                Err(format!("it is {}, not an object", spot.node.kind()))
            };
            match read {
                Ok(operation) => self.operations.push(operation),
                Err(reason) => self.skip(method.as_str(), item.path, reason),
            }
        }
        for (method, spot) in item.get("additionalOperations").into_iter().flat_map(Spot::entries) {
            let Some(left) = self.operations_left.checked_sub(1) else { return };
            self.operations_left = left;
            if spot.object().is_some() {
                let reason = format!("weir does not know the method {}", quote(method));
                self.skip(method, item.path, reason);
            }
        }
    }

    fn skip(&mut self, method: &str, path: &str, reason: String) {
        self.skipped.push(Skipped { place: format!("{} {}", place(method), place(path)), reason });
    }

    fn write_definitions(&mut self) -> Vec<(String, String)> {
        let mut definitions = Vec::new();
        while let Some((name, spot, form)) = self.definitions.take_waiting() {
            let Some(spot) = spot else {
                definitions.push((name, BYTES.to_owned()));
                continue;
            };
            let has_room = self.has_room();
            let mut writer = Writer::new(self, form);
            match has_room {
                Ok(()) => writer.schema(spot, Beside::default()),
                Err(reason) => {
                    writer.reader.notes.warn(format!("{reason}: any value passes as `{name}`"));
                    writer.anything(Beside::default());
                }
            }
            let (mut text, mut wanted) = writer.into_text();
            if text.len() > limits::SCHEMA_BYTES_MAX {
                self.notes.warn(format!("the schema {} is too long: any value passes there", quote(&name)));
                (text, wanted) = ("{}".to_owned(), Vec::new());
            }
            self.definitions.keep(wanted);
            definitions.push((name, text));
        }
        definitions
    }

    /// Counts text that was written: one large thing in the description may be used by thousands of operations.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
    }

    /// Whether more may be written. `Err` is a sentence.
    pub(super) fn has_room(&self) -> Result<(), String> {
        if self.bytes_left == 0 {
            let max = limits::API_BYTES_MAX / (1024 * 1024);
            return Err(format!("what is read from the description is longer than {max} MiB together"));
        }
        Ok(())
    }
}

/// A path or a method in `Skipped::place`: bounded, without control characters.
fn place(text: &str) -> String {
    const CHARS_MAX: usize = 300;
    text.chars().take(CHARS_MAX).flat_map(char::escape_debug).collect()
}
