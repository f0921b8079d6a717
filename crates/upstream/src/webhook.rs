//! One message to an address of the operator's, which often is a credential itself: it is never shown.
//!
//! Sent once, within a deadline; no redirect is followed, and of the answer only the status is read.

use std::time::Duration;

use reqwest::{
    Url,
    header::{CONTENT_TYPE, HeaderValue},
};
use weir_model::Secret;

use crate::http;

/// Why a message may not have arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    #[error("its address is no http or https URL")]
    Address,
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("it answered with HTTP status {0}")]
    Refused(u16),
    #[error("it did not answer within {0:?}")]
    Deadline(Duration),
}

/// Posts JSON text. An answer of 2xx is all that is wanted.
pub async fn post_json(url: &Secret, body: String, deadline: Duration) -> Result<(), NotPosted> {
    http::provide_tls();
    let url = Url::parse(url.expose()).map_err(|_| NotPosted::Address)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NotPosted::Address);
    }
    let unreachable = |error: reqwest::Error| NotPosted::Unreachable(http::cause(&error));
    let client = http::client(&url).map_err(unreachable)?;
    let post = client.post(url).header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body);
    match tokio::time::timeout(deadline, post.send()).await {
        Err(_) => Err(NotPosted::Deadline(deadline)),
        Ok(Err(error)) => Err(unreachable(error)),
        Ok(Ok(response)) if response.status().is_success() => Ok(()),
        Ok(Ok(response)) => Err(NotPosted::Refused(response.status().as_u16())),
    }
}
