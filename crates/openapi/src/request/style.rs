//! OpenAPI's styles: one value becomes names and texts, before anything is encoded.
//!
//! Where OpenAPI says nothing: a `null` inside a list or an object is left out; what is nested deeper than a style can
//! say is JSON text, in `deepObject` further brackets (`a[b][c]=1`, lists by index: `a[0]=1`); `deepObject` of a plain
//! value is the plain value.

use serde_json::{Map, Value};

use super::text::text;
use crate::Style;

/// The arguments are too much for one request.
pub(super) struct TooMuch;

/// Bytes that may still be written. Names repeat with every item: a small argument can be a huge query.
pub(super) struct Budget(pub(super) usize);

impl Budget {
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.0 = self.0.checked_sub(bytes).ok_or(TooMuch)?;
        Ok(())
    }
}

/// What stands between the items of a list that is one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delimiter {
    pub(super) raw: &'static str,
    /// Inside a URL.
    pub(super) encoded: &'static str,
}

impl Delimiter {
    const COMMA: Self = Self { raw: ",", encoded: "," };

    fn of(style: Style) -> Self {
        match style {
            Style::SpaceDelimited => Self { raw: " ", encoded: "%20" },
            Style::PipeDelimited => Self { raw: "|", encoded: "%7C" },
            Style::TabDelimited => Self { raw: "\t", encoded: "%09" },
            Style::Simple | Style::Label | Style::Matrix | Style::Form | Style::DeepObject => Self::COMMA,
        }
    }
}

/// `name=text`, or `name=item,item`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) texts: Texts,
    /// The name is the argument's own key, not the description's.
    pub(super) free: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// The bare name.
    Nothing,
    One(String),
    List(Vec<String>, Delimiter),
}

/// How a value is written as pairs.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) style: Style,
    pub(super) explode: bool,
    pub(super) allow_empty: bool,
}

/// For queries, cookies and forms.
pub(super) fn pairs(shape: Shape, name: &str, value: &Value, budget: &mut Budget) -> Result<Vec<Pair>, TooMuch> {
    let mut out = Pairs { pairs: Vec::new(), budget };
    match value {
        Value::Array(_) | Value::Object(_) if shape.style == Style::DeepObject => out.deep(name.to_owned(), value)?,
        Value::Array(items) if items.is_empty() => {
            if shape.allow_empty {
                out.push(name.to_owned(), Texts::Nothing)?;
            }
        }
        Value::Array(items) if shape.explode => {
            for item in items {
                out.one(name, item)?;
            }
        }
        Value::Array(items) => out.list(name, items.iter().filter_map(text).collect(), shape.style)?,
        Value::Object(members) if shape.explode => {
            for (key, member) in members {
                out.one(key, member)?;
            }
            out.pairs.iter_mut().for_each(|pair| pair.free = true);
        }
        Value::Object(members) => out.list(name, keys_and_values(members), shape.style)?,
        Value::String(empty) if empty.is_empty() && shape.allow_empty => out.push(name.to_owned(), Texts::Nothing)?,
        _ => out.one(name, value)?,
    }
    Ok(out.pairs)
}

struct Pairs<'a> {
    pairs: Vec<Pair>,
    budget: &'a mut Budget,
}

impl Pairs<'_> {
    fn push(&mut self, name: String, texts: Texts) -> Result<(), TooMuch> {
        let bytes = match &texts {
            Texts::Nothing => 0,
            Texts::One(text) => text.len(),
            Texts::List(texts, _) => texts.iter().map(|text| text.len() + 1).sum(),
        };
        self.budget.take(name.len() + bytes + 2)?;
        self.pairs.push(Pair { name, texts, free: false });
        Ok(())
    }

    fn one(&mut self, name: &str, value: &Value) -> Result<(), TooMuch> {
        match text(value) {
            Some(text) => self.push(name.to_owned(), Texts::One(text)),
            None => Ok(()),
        }
    }

    fn list(&mut self, name: &str, texts: Vec<String>, style: Style) -> Result<(), TooMuch> {
        if texts.is_empty() {
            return Ok(());
        }
        self.push(name.to_owned(), Texts::List(texts, Delimiter::of(style)))
    }

    fn deep(&mut self, name: String, value: &Value) -> Result<(), TooMuch> {
        // The name so far is written again for every member.
        if !matches!(value, Value::String(_) | Value::Bool(_) | Value::Number(_)) {
            self.budget.take(name.len() + 1)?;
        }
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.deep(self.deeper(&name, &index.to_string())?, item)?;
                }
                Ok(())
            }
            Value::Object(members) => {
                for (key, member) in members {
                    self.deep(self.deeper(&name, key)?, member)?;
                }
                Ok(())
            }
            _ => match text(value) {
                Some(text) => self.push(name, Texts::One(text)),
                None => Ok(()),
            },
        }
    }

    fn deeper(&self, name: &str, key: &str) -> Result<String, TooMuch> {
        if name.len() + key.len() > self.budget.0 { Err(TooMuch) } else { Ok(format!("{name}[{key}]")) }
    }
}

fn keys_and_values(members: &Map<String, Value>) -> Vec<String> {
    members.iter().filter_map(|(key, value)| text(value).map(|text| [key.clone(), text])).flatten().collect()
}

/// For paths and headers: RFC 6570's simple, label and matrix expansion. `None` when there is nothing to write.
pub(super) fn line(
    style: Style,
    explode: bool,
    name: &str,
    value: &Value,
    escape: &mut dyn FnMut(&str) -> String,
    delimiter: fn(Delimiter) -> &'static str,
) -> Option<String> {
    let name = escape(name);
    let (before, between) = match style {
        Style::Label => (".", "."),
        Style::Matrix => (";", ";"),
        _ => ("", ","),
    };
    let texts = match value {
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().filter_map(text).map(|text| escape(&text)).collect();
            if explode && style == Style::Matrix {
                return joined(before, between, texts.into_iter().map(|text| assigned(&name, &text)).collect());
            }
            texts
        }
        Value::Object(members) if explode => {
            let pairs = members.iter().filter_map(|(key, value)| text(value).map(|text| (key, text)));
            let pairs: Vec<String> = pairs
                .map(|(key, text)| {
                    let (key, text) = (escape(key), escape(&text));
                    if style == Style::Matrix { assigned(&key, &text) } else { format!("{key}={text}") }
                })
                .collect();
            return joined(before, between, pairs);
        }
        Value::Object(members) => keys_and_values(members).iter().map(|text| escape(text)).collect(),
        _ => vec![escape(&text(value)?)],
    };
    let between = if explode { between } else { delimiter(Delimiter::of(style)) };
    let text = joined("", between, texts)?;
    Some(if style == Style::Matrix { format!(";{}", assigned(&name, &text)) } else { format!("{before}{text}") })
}

/// RFC 6570: `;name` alone when there is no text.
fn assigned(name: &str, text: &str) -> String {
    if text.is_empty() { name.to_owned() } else { format!("{name}={text}") }
}

fn joined(before: &str, between: &str, texts: Vec<String>) -> Option<String> {
    (!texts.is_empty()).then(|| format!("{before}{}", texts.join(between)))
}
