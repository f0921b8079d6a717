//! A grant becomes tokens: the one request to a token endpoint, and what its answer means.

use std::{borrow::Cow, time::Duration};

use reqwest::{Method, Url};
use serde::Deserialize;
use weir_model::{Secret, limits};

use super::{
    client::ClientIdentity,
    reach::Reach,
    text,
    wire::{self, Asking, Body, WireFailure},
};
use crate::credential::CredentialFailure;

/// A token of no stated lifetime is used until it is refused.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    pub(super) lifetime: Option<Duration>,
    /// Given, where they are not those asked for.
    pub(super) scope: Option<Vec<String>>,
}

/// Why there is no token. Holds nothing that was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFailure {
    #[error(transparent)]
    Wire(#[from] WireFailure),
    #[error("{host} refuses: {code}{}", told(.description))]
    Refused { host: String, code: String, description: String },
    #[error("{host} answered with HTTP status {status}")]
    Status { host: String, status: u16 },
    #[error("the answer of {host} is no token: {why}")]
    Odd { host: String, why: String },
}

fn told(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!(" ({description})") }
}

impl TokenFailure {
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Wire(failure) => failure.is_passing(),
            Self::Refused { code, .. } => {
                matches!(code.as_str(), "temporarily_unavailable" | "server_error" | "slow_down")
            }
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Odd { .. } => false,
        }
    }

    /// The grant itself is used up or withdrawn.
    pub(super) fn is_grant_over(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "invalid_grant")
    }

    fn is_client_refused(&self) -> bool {
        match self {
            Self::Refused { code, .. } => code == "invalid_client" || code == "unauthorized_client",
            Self::Status { status, .. } => *status == 401,
            _ => false,
        }
    }

    pub(super) fn into_credential_failure(self) -> CredentialFailure {
        CredentialFailure { cause: format!("no token for it: {self}"), detail: None, passing: self.is_passing() }
    }
}

/// Where and as whom to ask.
pub(super) struct Endpoint<'a> {
    pub(super) reach: &'a Reach,
    pub(super) url: &'a Url,
    pub(super) client: &'a ClientIdentity,
}

impl Endpoint<'_> {
    /// Asks, and once more with the secret shown the other way should the server not know the client by the first.
    /// Returns as whom it was answered.
    pub(super) async fn tokens(
        &self,
        fields: &[(&str, &str)],
        secrets: &[&Secret],
    ) -> Result<(Tokens, ClientIdentity), TokenFailure> {
        let first = match self.ask(self.client, fields, secrets).await {
            Ok(tokens) => return Ok((tokens, self.client.clone())),
            Err(failure) => failure,
        };
        match self.client.otherwise().filter(|_| first.is_client_refused()) {
            // If that is refused too, the first refusal is of the way the server prefers.
            Some(other) => match self.ask(&other, fields, secrets).await {
                Ok(tokens) => Ok((tokens, other)),
                Err(_) => Err(first),
            },
            None => Err(first),
        }
    }

    async fn ask(
        &self,
        client: &ClientIdentity,
        fields: &[(&str, &str)],
        secrets: &[&Secret],
    ) -> Result<Tokens, TokenFailure> {
        let authorization = client.authorization();
        let body = text::form(client.fields().into_iter().chain(fields.iter().copied()));
        let asking = Asking {
            method: Method::POST,
            url: self.url,
            authorization: authorization.as_ref(),
            body: Body::Form(body),
        };
        let answer = wire::ask(self.reach, asking).await?;
        let hidden: Vec<&Secret> =
            secrets.iter().copied().chain(authorization.as_ref()).chain(client.secret.as_ref()).collect();
        read(&wire::host(self.url), answer.status, &answer.body, &hidden)
    }
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    access_token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    refresh_token: Option<Cow<'a, str>>,
    token_type: Option<String>,
    expires_in: Option<serde_json::Value>,
    scope: Option<String>,
    error: Option<serde_json::Value>,
    error_description: Option<serde_json::Value>,
}

fn read(host: &str, status: u16, body: &[u8], hidden: &[&Secret]) -> Result<Tokens, TokenFailure> {
    let host = || host.to_owned();
    let success = (200..300).contains(&status);
    let odd = |why: &str| TokenFailure::Odd { host: host(), why: why.to_owned() };
    let said: Said<'_> = match serde_json::from_slice(body) {
        Ok(said) => said,
        Err(_) if success => return Err(odd("it is no JSON object with an access_token")),
        Err(_) => return Err(TokenFailure::Status { host: host(), status }),
    };
    // Some servers say so with status 200.
    if let Some(error) = &said.error {
        let as_text = |value: &serde_json::Value| text::said(value.as_str().unwrap_or("an error"), hidden);
        let description = said.error_description.as_ref().map(as_text).unwrap_or_default();
        return Err(TokenFailure::Refused { host: host(), code: as_text(error), description });
    }
    if !success {
        return Err(TokenFailure::Status { host: host(), status });
    }
    if let Some(kind) = said.token_type.as_deref().filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        let kind = text::said(kind, hidden);
        return Err(odd(&format!("it is of the type {kind:?}, and weir knows only bearer")));
    }
    let token =
        |text: Option<Cow<'_, str>>| text.filter(|text| !text.is_empty()).map(|text| Secret::new(text.into_owned()));
    let access = token(said.access_token).ok_or_else(|| odd("it has no access_token"))?;
    if access.expose().len() > limits::CREDENTIAL_BYTES_MAX
        || !access.expose().bytes().all(|b| (0x21..=0x7e).contains(&b))
    {
        return Err(odd("its access_token is none that a header can carry"));
    }
    let scope = said.scope.map(|scope| text::united(text::scopes(&scope)));
    Ok(Tokens {
        access,
        refresh: token(said.refresh_token),
        lifetime: said.expires_in.as_ref().and_then(lifetime),
        scope,
    })
}

/// Seconds, as a number or, as some servers have it, as text.
fn lifetime(value: &serde_json::Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    let max = limits::TOKEN_LIFETIME_MAX;
    let lifetime = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(max);
    Some(lifetime.min(max))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(status: u16, body: &str) -> String {
        let hidden = [&Secret::new("hunter2-secret".to_owned())];
        match read("as.example", status, body.as_bytes(), &hidden) {
            Ok(tokens) => format!(
                "{} {:?} {:?} {:?}",
                tokens.access.expose(),
                tokens.refresh.map(|r| r.expose().to_owned()),
                tokens.lifetime,
                tokens.scope
            ),
            Err(failure) => format!("{failure} / passing {}", failure.is_passing()),
        }
    }

    #[test]
    fn h19_answers_of_token_endpoints() {
        let rows = [
            (200, r#"{"access_token":"t","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"a b"}"#),
            (200, r#"{"access_token":"t","expires_in":"60"}"#),
            (200, r#"{"access_token":"t","expires_in":-5}"#),
            (200, r#"{"access_token":"t","expires_in":1e300}"#),
            (200, r#"{"access_token":"t","token_type":"DPoP"}"#),
            (200, r#"{"access_token":""}"#),
            (200, r#"{"access_token":"a\r\nX: y"}"#),
            (200, r#"{"error":"bad_verification_code","error_description":"hunter2-secret is wrong"}"#),
            (400, r#"{"error":"invalid_grant","error_description":"token hunter2-secret\nhas ended"}"#),
            (503, "<html>hunter2-secret</html>"),
            (401, r#"{"message":"hunter2-secret"}"#),
            (200, "access_token=t&token_type=bearer"),
            (200, "[]"),
        ];
        let all: Vec<String> = rows.iter().map(|(status, body)| told(*status, body)).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        t Some("r") Some(3600s) Some(["a", "b"])
        t None Some(60s) None
        t None Some(0ns) None
        t None Some(31536000s) None
        the answer of as.example is no token: it is of the type "DPoP", and weir knows only bearer / passing false
        the answer of as.example is no token: it has no access_token / passing false
        the answer of as.example is no token: its access_token is none that a header can carry / passing false
        as.example refuses: bad_verification_code ([redacted] is wrong) / passing false
        as.example refuses: invalid_grant (token [redacted] has ended) / passing false
        as.example answered with HTTP status 503 / passing true
        as.example answered with HTTP status 401 / passing false
        the answer of as.example is no token: it is no JSON object with an access_token / passing false
        the answer of as.example is no token: it is no JSON object with an access_token / passing false
        "#);
    }

    proptest! {
        #[test]
        fn no_answer_breaks_it(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read("h", status, &body, &[]);
        }
    }
}
