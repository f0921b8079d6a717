//! Builders: an operation in a few words, and what a request or an answer looks like in one line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use weir_model::{Part, ToolFailure};
use weir_openapi::{
    Answer, Base, Body, BodyFields, Encoding, Media, MediaKind, Method, Operation, Parameter, PathTemplate, Piece,
    Place, Reply, Request, Response, StatusRange, Style, build, reply,
};

pub(crate) const BASE: &str = "https://api.test/v1";

pub(crate) fn base() -> Base {
    Base::parse(BASE).expect("a base")
}

/// A `GET` whose path's `{names}` are among the parameters.
pub(crate) fn operation(path: &str, parameters: Vec<Parameter>) -> Operation {
    let segments = path[1..].split('/').map(|segment| pieces(segment, &parameters)).collect();
    Operation {
        name: "op".into(),
        title: None,
        description: None,
        method: Method::Get,
        path: PathTemplate { text: path.to_owned(), segments },
        servers: Vec::new(),
        parameters,
        body: None,
        responses: Vec::new(),
        security: Vec::new(),
        tags: Vec::new(),
        deprecated: false,
        input_schema: r#"{"type":"object"}"#.into(),
        output_schema: None,
    }
}

fn pieces(mut segment: &str, parameters: &[Parameter]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some((text, rest)) = segment.split_once('{') {
        let (name, rest) = rest.split_once('}').expect("a closed brace");
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let index = parameters.iter().position(|p| p.place == Place::Path && p.name == name).expect("a parameter");
        pieces.push(Piece::Parameter(index));
        segment = rest;
    }
    if !segment.is_empty() {
        pieces.push(Piece::Text(segment.to_owned()));
    }
    pieces
}

pub(crate) fn parameter(place: Place, name: &str) -> Parameter {
    let (style, explode) = match place {
        Place::Path | Place::Header => (Style::Simple, false),
        Place::Query | Place::QueryString | Place::Cookie => (Style::Form, true),
    };
    Parameter {
        field: name.to_owned(),
        name: name.to_owned(),
        place,
        required: place == Place::Path,
        style,
        explode,
        allow_reserved: false,
        allow_empty: false,
        content: None,
    }
}

pub(crate) fn query(name: &str) -> Parameter {
    parameter(Place::Query, name)
}

pub(crate) fn styled(place: Place, name: &str, style: Style, explode: bool) -> Parameter {
    Parameter { style, explode, ..parameter(place, name) }
}

pub(crate) fn media(name: &str) -> Media {
    Media { name: name.to_owned(), kind: MediaKind::of(name), encodings: BTreeMap::new() }
}

pub(crate) fn encoded(name: &str, encodings: &[(&str, Encoding)]) -> Media {
    let encodings = encodings.iter().map(|(field, encoding)| ((*field).to_owned(), encoding.clone())).collect();
    Media { encodings, ..media(name) }
}

/// A `POST` whose body is the field `body`.
pub(crate) fn whole(media: Vec<Media>) -> Operation {
    let fields = BodyFields::Whole("body".to_owned());
    let body = Body { required: false, fields, media, media_field: Some("content_type".to_owned()) };
    Operation { method: Method::Post, body: Some(body), ..operation("/x", Vec::new()) }
}

/// A `POST` whose body's fields are arguments of the same names.
pub(crate) fn spread(media: Media, fields: &[&str]) -> Operation {
    let fields = fields.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect();
    let body = Body { required: false, fields: BodyFields::Spread(fields), media: vec![media], media_field: None };
    Operation { method: Method::Post, body: Some(body), ..operation("/x", Vec::new()) }
}

pub(crate) fn with_responses(responses: &[(StatusRange, &[&str])]) -> Operation {
    let responses = responses
        .iter()
        .map(|(status, names)| Response {
            status: *status,
            media: names.iter().map(|name| ((*name).to_owned(), MediaKind::of(name))).collect(),
        })
        .collect();
    Operation { responses, ..operation("/x", Vec::new()) }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

pub(crate) fn request(operation: &Operation, arguments: Value) -> Result<Request, String> {
    build(operation, &base(), &object(arguments)).map_err(|error| error.to_string())
}

/// What follows the base's path, or why nothing was sent.
pub(crate) fn target(operation: &Operation, arguments: Value) -> String {
    match request(operation, arguments) {
        Ok(request) => request.url.strip_prefix(BASE).expect("the base").to_owned(),
        Err(error) => error,
    }
}

/// The value of one header, `-` for none.
pub(crate) fn header(request: &Request, name: &str) -> String {
    request.headers.iter().find(|(known, _)| known == name).map_or("-".to_owned(), |(_, value)| value.clone())
}

pub(crate) fn answered(
    operation: &Operation,
    arguments: Value,
    (status, headers, body): (u16, &[(&str, &str)], &[u8]),
) -> Result<Reply, ToolFailure> {
    let arguments = object(arguments);
    let request = build(operation, &base(), &arguments).expect("good arguments");
    let headers: Vec<(String, String)> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    reply(operation, &base(), &arguments, &request, Answer { status, headers: &headers, body })
}

/// Parts, then warnings; or the failure.
pub(crate) fn line(answer: Result<Reply, ToolFailure>) -> String {
    match answer {
        Ok(Reply { reply, warnings }) => {
            let parts: Vec<String> = reply
                .parts
                .iter()
                .map(|part| match part {
                    Part::Json(text) => format!("json {text}"),
                    Part::Text(text) => format!("text {text:?}"),
                    Part::Blob { mime, bytes } => format!("{mime} {bytes:?}"),
                })
                .collect();
            let warnings: String = warnings.iter().map(|warning| format!(" ! {warning}")).collect();
            format!("[{}]{warnings}", parts.join(", "))
        }
        Err(failure) => format!("{}: {}", failure.kind.as_str(), failure.message),
    }
}
