//! A cursor in the answer, for a parameter that takes one.

use serde_json::{Map, Value};
use weir_model::limits::CURSOR_BYTES_MAX;

use super::{Asked, body::Body, input::Inputs, name};

/// Names under which answers give a cursor, and the parameters each is meant for before any other.
const GIVEN: &[(&str, &[&str])] = &[
    ("nextcursor", &["cursor", "nextcursor", "pagecursor", "startcursor"]),
    ("nextpagetoken", &["pagetoken", "nextpagetoken"]),
    ("nexttoken", &["nexttoken", "paginationtoken", "pagetoken"]),
    ("continuationtoken", &["continuationtoken", "continuation"]),
    ("continue", &["continue"]),
    ("continuation", &["continuation", "continuationtoken"]),
    ("nextmarker", &["marker", "nextmarker"]),
    ("nextpagecursor", &["pagecursor", "cursor"]),
    ("endcursor", &["after", "cursor"]),
    ("aftercursor", &["after", "aftercursor"]),
    ("nextoffset", &["offset", "pageoffset", "start"]),
    ("nextskip", &["skip"]),
    ("nextstart", &["start", "startat"]),
    ("nextpage", &["page", "nextpage", "pagenumber", "cursor", "pagetoken"]),
    ("nextkey", &["exclusivestartkey", "cursor"]),
    ("lastevaluatedkey", &["exclusivestartkey"]),
    ("after", &["after", "pageafter"]),
    ("bookmark", &["bookmark"]),
    ("scrollid", &["scrollid"]),
    ("skiptoken", &["skiptoken"]),
    ("next", &["cursor", "page", "after", "pagetoken", "nexttoken", "offset"]),
    ("marker", &["marker"]),
    ("cursor", &["cursor"]),
];
/// Parameters that take the id of the last item seen.
const AFTER_ID: &[&str] = &["startingafter", "afterid", "after"];
const LAST_ID: &str = "lastid";

pub(super) fn is_given(plain: &str) -> bool {
    plain == LAST_ID || GIVEN.iter().any(|(given, _)| *given == plain)
}

pub(super) fn next(asked: Asked<'_>, inputs: &Inputs<'_>, body: &Body) -> Vec<Map<String, Value>> {
    let mut found = Vec::new();
    for (given, meant) in GIVEN {
        let Some(value) = body.told(&[given]) else { continue };
        if value.as_str().is_some_and(|text| text.len() > CURSOR_BYTES_MAX || text.contains("://")) {
            continue;
        }
        let numbered = given.ends_with("page") || given.ends_with("offset") || given.ends_with("start");
        let others = if numbered { &[] } else { name::CURSOR };
        let field = name::field(asked.operation, meant).or_else(|| name::field(asked.operation, others));
        if let Some((field, value)) = field.and_then(|field| Some((field, inputs.scalar(field, value)?))) {
            found.push(with(asked, field, value));
        }
    }
    let last = body.told(&[LAST_ID]).or(body.last_id.as_ref()).filter(|_| body.more() == Some(true));
    if let (Some(last), Some(field)) = (last, name::field(asked.operation, AFTER_ID)) {
        found.extend(inputs.scalar(field, last).map(|value| with(asked, field, value)));
    }
    found
}

fn with(asked: Asked<'_>, field: &str, value: Value) -> Map<String, Value> {
    let mut arguments = asked.arguments.clone();
    arguments.insert(field.to_owned(), value);
    arguments
}
