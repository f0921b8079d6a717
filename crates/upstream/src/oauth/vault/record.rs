//! What is kept of one login or of one rotated refresh token, as JSON before it is sealed.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use weir_model::Secret;
use zeroize::Zeroizing;

use crate::oauth::client::{ClientIdentity, ClientMethod};

#[derive(Debug, Clone)]
pub(in crate::oauth) struct Record {
    pub(in crate::oauth) issuer: String,
    /// The resource indicator that the tokens were asked for with, if any.
    pub(in crate::oauth) indicator: Option<String>,
    pub(in crate::oauth) token_url: String,
    pub(in crate::oauth) revocation_url: Option<String>,
    /// Without its secret where the config has that.
    pub(in crate::oauth) client: ClientIdentity,
    /// What the client was registered for.
    pub(in crate::oauth) redirect: Option<String>,
    /// None once the server has ended them.
    pub(in crate::oauth) tokens: Option<HeldTokens>,
    pub(in crate::oauth) scopes: Vec<String>,
    /// Digest of the configured refresh token that these came from.
    pub(in crate::oauth) origin: Option<String>,
}

#[derive(Debug, Clone)]
pub(in crate::oauth) struct HeldTokens {
    pub(in crate::oauth) access: Secret,
    pub(in crate::oauth) refresh: Option<Secret>,
    /// Seconds since 1970 when it was got, and when it ends.
    pub(in crate::oauth) got: u64,
    pub(in crate::oauth) ends: Option<u64>,
}

/// Seconds since 1970.
pub(in crate::oauth) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl HeldTokens {
    /// What is left of the access token's life, and how long it was. None: it has no stated end.
    pub(in crate::oauth) fn left(&self) -> Option<(Duration, Duration)> {
        let ends = self.ends?;
        let whole = Duration::from_secs(ends.saturating_sub(self.got));
        // A clock that was set back must not make a token last longer.
        Some((Duration::from_secs(ends.saturating_sub(now())).min(whole), whole))
    }
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    issuer: Cow<'a, str>,
    indicator: Option<Cow<'a, str>>,
    token_url: Cow<'a, str>,
    revocation_url: Option<Cow<'a, str>>,
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    client_secret: Option<Cow<'a, str>>,
    client_method: Cow<'a, str>,
    redirect: Option<Cow<'a, str>>,
    #[serde(borrow)]
    access: Option<Cow<'a, str>>,
    #[serde(borrow)]
    refresh: Option<Cow<'a, str>>,
    got: u64,
    ends: Option<u64>,
    scopes: Vec<String>,
    origin: Option<Cow<'a, str>>,
}

fn text(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(Cow::Borrowed)
}

fn exposed(secret: Option<&Secret>) -> Option<Cow<'_, str>> {
    secret.map(|secret| Cow::Borrowed(secret.expose()))
}

impl Record {
    pub(super) fn written(&self) -> Zeroizing<Vec<u8>> {
        let tokens = self.tokens.as_ref();
        let written = Written {
            issuer: Cow::Borrowed(&self.issuer),
            indicator: text(&self.indicator),
            token_url: Cow::Borrowed(&self.token_url),
            revocation_url: text(&self.revocation_url),
            client_id: Cow::Borrowed(&self.client.id),
            client_secret: exposed(self.client.secret.as_ref()),
            client_method: Cow::Borrowed(self.client.method.as_str()),
            redirect: text(&self.redirect),
            access: exposed(tokens.map(|tokens| &tokens.access)),
            refresh: exposed(tokens.and_then(|tokens| tokens.refresh.as_ref())),
            got: tokens.map_or(0, |tokens| tokens.got),
            ends: tokens.and_then(|tokens| tokens.ends),
            scopes: self.scopes.clone(),
            origin: text(&self.origin),
        };
        Zeroizing::new(serde_json::to_vec(&written).expect("text and numbers are always JSON"))
    }

    /// None: not what [`Record::written`] writes.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let kept: Written<'_> = serde_json::from_slice(bytes).ok()?;
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let secret = |text: Option<Cow<'_, str>>| text.map(|text| Secret::new(text.into_owned()));
        let tokens = secret(kept.access).map(|access| HeldTokens {
            access,
            refresh: secret(kept.refresh),
            got: kept.got,
            ends: kept.ends,
        });
        Some(Self {
            issuer: kept.issuer.into_owned(),
            indicator: owned(kept.indicator),
            token_url: kept.token_url.into_owned(),
            revocation_url: owned(kept.revocation_url),
            client: ClientIdentity {
                id: kept.client_id.into_owned(),
                secret: secret(kept.client_secret),
                method: ClientMethod::of(&kept.client_method)?,
            },
            redirect: owned(kept.redirect),
            tokens,
            scopes: kept.scopes,
            origin: owned(kept.origin),
        })
    }
}
