//! One tool as Python and Starlark see it: its parameters by their written names, each with its type and what is said of it.

use super::{DESCRIPTION_CHARS_MIN, description, records::Records, sources::Described};
use crate::{
    plain,
    python::{Parameters, Place, note},
    schema::{Named, Object, Shape},
};

pub(super) struct Function {
    pub(super) description: String,
    pub(super) arguments: Arguments,
    /// `None` when the upstream does not say.
    pub(super) result: Option<String>,
}

pub(super) enum Arguments {
    Keywords {
        parameters: Vec<Argument>,
        /// Name and type of what takes parameters of other names.
        others: Option<(String, String)>,
    },
    Dict {
        text: String,
        optional: bool,
    },
}

pub(super) struct Argument {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) optional: bool,
    pub(super) note: String,
}

impl Function {
    /// The types it needs are declared in `records`.
    pub(super) fn of(tool: &Described<'_>, named: &[Named], records: &mut Records) -> Self {
        let description = description(tool.entry, records.comment_chars);
        let description = plain::block(&description, records.comment_chars.max(DESCRIPTION_CHARS_MIN));
        let arguments = arguments(tool, named, records);
        Self { description, arguments, result: result(tool, named, records) }
    }
}

fn arguments(tool: &Described<'_>, named: &[Named], records: &mut Records) -> Arguments {
    let member = tool.entry.member();
    let called = format!("{member}_args");
    let parameters = Parameters::of(&tool.input, named, records.dialect);
    let optional = parameters.are_optional();
    let comment_chars = records.comment_chars;
    let mut types = records.types(named);
    let arguments = match parameters {
        Parameters::Dict(shape) => Arguments::Dict { text: types.text(&shape, Place::top(&called)), optional },
        Parameters::Keywords { parameters, others } => {
            let others = others.map(|others| {
                let name = ["others", "other_arguments", "others_"]
                    .into_iter()
                    .find(|name| parameters.iter().all(|parameter| parameter.name != *name))
                    .unwrap_or("_others");
                (name.to_owned(), types.text(&others, Place::top(&called).field("value", &called)))
            });
            let written = parameters.into_iter().map(|parameter| Argument {
                text: types.text(&parameter.field.shape, Place::top(&called).field(&parameter.field.name, member)),
                optional: parameter.field.optional,
                note: note(&parameter.field.doc, comment_chars),
                name: parameter.name,
            });
            Arguments::Keywords { parameters: written.collect(), others }
        }
    };
    types.finish();
    arguments
}

fn result(tool: &Described<'_>, named: &[Named], records: &mut Records) -> Option<String> {
    let shape = tool.output.as_ref()?;
    let called = format!("{}_result", tool.entry.member());
    // A result that contains itself is known already.
    let itself = named.iter().position(|named| named.name == called && named.shape == *shape).map(Shape::Named);
    let shape = itself.as_ref().unwrap_or(shape);
    if *shape == Shape::Any || matches!(shape, Shape::Object(object) if *object == Object::default()) {
        return None;
    }
    let mut types = records.types(named);
    let text = types.text(shape, Place::top(&called));
    types.finish();
    Some(text)
}
