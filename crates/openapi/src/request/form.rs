//! `application/x-www-form-urlencoded`: fields one after the other, by the style the description gives each.

use serde_json::Value;

use super::{
    BadArguments,
    encode::{self, Escape},
    file, query,
    style::{self, Budget, Pair, Shape, Texts, TooMuch},
};
use crate::{Encoding, MediaKind, Style};

/// One field of a form.
pub(super) struct Field<'a> {
    /// The argument it comes from.
    pub(super) field: &'a str,
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
    pub(super) encoding: &'a Encoding,
}

impl Encoding {
    pub(super) const NONE: Self =
        Self { content_type: None, style: None, explode: None, allow_reserved: false, binary: false };
}

impl<'a> Field<'a> {
    pub(super) fn plain(field: &'a str, name: &'a str, value: &'a Value) -> Self {
        Self { field, name, value, encoding: const { &Encoding::NONE } }
    }

    pub(super) fn is_json(&self) -> bool {
        self.encoding.content_type.as_deref().is_some_and(|name| MediaKind::of(name) == MediaKind::Json)
    }

    /// The style the description gives; without one a list repeats its name and an object is JSON text.
    pub(super) fn shape(&self) -> Option<Shape> {
        let Encoding { style, explode, .. } = self.encoding;
        if style.is_none() && explode.is_none() {
            return None;
        }
        let style = style.unwrap_or(Style::Form);
        Some(Shape { style, explode: explode.unwrap_or(style == Style::Form), allow_empty: false })
    }

    /// The key of an object that is spread must not pass for another field.
    pub(super) fn keeps_to_itself(&self, pairs: &[Pair], fields: &[Field<'_>]) -> Result<(), BadArguments> {
        let taken =
            |pair: &&Pair| pair.free && fields.iter().any(|other| other.name == pair.name && other.name != self.name);
        let Some(pair) = pairs.iter().find(taken) else { return Ok(()) };
        let key = super::shown(&pair.name);
        Err(BadArguments::at(self.field, format_args!("its key `{key}` is the name of another field")))
    }

    pub(super) fn pairs(&self, budget: &mut Budget) -> Result<Vec<Pair>, BadArguments> {
        let one = |text: String| vec![Pair { name: self.name.to_owned(), texts: Texts::One(text), free: false }];
        let too_much = |_: TooMuch| BadArguments::at(self.field, "it makes more than a request can hold");
        let pairs = match (self.shape(), self.value) {
            (Some(shape), value) => style::pairs(shape, self.name, value, budget).map_err(too_much)?,
            (None, Value::Null) => Vec::new(),
            (None, value) if self.is_json() => one(value.to_string()),
            (None, Value::Object(_)) => one(self.value.to_string()),
            (None, value) => {
                let shape = Shape { style: Style::Form, explode: true, allow_empty: false };
                style::pairs(shape, self.name, value, budget).map_err(too_much)?
            }
        };
        Ok(pairs)
    }
}

/// At most `bytes_max` bytes before they are encoded.
pub(super) fn written(fields: &[Field<'_>], bytes_max: usize) -> Result<String, BadArguments> {
    let mut out = String::new();
    let mut budget = Budget(bytes_max);
    for field in fields {
        if field.encoding.binary && !field.value.is_null() {
            bytes(field, &mut out)?;
            continue;
        }
        let pairs = field.pairs(&mut budget)?;
        field.keeps_to_itself(&pairs, fields)?;
        let escape = if field.encoding.allow_reserved { Escape::Reserved } else { Escape::Form };
        query::write(&pairs, escape, field.field, &mut out)?;
    }
    Ok(out)
}

fn bytes(field: &Field<'_>, out: &mut String) -> Result<(), BadArguments> {
    let files = match field.value {
        Value::Array(items) => items.as_slice(),
        value => std::slice::from_ref(value),
    };
    for value in files {
        let file = file::of(field.field, value)?;
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&encode::unit(field.name));
        out.push('=');
        encode::form_bytes(&file.bytes, out);
    }
    Ok(())
}
