//! Writes shapes as Python types: `list[Issue] | None`. Starlark, which has no types, shows the same in comments.
//!
//! Python has no type for an object with fields where it stands: whoever writes says what stands there instead.

mod brief;
mod parameter;
mod text;

pub(crate) use brief::Brief;
pub(crate) use parameter::{Dialect, Parameters, is_name};
pub(crate) use text::{comment_lines, commented, docstring, hashed, note, quoted};

use crate::{
    schema::{Named, Object, Shape, alternatives, union},
    typescript::spelled,
};

/// Intersections said inside one another; a deeper one is as wide as its first part.
const MERGES_MAX: usize = 2;
/// Types written for one document; beyond it everything is `Any`. More than its shapes, since merging repeats some.
pub(crate) const WRITES_MAX: usize = 40_000;

/// What differs from one text to the next.
pub(crate) trait Say {
    /// Counts one type; false when there were [`WRITES_MAX`].
    fn spend(&mut self) -> bool;

    fn named(&self) -> &[Named];

    /// An object with fields.
    fn object(&mut self, object: &Object, place: Place<'_>) -> String;

    fn definition(&mut self, index: usize, place: Place<'_>) -> String;

    /// Literals of one union, each as Python writes it.
    fn literals(&self, literals: &[String]) -> String;

    /// Types of one union that are written, literals apart; further ones are `…`.
    fn branches_max(&self) -> usize;

    /// `str`, `list`, `Any`: as it must be written where it stands.
    fn word(&self, word: &'static str) -> String;

    /// Whether a text is meant to be short, not to be Python.
    fn is_brief(&self) -> bool;
}

/// Where a type stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// What the value is called there, and what holds it: raw words for a name.
    pub(crate) called: &'a str,
    pub(crate) within: &'a str,
    /// One of many.
    pub(crate) item: bool,
    pub(crate) depth: usize,
    merges: usize,
}

impl<'a> Place<'a> {
    /// The value itself.
    pub(crate) fn top(called: &'a str) -> Self {
        Self { called, within: called, item: false, depth: 0, merges: 0 }
    }

    /// A field of what stands here.
    pub(crate) fn field<'b>(self, called: &'b str, within: &'b str) -> Place<'b> {
        Place { called, within, item: false, depth: self.depth + 1, merges: self.merges }
    }
}

/// Words that types are made of, and that no declared type may be called.
pub(crate) const WORDS: [&str; 14] = [
    "Any",
    "Literal",
    "Never",
    "NotRequired",
    "Tool",
    "ToolError",
    "TypeAlias",
    "TypedDict",
    "bool",
    "dict",
    "float",
    "int",
    "list",
    "str",
];

/// `rich_text.Request` → `RichTextRequest`, with a number from the second on.
pub(crate) fn type_name(raw: &str, n: usize) -> String {
    spelled(raw, n, |name| WORDS.contains(&name) || ["False", "None", "True"].contains(&name))
}

/// The type's text.
pub(crate) fn expression(shape: &Shape, say: &mut dyn Say, place: Place<'_>) -> String {
    if !say.spend() {
        return say.word("Any");
    }
    match shape {
        Shape::Any | Shape::Unknown => say.word("Any"),
        Shape::Never => say.word("Never"),
        Shape::Null => "None".to_owned(),
        Shape::Boolean => say.word("bool"),
        Shape::Integer => say.word("int"),
        Shape::Number => say.word("float"),
        Shape::String => say.word("str"),
        Shape::Literal(_) | Shape::Union(_) => alternation(shape, say, place),
        Shape::Array(item) => array(item, say, place),
        // JSON's arrays are lists, whatever stands where in them.
        Shape::Tuple { items, rest, .. } => {
            let all = items.iter().chain(rest.as_deref()).cloned().collect();
            array(&union(all), say, place)
        }
        Shape::Object(object) if object.fields.is_empty() => mapping(object, say, place),
        Shape::Object(object) => say.object(object, place),
        Shape::Intersection(shapes) => intersection(shape, &shapes[0], say, place),
        Shape::Named(index) => say.definition(*index, place),
    }
}

fn intersection(shape: &Shape, first: &Shape, say: &mut dyn Say, place: Place<'_>) -> String {
    let objects = if place.merges < MERGES_MAX { alternatives(shape, say.named()) } else { None };
    match objects {
        Some(objects) => {
            let place = Place { merges: place.merges + 1, ..place };
            expression(&union(objects.into_iter().map(Shape::Object).collect()), say, place)
        }
        // Wider than the schema, never narrower.
        None => expression(first, say, place),
    }
}

fn array(item: &Shape, say: &mut dyn Say, place: Place<'_>) -> String {
    if say.is_brief() && *item == Shape::Any {
        return say.word("list");
    }
    let item = expression(item, say, Place { item: true, ..place });
    format!("{}[{item}]", say.word("list"))
}

fn mapping(object: &Object, say: &mut dyn Say, place: Place<'_>) -> String {
    let others = object.others.as_deref().unwrap_or(&Shape::Any);
    if say.is_brief() && *others == Shape::Any {
        return say.word("dict");
    }
    let others = expression(others, say, Place { item: true, ..place });
    format!("{}[{}, {others}]", say.word("dict"), say.word("str"))
}

/// `A | Literal["x", "y"] | None`: literals together, None last.
fn alternation(shape: &Shape, say: &mut dyn Say, place: Place<'_>) -> String {
    let shapes = match shape {
        Shape::Union(shapes) => shapes.as_slice(),
        shape => std::slice::from_ref(shape),
    };
    let mut texts: Vec<String> = Vec::new();
    let mut literals: Vec<String> = Vec::new();
    let mut literals_at = None;
    let (mut is_optional, mut is_cut, mut others) = (false, false, 0);
    for shape in shapes {
        let text = match shape {
            Shape::Null => {
                is_optional = true;
                continue;
            }
            Shape::Literal(json) => match text::literal(json) {
                Some(literal) => {
                    literals_at.get_or_insert(texts.len());
                    if !literals.contains(&literal) {
                        literals.push(literal);
                    }
                    continue;
                }
                None => say.word("float"),
            },
            _ if others == say.branches_max() => {
                is_cut = true;
                continue;
            }
            shape => {
                others += 1;
                expression(shape, say, place)
            }
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if let Some(at) = literals_at {
        texts.insert(at, say.literals(&literals));
    }
    if is_cut {
        texts.push("…".to_owned());
    }
    if is_optional {
        texts.push("None".to_owned());
    }
    texts.join(if say.is_brief() { "|" } else { " | " })
}
