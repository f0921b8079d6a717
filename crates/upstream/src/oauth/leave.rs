//! The way out of a login: its tokens are revoked where they came from, and removed here in any case.

use std::path::Path;

use reqwest::Method;

use super::{
    client::ClientIdentity,
    flow::{LoginFailure, Target, failed},
    reach::Reach,
    registration, text,
    vault::{Record, Vault},
    wire::{self, Asking, Body},
};
use crate::{Login, UpstreamConfig, http};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedOut {
    /// Nobody was logged in.
    Already,
    /// Forgotten here, and revoked there.
    Revoked,
    /// Forgotten here; the server offers no way to revoke, or did not take it. The reason, for people.
    Forgotten(String),
}

/// Forgets a login, after asking its server to do so too.
pub async fn logout(upstream: &UpstreamConfig, tokens: &Path) -> Result<LoggedOut, LoginFailure> {
    http::provide_tls();
    let Target { login, slot, reach, .. } = Target::of(upstream, tokens).await?;
    let vault = Vault::new(tokens.to_owned());
    if vault.stamp(&slot).is_none() {
        return Ok(LoggedOut::Already);
    }
    let locked = vault.lock(&slot).await.map_err(failed)?;
    let record = vault.read(&slot).await;
    let revoked = match &record {
        Ok(Some(record)) => revoke(record, &login, &reach).await,
        Ok(None) => return Ok(LoggedOut::Already),
        // What cannot be read can still be removed.
        Err(failure) => Err(failure.to_string()),
    };
    vault.remove(&slot, &locked).await.map_err(failed)?;
    Ok(match revoked {
        Ok(()) => LoggedOut::Revoked,
        Err(why) => LoggedOut::Forgotten(why),
    })
}

/// RFC 7009. The refresh token goes first: with it the server ends what came from it.
async fn revoke(record: &Record, login: &Login, reach: &Reach) -> Result<(), String> {
    let Some(endpoint) = &record.revocation_url else {
        return Err("the server has no way to revoke tokens".to_owned());
    };
    let Some(tokens) = &record.tokens else { return Err("its tokens had ended".to_owned()) };
    let url = reach.url("revocation endpoint", endpoint).map_err(|error| error.to_string())?;
    let configured = registration::configured(login, None).await.map_err(|failure| failure.told())?;
    let client = match configured {
        Some(client) => ClientIdentity::new(client.id, client.secret, record.client.method),
        None => record.client.clone(),
    };
    let both = [(tokens.refresh.as_ref(), "refresh_token"), (Some(&tokens.access), "access_token")];
    for (token, hint) in both.into_iter().filter_map(|(token, hint)| Some((token?, hint))) {
        let authorization = client.authorization();
        let fields = [("token", token.expose()), ("token_type_hint", hint)];
        let body = Body::Form(text::form(client.fields().into_iter().chain(fields)));
        let asking = Asking { method: Method::POST, url: &url, authorization: authorization.as_ref(), body };
        let answer = wire::ask(reach, asking).await.map_err(|error| error.to_string())?;
        if !(200..300).contains(&answer.status) {
            return Err(format!("{} answered with HTTP status {}", wire::host(&url), answer.status));
        }
    }
    Ok(())
}
