//! Answers that are many: server-sent events and JSON lines, read whole into one list.
//!
//! Bounded in items, in the bytes of each and of all. What is over a bound or cut off is an error, never a shorter list.

use memchr::{memchr, memchr2};
use serde_json::value::RawValue;
use weir_model::{
    limits::{JSON_DEPTH_MAX, RESPONSE_BYTES_MAX, STREAM_ITEMS_MAX, STREAM_LINE_BYTES_MAX},
    too_deep,
};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unlistable {
    TooLarge(String),
    Malformed(String),
}

/// What some APIs send as the last event's data, which says nothing else.
const DONE: &str = "[DONE]";

/// JSON text of a list of `{event?, id?, data}`.
pub(super) fn events(text: &str) -> Result<String, Unlistable> {
    let mut list = List::default();
    let mut event = Event::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = line(rest);
        rest = after;
        if !line.is_empty() {
            event.read(line)?;
            continue;
        }
        if event.is_done() {
            return Ok(list.ended());
        }
        event.finish(&mut list)?;
    }
    // WHATWG drops an event without the empty line behind it; many APIs leave that out at the end.
    if !event.is_done() {
        event.finish(&mut list)?;
    }
    Ok(list.ended())
}

/// Ends at CR, LF or both.
fn line(text: &str) -> (&str, &str) {
    let Some(end) = memchr2(b'\r', b'\n', text.as_bytes()) else { return (text, "") };
    let width = if text[end..].starts_with("\r\n") { 2 } else { 1 };
    (&text[..end], &text[end + width..])
}

#[derive(Default)]
struct Event<'a> {
    event: Option<&'a str>,
    id: Option<&'a str>,
    data: Option<String>,
}

impl<'a> Event<'a> {
    fn read(&mut self, line: &'a str) -> Result<(), Unlistable> {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event = Some(value),
            "id" if !value.contains('\0') => self.id = Some(value),
            "data" => {
                let had = self.data.as_ref().map_or(0, |data| data.len() + 1);
                bounded("event", had + value.len())?;
                match &mut self.data {
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                    None => self.data = Some(value.to_owned()),
                }
            }
            _ => bounded("line", line.len())?,
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.data.as_deref().is_some_and(|data| data.trim() == DONE)
    }

    /// An event without data is none.
    fn finish(&mut self, list: &mut List) -> Result<(), Unlistable> {
        let Self { event, id, data } = std::mem::take(self);
        let Some(data) = data else { return Ok(()) };
        let mut out = String::from("{");
        for (name, value) in [("event", event), ("id", id)] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                out.push_str(&format!("\"{name}\":{},", quoted(value)));
            }
        }
        out.push_str("\"data\":");
        if too_deep(&data, JSON_DEPTH_MAX - 2) {
            return Err(Unlistable::Malformed("the data of an event is nested too deep".to_owned()));
        }
        match serde_json::from_str::<&RawValue>(&data) {
            Ok(raw) => out.push_str(raw.get()),
            Err(_) => out.push_str(&quoted(&data)),
        }
        out.push('}');
        list.push(&out)
    }
}

/// JSON text of a list of the lines' values. Every line that is not blank must be JSON.
pub(super) fn lines(text: &str) -> Result<String, Unlistable> {
    let mut list = List::default();
    let (mut rest, mut number) = (text, 0);
    while !rest.is_empty() {
        let end = memchr(b'\n', rest.as_bytes());
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = end.map_or("", |end| &rest[end + 1..]);
        number += 1;
        bounded("line", line.len())?;
        // JSON sequences begin every value with a record separator.
        let value = line.trim_matches(|c: char| c == '\u{1e}' || c.is_ascii_whitespace());
        if value.is_empty() {
            continue;
        }
        if too_deep(value, JSON_DEPTH_MAX - 1) {
            return Err(Unlistable::Malformed(format!("line {number} of its answer is nested too deep")));
        }
        match serde_json::from_str::<&RawValue>(value) {
            Ok(raw) => list.push(raw.get())?,
            Err(_) => {
                return Err(Unlistable::Malformed(format!(
                    "line {number} of its answer should be JSON and is not, or was cut off"
                )));
            }
        }
    }
    Ok(list.ended())
}

#[derive(Default)]
struct List {
    text: String,
    count: usize,
}

impl List {
    fn push(&mut self, item: &str) -> Result<(), Unlistable> {
        if self.count == STREAM_ITEMS_MAX {
            return Err(Unlistable::TooLarge(format!(
                "its answer goes on for more than {STREAM_ITEMS_MAX} items; ask for less at once"
            )));
        }
        if (self.text.len() + item.len() + 2) as u64 > RESPONSE_BYTES_MAX {
            return Err(Unlistable::TooLarge(format!(
                "its answer is over the limit of {RESPONSE_BYTES_MAX} bytes; ask for less at once"
            )));
        }
        self.text.push(if self.count == 0 { '[' } else { ',' });
        self.text.push_str(item);
        self.count += 1;
        Ok(())
    }

    fn ended(mut self) -> String {
        self.text.push_str(if self.count == 0 { "[]" } else { "]" });
        self.text
    }
}

fn bounded(what: &str, bytes: usize) -> Result<(), Unlistable> {
    if bytes > STREAM_LINE_BYTES_MAX {
        return Err(Unlistable::TooLarge(format!(
            "one {what} of its answer is over the limit of {STREAM_LINE_BYTES_MAX} bytes"
        )));
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
