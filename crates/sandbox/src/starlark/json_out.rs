//! Values to JSON text, by one documented mapping (docs/limitations/starlark.md), bounded in depth and bytes.
//!
//! Tuples, sets and ranges are lists, structs and records objects, bytes base64 text. Nothing else changes on the way.

use std::collections::HashSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use starlark::values::{
    Heap, UnpackValue as _, Value, ValueLike as _, bytes::StarlarkBytes, dict::DictRef, float::UnpackFloat,
    list::ListRef, structs::StructRef, tuple::TupleRef,
};
use weir_model::limits;

use super::numbers;

/// What is written, and for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    /// Names the value in messages.
    pub(super) root: &'a str,
    pub(super) bytes_max: u64,
    /// Refuse NaN and infinities instead of writing null: a silent null would be sent.
    pub(super) strict: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsayable {
    #[error("{path} {reason}")]
    Value { path: String, reason: String },
    #[error("{root} is larger than {bytes_max} bytes of JSON")]
    TooLarge { root: String, bytes_max: u64 },
}

/// JSON text, and the first value that became null: where it is and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) json: String,
    pub(super) nulled: Option<(String, String)>,
}

pub(super) fn write<'v>(value: Value<'v>, heap: Heap<'v>, form: Form<'_>) -> Result<Written, Unsayable> {
    let mut writer = Writer { heap, form, out: String::new(), path: Vec::new(), nulled: None };
    writer.value(value)?;
    writer.within()?;
    Ok(Written { json: writer.out, nulled: writer.nulled })
}

enum Step<'v> {
    Key(&'v str),
    Index(usize),
}

struct Writer<'a, 'v> {
    heap: Heap<'v>,
    form: Form<'a>,
    out: String,
    path: Vec<Step<'v>>,
    nulled: Option<(String, String)>,
}

impl<'v> Writer<'_, 'v> {
    fn within(&self) -> Result<(), Unsayable> {
        if self.out.len() as u64 > self.form.bytes_max {
            return Err(Unsayable::TooLarge { root: self.form.root.to_owned(), bytes_max: self.form.bytes_max });
        }
        Ok(())
    }

    fn refuse<T>(&self, reason: impl Into<String>) -> Result<T, Unsayable> {
        Err(Unsayable::Value { path: self.path(), reason: reason.into() })
    }

    fn value(&mut self, value: Value<'v>) -> Result<(), Unsayable> {
        if value.is_none() {
            self.out.push_str("null");
        } else if let Some(bool) = value.unpack_bool() {
            self.out.push_str(if bool { "true" } else { "false" });
        } else if let Some(text) = value.unpack_str() {
            self.string(text);
        } else if numbers::is_int(value) {
            match numbers::write(value) {
                Some(digits) => self.out.push_str(&digits),
                None => return self.refuse(format!("is an integer of more than {} digits", numbers::DIGITS_MAX)),
            }
        } else if value.get_type() == "float" {
            self.float(value)?;
        } else {
            self.container(value)?;
        }
        self.within()
    }

    fn string(&mut self, text: &str) {
        if text.len() as u64 > self.form.bytes_max {
            // Too large however it is written: enough of it for `within` to say so.
            let end = usize::try_from(self.form.bytes_max).unwrap_or(usize::MAX).saturating_add(4);
            self.out.push_str(&text[..text.floor_char_boundary(end)]);
            return;
        }
        let plain = !text.bytes().any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'));
        if plain {
            self.out.push('"');
            self.out.push_str(text);
            self.out.push('"');
        } else {
            self.out.push_str(&serde_json::Value::from(text).to_string());
        }
    }

    fn float(&mut self, value: Value<'v>) -> Result<(), Unsayable> {
        let number = UnpackFloat::unpack_value(value).ok().flatten().map_or(f64::NAN, |float| float.0);
        if number.is_finite() {
            self.out.push_str(&serde_json::Value::from(number).to_string());
            return Ok(());
        }
        let what = if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        if self.form.strict {
            return self.refuse(format!("is {what}, which JSON cannot say"));
        }
        if self.nulled.is_none() {
            self.nulled = Some((self.path(), what.to_owned()));
        }
        self.out.push_str("null");
        Ok(())
    }

    fn container(&mut self, value: Value<'v>) -> Result<(), Unsayable> {
        if self.path.len() >= limits::JSON_DEPTH_MAX {
            return self.refuse(format!("is nested more than {} levels deep", limits::JSON_DEPTH_MAX));
        }
        if let Some(list) = ListRef::from_value(value) {
            return self.list(list.iter());
        }
        if let Some(tuple) = TupleRef::from_value(value) {
            return self.list(tuple.iter());
        }
        if let Some(dict) = DictRef::from_value(value) {
            return self.dict(&dict);
        }
        if let Some(fields) = StructRef::from_value(value) {
            return self.object(fields.iter().map(|(name, value)| (name.as_str(), value)));
        }
        match value.get_type() {
            "set" | "range" => {
                let items: Vec<Value<'v>> = value.iterate(self.heap).map(Iterator::collect).unwrap_or_default();
                self.list(items.into_iter())
            }
            "bytes" => {
                let bytes = value.downcast_ref::<StarlarkBytes>().map_or(&[][..], StarlarkBytes::as_bytes);
                self.string(&BASE64_STANDARD.encode(bytes));
                Ok(())
            }
            "function" | "native_function" => self.refuse("is a function, which JSON cannot say: call it"),
            "tools" => self.refuse("is a tool, which JSON cannot say: call it"),
            other => self.refuse(format!("is of type {other}, which JSON cannot say")),
        }
    }

    fn list(&mut self, items: impl Iterator<Item = Value<'v>>) -> Result<(), Unsayable> {
        self.out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.path.push(Step::Index(index));
            self.value(item)?;
            self.path.pop();
        }
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, entries: impl Iterator<Item = (&'v str, Value<'v>)>) -> Result<(), Unsayable> {
        self.out.push('{');
        for (index, (key, value)) in entries.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.string(key);
            self.out.push(':');
            self.path.push(Step::Key(key));
            self.value(value)?;
            self.path.pop();
        }
        self.out.push('}');
        Ok(())
    }

    /// Keys as Python's `json` writes them: text as it is, `1`, `1.5`, `true` and `null` as their own text.
    fn dict(&mut self, dict: &DictRef<'v>) -> Result<(), Unsayable> {
        let mut entries = Vec::with_capacity(dict.len());
        let mut only_texts = true;
        for (key, value) in dict.iter() {
            let name = match key.unpack_str() {
                Some(text) => text,
                None if key.is_none() => "null",
                None => match (key.unpack_bool(), key.get_type()) {
                    (Some(true), _) => "true",
                    (Some(false), _) => "false",
                    (None, "int" | "float") => self.heap.alloc(key.to_repr()).unpack_str().unwrap_or_default(),
                    (None, other) => {
                        return self.refuse(format!("has a key of type {other}: only text can be one in JSON"));
                    }
                },
            };
            only_texts &= key.unpack_str().is_some();
            entries.push((name, value));
        }
        let mut seen = HashSet::new();
        if let Some((name, _)) = entries.iter().find(|(name, _)| !only_texts && !seen.insert(*name)) {
            let name = crate::frame::cut(name, 100);
            return self.refuse(format!("has two keys that are both \"{name}\" in JSON"));
        }
        self.object(entries.into_iter())
    }

    /// `result.items[3].name`; of a deep place only the end.
    fn path(&self) -> String {
        const STEPS_MAX: usize = 12;
        let left_out = self.path.len().saturating_sub(STEPS_MAX);
        let mut path = if left_out > 0 { "…".to_owned() } else { self.form.root.to_owned() };
        for step in &self.path[left_out..] {
            match step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Key(key) if is_identifier(key) => path.push_str(&format!(".{key}")),
                Step::Key(key) => path.push_str(&format!("[{}]", serde_json::Value::from(crate::frame::cut(key, 100)))),
            }
        }
        path
    }
}

fn is_identifier(key: &str) -> bool {
    key.len() <= 100
        && !key.starts_with(|first: char| first.is_ascii_digit())
        && !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
