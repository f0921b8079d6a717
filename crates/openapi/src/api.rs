//! An API as weir understands it: what a description became, and all that requests and responses need of it.
//!
//! Everything here is owned text, so that it can be kept on disk and read back without looking at the description again.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use weir_model::Definitions;

/// One description, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    pub title: String,
    pub version: String,
    /// As written: `2.0`, `3.0.3`, `3.1.0`.
    pub dialect: String,
    /// In the description's own order; names are unique.
    pub operations: Vec<Operation>,
    /// What `#/$defs/…` in the operations' schemas points at.
    pub definitions: Arc<Definitions>,
    /// By the description's own names.
    pub schemes: BTreeMap<String, Scheme>,
    /// Operations that could not be used.
    pub skipped: Vec<Skipped>,
    /// What was odd and did not matter. Bounded sentences.
    pub warnings: Vec<String>,
}

/// An operation that is left out, and why: a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// `GET /users/{id}`
    pub place: String,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Post,
    Patch,
    Delete,
    Trace,
    /// OpenAPI 3.2.
    Query,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The tool's raw name: the operationId as written, else `{method}_{path}`; unique in the API.
    pub name: Arc<str>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub method: Method,
    pub path: PathTemplate,
    /// The operation's own, else the path's, else the document's; empty when the description names none.
    pub servers: Vec<Server>,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// Any one of these suffices, each needs all of its schemes. Empty: nothing is said. An empty alternative: optional.
    pub security: Vec<Vec<Requirement>>,
    pub tags: Vec<String>,
    pub deprecated: bool,
    /// JSON text, an object schema: the one flat input object.
    pub input_schema: Arc<str>,
    /// JSON text; `None` when nothing useful is said or nothing comes back.
    pub output_schema: Option<Arc<str>>,
}

/// `/repos/{owner}/{repo}/compare/{base}...{head}`: the segments between slashes, each made of pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathTemplate {
    /// As written, without a `#fragment` that only tells path keys apart.
    pub text: String,
    pub segments: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    Text(String),
    /// Index into [`Operation::parameters`].
    Parameter(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Absolute or relative, with `{variables}`.
    pub url: String,
    pub variables: BTreeMap<String, Variable>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    pub default: String,
    /// Empty: any value that is a host label.
    pub allowed: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Path,
    Query,
    /// OpenAPI 3.2: the whole query string from one object.
    QueryString,
    Header,
    Cookie,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    /// Swagger 2.0's `collectionFormat: tsv`.
    TabDelimited,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The field of the input object it comes from.
    pub field: String,
    /// The name on the wire.
    pub name: String,
    pub place: Place,
    pub required: bool,
    pub style: Style,
    pub explode: bool,
    pub allow_reserved: bool,
    /// `allowEmptyValue`: an empty string is sent as a bare name.
    pub allow_empty: bool,
    /// `content:` instead of a schema: the value is written in this media type, then encoded.
    pub content: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub required: bool,
    pub fields: BodyFields,
    /// In order of preference; the first is used unless `media_field` says otherwise. Never empty.
    pub media: Vec<Media>,
    /// The field of the input object that chooses among several media types by name.
    pub media_field: Option<String>,
}

/// Where the body's value is in the input object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyFields {
    /// One field holds all of it.
    Whole(String),
    /// The body is an object, and each of its fields one of the input's: (input's name, name in the body).
    Spread(Vec<(String, String)>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// `application/json`, as it is sent in `Content-Type` (without a multipart boundary).
    pub name: String,
    pub kind: MediaKind,
    /// For forms and multipart, by field of the body.
    pub encodings: BTreeMap<String, Encoding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaKind {
    /// `application/json` and `*+json`.
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/form-data` and other `multipart/*`
    Multipart,
    /// `text/event-stream`
    EventStream,
    /// `application/x-ndjson`, `application/jsonl`, `application/json-seq`
    JsonLines,
    /// `text/*` and XML: a string as it stands.
    Text,
    /// Anything else: bytes; base64 in arguments, a handle in results.
    Binary,
}

/// How one field of a form or multipart body is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoding {
    pub content_type: Option<String>,
    pub style: Option<Style>,
    pub explode: Option<bool>,
    pub allow_reserved: bool,
    /// The field is bytes: base64 text, or `{data, filename?, content_type?}`; a list of them when the schema is one.
    pub binary: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub status: StatusRange,
    /// Media types it may have, none for an empty one.
    pub media: Vec<(String, MediaKind)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusRange {
    Exactly(u16),
    /// `2XX`
    Class(u8),
    Default,
}

/// One scheme an operation asks for, with the scopes it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    pub scheme: String,
    pub scopes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    ApiKey {
        place: Place,
        name: String,
    },
    Basic,
    Bearer,
    /// OAuth 2 or OpenID Connect; the addresses are the description's word, never followed without the operator's.
    OAuth2 {
        token_url: Option<String>,
        scopes: Vec<String>,
    },
    /// Mutual TLS, digest, and what has no name yet.
    Other(String),
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Trace => "TRACE",
            Self::Query => "QUERY",
        }
    }
}

impl MediaKind {
    /// From a media type, parameters and case aside.
    pub fn of(media_type: &str) -> Self {
        let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "text/event-stream" => Self::EventStream,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/jsonlines"
            | "application/json-seq" => Self::JsonLines,
            "application/json" | "text/json" => Self::Json,
            "application/xml" | "application/javascript" | "application/yaml" | "application/x-yaml" => Self::Text,
            name if name.ends_with("+json") => Self::Json,
            name if name.ends_with("+xml") || name.starts_with("text/") => Self::Text,
            name if name.starts_with("multipart/") => Self::Multipart,
            _ => Self::Binary,
        }
    }
}
