//! The headers of a request: the operator's own, the protocol's, and which of the two wins.

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use weir_model::Secret;

use super::Inner;
use crate::{
    link::{Ended, Request},
    listing::encoded_header,
};

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const PARAM_PREFIX: &str = "mcp-param-";
pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// The operator's headers, marked so that nothing prints their values.
pub(crate) fn of_config(headers: &[(String, Secret)]) -> Result<HeaderMap, Ended> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let parsed = name_of_config(name)?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
            Ended::plain(format!("the config's value of header {name:?} holds characters no header may"))
        })?;
        value.set_sensitive(true);
        map.append(parsed, value);
    }
    Ok(map)
}

pub(crate) fn name_of_config(name: &str) -> Result<HeaderName, Ended> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Ended::plain(format!("the config names a header {name:?}, which is no header name")))
}

/// Of one POST. The protocol's headers replace the operator's of the same name: a wrong one would break every request.
pub(super) fn of_request(link: &Inner, request: &Request<'_>, session: Option<&HeaderValue>) -> HeaderMap {
    let mut map = link.headers.clone();
    if let (Some(name), Some(key)) = (&link.idempotency, request.outgoing.idempotency_key) {
        set(&mut map, name.clone(), key);
    }
    map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    map.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    if let Some(session) = session {
        map.insert(SESSION, session.clone());
    }
    let Some(era) = request.era else { return map };
    map.insert(PROTOCOL_VERSION, HeaderValue::from_static(era.as_str()));
    if !era.is_modern() {
        return map;
    }
    set(&mut map, METHOD, request.outgoing.method);
    if let Some(name) = request.name {
        set(&mut map, NAME, &encoded_header(name));
    }
    for (name, value) in &request.param_headers {
        if let Ok(name) = HeaderName::from_bytes(format!("{PARAM_PREFIX}{}", name.to_ascii_lowercase()).as_bytes()) {
            set(&mut map, name, value);
        }
    }
    map
}

/// Of the legacy era's GET stream and DELETE.
pub(super) fn of_session(base: &HeaderMap, version: &'static str, session: Option<&HeaderValue>) -> HeaderMap {
    let mut map = base.clone();
    map.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    map.insert(PROTOCOL_VERSION, HeaderValue::from_static(version));
    if let Some(session) = session {
        map.insert(SESSION, session.clone());
    }
    map
}

fn set(map: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        map.insert(name, value);
    }
}
