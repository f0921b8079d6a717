//! Which credentials an operation gets: the config's one for all, else those of the first alternative that are all there.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Url;
use weir_openapi::{Api, Operation, Place, Scheme};

use crate::{
    Auth, CredentialStatus, KeyPlace, OpenApi, UpstreamConfig,
    credential::{CredentialFailure, Keeper, Shown, Surroundings},
};

/// How long an upstream waits for its credentials before it is told to be ready; calls wait for theirs by themselves.
const LOOK: Duration = Duration::from_secs(3);

pub(super) struct Security {
    all: Option<Keeper>,
    by_scheme: BTreeMap<String, Keeper>,
    upstream: String,
}

/// An operation needs what the config does not have. A sentence without the tool's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotConfigured(String);

impl Security {
    pub(super) fn new(config: &UpstreamConfig, api: &OpenApi, description: &Api, surroundings: &Surroundings) -> Self {
        let keeper =
            |name: &String, auth| (name.clone(), Keeper::new(auth, description.schemes.get(name), surroundings));
        Self {
            all: config.auth.as_ref().map(|auth| Keeper::new(auth, None, surroundings)),
            by_scheme: api.schemes.iter().map(|(name, auth)| keeper(name, auth)).collect(),
            upstream: config.name.as_str().to_owned(),
        }
    }

    /// None at all: the operation is open to everybody, or says nothing.
    pub(super) fn of(&self, operation: &Operation) -> Result<Vec<&Keeper>, NotConfigured> {
        if let Some(all) = &self.all {
            return Ok(vec![all]);
        }
        let there = operation.security.iter().filter(|alternative| !alternative.is_empty()).find_map(|alternative| {
            alternative.iter().map(|needed| self.by_scheme.get(&needed.scheme)).collect::<Option<Vec<_>>>()
        });
        if let Some(keepers) = there {
            return Ok(keepers);
        }
        if operation.security.is_empty() || operation.security.iter().any(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let alternatives: Vec<String> = operation
            .security
            .iter()
            .take(4)
            .map(|all| all.iter().take(4).map(|needed| shown(&needed.scheme)).collect::<Vec<_>>().join(" and "))
            .collect();
        Err(NotConfigured(format!(
            "it needs the credential {}, which weir's config does not have: add it under [upstream.{}.schemes], or one for all operations as `auth`",
            alternatives.join(", or "),
            self.upstream
        )))
    }

    /// What the config has, and what the operations ask for beyond it.
    pub(super) async fn statuses(&self, schemes: &BTreeMap<String, Scheme>, asked: &[String]) -> Vec<CredentialStatus> {
        let by_scheme = self.by_scheme.iter().map(|(name, keeper)| (Some(name.clone()), keeper));
        let all = self.all.iter().map(|keeper| (None, keeper)).chain(by_scheme);
        let looks = all.map(async |(scheme, keeper)| {
            // Who takes longer is told of as far as it is known; it goes on looking meanwhile.
            let told = match tokio::time::timeout(LOOK, keeper.checked()).await {
                Ok(told) => told,
                Err(_) => keeper.described(),
            };
            CredentialStatus { scheme, configured: true, told }
        });
        let mut statuses = futures_util::future::join_all(looks).await;
        if self.all.is_none() {
            let missing = asked.iter().filter(|name| !self.by_scheme.contains_key(*name));
            statuses.extend(missing.map(|name| CredentialStatus {
                scheme: Some(name.clone()),
                configured: false,
                told: format!("{}, not in the config", schemes.get(name).map_or("of an unknown kind", kind)),
            }));
        }
        statuses
    }

    /// Names in the config that the description does not have.
    pub(super) fn unknown<'a>(&'a self, schemes: &'a BTreeMap<String, Scheme>) -> impl Iterator<Item = &'a str> {
        self.by_scheme.keys().map(String::as_str).filter(|name| !schemes.contains_key(*name))
    }
}

/// Where the config puts keys of its own in requests of this operation: no argument goes there.
pub(super) fn keys<'a>(config: &'a UpstreamConfig, api: &'a OpenApi, operation: &Operation) -> Vec<(Place, &'a str)> {
    let of_scheme = operation.security.iter().flatten().filter_map(|needed| api.schemes.get(&needed.scheme));
    let used = config.auth.iter().chain(of_scheme.filter(|_| config.auth.is_none()));
    let key = |auth: &'a Auth| match auth {
        Auth::Key { place, name, .. } => Some((in_request(*place), name.as_str())),
        _ => None,
    };
    used.filter_map(key).collect()
}

fn in_request(place: KeyPlace) -> Place {
    match place {
        KeyPlace::Header => Place::Header,
        KeyPlace::Query => Place::Query,
        KeyPlace::Cookie => Place::Cookie,
    }
}

/// What all of them show, for a request to this URL.
pub(super) async fn shown_by(keepers: &[&Keeper], url: &Url) -> Result<Shown, CredentialFailure> {
    let mut all = Shown::default();
    for keeper in keepers {
        let Shown { sent, secrets } = keeper.credential_for(url).await?;
        all.sent.extend(sent);
        all.secrets.extend(secrets);
    }
    Ok(all)
}

fn kind(scheme: &Scheme) -> &'static str {
    match scheme {
        Scheme::ApiKey { .. } => "an API key",
        Scheme::Basic => "user and password",
        Scheme::Bearer => "a bearer token",
        Scheme::OAuth2 { .. } => "an OAuth 2 token",
        Scheme::Other(_) => "of a kind weir does not know",
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
