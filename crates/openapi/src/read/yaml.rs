//! YAML text as a [`Node`]. Aliases are copies that are paid for, tags choose among JSON's own types and nothing else.

use std::{borrow::Cow, collections::HashMap};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use weir_model::limits;

use super::{
    node::{Node, Object, Tally},
    scalar::scalar,
};

/// What a copied value costs beside its text.
const VALUE_BYTES: usize = 64;

/// `Err` is a sentence without its subject, with line and column. Of several documents the first is read; the flag says
/// that there are more.
pub(super) fn parse<'a>(text: &'a str, tally: &Tally) -> Result<(Node<'a>, bool), String> {
    let mut builder = Builder {
        tally,
        open: Vec::new(),
        anchors: HashMap::new(),
        copied_bytes_left: limits::DESCRIPTION_COPIED_BYTES_MAX,
        done: None,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| told(&error))?;
        if builder.done.is_some() && matches!(event, Event::DocumentStart(..)) {
            return Ok((builder.done.unwrap_or(Node::Null), true));
        }
        builder.take(event).map_err(|reason| at(&reason, &span))?;
    }
    Ok((builder.done.unwrap_or(Node::Null), false))
}

struct Builder<'a, 't> {
    tally: &'t Tally,
    open: Vec<Frame<'a>>,
    /// `None` while the anchored value is still being read.
    anchors: HashMap<usize, Option<Node<'a>>>,
    copied_bytes_left: usize,
    done: Option<Node<'a>>,
}

/// A list or an object that has begun; the number is its anchor's, 0 for none.
enum Frame<'a> {
    List(Vec<Node<'a>>, usize),
    Object { fields: Vec<(Cow<'a, str>, Node<'a>)>, name: Option<Cow<'a, str>>, merged: Vec<Node<'a>>, anchor: usize },
}

impl<'a> Builder<'a, '_> {
    /// `Err` is a sentence without its subject and place.
    fn take(&mut self, event: Event<'a>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.tally.count()?;
                let is_plain = matches!(style, ScalarStyle::Plain);
                let tag = tag.as_ref().map(|tag| tag.core_suffix().unwrap_or(""));
                let node = if self.expects_name() { Node::Text(text) } else { scalar(text, is_plain, tag) };
                self.keep(anchor, &node)?;
                match node {
                    Node::Text(name) if self.expects_name() => {
                        self.name(name);
                        Ok(())
                    }
                    node => self.value(node),
                }
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Frame::List(Vec::new(), anchor), anchor),
            Event::MappingStart(_, anchor, _) => {
                let frame = Frame::Object { fields: Vec::new(), name: None, merged: Vec::new(), anchor };
                self.begin(frame, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor),
            _ => Ok(()),
        }
    }

    fn expects_name(&self) -> bool {
        matches!(self.open.last(), Some(Frame::Object { name: None, .. }))
    }

    fn name(&mut self, text: Cow<'a, str>) {
        if let Some(Frame::Object { name, .. }) = self.open.last_mut() {
            *name = Some(text);
        }
    }

    fn begin(&mut self, frame: Frame<'a>, anchor: usize) -> Result<(), String> {
        self.tally.count()?;
        if self.expects_name() {
            return Err("a field's name is a list or an object".to_owned());
        }
        if self.open.len() >= limits::JSON_DEPTH_MAX {
            return Err(format!("it nests deeper than {} levels", limits::JSON_DEPTH_MAX));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        self.open.push(frame);
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let (node, anchor) = match self.open.pop() {
            Some(Frame::List(items, anchor)) => (Node::List(items.into_boxed_slice()), anchor),
            Some(Frame::Object { fields, merged, anchor, .. }) => {
                let object = Object::new(fields, self.tally);
                (Node::Object(if merged.is_empty() { object } else { self.merge(object, merged)? }), anchor)
            }
            None => return Ok(()),
        };
        self.keep(anchor, &node)?;
        self.value(node)
    }

    fn alias(&mut self, anchor: usize) -> Result<(), String> {
        let mut left = self.copied_bytes_left;
        let copy = match self.anchors.get(&anchor) {
            Some(Some(node)) => copy(node, &mut left, self.tally, self.open.len())?,
            Some(None) => return Err("an alias stands inside the value that it names".to_owned()),
            None => return Err("an alias names no anchor before it".to_owned()),
        };
        self.copied_bytes_left = left;
        if self.expects_name() {
            return match copy {
                Node::Text(text) => {
                    self.name(text);
                    Ok(())
                }
                _ => Err("a field's name is no text".to_owned()),
            };
        }
        self.value(copy)
    }

    /// Remembers an anchored value.
    fn keep(&mut self, anchor: usize, node: &Node<'a>) -> Result<(), String> {
        if anchor != 0 {
            let copy = copy(node, &mut self.copied_bytes_left, self.tally, 0)?;
            self.anchors.insert(anchor, Some(copy));
        }
        Ok(())
    }

    fn value(&mut self, node: Node<'a>) -> Result<(), String> {
        match self.open.last_mut() {
            None => self.done = Some(node),
            Some(Frame::List(items, _)) => items.push(node),
            Some(Frame::Object { fields, name, merged, .. }) => match name.take() {
                Some(name) if name == "<<" && is_mergeable(&node) => merged.push(node),
                Some(name) => fields.push((name, node)),
                None => return Err("a field has no name".to_owned()),
            },
        }
        Ok(())
    }

    /// `<<`: fields of other objects, where the object has none of that name itself; the first to name one wins.
    fn merge(&mut self, object: Object<'a>, merged: Vec<Node<'a>>) -> Result<Object<'a>, String> {
        let objects = merged.iter().flat_map(|node| match node {
            Node::List(items) => items.iter().collect(),
            other => vec![other],
        });
        let mut fields = Vec::new();
        for other in objects.collect::<Vec<_>>().into_iter().rev().filter_map(Node::as_object) {
            for (name, node) in other.fields() {
                fields.push((name.clone(), copy(node, &mut self.copied_bytes_left, self.tally, self.open.len())?));
            }
        }
        // A field that is replaced on purpose is nothing to warn of: a tally of its own is thrown away.
        let mut known = Object::new(fields, &Tally::new()).into_fields();
        known.extend(object.into_fields());
        Ok(Object::new(known, &Tally::new()))
    }
}

fn is_mergeable(node: &Node<'_>) -> bool {
    match node {
        Node::Object(_) => true,
        Node::List(items) => items.iter().all(|item| item.as_object().is_some()),
        _ => false,
    }
}

/// A copy that is paid for before it is made.
fn copy<'a>(node: &Node<'a>, bytes_left: &mut usize, tally: &Tally, level: usize) -> Result<Node<'a>, String> {
    tally.count()?;
    if level > limits::JSON_DEPTH_MAX {
        return Err(format!("it nests deeper than {} levels, aliases followed", limits::JSON_DEPTH_MAX));
    }
    pay(bytes_left, VALUE_BYTES + node.as_text().map_or(0, str::len))?;
    Ok(match node {
        Node::List(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| copy(item, bytes_left, tally, level + 1)).collect();
            Node::List(items?.into_boxed_slice())
        }
        Node::Object(object) => {
            let mut fields = Vec::with_capacity(object.len());
            for (name, node) in object.fields() {
                pay(bytes_left, name.len())?;
                fields.push((name.clone(), copy(node, bytes_left, tally, level + 1)?));
            }
            Node::Object(Object::new(fields, tally))
        }
        scalar => scalar.clone(),
    })
}

fn pay(bytes_left: &mut usize, bytes: usize) -> Result<(), String> {
    *bytes_left = bytes_left.checked_sub(bytes).ok_or_else(|| {
        let max = limits::DESCRIPTION_COPIED_BYTES_MAX / (1024 * 1024);
        format!("its aliases stand for more than {max} MiB")
    })?;
    Ok(())
}

fn told(error: &ScanError) -> String {
    format!("{} at line {} column {}", error.info(), error.marker().line(), error.marker().col() + 1)
}

fn at(reason: &str, span: &Span) -> String {
    format!("{reason} at line {} column {}", span.start.line(), span.start.col() + 1)
}
