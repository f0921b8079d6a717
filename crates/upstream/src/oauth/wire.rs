//! One exchange with an authorization server: an address that passed, a bounded answer, an end. No redirect is followed.

use reqwest::{
    Method, Response, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use tokio::time::timeout;
use weir_model::{Secret, limits};
use zeroize::Zeroizing;

use super::reach::{Reach, Unusable};
use crate::{egress, http};

/// Why there is no answer. Nothing of what was sent is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireFailure {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("{host} may not be connected to: {why}")]
    Denied { host: String, why: String },
    #[error("{host} cannot be reached: {why}")]
    Unreachable { host: String, why: String },
    #[error("{host} did not answer within {:?}", limits::OAUTH_EXCHANGE_TIMEOUT)]
    Deadline { host: String },
    #[error("{host} answers with more than {} bytes", limits::OAUTH_ANSWER_BYTES_MAX)]
    TooLarge { host: String },
    #[error("a value for {host} holds characters that no header may")]
    Header { host: String },
}

impl WireFailure {
    /// Whether it may be over by itself.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Deadline { .. })
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
}

pub(super) enum Body {
    None,
    Form(Zeroizing<String>),
    Json(String),
}

pub(super) struct Asking<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) authorization: Option<&'a Secret>,
    pub(super) body: Body,
}

pub(super) async fn get(reach: &Reach, url: &Url) -> Result<Answer, WireFailure> {
    ask(reach, Asking { method: Method::GET, url, authorization: None, body: Body::None }).await
}

pub(super) async fn ask(reach: &Reach, asking: Asking<'_>) -> Result<Answer, WireFailure> {
    let host = host(asking.url);
    let exchange = async {
        let response = send(reach, asking, &host).await?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: whole(response, &host).await? })
    };
    timeout(limits::OAUTH_EXCHANGE_TIMEOUT, exchange).await.unwrap_or(Err(WireFailure::Deadline { host: host.clone() }))
}

/// The headers of the answer alone: its body may never end.
pub(super) async fn headers(reach: &Reach, asking: Asking<'_>) -> Result<HeaderMap, WireFailure> {
    let host = host(asking.url);
    let answered = timeout(limits::OAUTH_EXCHANGE_TIMEOUT, send(reach, asking, &host)).await;
    let response = answered.unwrap_or(Err(WireFailure::Deadline { host: host.clone() }))?;
    Ok(response.headers().clone())
}

async fn send(reach: &Reach, asking: Asking<'_>, host: &str) -> Result<Response, WireFailure> {
    let rules = reach.rules(asking.url);
    rules.check(asking.url).map_err(|denied| WireFailure::Denied { host: host.to_owned(), why: denied.to_string() })?;
    let client = egress::client(rules).map_err(|error| failed(host, &error))?;
    let mut request = client.request(asking.method, asking.url.clone());
    // An MCP server answers nobody who does not take both.
    request = request.header(ACCEPT, HeaderValue::from_static("application/json, text/event-stream;q=0.1"));
    if let Some(authorization) = asking.authorization {
        let mut value =
            HeaderValue::from_str(authorization.expose()).map_err(|_| WireFailure::Header { host: host.to_owned() })?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let (kind, body) = match asking.body {
        Body::None => (None, Vec::new()),
        Body::Form(form) => (Some("application/x-www-form-urlencoded"), form.as_bytes().to_vec()),
        Body::Json(json) => (Some("application/json"), json.into_bytes()),
    };
    if let Some(kind) = kind {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static(kind)).body(body);
    }
    request.send().await.map_err(|error| failed(host, &error))
}

async fn whole(mut response: Response, host: &str) -> Result<Zeroizing<Vec<u8>>, WireFailure> {
    // Its room at once, as far as it is known: growing would leave copies behind.
    let told = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(4_096);
    let mut body = Zeroizing::new(Vec::with_capacity(told.min(limits::OAUTH_ANSWER_BYTES_MAX)));
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(host, &error))? {
        if body.len() + chunk.len() > limits::OAUTH_ANSWER_BYTES_MAX {
            return Err(WireFailure::TooLarge { host: host.to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(host: &str, error: &reqwest::Error) -> WireFailure {
    match egress::denial(error) {
        Some(denied) => WireFailure::Denied { host: host.to_owned(), why: denied.to_string() },
        None => WireFailure::Unreachable { host: host.to_owned(), why: http::cause(error) },
    }
}

/// Who is asked, for sentences.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("its authorization server");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
