//! Tokens without a person: client credentials, or a refresh token that was got elsewhere and is kept as it changes.

use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::time::Instant;
use weir_model::Secret;

use super::{
    client::{ClientIdentity, ClientMethod},
    grant::{Endpoint, Tokens},
    kept::{ends, held},
    reach::Reach,
    vault::{Record, Slot, Vault},
    wire,
};
use crate::{
    OAuth2,
    credential::{CredentialFailure, Obtained, Surroundings, bearer, reference, reference_described},
};

pub(crate) struct Machine {
    config: OAuth2,
    reach: Reach,
    /// Where a rotated refresh token outlives this process.
    vault: Option<Vault>,
    slot: Slot,
    memory: Mutex<Memory>,
}

/// What was found out since the start.
#[derive(Default)]
struct Memory {
    /// How the server takes the client's secret.
    method: Option<ClientMethod>,
    /// The newest refresh token, and the digest of the configured one it came from.
    refresh: Option<(String, Secret)>,
}

impl Machine {
    pub(crate) fn new(config: OAuth2, surroundings: &Surroundings) -> Self {
        let slot = Slot {
            principal: surroundings.principal.clone(),
            upstream: surroundings.upstream.clone(),
            resource: format!("oauth2 {} {}", config.token_url, config.client_id),
        };
        Self {
            reach: Reach::of(surroundings),
            vault: surroundings.tokens.clone().map(Vault::new),
            slot,
            memory: Mutex::default(),
            config,
        }
    }

    pub(crate) fn described(&self) -> String {
        match &self.config.refresh_token {
            Some(refresh) => format!("token by a refresh token from {}", reference_described(refresh)),
            None => format!("token by client credentials of {}", self.config.client_id),
        }
    }

    pub(crate) async fn obtain(&self) -> Result<Obtained, CredentialFailure> {
        let tokens = match &self.config.refresh_token {
            None => self.ask(&[("grant_type", "client_credentials")], &[]).await?.0,
            Some(refresh) => self.refresh(&reference(refresh).await?).await?,
        };
        let now = Instant::now();
        Ok(Obtained { ends: tokens.lifetime.map(|life| ends(now, life, life)), shown: bearer(tokens.access) })
    }

    async fn refresh(&self, configured: &Secret) -> Result<Tokens, CredentialFailure> {
        let origin: String = Sha256::digest(configured.expose()).iter().map(|byte| format!("{byte:02x}")).collect();
        let held = match &self.vault {
            Some(vault) => Some(vault.lock(&self.slot).await.map_err(|e| e.into_credential_failure())?),
            None => None,
        };
        let kept = match (&self.vault, &held) {
            (Some(vault), Some(_)) => vault.read(&self.slot).await.map_err(|e| e.into_credential_failure())?,
            _ => None,
        };
        let kept =
            kept.filter(|record| record.origin.as_ref() == Some(&origin)).and_then(|record| record.tokens?.refresh);
        let newest = kept.or_else(|| self.remembered(&origin)).unwrap_or_else(|| configured.clone());
        let fields = [("grant_type", "refresh_token"), ("refresh_token", newest.expose())];
        let (tokens, client) = self.ask(&fields, &[&newest, configured]).await?;
        let Some(rotated) = &tokens.refresh else { return Ok(tokens) };
        self.lock().refresh = Some((origin.clone(), rotated.clone()));
        if let (Some(vault), Some(locked)) = (&self.vault, &held) {
            let record = self.record(origin, client, &tokens);
            // It still serves as long as this process runs.
            if let Err(failure) = vault.write(&self.slot, &record, locked).await {
                tracing::error!(upstream = %self.slot.upstream, %failure, "its new refresh token cannot be kept");
            }
        }
        Ok(tokens)
    }

    fn remembered(&self, origin: &str) -> Option<Secret> {
        self.lock().refresh.as_ref().filter(|(from, _)| from == origin).map(|(_, newest)| newest.clone())
    }

    fn record(&self, origin: String, client: ClientIdentity, tokens: &Tokens) -> Record {
        Record {
            issuer: String::new(),
            indicator: None,
            token_url: self.config.token_url.clone(),
            revocation_url: None,
            // Its secret is the config's.
            client: ClientIdentity { secret: None, ..client },
            redirect: None,
            tokens: Some(held(tokens, None)),
            scopes: Vec::new(),
            origin: Some(origin),
        }
    }

    async fn ask(
        &self,
        grant: &[(&str, &str)],
        secrets: &[&Secret],
    ) -> Result<(Tokens, ClientIdentity), CredentialFailure> {
        let unusable = |error: super::reach::Unusable| CredentialFailure::lasting(error.to_string());
        let url = self.reach.url("token_url", &self.config.token_url).map_err(unusable)?;
        let secret = match &self.config.client_secret {
            Some(secret) => Some(reference(secret).await?),
            None => None,
        };
        let method = self.lock().method.unwrap_or(ClientMethod::Basic);
        let client = ClientIdentity::new(self.config.client_id.clone(), secret, method);
        let scope = self.config.scopes.join(" ");
        let mut fields = grant.to_vec();
        if !scope.is_empty() {
            fields.push(("scope", &scope));
        }
        if let Some(audience) = &self.config.audience {
            fields.push(("audience", audience));
        }
        let endpoint = Endpoint { reach: &self.reach, url: &url, client: &client };
        let (tokens, answered) =
            endpoint.tokens(&fields, secrets).await.map_err(|failure| failure.into_credential_failure())?;
        if answered.secret.is_some() {
            self.lock().method = Some(answered.method);
        }
        tracing::debug!(upstream = %self.slot.upstream, server = %wire::host(&url), "a token was got");
        Ok((tokens, answered))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
