//! Who weir is to an authorization server: registered beforehand, described at a URL of its own, or registered now.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use weir_model::Secret;

use super::{
    client::{ClientIdentity, ClientMethod},
    discovery::Found,
    reach::{Reach, Unusable},
    text,
    vault::Record,
    wire::{self, Asking, Body, WireFailure},
};
use crate::{
    Login,
    credential::{CredentialFailure, reference},
};

#[derive(Debug, thiserror::Error)]
pub(super) enum RegistrationFailure {
    #[error(transparent)]
    Wire(#[from] WireFailure),
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("{}", .0.told())]
    Secret(CredentialFailure),
    #[error(
        "the authorization server registers no clients by itself: register one there, with the redirect URL {redirect}, \
         and put its id into the config as auth = {{ login = {{ client_id = \"…\" }} }}"
    )]
    Impossible { redirect: String },
    #[error("the authorization server does not register weir: HTTP status {status}{said}")]
    Refused { status: u16, said: String },
    #[error("the authorization server's answer to the registration is none: {0}")]
    Odd(&'static str),
}

/// The client of the config, with the secret the config refers to.
pub(super) async fn configured(
    login: &Login,
    supported: Option<&[String]>,
) -> Result<Option<ClientIdentity>, CredentialFailure> {
    let Some(id) = &login.client_id else { return Ok(None) };
    let secret = match &login.client_secret {
        Some(secret) => Some(reference(secret).await?),
        None => None,
    };
    let method = ClientMethod::chosen(secret.is_some(), supported);
    Ok(Some(ClientIdentity::new(id.clone(), secret, method)))
}

pub(super) async fn client(
    login: &Login,
    found: &Found,
    reach: &Reach,
    redirect: &str,
    before: Option<&Record>,
) -> Result<ClientIdentity, RegistrationFailure> {
    let supported = found.server.token_endpoint_auth_methods_supported.as_deref();
    if let Some(client) = configured(login, supported).await.map_err(RegistrationFailure::Secret)? {
        return Ok(client);
    }
    if let Some(url) = &login.client_metadata_url
        && found.server.client_id_metadata_document_supported
    {
        return Ok(ClientIdentity::new(url.clone(), None, ClientMethod::None));
    }
    let known =
        before.filter(|record| record.issuer == found.server.issuer && record.redirect.as_deref() == Some(redirect));
    if let Some(record) = known {
        return Ok(record.client.clone());
    }
    match &found.server.registration_endpoint {
        Some(endpoint) => register(&reach.url("registration endpoint", endpoint)?, reach, redirect, found).await,
        None => Err(RegistrationFailure::Impossible { redirect: redirect.to_owned() }),
    }
}

#[derive(Deserialize)]
struct Registered {
    client_id: Option<String>,
    client_secret: Option<String>,
    token_endpoint_auth_method: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// RFC 7591: a native client without a secret, for the code and refresh grants.
async fn register(
    endpoint: &reqwest::Url,
    reach: &Reach,
    redirect: &str,
    found: &Found,
) -> Result<ClientIdentity, RegistrationFailure> {
    let supported = found.server.token_endpoint_auth_methods_supported.as_deref();
    let public = supported.is_none_or(|all| all.iter().any(|method| method == "none"));
    let method = if public { ClientMethod::None } else { ClientMethod::chosen(true, supported) };
    let wanted = json!({
        "client_name": "weir",
        "application_type": "native",
        "redirect_uris": [redirect],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method.as_str(),
    });
    let asking =
        Asking { method: Method::POST, url: endpoint, authorization: None, body: Body::Json(wanted.to_string()) };
    let answer = wire::ask(reach, asking).await?;
    let said: Option<Registered> = serde_json::from_slice(&answer.body).ok();
    if !(200..300).contains(&answer.status) {
        let words = said.map(|said| [said.error, said.error_description].into_iter().flatten().collect::<Vec<_>>());
        let words = words.filter(|words| !words.is_empty()).map(|words| format!(" ({})", words.join(": ")));
        let said = text::said(&words.unwrap_or_default(), &[]);
        return Err(RegistrationFailure::Refused {
            status: answer.status,
            said: format!(" {said}").trim_end().to_owned(),
        });
    }
    let said = said.ok_or(RegistrationFailure::Odd("no JSON object"))?;
    let id = said.client_id.filter(|id| !id.is_empty()).ok_or(RegistrationFailure::Odd("no client_id"))?;
    let secret = said.client_secret.map(Secret::new);
    let method = match said.token_endpoint_auth_method.as_deref() {
        None => method,
        Some(name) => {
            ClientMethod::of(name).ok_or(RegistrationFailure::Odd("a method of authentication weir does not know"))?
        }
    };
    // A server that gives a secret and says nothing of how to show it means basic, the RFC's default.
    let method = if method == ClientMethod::None && secret.is_some() { ClientMethod::Basic } else { method };
    Ok(ClientIdentity::new(id, secret, method))
}
