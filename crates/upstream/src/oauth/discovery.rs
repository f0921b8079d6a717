//! From an upstream to its authorization server: the challenge, the resource's document, the server's own.

use reqwest::{Method, Url};
use serde::de::DeserializeOwned;

use super::{
    challenge::{self, Challenge},
    metadata::{self, ProtectedResource, Server},
    reach::{Reach, Unusable},
    text,
    wire::{self, Asking, Body, WireFailure},
};
use crate::Login;

/// Authorization servers one resource may name and have looked at.
const SERVERS_NAMED_MAX: usize = 16;

/// Everything a login needs to know of the other side.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) server: Server,
    pub(super) authorization: Url,
    pub(super) token: Url,
    /// The resource indicator (RFC 8707) to ask with.
    pub(super) indicator: Option<String>,
    /// Those the upstream says are needed.
    pub(super) scopes: Vec<String>,
}

/// What kind of upstream is asked for its challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mcp,
    Api,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum DiscoveryFailure {
    #[error(transparent)]
    Wire(#[from] WireFailure),
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("it names no authorization server: no document at {0}")]
    NoServer(String),
    #[error("its document names no authorization server")]
    NamesNone,
    #[error("its document at {at} is about {about:?}, which is not this upstream")]
    OtherResource { at: String, about: String },
    #[error("the config names the issuer {issuer:?}, and the upstream only {named}")]
    OtherIssuer { issuer: String, named: String },
    #[error("the authorization server {issuer:?} has no document at {tried}")]
    NoMetadata { issuer: String, tried: String },
    #[error(
        "the document at {at} is of the issuer {said:?}, and was asked of {issuer:?}: somebody may be mixing servers up"
    )]
    MixedUp { at: String, said: String, issuer: String },
    #[error("the authorization server {issuer:?} does not offer {what}, without which weir logs nobody in")]
    Lacking { issuer: String, what: &'static str },
}

pub(super) async fn discover(
    resource: &Url,
    kind: Kind,
    login: &Login,
    reach: &Reach,
) -> Result<Found, DiscoveryFailure> {
    let (issuer, indicator, scopes) = match &login.issuer {
        Some(issuer) if kind == Kind::Api => (issuer.clone(), None, Vec::new()),
        _ => of_upstream(resource, kind, login, reach).await?,
    };
    let server = of_issuer(&issuer, reach).await?;
    let lacking = |what| DiscoveryFailure::Lacking { issuer: issuer.clone(), what };
    if !server.code_challenge_methods_supported.iter().any(|method| method == "S256") {
        return Err(lacking("PKCE with S256"));
    }
    let authorization = server.authorization_endpoint.as_deref().ok_or_else(|| lacking("an authorization endpoint"))?;
    let token = server.token_endpoint.as_deref().ok_or_else(|| lacking("a token endpoint"))?;
    Ok(Found {
        authorization: reach.url("authorization endpoint", authorization)?,
        token: reach.url("token endpoint", token)?,
        indicator,
        scopes,
        server,
    })
}

/// The issuer, the resource's indicator, and the scopes wanted.
async fn of_upstream(
    resource: &Url,
    kind: Kind,
    login: &Login,
    reach: &Reach,
) -> Result<(String, Option<String>, Vec<String>), DiscoveryFailure> {
    let challenge = challenged(resource, kind, reach).await?;
    let document = of_resource(resource, &challenge, reach).await?;
    let wanted = challenge.scope.as_deref().map(|scope| text::united(text::scopes(scope)));
    let Some(document) = document else {
        // Servers of before RFC 9728 are their own authorization server.
        let issuer = match (&login.issuer, kind) {
            (Some(issuer), _) => issuer.clone(),
            (None, Kind::Mcp) => resource.origin().ascii_serialization(),
            (None, Kind::Api) => return Err(DiscoveryFailure::NoServer(told(&metadata::of_resource(resource)))),
        };
        return Ok((issuer, Some(indicator(resource)), wanted.unwrap_or_default()));
    };
    let named = &document.authorization_servers[..document.authorization_servers.len().min(SERVERS_NAMED_MAX)];
    let issuer = match &login.issuer {
        Some(issuer) if named.contains(issuer) => issuer.clone(),
        Some(issuer) => {
            return Err(DiscoveryFailure::OtherIssuer { issuer: issuer.clone(), named: format!("{named:?}") });
        }
        None => named.first().cloned().ok_or(DiscoveryFailure::NamesNone)?,
    };
    let scopes = wanted.unwrap_or_else(|| text::united(document.scopes_supported.iter().map(String::as_str)));
    Ok((issuer, Some(document.resource), scopes))
}

/// A URL as the name of a resource: without what is not part of it.
fn indicator(resource: &Url) -> String {
    let mut url = resource.clone();
    url.set_query(None);
    url.set_fragment(None);
    match url.path() {
        "/" => url.as_str().trim_end_matches('/').to_owned(),
        _ => url.into(),
    }
}

/// A request without a credential, to see which one is wanted.
async fn challenged(resource: &Url, kind: Kind, reach: &Reach) -> Result<Challenge, DiscoveryFailure> {
    let (method, body) = match kind {
        Kind::Mcp => {
            let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
            (Method::POST, Body::Json(ping.to_owned()))
        }
        Kind::Api => (Method::GET, Body::None),
    };
    let asking = Asking { method, url: resource, authorization: None, body };
    let headers = wire::headers(reach, asking).await?;
    Ok(challenge::bearer(&headers).unwrap_or_default())
}

async fn of_resource(
    resource: &Url,
    challenge: &Challenge,
    reach: &Reach,
) -> Result<Option<ProtectedResource>, DiscoveryFailure> {
    let places = match &challenge.resource_metadata {
        Some(named) => vec![reach.url("protected resource metadata", named)?],
        None => metadata::of_resource(resource),
    };
    for place in places {
        let Some(document) = document::<ProtectedResource>(reach, &place).await? else { continue };
        if !document.covers(resource) {
            let about = document.resource.chars().take(200).collect();
            return Err(DiscoveryFailure::OtherResource { at: place.into(), about });
        }
        return Ok(Some(document));
    }
    Ok(None)
}

pub(super) async fn of_issuer(issuer: &str, reach: &Reach) -> Result<Server, DiscoveryFailure> {
    let url = reach.url("authorization server", issuer)?;
    let places = metadata::of_issuer(&url);
    for place in &places {
        let Some(server) = document::<Server>(reach, place).await? else { continue };
        // RFC 8414, 3.3: identical, not merely alike.
        if server.issuer != issuer {
            return Err(DiscoveryFailure::MixedUp {
                at: place.to_string(),
                said: server.issuer.chars().take(200).collect(),
                issuer: issuer.to_owned(),
            });
        }
        return Ok(server);
    }
    Err(DiscoveryFailure::NoMetadata { issuer: issuer.to_owned(), tried: told(&places) })
}

/// None: there is none here. A page of a website in its place counts as none.
async fn document<T: DeserializeOwned>(reach: &Reach, place: &Url) -> Result<Option<T>, DiscoveryFailure> {
    let answer = wire::get(reach, place).await?;
    match answer.status {
        200 => Ok(serde_json::from_slice(&answer.body).ok()),
        _ => Ok(None),
    }
}

fn told(places: &[Url]) -> String {
    places.iter().map(Url::as_str).collect::<Vec<_>>().join(" or ")
}
