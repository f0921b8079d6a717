//! A tool on one line, for search results: enough to call a simple tool, short enough to show several.

use serde_json::Value;
use weir_model::{Effect, Language, Tool};

use crate::{
    entry::Entry,
    plain,
    python::{Brief, Dialect, Parameters},
    schema::{self, Extent, Named, Object, Root, Shape, Shapes, Shared},
    typescript::{Layout, Writer, type_name},
};

/// Characters of the parameters; reached by leaving out more and more detail.
const PARAMETERS_CHARS_MAX: usize = 150;
const RESULT_CHARS_MAX: usize = 60;
const DESCRIPTION_CHARS_MAX: usize = 80;
/// Text of shared definitions that is read for one line.
const DEFINITIONS_BYTES_MAX: usize = 64 * 1024;

/// From everything to the names of the required fields.
const LAYOUTS: [Layout; 6] = [
    Layout { comments: None, depth_max: 3, literals_max: 8, fields_max: 12 },
    Layout { comments: None, depth_max: 1, literals_max: 5, fields_max: 10 },
    Layout { comments: None, depth_max: 1, literals_max: 3, fields_max: 7 },
    Layout { comments: None, depth_max: 0, literals_max: 3, fields_max: 6 },
    Layout { comments: None, depth_max: 0, literals_max: 2, fields_max: 4 },
    Layout { comments: None, depth_max: 0, literals_max: 1, fields_max: 2 },
];

pub(crate) fn line(entry: &Entry, language: Language) -> String {
    let tool = entry.tool();
    let dialect = match language {
        Language::TypeScript | Language::JavaScript => None,
        Language::Python => Some(Dialect::Python),
        Language::Starlark => Some(Dialect::Starlark),
    };
    let mut line = format!("{}({})", entry.path(), parameters(entry, dialect));
    if let Some(result) = result(entry, dialect) {
        line.push_str(if dialect.is_some() { " -> " } else { ": " });
        line.push_str(&result);
    }
    let (title, description) = (tool.title.as_deref(), tool.description.as_deref());
    // The title of an HTTP operation is a sentence about it, where others have a name for people.
    let description = if tool.request.is_some() { title.or(description) } else { description.or(title) };
    let description = description.unwrap_or_default();
    let description = plain::first_sentence(description, DESCRIPTION_CHARS_MAX);
    if !description.is_empty() {
        line.push_str(" — ");
        line.push_str(&description);
    }
    if entry.effect() != Effect::Read {
        line.push_str(&format!(" [{}]", entry.effect()));
    }
    if tool.deprecated {
        line.push_str(" [deprecated]");
    }
    line
}

fn parameters(entry: &Entry, dialect: Option<Dialect>) -> String {
    let tool = entry.tool();
    let Some(Ok(schema)) = entry.quarantined().is_none().then(|| schema::parse(&tool.input_schema)) else {
        return String::new();
    };
    let shared = shared(tool);
    let (shape, named) = shape(Root::new(&schema, shared.as_ref()), &schema, "args");
    let shape = said(&shape, &named);
    if matches!(shape, Shape::Any) || matches!(shape, Shape::Object(Object { fields, .. }) if fields.is_empty()) {
        return String::new();
    }
    let Some(dialect) = dialect else { return brief(shape, &named, PARAMETERS_CHARS_MAX) };
    let parameters = Parameters::of(shape, &named, dialect);
    shortest(PARAMETERS_CHARS_MAX, |layout| Brief::new(&named, layout).parameters(&parameters))
}

fn result(entry: &Entry, dialect: Option<Dialect>) -> Option<String> {
    let schema = schema::parse(entry.tool().output_schema.as_deref()?).ok()?;
    schema::bounded(&schema).ok()?;
    let shared = shared(entry.tool());
    let (shape, named) = shape(Root::new(&schema, shared.as_ref()), &schema, "result");
    (shape != Shape::Any).then(|| match dialect {
        None => brief(&shape, &named, RESULT_CHARS_MAX),
        Some(_) => shortest(RESULT_CHARS_MAX, |layout| Brief::new(&named, layout).text(&shape)),
    })
}

fn shared(tool: &Tool) -> Option<Shared> {
    tool.definitions.as_ref().map(|definitions| Shared::new(definitions, DEFINITIONS_BYTES_MAX))
}

fn shape(root: Root<'_>, schema: &Value, name: &str) -> (Shape, Vec<Named>) {
    let mut shapes = Shapes::new(Extent::LINE);
    let shape = shapes.read(root, name, schema, 0);
    shapes.complete();
    (shape, shapes.named)
}

/// What a name stands for, where it would be all that is shown.
fn said<'a>(shape: &'a Shape, named: &'a [Named]) -> &'a Shape {
    match shape {
        Shape::Named(index) if !named[*index].opaque => &named[*index].shape,
        shape => shape,
    }
}

/// A type on one line, as TypeScript writes it.
fn brief(shape: &Shape, named: &[Named], chars_max: usize) -> String {
    shortest(chars_max, |layout| {
        let mut namer = |index: usize| type_name(&named[index].name, 1);
        Writer { named, layout, namer: &mut namer }.text(shape, 0)
    })
}

/// One line with as much detail as the length allows.
fn shortest(chars_max: usize, write: impl Fn(Layout) -> String) -> String {
    let mut text = String::new();
    for layout in LAYOUTS {
        text = write(layout);
        if text.chars().count() <= chars_max {
            break;
        }
    }
    plain::line(&text, 2 * chars_max)
}

/// What a value of this schema looks like, for a message: `string`, `"open"|"closed"`, `{name: string}[]`.
pub(crate) fn kind(root: &Value, schema: &Value) -> String {
    let (shape, named) = shape(Root::alone(root), schema, "args");
    brief(said(&shape, &named), &named, 100)
}
