//! An HTTP API as an upstream, by its OpenAPI description: loaded, kept current, called.
//!
//! What an operation is, how its request is made and its answer read is `weir-openapi`'s; here is everything that touches the world:
//! files, the network, time, and credentials in clear.

mod answer;
mod call;
mod circuit;
mod fetch;
mod jail;
mod kept;
mod lane;
mod load;
mod pace;
mod security;
mod selection;
mod service;
#[cfg(test)]
mod tests;
mod unpack;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use weir_model::limits::WARNINGS_MAX;

pub(crate) use self::{call::call, kept::Kept, service::Service};
use self::{
    kept::Hash,
    lane::Lane,
    load::Loaded,
    service::{Ground, Opened},
};
use crate::{
    DescriptionAt, OpenApi, Spoken, UpstreamConfig, UpstreamState,
    credential::Surroundings,
    egress::Rules,
    http::cause,
    link::Ended,
    seat::{Seat, Standing},
    supervisor::{self, LEAVING},
};

/// A description by URL is asked for again so often.
const LOOK_AGAIN: Duration = Duration::from_secs(15 * 60);
/// While an old copy stands in for it.
const LOOK_AGAIN_SOON: Duration = Duration::from_secs(60);

/// Where one API upstream is managed, from the start of weir to its end.
pub(crate) struct Desk<'a> {
    seat: &'a Seat,
    ground: &'a supervisor::Ground,
    api: &'a OpenApi,
    surroundings: Surroundings,
    rules: Rules,
    lane: Result<Arc<Lane>, String>,
}

/// What stands at the moment.
struct Current {
    hash: Hash,
    etag: Option<String>,
    /// An old copy stands in, as the description could not be fetched.
    stale: Option<String>,
    /// Of the description itself.
    warnings: Vec<String>,
}

/// Where an API is whose config does not say: the one address that its description names for all that is chosen of it.
pub(crate) async fn address(config: &UpstreamConfig, api: &OpenApi) -> Result<Option<String>, Ended> {
    let rules = Rules { allow_private: config.allow_private };
    let nothing_kept = Arc::new(Kept::in_directory(None));
    let name = config.name.as_str();
    let loaded = load::load(&api.description, name, &nothing_kept, rules, config.start_timeout).await?;
    service::address(loaded.api, config, api)
}

impl<'a> Desk<'a> {
    pub(crate) fn new(seat: &'a Seat, ground: &'a supervisor::Ground, api: &'a OpenApi) -> Self {
        let rules = Rules { allow_private: seat.config.allow_private };
        Self {
            seat,
            ground,
            api,
            surroundings: Surroundings::of(&seat.config, ground.tokens.as_deref(), &ground.tracker),
            rules,
            lane: Lane::new(api, rules).map_err(|error| cause(&error)),
        }
    }

    /// From loading the description to the end of weir, or to the reason why there is none.
    pub(crate) async fn life(&self) -> Ended {
        let living = async {
            let mut current = match self.load_and_open().await {
                Ok(current) => current,
                Err(ended) => return ended,
            };
            loop {
                self.until_next_look(&current).await;
                current = self.look_again(current).await;
            }
        };
        tokio::select! {
            ended = living => ended,
            () = self.ground.stop.cancelled() => Ended::plain(LEAVING),
        }
    }

    async fn load_and_open(&self) -> Result<Current, Ended> {
        let started = Instant::now();
        let (name, within) = (self.seat.config.name.as_str(), self.seat.config.start_timeout);
        let loaded = load::load(&self.api.description, name, &self.ground.descriptions, self.rules, within).await?;
        self.open(loaded, started).await
    }

    /// From here on calls go by this description.
    async fn open(&self, loaded: Loaded, started: Instant) -> Result<Current, Ended> {
        let lane = self.lane.as_ref();
        let lane = lane.map_err(|why| Ended::with_detail("its connection cannot be set up", Some(why.clone())))?;
        let ground = Ground {
            config: &self.seat.config,
            api: self.api,
            lane,
            redactor: &self.seat.redactor,
            surroundings: &self.surroundings,
        };
        let Opened { service, tools, server, dialect, status, warnings, credentials } =
            service::open(loaded.api, loaded.kept, ground).await?;
        let difference = match self.seat.standing() {
            Standing::Open(before) => self.may_replace(&service, &before)?,
            _ => None,
        };
        self.seat.stand(Standing::Open(Arc::new(service)));
        let redacted = |text: &String| self.seat.redactor.text(text).into_owned();
        let state = UpstreamState::Ready {
            protocol: Spoken::OpenApi(dialect),
            server: redacted(&server),
            tools,
            took: started.elapsed(),
            description: Some(Arc::new(status)),
            credentials: credentials.into(),
        };
        let warnings = difference.iter().chain(&warnings).map(redacted).collect();
        let stale = loaded.warning.as_ref().map(redacted);
        let current = Current { hash: loaded.hash, etag: loaded.etag, stale, warnings };
        self.ground.board.report(self.seat.index, state, current.told());
        Ok(current)
    }

    /// How a description differs from the one before it, when it may take its place. Credentials go where a description says: who can
    /// change it later must not be able to have them sent to themselves.
    fn may_replace(&self, service: &Service, before: &Service) -> Result<Option<String>, Ended> {
        if let Some(server) = service.elsewhere(before) {
            return Err(Ended::plain(format!(
                "it names another server than before, {server}: restart weir to send requests there, or say where with `base_url`"
            )));
        }
        let difference = service.difference(before);
        if let Some(difference) = &difference {
            tracing::info!(upstream = %self.seat.config.name, %difference, "description renewed");
        }
        Ok(difference)
    }

    /// A description in a file is noticed to have changed at the next start.
    async fn until_next_look(&self, current: &Current) {
        match &self.api.description {
            DescriptionAt::File(_) => std::future::pending().await,
            DescriptionAt::Url(_) if current.stale.is_some() => sleep(LOOK_AGAIN_SOON).await,
            DescriptionAt::Url(_) => sleep(LOOK_AGAIN).await,
        }
    }

    /// What was changed is taken over; what cannot be fetched or used leaves everything as it is, with a warning.
    async fn look_again(&self, mut current: Current) -> Current {
        let DescriptionAt::Url(url) = &self.api.description else { return current };
        let started = Instant::now();
        let (name, kept) = (self.seat.config.name.as_str(), &self.ground.descriptions);
        let within = self.seat.config.start_timeout;
        let found = load::changed(url, current.etag.as_deref(), &current.hash, name, kept, self.rules, within).await;
        let problem = match found {
            Ok(None) => None,
            Ok(Some(loaded)) => match self.open(loaded, started).await {
                Ok(current) => return current,
                Err(ended) => Some(ended),
            },
            Err(ended) => Some(ended),
        };
        let stale = problem.map(|ended| {
            let told = self.seat.redactor.text(&ended.told()).into_owned();
            format!("its description was looked at again, and the one from before is used on: {told}")
        });
        if stale != current.stale {
            current.stale = stale;
            self.ground.board.warn(self.seat.index, current.told());
        }
        current
    }
}

impl Current {
    fn told(&self) -> Vec<String> {
        self.stale.iter().chain(&self.warnings).take(WARNINGS_MAX).cloned().collect()
    }
}
