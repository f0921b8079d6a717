//! What is wrong with one part of the arguments, in the words a model needs to repair it.

use std::fmt;

use serde_json::Value;

use crate::plain;

/// Shown as one sentence: ``labels[2].name`: expected string, got 5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `labels[2].name`.
    pub path: String,
    /// What belongs there: `string`, `one of "open", "closed"`.
    pub expected: String,
    /// What is there instead, shortened.
    pub got: String,
    /// The name or literal that was probably meant.
    pub nearest: Option<String>,
}

impl Problem {
    /// Problems told at once.
    pub const MAX: usize = 8;

    pub(crate) fn new(path: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self { path: path.into(), expected: expected.into(), got: got.into(), nearest: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.path, self.expected, self.got)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// A value in a few characters.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
        Value::Object(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).take(4).collect();
            let more = if fields.len() > names.len() { ", …" } else { "" };
            plain::line(&format!("an object with {}{more}", names.join(", ")), 80)
        }
        Value::String(text) if text.chars().count() > 60 => {
            let start: String = text.chars().take(40).collect();
            let start = plain::line(&Value::from(start).to_string(), 60);
            format!("{start}… ({} characters)", text.chars().count())
        }
        scalar => plain::line(&scalar.to_string(), 90),
    }
}
