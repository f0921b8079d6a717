//! The tools of one upstream that a text declares, with their schemas: parsed once for it, whatever detail it has.

use std::sync::Arc;

use serde_json::Value;
use weir_model::Definitions;

use crate::{
    entry::Entry,
    schema::{self, Extent, Named, Root, Shape, Shapes, Shared},
};

/// Some tools of one upstream.
pub(super) struct Sources<'a> {
    identifier: &'a str,
    tools: Vec<Source<'a>>,
    shared: Vec<Shared>,
}

struct Source<'a> {
    entry: &'a Entry,
    input: Option<Document>,
    output: Option<Document>,
    /// Index into [`Sources::shared`].
    shared: Option<usize>,
}

struct Document {
    schema: Value,
    /// What the schema is called where it refers to itself.
    name: String,
}

/// What a tool takes and gives.
pub(super) struct Described<'a> {
    pub(super) entry: &'a Entry,
    /// `Any` when its schema cannot be read.
    pub(super) input: Shape,
    /// `None` when the upstream does not say.
    pub(super) output: Option<Shape>,
}

/// Tools and the definitions they name.
pub(super) struct Shaped<'a> {
    pub(super) identifier: &'a str,
    pub(super) tools: Vec<Described<'a>>,
    pub(super) named: Vec<Named>,
    /// Whether something was left out of them.
    pub(super) cut: bool,
}

impl<'a> Sources<'a> {
    /// Of shared definitions at most `bytes_max` are read.
    pub(super) fn new(identifier: &'a str, entries: impl Iterator<Item = &'a Entry>, bytes_max: usize) -> Self {
        let mut shared: Vec<Shared> = Vec::new();
        let mut number = |definitions: &Arc<Definitions>| {
            shared.iter().rposition(|shared| shared.is_of(definitions)).unwrap_or_else(|| {
                shared.push(Shared::new(definitions, bytes_max));
                shared.len() - 1
            })
        };
        let tools = entries.map(|entry| {
            let tool = entry.tool();
            let document = |schema: Value, of: &str| Document { schema, name: format!("{}_{of}", entry.member()) };
            let readable = entry.quarantined().is_none();
            let input = readable.then(|| schema::parse(&tool.input_schema).ok()).flatten();
            let output = tool.output_schema.as_deref().filter(|_| readable).and_then(|text| schema::parse(text).ok());
            let output = output.filter(|schema| schema::bounded(schema).is_ok());
            Source {
                entry,
                input: input.map(|schema| document(schema, "args")),
                output: output.map(|schema| document(schema, "result")),
                shared: tool.definitions.as_ref().map(&mut number),
            }
        });
        let tools = tools.collect();
        Self { identifier, tools, shared }
    }

    /// Results are read as if they were `result_hops` definitions away already: they give way before arguments do.
    pub(super) fn shapes<'s>(&'s self, extent: Extent, result_hops: usize) -> Shaped<'a> {
        let mut shapes = Shapes::new(extent);
        let mut read = |source: &'s Source<'a>, document: &'s Option<Document>, hops: usize| {
            let Document { schema, name } = document.as_ref()?;
            let shared = source.shared.map(|number| &self.shared[number]);
            Some(shapes.read(Root::new(schema, shared), name, schema, hops))
        };
        // All arguments before any result: what both lead to is as near as the arguments have it.
        let inputs: Vec<Option<Shape>> = self.tools.iter().map(|source| read(source, &source.input, 0)).collect();
        let described = self.tools.iter().zip(inputs).map(|(source, input)| Described {
            entry: source.entry,
            input: input.unwrap_or(Shape::Any),
            output: read(source, &source.output, result_hops),
        });
        let tools = described.collect();
        shapes.complete();
        Shaped { identifier: self.identifier, tools, named: shapes.named, cut: shapes.cut }
    }
}

impl Shaped<'_> {
    /// The tools' identifiers.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|tool| tool.entry.member())
    }
}
