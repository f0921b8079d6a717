//! How a tool's arguments are written in Python and Starlark: by keyword where every name can be one, else as one dict.
//!
//! One rule for both: a keyword of the language gets a trailing underscore (`from_`); what is no identifier, or would
//! be read as such a keyword, is reached through a single dict as the only positional argument.

use crate::{
    name,
    schema::{Field, Named, Object, Shape, alternatives},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Python,
    Starlark,
}

/// Python 3.14's `keyword.kwlist`; soft keywords are names. Starlark keeps the same words for itself, and `load`.
const PYTHON: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

impl Dialect {
    fn is_keyword(self, word: &str) -> bool {
        PYTHON.contains(&word) || self == Self::Starlark && word == "load"
    }

    /// How a parameter is written in a call; `None` when only a dict can name it.
    fn keyword_argument(self, raw: &str) -> Option<String> {
        if self.is_keyword(raw) {
            return Some(format!("{raw}_"));
        }
        let reads_as_keyword = raw.strip_suffix('_').is_some_and(|stem| self.is_keyword(stem));
        (is_name(raw) && !reads_as_keyword).then(|| raw.to_owned())
    }
}

/// Whether a class or a call can name it; two underscores at the start mean something else inside a class.
pub(crate) fn is_name(text: &str) -> bool {
    name::is_identifier(text) && !text.starts_with("__") && !PYTHON.contains(&text)
}

pub(crate) struct Parameter {
    /// As a call writes it.
    pub(crate) name: String,
    pub(crate) field: Field,
}

/// A tool's arguments.
pub(crate) enum Parameters {
    Keywords {
        parameters: Vec<Parameter>,
        /// What parameters of other names hold.
        others: Option<Shape>,
    },
    /// An object, or a choice of several, that a call gives as a whole.
    Dict(Shape),
}

impl Parameters {
    pub(crate) fn of(shape: &Shape, named: &[Named], dialect: Dialect) -> Self {
        let object = match alternatives(shape, named) {
            Some(mut objects) if objects.len() == 1 => objects.remove(0),
            _ if *shape == Shape::Any => Object::default(),
            _ => return Self::Dict(shape.clone()),
        };
        if object.says_nothing() {
            return Self::Keywords { parameters: Vec::new(), others: None };
        }
        let names: Option<Vec<String>> =
            object.fields.iter().map(|field| dialect.keyword_argument(&field.name)).collect();
        match names {
            None => Self::Dict(Shape::Object(object)),
            Some(names) => {
                let parameters = names.into_iter().zip(object.fields).map(|(name, field)| Parameter { name, field });
                Self::Keywords { parameters: parameters.collect(), others: object.others.map(|others| *others) }
            }
        }
    }

    /// Whether a call may give nothing.
    pub(crate) fn are_optional(&self) -> bool {
        match self {
            Self::Keywords { parameters, .. } => parameters.iter().all(|parameter| parameter.field.optional),
            Self::Dict(Shape::Object(object)) => object.fields.iter().all(|field| field.optional),
            Self::Dict(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_way_to_be_reached() {
        for (raw, python, starlark) in [
            ("owner", Some("owner"), Some("owner")),
            ("from", Some("from_"), Some("from_")),
            ("from_", None, None),
            ("load", Some("load"), Some("load_")),
            ("load_", Some("load_"), None),
            ("None", Some("None_"), Some("None_")),
            ("match", Some("match"), Some("match")),
            ("x-id", None, None),
            ("1st", None, None),
            ("", None, None),
            ("__class", None, None),
            ("_meta", Some("_meta"), Some("_meta")),
            ("ключ", None, None),
            ("ﬁle", None, None),
        ] {
            for (dialect, written) in [(Dialect::Python, python), (Dialect::Starlark, starlark)] {
                assert_eq!(dialect.keyword_argument(raw).as_deref(), written, "{raw} in {dialect:?}");
            }
        }
    }
}
