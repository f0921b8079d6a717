//! What a schema says a value looks like, free of JSON Schema's many ways to say it. Printers start from here.
//!
//! Lossy only upwards: where a schema cannot be said as a type (`not`, `if`, references outside), the shape is wider.
//! Schemas read in one session share their definitions: each is read once, the nearest first.

mod combine;
mod keyword;

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::{
    Shared,
    audit::Branches,
    content::{self, CONTENT_BYTES_MAX},
    doc::{Doc, doc},
    document::{Definition, Root, Target, last_word},
};
pub(crate) use combine::union;

/// Shapes made from one schema, definitions apart; beyond it everything is `Any`.
const SHAPES_MAX: usize = 20_000;
/// Nesting beyond which a value is `Any`, definitions apart: what the stack bears.
const DEPTH_MAX: usize = 24;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Any,
    /// There is a value; what it holds is said elsewhere, or nowhere.
    Unknown,
    Never,
    Null,
    Boolean,
    /// A whole number.
    Integer,
    Number,
    String,
    /// JSON text of a scalar, valid in TypeScript as it stands.
    Literal(String),
    Array(Box<Shape>),
    Tuple {
        items: Vec<Shape>,
        required: usize,
        rest: Option<Box<Shape>>,
    },
    Object(Object),
    /// At least two.
    Union(Vec<Shape>),
    /// At least two.
    Intersection(Vec<Shape>),
    /// Index into [`Shapes::named`].
    Named(usize),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    pub(crate) fields: Vec<Field>,
    /// What fields of other names hold.
    pub(crate) others: Option<Box<Shape>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) optional: bool,
    pub(crate) shape: Shape,
    pub(crate) doc: Doc,
}

/// A shape that more than one place refers to, or that contains itself.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// As the document calls it; not yet an identifier.
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) doc: Doc,
    /// Equal for definitions that say the same, whatever document they are in.
    pub(crate) content: String,
    /// It was not read, so it can only be said by name.
    pub(crate) opaque: bool,
}

/// How much of schemas is read; what is left out is `Any`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Definitions between a schema and those that are left out.
    pub(crate) hops: usize,
    /// Objects and lists inside one another, definitions apart.
    pub(crate) depth: usize,
    /// Optional fields of one object.
    pub(crate) fields: usize,
    /// A shared definition with a longer text is known by name only.
    pub(crate) definition_bytes: usize,
}

impl Extent {
    /// Everything.
    pub(crate) const WHOLE: Self =
        Self { hops: usize::MAX, depth: DEPTH_MAX, fields: usize::MAX, definition_bytes: usize::MAX };
    /// What one line can show: a definition that is longer than a name is not written out there.
    pub(crate) const LINE: Self = Self { hops: 2, definition_bytes: 600, ..Self::WHOLE };
}

/// Makes shapes from schema documents that share definitions.
pub(crate) struct Shapes<'a> {
    pub(crate) named: Vec<Named>,
    /// Whether [`Extent`] left something out.
    pub(crate) cut: bool,
    extent: Extent,
    known: HashMap<Key, usize>,
    /// Definitions that have a number and no shape yet, the nearest first.
    pending: VecDeque<Pending<'a>>,
    branches: Branches,
    documents: usize,
    at: At<'a>,
    left: usize,
    content_bytes_left: usize,
}

/// What a definition is known by.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    /// A place in one document.
    Own(usize, String),
    Shared(*const Shared, usize),
}

struct Pending<'a> {
    index: usize,
    schema: &'a Value,
    at: At<'a>,
}

/// Where a schema stands that is being read.
#[derive(Clone, Copy)]
struct At<'a> {
    root: Root<'a>,
    /// What the root itself is called where something refers to it.
    root_name: &'a str,
    document: usize,
    /// Definitions between the document's root and here.
    hops: usize,
}

impl<'a> Shapes<'a> {
    pub(crate) fn new(extent: Extent) -> Self {
        Self {
            named: Vec::new(),
            cut: false,
            extent,
            known: HashMap::new(),
            pending: VecDeque::new(),
            branches: Branches::default(),
            documents: 0,
            at: At { root: Root::alone(&Value::Null), root_name: "", document: 0, hops: 0 },
            left: 0,
            content_bytes_left: 0,
        }
    }

    /// The shape of a schema of a document. What it refers to is read by [`Shapes::complete`], as if it were `hops`
    /// definitions away already.
    pub(crate) fn read(&mut self, root: Root<'a>, root_name: &'a str, schema: &Value, hops: usize) -> Shape {
        self.documents += 1;
        self.content_bytes_left = CONTENT_BYTES_MAX;
        self.at = At { root, root_name, document: self.documents, hops };
        self.left = SHAPES_MAX;
        self.shape(schema, 0)
    }

    /// Gives every definition its shape. Before, [`Shapes::named`] has only their names.
    pub(crate) fn complete(&mut self) {
        while let Some(Pending { index, schema, at }) = self.pending.pop_front() {
            self.at = at;
            self.left = SHAPES_MAX;
            let shape = self.shape(schema, 0);
            self.named[index].shape = shape;
        }
    }

    fn shape(&mut self, schema: &Value, depth: usize) -> Shape {
        if self.left == 0 {
            self.cut = true;
            return Shape::Any;
        }
        self.left -= 1;
        if depth > self.extent.depth {
            let shape = keyword::scalar(schema);
            self.cut |= shape == Shape::Any;
            return shape;
        }
        self.keywords(schema, depth)
    }

    fn reference(&mut self, reference: &str) -> Shape {
        let Some(target) = self.at.root.resolve(reference) else { return Shape::Any };
        let key = match target {
            Target::Own(_) => Key::Own(self.at.document, reference.to_owned()),
            Target::Shared(definition) => {
                let (shared, number) = definition.key();
                Key::Shared(shared, number)
            }
        };
        if let Some(&index) = self.known.get(&key) {
            return Shape::Named(index);
        }
        if self.at.hops >= self.extent.hops {
            self.cut = true;
            return Shape::Any;
        }
        let index = self.named.len();
        let at = At { hops: self.at.hops.saturating_add(1), ..self.at };
        let read = match target {
            Target::Own(schema) => self.own_definition(reference, schema, at),
            Target::Shared(definition) => self.shared_definition(reference, definition, at),
        };
        if !read {
            return Shape::Any;
        }
        self.known.insert(key, index);
        Shape::Named(index)
    }

    /// False when no type can be made of it.
    fn own_definition(&mut self, reference: &str, schema: &'a Value, at: At<'a>) -> bool {
        if self.branches.of(schema, at.root).is_err() {
            return false;
        }
        let index = self.named.len();
        let name = if reference.contains('/') { last_word(reference) } else { at.root_name.to_owned() };
        let content = content::text(schema, at.root, &mut self.content_bytes_left)
            .unwrap_or_else(|| format!("{} {reference}", at.document));
        self.named.push(Named { name, shape: Shape::Any, doc: doc(schema), content, opaque: false });
        self.pending.push_back(Pending { index, schema, at });
        true
    }

    fn shared_definition(&mut self, reference: &str, definition: Definition<'a>, at: At<'a>) -> bool {
        let name = last_word(reference);
        let (shared, number) = definition.key();
        let content = format!("{shared:p} {number}");
        let is_read = definition.bytes() <= self.extent.definition_bytes;
        let at = At { root: at.root.outside(), ..at };
        let Some(schema) = is_read.then(|| definition.schema()).flatten() else {
            self.cut = true;
            self.named.push(Named { name, shape: Shape::Any, doc: Doc::default(), content, opaque: true });
            return true;
        };
        if self.branches.of(schema, at.root).is_err() {
            return false;
        }
        let index = self.named.len();
        self.named.push(Named { name, shape: Shape::Any, doc: doc(schema), content, opaque: false });
        self.pending.push_back(Pending { index, schema, at });
        true
    }
}
