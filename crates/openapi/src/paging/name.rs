//! The names APIs give to what pages are asked for by. A table; names are compared without case and punctuation.

use crate::{BodyFields, Operation, Place};

/// Numbers of pages.
pub(super) const PAGE: &[&str] = &["page", "pagenumber", "pagenum", "pageno", "pageindex", "currentpage", "p"];
/// Items to pass over.
pub(super) const OFFSET: &[&str] = &["offset", "skip", "start", "startat", "startindex", "pageoffset"];
/// Items of one page.
pub(super) const SIZE: &[&str] = &[
    "perpage",
    "pagesize",
    "limit",
    "pagelimit",
    "size",
    "maxresults",
    "count",
    "top",
    "rows",
    "take",
    "itemsperpage",
];
/// What an answer gives and the next call takes, the likelier first.
pub(super) const CURSOR: &[&str] = &[
    "cursor",
    "nextcursor",
    "pagecursor",
    "startcursor",
    "pagetoken",
    "nextpagetoken",
    "nexttoken",
    "continuationtoken",
    "paginationtoken",
    "continuation",
    "continue",
    "marker",
    "nextmarker",
    "after",
    "pageafter",
    "startingafter",
    "startafter",
    "afterid",
    "aftercursor",
    "skiptoken",
    "exclusivestartkey",
    "bookmark",
    "scrollid",
    "nextpage",
];

/// Lower case, letters and digits alone: `page[after]` and `pageAfter` are one.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

pub(super) fn is_paging(name: &str) -> bool {
    let plain = plain(name);
    [PAGE, OFFSET, SIZE, CURSOR].iter().any(|names| names.contains(&plain.as_str()))
}

/// Where a page's argument can go: query parameters and the fields of a body that is spread, as (field, name).
pub(super) fn targets(operation: &Operation) -> impl Iterator<Item = (&str, &str)> {
    let query = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let fields = match operation.body.as_ref().map(|body| &body.fields) {
        Some(BodyFields::Spread(fields)) => fields.as_slice(),
        _ => &[],
    };
    let query = query.map(|parameter| (parameter.field.as_str(), parameter.name.as_str()));
    query.chain(fields.iter().map(|(field, name)| (field.as_str(), name.as_str())))
}

pub(super) fn takes_pages(operation: &Operation) -> bool {
    targets(operation).any(|(_, name)| is_paging(name))
}

/// The field of the first of these names that the operation takes.
pub(super) fn field<'a>(operation: &'a Operation, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|wanted| targets(operation).find(|(_, name)| plain(name) == *wanted).map(|(field, _)| field))
}
