//! A description from its URL: under the upstream's egress rules, without credentials, bounded, and only when it changed.

use reqwest::{
    StatusCode, Url,
    header::{ACCEPT, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION},
};
use weir_model::limits::DESCRIPTION_FILE_BYTES_MAX;

use super::{answer, kept::Fetched};
use crate::{egress, egress::Rules, http::cause};

/// A longer one is not kept.
const ETAG_BYTES_MAX: usize = 1024;

pub(super) enum Answer {
    Changed(Fetched),
    Same,
}

/// `Err` is a sentence.
pub(super) async fn fetch(url: &str, etag: Option<&str>, rules: Rules) -> Result<Answer, String> {
    let url = Url::parse(url).map_err(|error| format!("its URL is none: {error}"))?;
    rules.check(&url).map_err(|denied| denied.to_string())?;
    let client = egress::client(rules).map_err(|error| cause(&error))?;
    let mut request = client.get(url).header(
        ACCEPT,
        HeaderValue::from_static("application/json, application/yaml, application/vnd.oai.openapi, */*;q=0.5"),
    );
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let response = request.send().await.map_err(|error| match egress::denial(&error) {
        Some(denied) => denied.to_string(),
        None => format!("it cannot be reached: {}", cause(&error)),
    })?;
    let status = response.status();
    if status == StatusCode::NOT_MODIFIED {
        return Ok(Answer::Same);
    }
    if status.is_redirection() {
        let host = response.headers().get(LOCATION).and_then(|to| Url::parse(to.to_str().ok()?).ok());
        let to = host.as_ref().and_then(Url::host_str).unwrap_or("elsewhere");
        return Err(format!(
            "it answered with a redirect to {to}, which weir does not follow; put that URL into the config"
        ));
    }
    if status != StatusCode::OK {
        return Err(format!("it answered with HTTP status {}", status.as_u16()));
    }
    let etag = response.headers().get(ETAG).filter(|etag| etag.len() <= ETAG_BYTES_MAX);
    let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let received = answer::receive(response, DESCRIPTION_FILE_BYTES_MAX).await;
    let received = received.map_err(|trouble| trouble.told(DESCRIPTION_FILE_BYTES_MAX))?;
    Ok(Answer::Changed(Fetched { etag, bytes: received.body }))
}
