//! The arguments that would fetch the next page: those of this call with a page, a cursor or an offset changed.
//!
//! An answer's word is read, never followed: what comes of it is an ordinary call of the same operation, at the same
//! server and path, whose arguments are checked like any other's. Where nothing fits there is no next page.

mod address;
mod body;
mod canonical;
mod cursor;
mod input;
mod link;
mod name;
mod number;

use serde_json::{Map, Value};

use crate::{Base, Method, Operation, Request, build, response::json::Top};

/// The call whose answer is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) base: &'a Base,
    pub(crate) arguments: &'a Map<String, Value>,
    pub(crate) request: &'a Request,
}

#[derive(Default)]
pub(crate) struct Next {
    /// Canonical JSON text of an object.
    pub(crate) arguments: Option<String>,
    pub(crate) warning: Option<String>,
}

/// In this order: `Link` headers and URLs in the body, cursors in the body, page numbers and offsets.
pub(crate) fn next(asked: Asked<'_>, headers: &[(String, String)], top: Option<&Top<'_>>) -> Next {
    if !matches!(asked.operation.method, Method::Get | Method::Post | Method::Query) {
        return Next::default();
    }
    let links = link::links(headers);
    let numbered = name::takes_pages(asked.operation);
    let body = top.map(|top| body::Body::of(top, numbered)).unwrap_or_default();
    let mut urls: Vec<&str> = links.next.iter().map(String::as_str).collect();
    urls.extend(body.urls());
    if urls.is_empty() && !numbered {
        return Next::default();
    }
    let inputs = input::Inputs::of(asked);
    let (mut warning, mut more) = (None, body.more());
    for url in urls {
        match address::read(asked, &inputs, url) {
            address::Read::Arguments(arguments) => {
                if let Some(arguments) = usable(asked, &arguments) {
                    return Next { arguments: Some(arguments), warning: None };
                }
            }
            address::Read::Elsewhere => more = Some(true),
            address::Read::Foreign(host) => {
                let told =
                    format!("the answer says that the next page is at another host, {host}: weir does not go there");
                warning = warning.or(Some(told));
            }
            address::Read::Nothing => {}
        }
    }
    if more == Some(false) || (links.any && links.next.is_empty()) {
        return Next { arguments: None, warning };
    }
    let found = cursor::next(asked, &inputs, &body)
        .into_iter()
        .chain(number::next(asked, &inputs, &body, more))
        .find_map(|arguments| usable(asked, &arguments));
    Next { arguments: found, warning }
}

/// Only what makes a request, and another than this one.
fn usable(asked: Asked<'_>, arguments: &Map<String, Value>) -> Option<String> {
    let request = build(asked.operation, asked.base, arguments).ok()?;
    (request != *asked.request).then(|| canonical::text(arguments))
}
