//! Who may ask: a request under a name of this server's, from no foreign web page, with the token. Checked before anything
//! else is looked at, so that nobody else learns which paths and ids there are.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Uri,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS},
        uri::Authority,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::refusal::Refusal;
use crate::config::{AdminToken, Serve};

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

pub(super) struct Callers {
    /// Names, or names with a port; lower case.
    hosts: Vec<String>,
    origins: Vec<String>,
    token: AdminToken,
}

/// Lets through whom it knows. What is answered is kept by no cache and shown by no browser as a page.
pub(super) async fn known(State(callers): State<Arc<Callers>>, request: Request, next: Next) -> Response {
    let mut response = match callers.judge(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Callers {
    pub(super) fn new(listens_on: IpAddr, serve: &Serve, token: AdminToken) -> Self {
        let mut hosts: Vec<String> = LOOPBACK.map(str::to_owned).into();
        if !listens_on.is_unspecified() {
            hosts.push(listens_on.to_string());
        }
        hosts.extend(serve.allowed_hosts.iter().map(|host| host.to_lowercase()));
        Self { hosts, origins: serve.allowed_origins.clone(), token }
    }

    fn judge(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = only(headers, &HOST)?.ok_or_else(|| Refusal::invalid("the header Host is missing"))?;
        let host: Authority = host.parse().map_err(|_| Refusal::invalid("the header Host names no host"))?;
        // A request may name its host twice: both must be ours.
        if !std::iter::once(&host).chain(uri.authority()).all(|host| self.is_ours(host)) {
            return Err(Refusal::foreign("host"));
        }
        if let Some(origin) = only(headers, &ORIGIN)?
            && !self.may_ask(origin)
        {
            return Err(Refusal::foreign("origin"));
        }
        let presented = only(headers, &AUTHORIZATION)?.and_then(bearer);
        if presented.is_some_and(|token| self.token.is(token)) { Ok(()) } else { Err(Refusal::unknown_caller()) }
    }

    fn is_ours(&self, host: &Authority) -> bool {
        let name = host.host().trim_matches(['[', ']']).to_lowercase();
        let whole = host.as_str().to_lowercase();
        self.hosts.iter().any(|ours| *ours == name || *ours == whole)
    }

    fn may_ask(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin) || is_loopback(origin)
    }
}

/// `http://localhost:3000`, and nothing more.
fn is_loopback(origin: &str) -> bool {
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let authority = rest.and_then(|rest| rest.parse::<Authority>().ok());
    authority.is_some_and(|authority| {
        !authority.as_str().contains('@') && LOOPBACK.contains(&authority.host().trim_matches(['[', ']']))
    })
}

/// A header that says one thing: of several, somebody on the way might believe another.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().map(Some).map_err(|_| Refusal::invalid(format!("the header {name} is no text")))
        }
        (Some(_), Some(_)) => Err(Refusal::invalid(format!("the header {name} is there twice"))),
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_on_loopback() {
        for (origin, expected) in [
            ("http://localhost:3000", true),
            ("https://127.0.0.1", true),
            ("http://[::1]:7421", true),
            ("http://localhost.evil.example", false),
            ("http://evil.example", false),
            ("http://evil.example@localhost", false),
            ("http://localhost/path", false),
            ("ftp://localhost", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(origin), expected, "{origin}");
        }
    }

    #[test]
    fn only_a_bearer_is_one() {
        let rows = [("Bearer abc", Some("abc")), ("bearer  abc ", Some("abc")), ("Basic abc", None), ("abc", None)];
        for (value, expected) in rows {
            assert_eq!(bearer(value), expected, "{value}");
        }
    }
}
