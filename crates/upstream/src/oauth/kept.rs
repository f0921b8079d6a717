//! The tokens of a person's login: used where they were got for, renewed under a lock, read again when somebody else changed them.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::time::Instant;
use weir_model::{Secret, UpstreamName};

use super::{
    client::ClientIdentity,
    grant::{Endpoint, TokenFailure, Tokens},
    reach::Reach,
    registration,
    vault::{HeldTokens, Locked, Record, Slot, Stamp, Vault, VaultFailure, now},
};
use crate::{
    Login,
    credential::{CredentialFailure, Ends, Obtained, Shown, Surroundings, bearer},
};

/// A token is renewed this long before its end: a tenth of its life, within these.
const MARGIN_MIN: Duration = Duration::from_secs(5);
const MARGIN_MAX: Duration = Duration::from_secs(60);
/// After a renewal that failed while the token still holds.
const RENEWAL_APART: Duration = Duration::from_secs(5);

pub(crate) struct Kept {
    config: Login,
    upstream: UpstreamName,
    reach: Reach,
    /// None: what there is to log in to, or where tokens are kept, is not known.
    place: Option<Place>,
    /// Nobody has to be logged in: then requests get nothing.
    optional: bool,
    /// What was kept when it was last looked at.
    seen: Mutex<Option<Option<Stamp>>>,
}

struct Place {
    vault: Vault,
    slot: Slot,
    resource: Url,
}

pub(super) fn margin(whole: Duration) -> Duration {
    (whole / 10).clamp(MARGIN_MIN, MARGIN_MAX)
}

/// Of a token with `left` of its `whole` life.
pub(super) fn ends(now: Instant, left: Duration, whole: Duration) -> Ends {
    Ends { renew: now + left.saturating_sub(margin(whole)), until: now + left }
}

/// As it is kept. A server that gives no new refresh token means the old one.
pub(super) fn held(tokens: &Tokens, refresh_before: Option<&Secret>) -> HeldTokens {
    let got = now();
    HeldTokens {
        access: tokens.access.clone(),
        refresh: tokens.refresh.clone().or_else(|| refresh_before.cloned()),
        got,
        ends: tokens.lifetime.map(|life| got.saturating_add(life.as_secs())),
    }
}

/// The place of an upstream's login, as the login itself and its use must agree on it.
pub(super) fn slot(surroundings: &Surroundings) -> Option<(Slot, Url)> {
    let resource = Url::parse(surroundings.resource.as_deref()?).ok()?;
    let slot = Slot {
        principal: surroundings.principal.clone(),
        upstream: surroundings.upstream.clone(),
        resource: resource.to_string(),
    };
    Some((slot, resource))
}

impl Kept {
    pub(crate) fn new(config: Login, surroundings: &Surroundings) -> Self {
        let place = slot(surroundings).zip(surroundings.tokens.clone());
        let place = place.map(|((slot, resource), directory)| Place { vault: Vault::new(directory), slot, resource });
        Self {
            config,
            upstream: surroundings.upstream.clone(),
            reach: Reach::of(surroundings),
            place,
            optional: false,
            seen: Mutex::default(),
        }
    }

    pub(crate) fn if_any(surroundings: &Surroundings) -> Self {
        Self { optional: true, ..Self::new(Login::default(), surroundings) }
    }

    pub(crate) fn described(&self) -> String {
        "login".to_owned()
    }

    /// A token goes to the origin that the login was for, and to no other.
    pub(crate) fn admits(&self, url: &Url) -> Result<(), CredentialFailure> {
        match &self.place {
            Some(place) if place.resource.origin() != url.origin() => Err(CredentialFailure::lasting(format!(
                "its login is for {}, and this request goes elsewhere",
                place.resource.origin().ascii_serialization()
            ))),
            _ => Ok(()),
        }
    }

    pub(crate) fn has_changed(&self) -> bool {
        let Some(place) = &self.place else { return false };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.is_some_and(|seen| seen != place.vault.stamp(&place.slot))
    }

    pub(crate) async fn obtain(&self, refused: Option<&Shown>) -> Result<Obtained, CredentialFailure> {
        let Some(place) = &self.place else {
            return match self.optional {
                true => Ok(Obtained { shown: Shown::default(), ends: None }),
                false => Err(CredentialFailure::lasting(
                    "nobody can log in to it: its description names several addresses and its config no base_url, or weir has no place for tokens",
                )),
            };
        };
        self.look(place);
        let record = place.vault.read(&place.slot).await.map_err(VaultFailure::into_credential_failure)?;
        let Some(record) = record.filter(|record| self.is_of_this_client(record)) else {
            return match self.optional && refused.is_none() {
                true => Ok(Obtained { shown: Shown::default(), ends: None }),
                false => Err(self.wanted("not logged in")),
            };
        };
        if let Some(usable) = usable(&record, refused) {
            return Ok(usable);
        }
        let renewed = self.renew(place, refused).await;
        self.look(place);
        match renewed {
            Err(failure) if failure.passing => still_good(&record, refused).ok_or(failure),
            renewed => renewed,
        }
    }

    fn look(&self, place: &Place) {
        let stamp = place.vault.stamp(&place.slot);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(stamp);
    }

    fn is_of_this_client(&self, record: &Record) -> bool {
        self.config.client_id.as_ref().is_none_or(|id| *id == record.client.id)
    }

    fn wanted(&self, what: &str) -> CredentialFailure {
        CredentialFailure::lasting(format!("{what}: run `weir login {}`", self.upstream))
    }

    async fn renew(&self, place: &Place, refused: Option<&Shown>) -> Result<Obtained, CredentialFailure> {
        let locked = place.vault.lock(&place.slot).await.map_err(VaultFailure::into_credential_failure)?;
        let record = place.vault.read(&place.slot).await.map_err(VaultFailure::into_credential_failure)?;
        let mut record = record.ok_or_else(|| self.wanted("not logged in"))?;
        // Another process may have been first.
        if let Some(usable) = usable(&record, refused) {
            return Ok(usable);
        }
        let refresh = record.tokens.as_ref().and_then(|tokens| tokens.refresh.clone());
        let refresh = refresh.ok_or_else(|| self.wanted("its login has ended"))?;
        let client = self.client(&record).await?;
        match self.ask(&record, &client, &refresh).await {
            Ok((tokens, answered)) => {
                let kept = held(&tokens, Some(&refresh));
                record.client.method = answered.method;
                record.scopes = tokens.scope.unwrap_or(record.scopes);
                record.tokens = Some(kept);
                self.keep(place, &record, &locked).await;
                let now = Instant::now();
                Ok(Obtained { ends: tokens.lifetime.map(|life| ends(now, life, life)), shown: bearer(tokens.access) })
            }
            Err(failure) if failure.is_grant_over() => {
                record.tokens = None;
                self.keep(place, &record, &locked).await;
                Err(self.wanted("its login has ended").with_detail(failure.to_string()))
            }
            Err(failure) => Err(failure.into_credential_failure()),
        }
    }

    async fn keep(&self, place: &Place, record: &Record, locked: &Locked) {
        if let Err(failure) = place.vault.write(&place.slot, record, locked).await {
            tracing::error!(upstream = %self.upstream, %failure, "the tokens of its login cannot be kept");
        }
    }

    /// A configured client's secret is the config's.
    async fn client(&self, record: &Record) -> Result<ClientIdentity, CredentialFailure> {
        let configured = registration::configured(&self.config, None).await?;
        Ok(match configured {
            Some(client) => ClientIdentity::new(client.id, client.secret, record.client.method),
            None => record.client.clone(),
        })
    }

    async fn ask(
        &self,
        record: &Record,
        client: &ClientIdentity,
        refresh: &Secret,
    ) -> Result<(Tokens, ClientIdentity), TokenFailure> {
        let url = self.reach.url("token endpoint", &record.token_url).map_err(super::wire::WireFailure::from)?;
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        if let Some(indicator) = &record.indicator {
            fields.push(("resource", indicator));
        }
        let access = record.tokens.as_ref().map(|tokens| &tokens.access);
        let secrets: Vec<&Secret> = [refresh].into_iter().chain(access).collect();
        Endpoint { reach: &self.reach, url: &url, client }.tokens(&fields, &secrets).await
    }
}

/// What is kept, if it serves: not refused, and not near its end.
fn usable(record: &Record, refused: Option<&Shown>) -> Option<Obtained> {
    let tokens = record.tokens.as_ref().filter(|tokens| !is_refused(tokens, refused))?;
    let ends = match tokens.left() {
        Some((left, whole)) if left > margin(whole) => Some(ends(Instant::now(), left, whole)),
        Some(_) => return None,
        None => None,
    };
    Some(Obtained { shown: bearer(tokens.access.clone()), ends })
}

/// What is kept, if it is only near its end, and renewing it failed.
fn still_good(record: &Record, refused: Option<&Shown>) -> Option<Obtained> {
    let tokens = record.tokens.as_ref().filter(|tokens| !is_refused(tokens, refused))?;
    let (left, _) = tokens.left().filter(|(left, _)| !left.is_zero())?;
    let now = Instant::now();
    let ends = Ends { renew: now + RENEWAL_APART.min(left), until: now + left };
    Some(Obtained { shown: bearer(tokens.access.clone()), ends: Some(ends) })
}

fn is_refused(tokens: &HeldTokens, refused: Option<&Shown>) -> bool {
    refused.is_some_and(|shown| shown.secrets.iter().any(|secret| secret.expose() == tokens.access.expose()))
}

/// As a login would leave it: a token that began `age` seconds ago and lasts `lifetime`.
#[cfg(test)]
pub(crate) async fn log_in(surroundings: &Surroundings, token_url: &str, access: &str, age: u64, lifetime: u64) {
    use super::client::ClientMethod;
    let (slot, _) = slot(surroundings).unwrap();
    let vault = Vault::new(surroundings.tokens.clone().unwrap());
    let got = now() - age;
    let record = Record {
        issuer: "https://as.example".into(),
        indicator: surroundings.resource.clone(),
        token_url: token_url.to_owned(),
        revocation_url: None,
        client: ClientIdentity::new("cid".into(), None, ClientMethod::None),
        redirect: None,
        tokens: Some(HeldTokens {
            access: Secret::new(access.to_owned()),
            refresh: Some(Secret::new(format!("refresh-of-{access}"))),
            got,
            ends: Some(got + lifetime),
        }),
        scopes: vec!["tools".into()],
        origin: None,
    };
    let locked = vault.lock(&slot).await.unwrap();
    vault.write(&slot, &record, &locked).await.unwrap();
}
