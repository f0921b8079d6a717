//! The files of a description, and what references in them lead to. Files are read when something needs them.
//!
//! Never a file above the root's directory, never an address; never more files, bytes or hops than the limits say.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
};

use weir_model::limits;

use super::{
    Files,
    node::{Node, Object, Tally},
    note::{Notes, quote},
    pointer, source,
};

/// Fields from which an object is searched by an index.
const LONG: usize = 48;

/// The place of documents beside the root: filled one by one, never emptied.
pub(super) struct Shelf(Box<[OnceCell<Node<'static>>]>);

/// A value, and the file it is in: references are relative to that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) node: &'a Node<'a>,
    file: usize,
}

/// A reference that leads nowhere: `` `#/components/x`, which does not exist ``.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) String);

pub(crate) struct Library<'a> {
    root: &'a Node<'a>,
    root_bytes: &'a [u8],
    shelf: &'a Shelf,
    files: &'a dyn Files,
    tally: Tally,
    bytes_left: u64,
    /// By number, the root first.
    paths: Vec<String>,
    by_path: HashMap<String, Result<usize, String>>,
    by_reference: HashMap<(usize, &'a str), Result<Spot<'a>, Broken>>,
    indexes: HashMap<*const Object<'a>, HashMap<&'a str, &'a Node<'a>>>,
    /// By file.
    anchors: HashMap<usize, HashMap<&'a str, Spot<'a>>>,
    hops: usize,
}

impl Shelf {
    pub(super) fn new() -> Self {
        Self((0..limits::DESCRIPTION_FILES_MAX).map(|_| OnceCell::new()).collect())
    }
}

impl<'a> Spot<'a> {
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.node.get(name).map(|node| self.with(node))
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.node.get(name)?.as_text()
    }

    pub(crate) fn flag(self, name: &str) -> bool {
        self.node.get(name) == Some(&Node::Bool(true))
    }

    pub(crate) fn object(self) -> Option<&'a Object<'a>> {
        self.node.as_object()
    }

    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Self)> {
        self.node.as_object().into_iter().flat_map(Object::iter).map(move |(name, node)| (name, self.with(node)))
    }

    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        self.node.as_list().unwrap_or_default().iter().map(move |node| self.with(node))
    }

    /// A list's texts; what else is in it is passed over.
    pub(crate) fn texts(self) -> impl Iterator<Item = &'a str> {
        self.node.as_list().unwrap_or_default().iter().filter_map(Node::as_text)
    }

    fn with(self, node: &'a Node<'a>) -> Self {
        Self { node, ..self }
    }
}

impl<'a> Library<'a> {
    /// `name` is the root's, as messages call it; references of other files to its last part lead back to it.
    pub(super) fn new(
        name: &str,
        root: (&'a Node<'a>, &'a [u8]),
        shelf: &'a Shelf,
        files: &'a dyn Files,
        tally: Tally,
    ) -> Self {
        let (root, root_bytes) = root;
        let name = name.split(['?', '#']).next().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        Self {
            root,
            root_bytes,
            shelf,
            files,
            tally,
            bytes_left: limits::DESCRIPTION_TREE_BYTES_MAX.saturating_sub(root_bytes.len() as u64),
            by_path: HashMap::from([(name.clone(), Ok(0))]),
            paths: vec![name],
            by_reference: HashMap::new(),
            indexes: HashMap::new(),
            anchors: HashMap::new(),
            hops: 0,
        }
    }

    pub(crate) fn root(&self) -> Spot<'a> {
        Spot { node: self.root, file: 0 }
    }

    /// The files read beside the root, in order.
    pub(super) fn into_paths(mut self) -> Vec<String> {
        self.paths.remove(0);
        self.paths
    }

    /// Follows `$ref` until it leads to something that is none.
    pub(crate) fn follow(&mut self, spot: Spot<'a>, notes: &mut Notes) -> Result<Spot<'a>, Broken> {
        let mut spot = spot;
        for _ in 0..limits::REFERENCE_HOPS_MAX {
            match spot.text("$ref") {
                Some(reference) => spot = self.lookup(reference, spot, notes)?,
                None => return Ok(spot),
            }
        }
        let reference = spot.text("$ref").unwrap_or_default();
        Err(Broken(format!("{}, which only leads round in a circle", quote(reference))))
    }

    /// What a reference that stands at a spot leads to; it may be a reference itself.
    pub(crate) fn lookup(&mut self, reference: &'a str, from: Spot<'a>, notes: &mut Notes) -> Result<Spot<'a>, Broken> {
        if let Some(known) = self.by_reference.get(&(from.file, reference)) {
            return known.clone();
        }
        if self.hops >= limits::REFERENCE_HOPS_MAX {
            return Err(Broken(format!("{}, which only leads round in a circle", quote(reference))));
        }
        self.hops += 1;
        let found = self.find(reference, from, notes);
        self.hops -= 1;
        self.by_reference.insert((from.file, reference), found.clone());
        found
    }

    fn find(&mut self, reference: &'a str, from: Spot<'a>, notes: &mut Notes) -> Result<Spot<'a>, Broken> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file = match file {
            "" => from.file,
            path => self
                .file(from.file, path, notes)
                .map_err(|reason| Broken(format!("{}, which {reason}", quote(reference))))?,
        };
        let mut spot = Spot { node: self.document(file), file };
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return self
                .anchor(spot, pointer)
                .ok_or_else(|| Broken(format!("{}, and there is no anchor of that name", quote(reference))));
        }
        for (word, other) in pointer::words(pointer) {
            if spot.text("$ref").is_some() && spot.node.get(&word).is_none() {
                spot = self.follow(spot, notes)?;
            }
            let below = self.child(spot, &word).or_else(|| self.child(spot, other.as_deref()?));
            spot = below.ok_or_else(|| Broken(format!("{}, which does not exist", quote(reference))))?;
        }
        Ok(spot)
    }

    fn document(&self, file: usize) -> &'a Node<'a> {
        match file.checked_sub(1) {
            None => self.root,
            Some(index) => self.shelf.0[index].get().unwrap_or(&Node::Null),
        }
    }

    /// The number of the file that a path in a reference names, read now if it has not been.
    fn file(&mut self, from: usize, path: &str, notes: &mut Notes) -> Result<usize, String> {
        let path = match pointer::file(&self.paths[from], path) {
            Ok(path) => path,
            Err(reason) => {
                notes.warn(format!("{} is not read: it {reason}", quote(path)));
                return Err(reason.to_owned());
            }
        };
        if let Some(known) = self.by_path.get(&path) {
            return known.clone();
        }
        let found = self.read(&path, notes);
        if let Err(reason) = &found {
            notes.warn(format!("{} is not read: it {reason}", quote(&path)));
        }
        self.by_path.insert(path, found.clone());
        found
    }

    fn read(&mut self, path: &str, notes: &mut Notes) -> Result<usize, String> {
        let number = self.paths.len();
        if number > self.shelf.0.len() {
            return Err(format!("is one file more than the {} a description may consist of", self.shelf.0.len()));
        }
        let bytes = self.files.read(path).map_err(|reason| format!("cannot be read ({reason})"))?;
        // Whatever messages call the root: a file beside it that is it, is the root itself.
        if !path.contains('/') && *bytes == *self.root_bytes {
            return Ok(0);
        }
        self.bytes_left = self.bytes_left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            let max = limits::DESCRIPTION_TREE_BYTES_MAX / limits::MIB;
            format!("would bring the description over {max} MiB")
        })?;
        let document = source::document(&bytes, &self.tally, notes, path)?.into_owned();
        self.shelf.0[number - 1].get_or_init(|| document);
        self.paths.push(path.to_owned());
        Ok(number)
    }

    pub(crate) fn child(&mut self, spot: Spot<'a>, word: &str) -> Option<Spot<'a>> {
        let node = match spot.node {
            Node::List(items) => {
                let is_index = word == "0" || !word.starts_with(['0', '+']);
                items.get(word.parse::<usize>().ok().filter(|_| is_index)?)
            }
            Node::Object(object) if object.len() < LONG => object.get(word),
            Node::Object(object) => {
                let index = self.indexes.entry(std::ptr::from_ref(object)).or_insert_with(|| object.iter().collect());
                index.get(word).copied()
            }
            _ => None,
        };
        node.map(|node| spot.with(node))
    }

    /// The value of a file that calls itself by an `$anchor`.
    fn anchor(&mut self, document: Spot<'a>, name: &str) -> Option<Spot<'a>> {
        let anchors = self.anchors.entry(document.file).or_insert_with(|| {
            let (mut anchors, mut open) = (HashMap::new(), vec![document]);
            while let Some(spot) = open.pop() {
                for name in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(|key| spot.text(key)) {
                    anchors.entry(name).or_insert(spot);
                }
                open.extend(spot.items());
                open.extend(spot.entries().map(|(_, below)| below));
            }
            anchors
        });
        anchors.get(name).copied()
    }
}

/// Names of the components that schemas are kept under, for those who must not take them for something else.
pub(crate) fn component_names<'a>(root: Spot<'a>) -> impl Iterator<Item = (&'a str, Spot<'a>)> {
    let schemas = root.get("components").and_then(|components| components.get("schemas"));
    let known: BTreeSet<&str> = schemas.into_iter().flat_map(Spot::entries).map(|(name, _)| name).collect();
    let older = root.get("definitions").into_iter().flat_map(Spot::entries);
    schemas.into_iter().flat_map(Spot::entries).chain(older.filter(move |(name, _)| !known.contains(name)))
}
