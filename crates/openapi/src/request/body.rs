//! The body, in the one media type it is sent in.

use serde_json::{Map, Value};
use weir_model::limits::REQUEST_BODY_BYTES_MAX;

use super::{BadArguments, file, form, form::Field, media, multipart, shown, text::text};
use crate::{Body, BodyFields, Encoding, Media, MediaKind, Operation};

pub(super) struct Written {
    pub(super) content_type: String,
    pub(super) bytes: Vec<u8>,
}

/// Where the arguments have the body.
#[derive(Clone, Copy)]
enum Content<'a> {
    /// The field, and its value.
    Whole(&'a str, &'a Value),
    /// (input's name, body's name), and the arguments.
    Fields(&'a [(String, String)], &'a Map<String, Value>),
}

pub(super) fn of(operation: &Operation, arguments: &Map<String, Value>) -> Result<Option<Written>, BadArguments> {
    let Some(body) = &operation.body else { return Ok(None) };
    let media = media::chosen(body, arguments)?;
    let Some(content) = content(body, media, arguments)? else {
        return match body.media_field.as_deref().filter(|field| arguments.get(*field).is_some_and(|v| !v.is_null())) {
            Some(field) => Err(BadArguments::at(field, "it chooses a body's media type, and there is no body")),
            None => Ok(None),
        };
    };
    let written = written(media, content)?;
    if written.bytes.len() > REQUEST_BODY_BYTES_MAX {
        return Err(BadArguments(format!(
            "the arguments make a body of {} bytes; at most {REQUEST_BODY_BYTES_MAX} can be sent",
            written.bytes.len()
        )));
    }
    if !media::is_media_type(&written.content_type) {
        return Err(BadArguments(format!("the media type `{}` of the description cannot be sent", shown(&media.name))));
    }
    Ok(Some(written))
}

/// A field that is `null` is one: APIs clear with it what an absent field leaves alone. A whole body that is `null` is
/// absent, unless there must be one.
fn content<'a>(
    body: &'a Body,
    media: &Media,
    arguments: &'a Map<String, Value>,
) -> Result<Option<Content<'a>>, BadArguments> {
    match &body.fields {
        BodyFields::Whole(field) => match arguments.get(field) {
            Some(value) if !value.is_null() => Ok(Some(Content::Whole(field, value))),
            Some(null) if body.required && media.kind == MediaKind::Json => Ok(Some(Content::Whole(field, null))),
            _ if body.required => Err(BadArguments::at(field, "it is the body, required and missing")),
            _ => Ok(None),
        },
        BodyFields::Spread(fields) => {
            let given = fields.iter().any(|(field, _)| arguments.contains_key(field));
            Ok((given || body.required).then_some(Content::Fields(fields, arguments)))
        }
    }
}

fn written(media: &Media, content: Content<'_>) -> Result<Written, BadArguments> {
    let kind = match content {
        // A body of any type is JSON when it is more than a text.
        _ if !media::is_range(&media.name) => media.kind,
        Content::Whole(_, Value::String(_)) if media.kind != MediaKind::Json => media.kind,
        Content::Whole(_, Value::Object(_)) if media.kind == MediaKind::Binary && !is_any(&media.name) => media.kind,
        _ => MediaKind::Json,
    };
    match kind {
        MediaKind::Json => json(media, content),
        MediaKind::Form => Ok(Written {
            content_type: media.name.clone(),
            bytes: form::written(&fields(media, content)?, REQUEST_BODY_BYTES_MAX)?.into_bytes(),
        }),
        MediaKind::Multipart => multipart::written(&media.name, &fields(media, content)?),
        MediaKind::Text | MediaKind::EventStream => plain(media, content),
        MediaKind::JsonLines => lines(media, content),
        MediaKind::Binary => binary(media, content),
    }
}

fn is_any(name: &str) -> bool {
    media::essence(name) == "*/*"
}

fn json(media: &Media, content: Content<'_>) -> Result<Written, BadArguments> {
    let value = match content {
        Content::Whole(_, value) => value.to_string(),
        Content::Fields(fields, arguments) => {
            let present = fields.iter().filter_map(|(field, name)| Some((name.clone(), arguments.get(field)?.clone())));
            Value::Object(present.collect()).to_string()
        }
    };
    let content_type = if media::is_range(&media.name) { "application/json".to_owned() } else { media.name.clone() };
    Ok(Written { content_type, bytes: value.into_bytes() })
}

/// All fields of a form, those that are absent as `null`, which is the same there.
fn fields<'a>(media: &'a Media, content: Content<'a>) -> Result<Vec<Field<'a>>, BadArguments> {
    let encoding = |name: &str| media.encodings.get(name).unwrap_or(const { &Encoding::NONE });
    match content {
        Content::Whole(field, Value::Object(members)) => {
            Ok(members.iter().map(|(name, value)| Field { field, name, value, encoding: encoding(name) }).collect())
        }
        Content::Whole(field, _) => Err(BadArguments::at(
            field,
            format_args!("`{}` is made of fields: it must be an object", shown(&media.name)),
        )),
        Content::Fields(fields, arguments) => {
            let value = |field: &String| arguments.get(field).unwrap_or(&Value::Null);
            let field = |(field, name): &'a (String, String)| Field {
                field,
                name,
                value: value(field),
                encoding: encoding(name),
            };
            Ok(fields.iter().map(field).collect())
        }
    }
}

fn plain(media: &Media, content: Content<'_>) -> Result<Written, BadArguments> {
    let yaml = media::essence(&media.name).ends_with("yaml");
    let text = match content {
        Content::Whole(_, value @ (Value::String(_) | Value::Bool(_) | Value::Number(_))) => text(value),
        // JSON is YAML.
        Content::Whole(_, value) if yaml => Some(value.to_string()),
        Content::Whole(..) | Content::Fields(..) => None,
    };
    let Some(text) = text else { return Err(no_text(media, content)) };
    let mut content_type = media.name.clone();
    if !text.is_ascii() && media::essence(&content_type).starts_with("text/") && !content_type.contains(';') {
        content_type.push_str("; charset=utf-8");
    }
    Ok(Written { content_type, bytes: text.into_bytes() })
}

fn no_text(media: &Media, content: Content<'_>) -> BadArguments {
    let what = format!("`{}` is sent as it stands: it must be a text", shown(&media.name));
    match content {
        Content::Whole(field, _) => BadArguments::at(field, what),
        Content::Fields(..) => {
            BadArguments(format!("the body of {what}, and the description makes it an object of fields"))
        }
    }
}

fn lines(media: &Media, content: Content<'_>) -> Result<Written, BadArguments> {
    let Content::Whole(_, value) = content else { return Err(no_text(media, content)) };
    let sequence = media::essence(&media.name) == "application/json-seq";
    let mut out = String::new();
    let mut line = |value: &Value| {
        out.push_str(if sequence { "\u{1e}" } else { "" });
        out.push_str(&value.to_string());
        out.push('\n');
    };
    match value {
        Value::Array(items) => items.iter().for_each(&mut line),
        Value::String(text) => out.push_str(text),
        value => line(value),
    }
    Ok(Written { content_type: media.name.clone(), bytes: out.into_bytes() })
}

fn binary(media: &Media, content: Content<'_>) -> Result<Written, BadArguments> {
    let Content::Whole(field, value) = content else { return Err(no_text(media, content)) };
    let file = file::of(field, value)?;
    let own = if media::is_range(&media.name) { "application/octet-stream" } else { &media.name };
    let Some(wish) = file.content_type else {
        return Ok(Written { content_type: own.to_owned(), bytes: file.bytes });
    };
    let free = media::essence(&media.name) == "application/octet-stream";
    if !free && !media::allows(&media.name, &wish) {
        return Err(BadArguments::at(
            field,
            format_args!("its content type `{}` is not the description's `{}`", shown(&wish), shown(&media.name)),
        ));
    }
    Ok(Written { content_type: wish, bytes: file.bytes })
}
