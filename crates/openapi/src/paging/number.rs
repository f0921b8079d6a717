//! The next page's number or offset, where the answer or a full page says that there is one.

use serde_json::{Map, Value};

use super::{
    Asked,
    body::Body,
    input::{Inputs, whole},
    name,
};

/// Numbers an answer tells beside its items, as [`name::plain`] writes them.
const TOTAL: &[&str] = &["total", "totalcount", "totalresults", "totalitems", "totalrecords"];
const PAGES: &[&str] = &["totalpages", "pagecount", "lastpage", "pages"];
const CURRENT: &[&str] = &["currentpage", "page", "pagenumber"];

pub(super) fn is_told(plain: &str) -> bool {
    [TOTAL, PAGES, CURRENT].iter().any(|names| names.contains(&plain))
}

/// `more`: what the answer said in so many words.
pub(super) fn next(
    asked: Asked<'_>,
    inputs: &Inputs<'_>,
    body: &Body,
    more: Option<bool>,
) -> Option<Map<String, Value>> {
    let size = name::field(asked.operation, name::SIZE).and_then(|field| inputs.number(field).or(None));
    if body.items == Some(0) {
        return None;
    }
    let full = || body.items.zip(size).is_some_and(|(items, size)| items as u64 >= size);
    let total = body.told(TOTAL).and_then(whole);
    if let Some(field) = name::field(asked.operation, name::PAGE) {
        let first = inputs.minimum(field).filter(|first| *first <= 1).unwrap_or(1);
        let told = || body.told(CURRENT).and_then(whole);
        let page = inputs.number(field).or(told().or(Some(first)))?;
        let pages = body.told(PAGES).and_then(whole);
        let seen = page.saturating_add(1).saturating_sub(first);
        let left = pages.map(|pages| seen < pages);
        let left = left.or_else(|| Some(seen.saturating_mul(size?) < total?));
        return more.or(left).unwrap_or_else(full).then(|| with(asked, inputs, field, page.checked_add(1)?)).flatten();
    }
    let field = name::field(asked.operation, name::OFFSET)?;
    let after = inputs.number(field).or(Some(0))?.checked_add(body.items? as u64)?;
    let left = total.map(|total| after < total);
    more.or(left).unwrap_or_else(full).then(|| with(asked, inputs, field, after)).flatten()
}

fn with(asked: Asked<'_>, inputs: &Inputs<'_>, field: &str, number: u64) -> Option<Map<String, Value>> {
    let mut arguments = asked.arguments.clone();
    arguments.insert(field.to_owned(), inputs.counted(field, number)?);
    Some(arguments)
}
