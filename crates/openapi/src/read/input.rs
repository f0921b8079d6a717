//! The one flat input object of an operation: parameters and the fields of its body, each under a name of its own.

use std::collections::{HashMap, HashSet};

use weir_model::limits;

use crate::{Body, BodyFields, MediaKind, Parameter, Place};

use super::{
    Reader,
    body::Content,
    definition::{Form, Wanted},
    library::Spot,
    parameter::{In, Read},
    schema::{Beside, Writer},
    survey,
    text::{Bracket, Json},
};

/// The field of a body that is one value.
const WHOLE: &str = "body";
/// The field that chooses a media type.
const MEDIA: &str = "content_type";
/// Fields of a body that may be left out as a whole, up to which each says which others it needs.
const DEPENDENT_MAX: usize = 64;

pub(super) struct Input {
    pub(super) schema: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) wanted: Vec<Wanted>,
}

/// Fields, and those each of them needs beside it.
type Dependent = Option<Vec<(String, Vec<String>)>>;

/// A field of the body that becomes an argument.
struct Part<'a> {
    name: &'a str,
    schema: Option<Spot<'a>>,
    beside: Beside<'a>,
    required: bool,
}

impl<'a> Reader<'a> {
    /// `Err` says why there can be no operation.
    pub(super) fn input(&mut self, parameters: Vec<Read<'a>>, content: Option<Content<'a>>) -> Result<Input, String> {
        let parts = content.as_ref().and_then(|content| self.parts(content));
        let is_whole = content.is_some() && parts.is_none();
        let mut fields = Fields::of(&parameters, parts.as_deref().unwrap_or_default(), is_whole);
        if fields.by_place.len() > limits::OPERATION_FIELDS_MAX {
            return Err(format!("it has more than {} parameters and fields", limits::OPERATION_FIELDS_MAX));
        }
        let mut properties = Json::default();
        properties.open(Bracket::Object);
        let mut input = Input { schema: String::new(), parameters: Vec::new(), body: None, wanted: Vec::new() };
        let mut required = Vec::new();
        for read in parameters {
            let In::Request(place) = read.place else { continue };
            let field = fields.take(prefix(place), read.name);
            let beside = Beside { description: read.description, deprecated: read.deprecated };
            properties.name(&field);
            match read.constant {
                Some(constant) => {
                    properties.open(Bracket::Object);
                    properties.name("const");
                    properties.text(constant);
                    properties.close(Bracket::Object);
                }
                None => properties.raw(&self.value(read.schema, beside, false, &mut input.wanted)),
            }
            self.in_bounds(properties.len())?;
            if read.required {
                required.push(field.clone());
            }
            input.parameters.push(parameter(field, place, &read));
        }
        let mut dependent = None;
        if let Some(content) = content {
            dependent = self.content(content, parts, &mut fields, (&mut properties, &mut required), &mut input)?;
        }
        properties.close(Bracket::Object);
        self.in_bounds(properties.len())?;
        input.schema = object(&properties.into_text(), &required, dependent);
        Ok(input)
    }

    fn in_bounds(&self, bytes: usize) -> Result<(), String> {
        if bytes > limits::SCHEMA_BYTES_MAX {
            return Err(format!("its input schema is longer than {} bytes", limits::SCHEMA_BYTES_MAX));
        }
        self.has_room()
    }

    /// The fields of a body that is spread.
    fn parts(&mut self, content: &Content<'a>) -> Option<Vec<Part<'a>>> {
        if !content.form.is_empty() {
            let part = |read: &Read<'a>| Part {
                name: read.name,
                schema: read.schema,
                beside: Beside { description: read.description, deprecated: false },
                required: read.required,
            };
            return Some(content.form.iter().filter(|read| read.place == In::Form).map(part).collect());
        }
        let is_patched = content.offers.iter().any(|offer| offer.is_patch_of_object);
        if is_patched || !self.is_one_schema(content) {
            return None;
        }
        let schema = self.spread(&content.offers)?;
        let required: HashSet<&str> = schema.get("required").into_iter().flat_map(Spot::texts).collect();
        let mut parts = Vec::new();
        for (name, field) in survey::fields(schema) {
            if !survey::marks(field, &mut self.library, &mut self.notes).read_only {
                let required = required.contains(name);
                parts.push(Part { name, schema: Some(field), beside: Beside::default(), required });
            }
        }
        (!parts.is_empty()).then_some(parts)
    }

    /// Whether all media types of a body say the same of it.
    fn is_one_schema(&mut self, content: &Content<'a>) -> bool {
        let Some((first, rest)) = content.offers.split_first() else { return true };
        if rest.is_empty() {
            return true;
        }
        let mut written = |schema: Option<Spot<'a>>| self.value(schema, Beside::default(), false, &mut Vec::new());
        let first = written(first.schema);
        rest.iter().all(|offer| written(offer.schema) == first)
    }

    /// Adds the body; answers which fields need which others, where the body as a whole may be left out.
    fn content(
        &mut self,
        content: Content<'a>,
        parts: Option<Vec<Part<'a>>>,
        fields: &mut Fields,
        (properties, required): (&mut Json, &mut Vec<String>),
        input: &mut Input,
    ) -> Result<Dependent, String> {
        let has_bytes = content.offers.iter().any(|offer| offer.media.kind == MediaKind::Multipart);
        let mut dependent = None;
        let body_fields = match parts {
            Some(parts) => {
                let (mut pairs, mut needed) = (Vec::new(), Vec::new());
                for part in parts {
                    let field = fields.take("body", part.name);
                    properties.name(&field);
                    properties.raw(&self.value(part.schema, part.beside, has_bytes, &mut input.wanted));
                    self.in_bounds(properties.len())?;
                    if part.required {
                        needed.push(field.clone());
                    }
                    pairs.push((field, part.name.to_owned()));
                }
                if content.required {
                    required.extend(needed);
                } else if !needed.is_empty() && pairs.len() <= DEPENDENT_MAX {
                    dependent = Some(pairs.iter().map(|(field, _)| (field.clone(), needed.clone())).collect());
                }
                BodyFields::Spread(pairs)
            }
            None => {
                let field = fields.free(WHOLE);
                properties.name(&field);
                properties.raw(&self.whole(&content, &mut input.wanted));
                if content.required {
                    required.push(field.clone());
                }
                BodyFields::Whole(field)
            }
        };
        let media: Vec<_> = content.offers.into_iter().map(|offer| offer.media).collect();
        let media_field = (media.len() > 1).then(|| fields.free(MEDIA));
        if let Some(field) = &media_field {
            properties.name(field);
            properties.open(Bracket::Object);
            properties.name("type");
            properties.text("string");
            properties.name("enum");
            properties.texts(media.iter().map(|media| media.name.as_str()));
            properties.name("description");
            properties.text(&format!("The media type of the body; {} unless told.", media[0].name));
            properties.close(Bracket::Object);
        }
        input.body = Some(Body { required: content.required, fields: body_fields, media, media_field });
        Ok(dependent)
    }

    /// The schema of a body that is one value: of one of its media types.
    fn whole(&mut self, content: &Content<'a>, wanted: &mut Vec<Wanted>) -> String {
        let beside = Beside { description: content.description, deprecated: false };
        let mut schemas: Vec<String> = Vec::new();
        for offer in &content.offers {
            let is_text = offer.schema.is_some_and(|schema| self.is_object_or_list(schema));
            let schema = match offer.media.kind {
                MediaKind::Binary => {
                    let (bytes, name) = self.definitions.refer_to_bytes();
                    wanted.push(bytes);
                    format!(r##"{{"$ref":"#/$defs/{name}"}}"##)
                }
                MediaKind::Text | MediaKind::EventStream if offer.schema.is_none() || is_text => {
                    r#"{"type":"string"}"#.to_owned()
                }
                MediaKind::JsonLines => {
                    let item = self.value(offer.schema, Beside::default(), false, wanted);
                    format!(r#"{{"type":"array","items":{item}}}"#)
                }
                MediaKind::Form | MediaKind::Multipart if offer.schema.is_none() => r#"{"type":"object"}"#.to_owned(),
                _ if offer.is_patch_of_object => r#"{"type":"array","items":{"type":"object"}}"#.to_owned(),
                kind => {
                    let beside = if content.offers.len() == 1 { beside } else { Beside::default() };
                    // Files are said at the top of the body: a definition is shared with bodies that have none.
                    let has_files = offer.media.encodings.values().any(|encoding| encoding.binary);
                    let schema = offer.schema.and_then(|schema| match has_files {
                        true => self.unwrapped(schema),
                        false => Some(schema),
                    });
                    self.value(schema, beside, kind == MediaKind::Multipart, wanted)
                }
            };
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        match &schemas[..] {
            [one] => one.clone(),
            several => format!(r#"{{"anyOf":[{}]}}"#, several.join(",")),
        }
    }

    fn is_object_or_list(&mut self, schema: Spot<'a>) -> bool {
        let schema = self.unwrapped(schema);
        schema.is_some_and(|schema| {
            schema.get("properties").is_some() || matches!(schema.text("type"), Some("object" | "array"))
        })
    }

    /// The text of one value's schema.
    fn value(
        &mut self,
        schema: Option<Spot<'a>>,
        beside: Beside<'_>,
        has_bytes: bool,
        wanted: &mut Vec<Wanted>,
    ) -> String {
        let mut writer = Writer::new(self, Form::Request).with_bytes(has_bytes);
        match schema {
            Some(schema) => writer.schema(schema, beside),
            None => writer.anything(beside),
        }
        let (text, more) = writer.into_text();
        wanted.extend(more);
        text
    }
}

/// `{"type":"object",…}` of properties written already. `dependent`: a field, and those it needs beside it.
fn object(properties: &str, required: &[String], dependent: Dependent) -> String {
    let mut json = Json::default();
    json.open(Bracket::Object);
    json.name("type");
    json.text("object");
    json.name("properties");
    json.raw(properties);
    if !required.is_empty() {
        json.name("required");
        json.texts(required.iter().map(String::as_str));
    }
    if let Some(dependent) = dependent {
        json.name("dependentRequired");
        json.open(Bracket::Object);
        for (field, needed) in dependent {
            let others = needed.iter().map(String::as_str).filter(|other| *other != field);
            json.name(&field);
            json.texts(others);
        }
        json.close(Bracket::Object);
    }
    json.name("additionalProperties");
    json.bool(false);
    json.close(Bracket::Object);
    json.into_text()
}

fn parameter(field: String, place: Place, read: &Read<'_>) -> Parameter {
    Parameter {
        field,
        name: read.name.to_owned(),
        place,
        required: read.required,
        style: read.style,
        explode: read.explode,
        allow_reserved: read.allow_reserved,
        allow_empty: read.allow_empty,
        content: read.content.map(str::to_owned),
    }
}

fn prefix(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query | Place::QueryString => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    }
}

/// Names of the input object's fields.
struct Fields {
    /// By prefix and name on the wire.
    by_place: HashMap<(&'static str, String), String>,
    taken: HashSet<String>,
}

impl Fields {
    /// A name that occurs once stays; one that occurs in several places gets the place before it, everywhere.
    fn of(parameters: &[Read<'_>], parts: &[Part<'_>], is_whole: bool) -> Self {
        let places = parameters.iter().filter_map(|read| match read.place {
            In::Request(place) => Some((prefix(place), read.name)),
            In::Body | In::Form => None,
        });
        let places: Vec<_> = places.chain(parts.iter().map(|part| ("body", part.name))).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        if is_whole {
            counts.insert(WHOLE, 1);
        }
        for (_, name) in &places {
            *counts.entry(name).or_default() += 1;
        }
        let mut fields = Self { by_place: HashMap::new(), taken: HashSet::new() };
        let (once, often): (Vec<_>, Vec<_>) = places.into_iter().partition(|(_, name)| counts[name] == 1);
        for (prefix, name) in once {
            let field = fields.free(name);
            fields.by_place.insert((prefix, name.to_owned()), field);
        }
        for (prefix, name) in often {
            let field = fields.free(&format!("{prefix}_{name}"));
            fields.by_place.insert((prefix, name.to_owned()), field);
        }
        fields
    }

    fn take(&mut self, prefix: &'static str, name: &str) -> String {
        match self.by_place.remove(&(prefix, name.to_owned())) {
            Some(field) => field,
            None => self.free(name),
        }
    }

    /// The name, or the name and a digit.
    fn free(&mut self, name: &str) -> String {
        let mut field = name.to_owned();
        let mut number = 1;
        while !self.taken.insert(field.clone()) {
            number += 1;
            field = format!("{name}{number}");
        }
        field
    }
}
