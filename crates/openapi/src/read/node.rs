//! A document as a tree that borrows its text: a fifth of what a tree of owned values costs.
//!
//! Never deeper than [`limits::JSON_DEPTH_MAX`], never more than [`limits::DESCRIPTION_VALUES_MAX`] values: whoever makes
//! one counts.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashSet,
};

use serde_json::Number;
use weir_model::limits;

/// Fields up to which an object is searched from its beginning.
const SHORT_MAX: usize = 16;
/// Names written twice that are told.
const REPEATED_TOLD_MAX: usize = 5;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Box<[Node<'a>]>),
    Object(Object<'a>),
}

/// Fields in their own order, each name once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object<'a>(Box<[(Cow<'a, str>, Node<'a>)]>);

/// What all documents of one description together may still hold, and what was odd in them.
pub(crate) struct Tally {
    values_left: Cell<usize>,
    repeated: RefCell<Vec<String>>,
}

impl<'a> Node<'a> {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Node<'a>]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.as_object()?.get(name)
    }

    /// Free of the text it was read from.
    pub(crate) fn into_owned(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(value) => Node::Bool(value),
            Self::Number(number) => Node::Number(number),
            Self::Text(text) => Node::Text(Cow::Owned(text.into_owned())),
            Self::List(items) => Node::List(items.into_iter().map(Node::into_owned).collect()),
            Self::Object(object) => Node::Object(Object(
                object.0.into_iter().map(|(name, node)| (Cow::Owned(name.into_owned()), node.into_owned())).collect(),
            )),
        }
    }

    /// What a person calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'a> Object<'a> {
    /// Of two fields with one name the last stands, as other readers have it.
    pub(crate) fn new(mut fields: Vec<(Cow<'a, str>, Node<'a>)>, tally: &Tally) -> Self {
        let twice = twice(&fields);
        if !twice.is_empty() {
            tally.note_repeated(&fields[twice[0]].0);
            let mut index = 0;
            fields.retain(|_| {
                index += 1;
                twice.binary_search(&(index - 1)).is_err()
            });
        }
        Self(fields.into_boxed_slice())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    pub(crate) fn fields(&self) -> &[(Cow<'a, str>, Node<'a>)] {
        &self.0
    }

    pub(crate) fn into_fields(self) -> Vec<(Cow<'a, str>, Node<'a>)> {
        self.0.into_vec()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        self.0.iter().map(|(name, node)| (name.as_ref(), node))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The fields, in ascending order, that a later one of the same name replaces.
fn twice(fields: &[(Cow<'_, str>, Node<'_>)]) -> Vec<usize> {
    if fields.len() <= SHORT_MAX {
        let repeats = |index: &usize| fields[index + 1..].iter().any(|(name, _)| *name == fields[*index].0);
        return (0..fields.len()).filter(repeats).collect();
    }
    let mut seen = HashSet::with_capacity(fields.len());
    let mut twice: Vec<usize> =
        (0..fields.len()).rev().filter(|&index| !seen.insert(fields[index].0.as_ref())).collect();
    twice.reverse();
    twice
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { values_left: Cell::new(limits::DESCRIPTION_VALUES_MAX), repeated: RefCell::default() }
    }

    /// Counts one value. `Err` is a sentence without its subject.
    pub(crate) fn count(&self) -> Result<(), String> {
        match self.values_left.get().checked_sub(1) {
            Some(left) => {
                self.values_left.set(left);
                Ok(())
            }
            None => Err(format!("it holds more than {} values", limits::DESCRIPTION_VALUES_MAX)),
        }
    }

    /// Names that stood twice in one object since the last time this was asked.
    pub(crate) fn take_repeated(&self) -> Vec<String> {
        self.repeated.take()
    }

    fn note_repeated(&self, name: &str) {
        let mut repeated = self.repeated.borrow_mut();
        if repeated.len() < REPEATED_TOLD_MAX {
            repeated.push(name.to_owned());
        }
    }
}
