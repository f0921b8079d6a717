//! `/v1/results`: a stored value, or what a run returned, as bytes. Never under a type that a browser would show.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use weir_bridge::port::StoredKind;
use weir_model::{
    HandleId, RunId,
    limits::{KIB, MIB},
};
use weir_store::Store;

use super::{
    Answer,
    query::Query,
    refusal::Refusal,
    value::{self, Page},
};
use crate::gateway::{Gateway, local};

/// Bytes of one answer, unless it asks for fewer or more.
const PAGE_BYTES: u64 = 256 * KIB;
const PAGE_BYTES_MAX: u64 = 8 * MIB;

const MIME: HeaderName = HeaderName::from_static("weir-mime");
const TOTAL: HeaderName = HeaderName::from_static("weir-total-bytes");
const NEXT: HeaderName = HeaderName::from_static("weir-next-offset");

pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Answer {
    let Path(id) = id.map_err(|_| Refusal::no_such_value())?;
    let query = Query::parse(query.as_deref(), &["offset", "bytes"])?;
    let offset = query.number("offset", 0, u64::MAX)?;
    let bytes = query.number("bytes", PAGE_BYTES, PAGE_BYTES_MAX)?;
    let page = found(gateway.store(), &id, offset, bytes).await?.ok_or_else(Refusal::no_such_value)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    // An upstream chose it: one that no header can bear is left out.
    if let Ok(mime) = HeaderValue::from_str(page.mime()) {
        headers.insert(MIME, mime);
    }
    headers.insert(TOTAL, page.total.into());
    if page.is_cut() {
        headers.insert(NEXT, (page.offset + page.bytes.len() as u64).into());
    }
    Ok((headers, page.bytes).into_response())
}

async fn found(store: &Store, id: &str, offset: u64, bytes: u64) -> Result<Option<Page>, Refusal> {
    if !id.starts_with("run_") {
        return Ok(value::of_handle(store, &local(), &HandleId::new(id), offset, bytes).await?);
    }
    let recorded = store.recorded(&RunId::new(id), None).await?;
    let report = recorded.and_then(|recorded| recorded.report);
    let result = report.as_ref().and_then(|report| report.result.as_deref());
    Ok(result.map(|result| Page::of(StoredKind::Json, result.as_bytes(), offset, bytes)))
}
