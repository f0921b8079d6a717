//! A person logs in: everything up to the URL for the browser, then everything after it.

use std::{path::Path, time::Duration};

use reqwest::Url;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::task::TaskTracker;
use weir_model::{Secret, UpstreamName, limits};

use super::{
    callback::{self, Outcome, Redirects, Returned},
    client::ClientIdentity,
    discovery::{self, Found, Kind},
    grant::{Endpoint, Tokens},
    kept,
    pkce::{self, Proof},
    reach::Reach,
    registration, text,
    vault::{Record, Slot, Vault, VaultFailure},
};
use crate::{Auth, Login, Transport, UpstreamConfig, credential::Surroundings, http, openapi};

/// What to log in to.
#[derive(Debug, Clone, Copy)]
pub struct LoginAsked<'a> {
    pub upstream: &'a UpstreamConfig,
    /// A private directory for tokens; made when it does not exist.
    pub tokens: &'a Path,
    /// Wanted beside those of the config, the server, and the login there was.
    pub scopes: &'a [String],
}

/// Why nobody was logged in, or out. For people; holds no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LoginFailure(String);

/// A login that waits for a person at a browser. Dropping it gives it up.
pub struct LoginPending {
    url: Url,
    redirects: Redirects,
    redirect: String,
    state: String,
    proof: Proof,
    found: Found,
    client: ClientIdentity,
    scopes: Vec<String>,
    reach: Reach,
    vault: Vault,
    slot: Slot,
    configured: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    pub issuer: String,
    pub scopes: Vec<String>,
    /// It goes on after this time by itself, where it is renewable.
    pub lasts: Option<Duration>,
    pub renewable: bool,
}

pub(super) fn failed(error: impl std::fmt::Display) -> LoginFailure {
    LoginFailure(error.to_string())
}

/// What a login is about, from the config.
pub(super) struct Target {
    kind: Kind,
    pub(super) login: Login,
    pub(super) slot: Slot,
    resource: Url,
    pub(super) reach: Reach,
}

impl Target {
    pub(super) async fn of(upstream: &UpstreamConfig, tokens: &Path) -> Result<Self, LoginFailure> {
        let name = &upstream.name;
        let kind = match &upstream.transport {
            Transport::Http { .. } => Kind::Mcp,
            Transport::OpenApi(_) => Kind::Api,
            Transport::Stdio { .. } => {
                return Err(LoginFailure(format!(
                    "`{name}` is a program on this machine; only upstreams over HTTP are logged in to"
                )));
            }
        };
        let login = match (&upstream.auth, logins(upstream)) {
            (Some(Auth::Login(login)), _) => login.clone(),
            (Some(_), _) => {
                return Err(LoginFailure(format!(
                    "`{name}` has another credential in its config; to log in, let it say auth = {{ login = {{}} }}"
                )));
            }
            (None, Some(login)) => login.clone(),
            (None, None) if kind == Kind::Mcp => Login::default(),
            (None, None) => {
                return Err(LoginFailure(format!(
                    "`{name}` has no login in its config: let it say auth = {{ login = {{}} }}"
                )));
            }
        };
        let surroundings = Surroundings::of(upstream, Some(tokens), &TaskTracker::new());
        let surroundings = match &upstream.transport {
            Transport::OpenApi(api) if api.base_url.is_none() => {
                let address = openapi::address(upstream, api).await;
                surroundings.or_at(address.map_err(|ended| LoginFailure(ended.told()))?.as_deref())
            }
            _ => surroundings,
        };
        let (slot, resource) = kept::slot(&surroundings).ok_or_else(|| {
            LoginFailure(format!(
                "the description of `{name}` names several addresses or none, and a login is for one: say which with base_url"
            ))
        })?;
        let reach = Reach::of(&surroundings);
        reach.url("address", resource.as_str()).map_err(failed)?;
        Ok(Self { kind, login, slot, resource, reach })
    }
}

/// A login under one of the description's schemes.
fn logins(upstream: &UpstreamConfig) -> Option<&Login> {
    let Transport::OpenApi(api) = &upstream.transport else { return None };
    api.schemes.values().find_map(|auth| match auth {
        Auth::Login(login) => Some(login),
        _ => None,
    })
}

/// Finds the authorization server, becomes its client, and opens the port that the browser comes back to.
pub async fn begin_login(asked: LoginAsked<'_>) -> Result<LoginPending, LoginFailure> {
    http::provide_tls();
    let Target { kind, login, slot, resource, reach } = Target::of(asked.upstream, asked.tokens).await?;
    let vault = Vault::new(asked.tokens.to_owned());
    let before = match vault.read(&slot).await {
        // What no longer opens is replaced.
        Err(VaultFailure::Sealed { .. }) => None,
        read => read.map_err(failed)?,
    };
    let found = discovery::discover(&resource, kind, &login, &reach).await.map_err(failed)?;
    let redirects = Redirects::bind(login.redirect_port).await.map_err(|error| {
        LoginFailure(format!("the port that the browser is to come back to cannot be opened: {error}"))
    })?;
    let redirect = redirects.url();
    let client = registration::client(&login, &found, &reach, &redirect, before.as_ref()).await.map_err(failed)?;
    // What another server or client was allowed says nothing about this one.
    let had =
        before.filter(|record| record.issuer == found.server.issuer).map(|record| record.scopes).unwrap_or_default();
    let lists = [&found.scopes, &login.scopes, &had, asked.scopes].into_iter().flatten().map(String::as_str);
    let scopes = text::united(lists.chain(lasting(&found)));
    let (state, proof) = (pkce::random().map_err(failed)?, Proof::new().map_err(failed)?);
    let question = Question { redirect: &redirect, state: &state, proof: &proof, client: &client, scopes: &scopes };
    let url = question.url(&found);
    let configured = login.client_id.is_some();
    Ok(LoginPending { url, redirects, redirect, state, proof, found, client, scopes, reach, vault, slot, configured })
}

/// Servers that know this scope give a refresh token for it only.
fn lasting(found: &Found) -> Option<&'static str> {
    const OFFLINE: &str = "offline_access";
    found.server.scopes_supported.iter().any(|scope| scope == OFFLINE).then_some(OFFLINE)
}

struct Question<'a> {
    redirect: &'a str,
    state: &'a str,
    proof: &'a Proof,
    client: &'a ClientIdentity,
    scopes: &'a [String],
}

impl Question<'_> {
    fn url(&self, found: &Found) -> Url {
        let mut url = found.authorization.clone();
        let scope = self.scopes.join(" ");
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("response_type", "code");
            query.append_pair("client_id", &self.client.id);
            query.append_pair("redirect_uri", self.redirect);
            query.append_pair("state", self.state);
            query.append_pair("code_challenge", &self.proof.challenge);
            query.append_pair("code_challenge_method", "S256");
            if !scope.is_empty() {
                query.append_pair("scope", &scope);
            }
            if let Some(indicator) = &found.indicator {
                query.append_pair("resource", indicator);
            }
            // OpenID servers ignore the scope without it.
            if self.scopes.iter().any(|scope| scope == "offline_access") {
                query.append_pair("prompt", "consent");
            }
        }
        url
    }
}

impl LoginPending {
    /// Where a person's browser is to go: an `http` or `https` URL.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub fn issuer(&self) -> &str {
        &self.found.server.issuer
    }

    /// What is asked for.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Where the browser comes back to.
    pub fn redirect(&self) -> &str {
        &self.redirect
    }

    /// Waits for the browser, or for what was pasted of its address bar; gets the tokens and keeps them.
    pub async fn complete(self, mut pasted: mpsc::Receiver<String>) -> Result<LoggedIn, LoginFailure> {
        let back = async {
            let by_hand = async {
                match pasted.recv().await {
                    Some(text) => callback::pasted(&text, &self.state).map_err(failed),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                returned = self.redirects.returned(&self.state) => returned.map_err(failed),
                returned = by_hand => returned,
            }
        };
        let within = limits::LOGIN_WAIT_MAX;
        let late =
            || LoginFailure(format!("nobody came back from the browser within {} minutes", within.as_secs() / 60));
        let code = self.code(timeout(within, back).await.map_err(|_| late())??)?;
        let (tokens, client) = self.exchange(&code).await?;
        self.keep(tokens, client).await
    }

    /// The code, if it is from the server that was asked.
    fn code(&self, returned: Returned) -> Result<Secret, LoginFailure> {
        let server = &self.found.server;
        match &returned.issuer {
            Some(issuer) if *issuer != server.issuer => {
                let issuer = text::said(issuer, &[]);
                return Err(LoginFailure(format!(
                    "the answer is of {issuer:?}, and {:?} was asked: somebody may be mixing servers up",
                    server.issuer
                )));
            }
            None if server.authorization_response_iss_parameter_supported => {
                return Err(LoginFailure(format!(
                    "the answer does not say that it is of {:?}, which always says so: somebody may be mixing servers up",
                    server.issuer
                )));
            }
            _ => {}
        }
        match returned.outcome {
            Outcome::Code(code) => Ok(code),
            Outcome::Refused { code, description } => {
                let (code, description) = (text::said(&code, &[]), text::said(&description, &[]));
                let more = if description.is_empty() { String::new() } else { format!(" ({description})") };
                Err(LoginFailure(format!("the login was refused: {code}{more}")))
            }
        }
    }

    async fn exchange(&self, code: &Secret) -> Result<(Tokens, ClientIdentity), LoginFailure> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", self.redirect.as_str()),
            ("code_verifier", self.proof.verifier.expose()),
        ];
        if let Some(indicator) = &self.found.indicator {
            fields.push(("resource", indicator));
        }
        let endpoint = Endpoint { reach: &self.reach, url: &self.found.token, client: &self.client };
        endpoint.tokens(&fields, &[code, &self.proof.verifier]).await.map_err(failed)
    }

    async fn keep(self, tokens: Tokens, client: ClientIdentity) -> Result<LoggedIn, LoginFailure> {
        let server = &self.found.server;
        let scopes = tokens.scope.clone().unwrap_or_else(|| self.scopes.clone());
        let secret = client.secret.clone().filter(|_| !self.configured);
        let record = Record {
            issuer: server.issuer.clone(),
            indicator: self.found.indicator.clone(),
            token_url: self.found.token.to_string(),
            revocation_url: server.revocation_endpoint.clone(),
            client: ClientIdentity { secret, ..client },
            redirect: (!self.configured).then(|| self.redirect.clone()),
            tokens: Some(kept::held(&tokens, None)),
            scopes: scopes.clone(),
            origin: None,
        };
        let locked = self.vault.lock(&self.slot).await.map_err(failed)?;
        self.vault.write(&self.slot, &record, &locked).await.map_err(failed)?;
        Ok(LoggedIn { issuer: record.issuer, scopes, lasts: tokens.lifetime, renewable: tokens.refresh.is_some() })
    }
}

/// Whose login it is, for those who show it.
impl std::fmt::Debug for LoginPending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name: &UpstreamName = &self.slot.upstream;
        write!(f, "LoginPending({name} at {})", self.found.server.issuer)
    }
}
