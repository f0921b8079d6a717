//! An operation and its arguments become one request. Nothing a snippet wrote reaches a URL, a header or a form unencoded.
//!
//! A function of the arguments alone: the same arguments give the same bytes, and what cannot be written exactly is
//! refused by the name of its argument. Never adds a credential.

mod base;
mod body;
mod encode;
mod file;
mod form;
mod header;
pub(crate) mod media;
mod multipart;
mod path;
mod query;
mod style;
mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;
use weir_model::limits::REQUEST_URL_BYTES_MAX;

use crate::{BodyFields, Method, Operation, Parameter, Server};

/// Where an API is: an absolute `http` or `https` URL without user, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(String);

/// Why a server cannot be used. A sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadBase(pub String);

/// Why nothing was sent. A sentence that names the argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadArguments(pub String);

/// A request without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// Absolute.
    pub url: String,
    /// In order; names in lower case. `content-type` is among them when there is a body.
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Base {
    /// Refuses whatever two readers of URLs may understand differently.
    pub fn parse(url: &str) -> Result<Self, BadBase> {
        base::parse(url).map(Self)
    }

    /// A server with its variables filled in; a relative one stands beside `document`, the description's own URL.
    pub fn of(server: &Server, variables: &BTreeMap<String, String>, document: Option<&str>) -> Result<Self, BadBase> {
        Self::parse(&base::filled(server, variables, document)?)
    }

    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The request of a call: a function of the arguments alone.
pub fn build(operation: &Operation, base: &Base, arguments: &Map<String, Value>) -> Result<Request, BadArguments> {
    nothing_unknown(operation, arguments)?;
    let path = path::of(operation, arguments)?;
    let query = query::of(operation, arguments)?;
    let url = url(base, &path, query.as_deref())?;
    let mut headers = header::of(operation, arguments)?;
    let body = body::of(operation, arguments)?.map(|body| {
        headers.push(("content-type".to_owned(), body.content_type));
        body.bytes
    });
    Ok(Request { method: operation.method, url, headers, body })
}

impl BadArguments {
    fn at(field: &str, why: impl std::fmt::Display) -> Self {
        Self(format!("argument `{}`: {why}", shown(field)))
    }
}

/// Foreign text as a message quotes it: one line, and not much of it.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(100).flat_map(char::escape_debug).collect();
    if text.chars().nth(100).is_some() {
        shown.push('…');
    }
    shown
}

/// A parameter's argument; `null` is an absent one.
fn given<'a>(parameter: &Parameter, arguments: &'a Map<String, Value>) -> Result<Option<&'a Value>, BadArguments> {
    match arguments.get(&parameter.field) {
        None | Some(Value::Null) if parameter.required => {
            Err(BadArguments::at(&parameter.field, "it is required and missing"))
        }
        None | Some(Value::Null) => Ok(None),
        Some(value) => Ok(Some(value)),
    }
}

/// An argument that goes nowhere is a mistake, never dropped.
fn nothing_unknown(operation: &Operation, arguments: &Map<String, Value>) -> Result<(), BadArguments> {
    let known = |name: &str| {
        operation.parameters.iter().any(|parameter| parameter.field == name)
            || operation.body.as_ref().is_some_and(|body| {
                body.media_field.as_deref() == Some(name)
                    || match &body.fields {
                        BodyFields::Whole(field) => field == name,
                        BodyFields::Spread(fields) => fields.iter().any(|(field, _)| field == name),
                    }
            })
    };
    match arguments.keys().find(|name| !known(name)) {
        Some(name) => Err(BadArguments::at(name, "the operation takes no argument of that name")),
        None => Ok(()),
    }
}

/// Joins what is encoded already, then reads the whole as an HTTP client will, and believes only that.
fn url(base: &Base, path: &str, query: Option<&str>) -> Result<String, BadArguments> {
    let mut text = format!("{}{path}", base.0);
    if let Some(query) = query {
        text.push('?');
        text.push_str(query);
    }
    if text.len() > REQUEST_URL_BYTES_MAX {
        return Err(BadArguments(format!(
            "the arguments make a URL of {} bytes, and at most {REQUEST_URL_BYTES_MAX} can be sent: ask for less at once",
            text.len()
        )));
    }
    let (Ok(home), Ok(url)) = (Url::parse(&base.0), Url::parse(&text)) else {
        return Err(BadArguments("the arguments make no URL that can be read".to_owned()));
    };
    let prefix = home.path().trim_end_matches('/');
    let inside = url.path().strip_prefix(prefix);
    let unchanged = url.scheme() == home.scheme()
        && url.host() == home.host()
        && url.port_or_known_default() == home.port_or_known_default()
        && url.username().is_empty()
        && url.password().is_none()
        && inside.is_some_and(|inside| inside.starts_with('/') && inside.split('/').count() == path.split('/').count())
        && url.query() == query
        && url.fragment().is_none()
        && url.as_str() == text;
    if !unchanged {
        return Err(BadArguments("the arguments would lead to another place than the operation's".to_owned()));
    }
    Ok(text)
}
