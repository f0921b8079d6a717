//! The query: names and values each encoded as one unit, in the order of the description.

use serde_json::{Map, Value};
use weir_model::limits::REQUEST_URL_BYTES_MAX;

use super::{
    BadArguments,
    encode::{self, Escape},
    form, given, path,
    style::{self, Budget, Pair, Shape, Texts},
};
use crate::{MediaKind, Operation, Parameter, Place, Style};

pub(super) fn of(operation: &Operation, arguments: &Map<String, Value>) -> Result<Option<String>, BadArguments> {
    let mut query = String::new();
    let mut budget = Budget(REQUEST_URL_BYTES_MAX);
    for parameter in &operation.parameters {
        match parameter.place {
            Place::Query => {
                let pairs = pairs(operation, parameter, arguments, &mut budget)?;
                let escape = if parameter.allow_reserved { Escape::Reserved } else { Escape::Unreserved };
                write(&pairs, escape, &parameter.field, &mut query)?;
            }
            Place::QueryString => {
                if let Some(value) = given(parameter, arguments)? {
                    whole(parameter, value, &mut query)?;
                }
            }
            Place::Path | Place::Header | Place::Cookie => {}
        }
    }
    Ok((!query.is_empty()).then_some(query))
}

/// What one query or cookie parameter becomes. The key of an object that is spread must not pass for another parameter.
pub(super) fn pairs(
    operation: &Operation,
    parameter: &Parameter,
    arguments: &Map<String, Value>,
    budget: &mut Budget,
) -> Result<Vec<Pair>, BadArguments> {
    let Some(value) = given(parameter, arguments)? else { return Ok(Vec::new()) };
    if let Some(media) = &parameter.content {
        let text = path::content(media, value);
        return Ok(vec![Pair { name: parameter.name.clone(), texts: Texts::One(text), free: false }]);
    }
    let style = match parameter.style {
        Style::Simple | Style::Label | Style::Matrix => Style::Form,
        style => style,
    };
    let shape = Shape { style, explode: parameter.explode, allow_empty: parameter.allow_empty };
    let pairs = style::pairs(shape, &parameter.name, value, budget)
        .map_err(|_| BadArguments::at(&parameter.field, "it makes more than a request can hold"))?;
    let taken = |name: &str| {
        let mut others = operation.parameters.iter().filter(|other| other.place == parameter.place);
        others.any(|other| other.name == name && other.name != parameter.name)
    };
    match pairs.iter().find(|pair| pair.free && taken(&pair.name)) {
        Some(pair) => Err(BadArguments::at(
            &parameter.field,
            format_args!("its key `{}` is the name of another parameter", super::shown(&pair.name)),
        )),
        None => Ok(pairs),
    }
}

/// Appends pairs to what is there already.
pub(super) fn write(pairs: &[Pair], escape: Escape, field: &str, out: &mut String) -> Result<(), BadArguments> {
    for pair in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        write_one(pair, escape, field, out)?;
    }
    Ok(())
}

pub(super) fn write_one(pair: &Pair, escape: Escape, field: &str, out: &mut String) -> Result<(), BadArguments> {
    let no_nul = |text: &str| match text.contains('\0') {
        true => Err(BadArguments::at(field, "it holds a NUL character")),
        false => Ok(()),
    };
    no_nul(&pair.name)?;
    match escape {
        Escape::Form => escape.write(&pair.name, false, out),
        Escape::Unreserved | Escape::Reserved => out.push_str(&encode::unit(&pair.name)),
    }
    let (texts, delimiter) = match &pair.texts {
        Texts::Nothing => return Ok(()),
        Texts::One(text) => (std::slice::from_ref(text), None),
        Texts::List(texts, delimiter) => (texts.as_slice(), Some(delimiter)),
    };
    out.push('=');
    for (index, text) in texts.iter().enumerate() {
        no_nul(text)?;
        if let Some(delimiter) = delimiter.filter(|_| index > 0) {
            out.push_str(delimiter.encoded);
        }
        escape.write(text, delimiter.is_some(), out);
    }
    Ok(())
}

/// OpenAPI 3.2: one value is the query.
fn whole(parameter: &Parameter, value: &Value, out: &mut String) -> Result<(), BadArguments> {
    let media = parameter.content.as_deref().unwrap_or("application/x-www-form-urlencoded");
    if !out.is_empty() {
        out.push('&');
    }
    match value {
        Value::Object(members) if MediaKind::of(media) == MediaKind::Form => {
            let fields: Vec<_> =
                members.iter().map(|(name, value)| form::Field::plain(&parameter.field, name, value)).collect();
            out.push_str(&form::written(&fields, REQUEST_URL_BYTES_MAX)?);
        }
        _ if MediaKind::of(media) == MediaKind::Form => {
            return Err(BadArguments::at(&parameter.field, "it must be an object: its fields are the query"));
        }
        _ => out.push_str(&encode::unit(&path::content(media, value))),
    }
    Ok(())
}
