//! A request's body: JSON, within its size and time.

use axum::{
    body::{Bytes, to_bytes},
    extract::Request,
    http::header::CONTENT_TYPE,
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use weir_model::limits::{BODY_READ_TIMEOUT, CLIENT_MESSAGE_BYTES_MAX};

use super::refusal::Refusal;

const BODY_BYTES_MAX: usize = CLIENT_MESSAGE_BYTES_MAX as usize;

/// A type that a web page can only send after asking, and nobody answers it.
pub(super) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Refusal> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::not_json());
    }
    let bytes = whole(request).await?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::invalid(format!("the body does not fit: {error}")))
}

async fn whole(request: Request) -> Result<Bytes, Refusal> {
    let too_large = |length: &u64| *length > BODY_BYTES_MAX as u64;
    if content_length(&request).as_ref().is_some_and(too_large) {
        return Err(Refusal::too_large(BODY_BYTES_MAX));
    }
    match timeout(BODY_READ_TIMEOUT, to_bytes(request.into_body(), BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // Longer than it said, or broken off: either way it is not whole.
        Ok(Err(_)) => Err(Refusal::invalid(format!("the body broke off, or is longer than {BODY_BYTES_MAX} bytes"))),
        Err(_) => Err(Refusal::too_slow()),
    }
}

fn content_length(request: &Request) -> Option<u64> {
    request.headers().get(axum::http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
