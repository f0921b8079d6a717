//! What an operation answers: which statuses and media types, and the one schema of what a call returns.

use crate::{MediaKind, Response, StatusRange};

use super::{
    Reader,
    definition::{Form, Wanted},
    keyword,
    library::Spot,
    media::MEDIA_MAX,
    schema::{Beside, Writer},
};

/// Responses of one operation.
const RESPONSES_MAX: usize = 128;

/// What a successful answer becomes.
enum Value<'a> {
    Empty,
    Schema(Option<Spot<'a>>),
    Text,
    /// A list of events, each with data of a schema.
    Events(Option<Spot<'a>>),
    /// A list of values.
    Lines(Option<Spot<'a>>),
    /// A handle.
    Bytes,
}

impl<'a> Reader<'a> {
    /// The responses, and JSON text of the schema of what succeeds; `None` when nothing useful is said of it.
    pub(super) fn responses(
        &mut self,
        operation: Spot<'a>,
        produces: Option<Spot<'a>>,
    ) -> (Vec<Response>, Option<(String, Vec<Wanted>)>) {
        let (mut responses, mut values) = (Vec::new(), Vec::new());
        let written = operation.get("responses");
        for (status, spot) in written.into_iter().flat_map(Spot::entries).take(RESPONSES_MAX) {
            let Some(status) = status_range(status) else { continue };
            let spot = match self.library.follow(spot, &mut self.notes) {
                Ok(spot) => spot,
                Err(broken) => {
                    self.notes.warn(format!("a response refers to {broken}: nothing is known of it"));
                    continue;
                }
            };
            let offers = self.offers(spot, produces);
            let media = offers.iter().map(|(name, kind, _)| ((*name).to_owned(), *kind)).collect();
            responses.push(Response { status, media });
            values.extend(values_of(&offers).into_iter().map(|value| (status, value)));
        }
        let schema = self.output(values);
        (responses, schema)
    }

    /// Media types of a response, with what they hold.
    fn offers(
        &mut self,
        response: Spot<'a>,
        produces: Option<Spot<'a>>,
    ) -> Vec<(&'a str, MediaKind, Option<Spot<'a>>)> {
        if let Some(schema) = response.get("schema") {
            // 2.0: one schema for all that the operation produces.
            let names: Vec<&str> = produces.into_iter().flat_map(Spot::texts).take(MEDIA_MAX).collect();
            let names = if names.is_empty() { vec!["application/json"] } else { names };
            return names.into_iter().map(|name| (name, self.kind(name, Some(schema)), Some(schema))).collect();
        }
        let mut offers = Vec::new();
        for (name, about) in response.get("content").into_iter().flat_map(Spot::entries).take(MEDIA_MAX) {
            let Ok(about) = self.library.follow(about, &mut self.notes) else { continue };
            let schema = about.get("schema").or_else(|| about.get("itemSchema"));
            offers.push((name, self.kind(name, schema), schema));
        }
        offers
    }

    fn kind(&mut self, name: &str, schema: Option<Spot<'a>>) -> MediaKind {
        let is_bytes = schema.and_then(|schema| self.unwrapped(schema)).is_some_and(keyword::is_bytes);
        match MediaKind::of(name) {
            MediaKind::Json if is_bytes => MediaKind::Binary,
            MediaKind::Binary if !is_bytes && matches!(name.trim(), "*/*" | "*" | "application/*" | "") => {
                MediaKind::Json
            }
            MediaKind::Binary if name.trim() == "text/*" => MediaKind::Text,
            kind => kind,
        }
    }

    fn output(&mut self, values: Vec<(StatusRange, Value<'a>)>) -> Option<(String, Vec<Wanted>)> {
        let is_success = |status: &StatusRange| match status {
            StatusRange::Exactly(status) => (200..300).contains(status),
            StatusRange::Class(class) => *class == 2,
            StatusRange::Default => false,
        };
        let has_success = values.iter().any(|(status, _)| is_success(status));
        let counts = |status: &StatusRange| match status {
            StatusRange::Default => !has_success,
            status => is_success(status),
        };
        let values: Vec<Value<'a>> =
            values.into_iter().filter(|(status, _)| counts(status)).map(|(_, value)| value).collect();
        let (mut schemas, mut wanted, mut is_empty_possible) = (Vec::<String>::new(), Vec::new(), false);
        for value in values {
            if matches!(value, Value::Empty) {
                is_empty_possible = true;
                continue;
            }
            let schema = self.returned(value, &mut wanted)?;
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        if schemas.is_empty() {
            return None;
        }
        if is_empty_possible {
            schemas.push(r#"{"type":"null"}"#.to_owned());
        }
        let schema = match &schemas[..] {
            [one] => one.clone(),
            several => format!(r#"{{"anyOf":[{}]}}"#, several.join(",")),
        };
        (schema.len() <= weir_model::limits::SCHEMA_BYTES_MAX && schema != "{}").then_some((schema, wanted))
    }

    /// The schema of one value; `None` when nothing is known of it.
    fn returned(&mut self, value: Value<'a>, wanted: &mut Vec<Wanted>) -> Option<String> {
        Some(match value {
            Value::Empty => r#"{"type":"null"}"#.to_owned(),
            Value::Text => r#"{"type":"string"}"#.to_owned(),
            Value::Schema(schema) => self.answered(schema?, wanted),
            Value::Lines(schema) => format!(r#"{{"type":"array","items":{}}}"#, self.answered(schema?, wanted)),
            Value::Events(schema) => {
                let data = schema.map_or_else(|| "{}".to_owned(), |schema| self.answered(schema, wanted));
                let fields = format!(r#"{{"event":{{"type":"string"}},"id":{{"type":"string"}},"data":{data}}}"#);
                format!(r#"{{"type":"array","items":{{"type":"object","properties":{fields},"required":["data"]}}}}"#)
            }
            Value::Bytes => return None,
        })
    }

    fn answered(&mut self, schema: Spot<'a>, wanted: &mut Vec<Wanted>) -> String {
        let mut writer = Writer::new(self, Form::Response);
        writer.schema(schema, Beside::default());
        let (text, more) = writer.into_text();
        wanted.extend(more);
        text
    }
}

/// What weir asks for among the media types of one response: JSON, a stream, text, and bytes only where there is nothing else.
/// Whether JSON or a stream comes is often up to the arguments: then it may be both.
fn values_of<'a>(offers: &[(&'a str, MediaKind, Option<Spot<'a>>)]) -> Vec<Value<'a>> {
    let first = |kind: MediaKind| offers.iter().find(|offer| offer.1 == kind).map(|offer| offer.2);
    let mut values: Vec<Value<'a>> = Vec::new();
    values.extend(first(MediaKind::Json).map(Value::Schema));
    values.extend(first(MediaKind::EventStream).map(Value::Events));
    values.extend(first(MediaKind::JsonLines).map(Value::Lines));
    if values.is_empty() {
        values.push(match offers.iter().map(|offer| offer.1).min_by_key(|kind| *kind == MediaKind::Binary) {
            None => Value::Empty,
            Some(MediaKind::Binary | MediaKind::Multipart) => Value::Bytes,
            Some(_) => Value::Text,
        });
    }
    values
}

fn status_range(status: &str) -> Option<StatusRange> {
    if status == "default" {
        return Some(StatusRange::Default);
    }
    if let [class @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] = status.as_bytes() {
        return Some(StatusRange::Class(class - b'0'));
    }
    status.parse().ok().filter(|status| (100..600).contains(status)).map(StatusRange::Exactly)
}
