//! A credential: obtained when it is first needed, kept, renewed before it ends, put on requests by whoever sends them.
//!
//! One [`Keeper`] for one `auth` of one upstream. However many callers wait, it is obtained once. Nothing here prints a
//! credential: failures are written for agents, their details for people, and neither holds a value.

mod command;
mod failure;
mod keyring;
mod recipe;
mod reference;
mod surroundings;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture, future::Shared};
use reqwest::Url;
use tokio::time::Instant;
use weir_model::Secret;
use weir_openapi::Scheme;

pub(crate) use self::{
    failure::CredentialFailure,
    keyring::Keyring,
    recipe::bearer,
    reference::{described as reference_described, read as reference},
    surroundings::Surroundings,
};
use self::{recipe::Recipe, reference::Repeat};
use crate::{
    Auth, KeyPlace,
    oauth::{Kept, Machine},
};

/// A credential that was obtained because the last one was refused is not obtained anew for another refusal so soon:
/// many calls under way at once are all refused for one and the same.
const REFUSALS_APART: Duration = Duration::from_secs(10);
/// How long a failure to get a token answers for those who come next, so that a server in trouble is not asked by each.
const FAILURE_KEPT: Duration = Duration::from_secs(2);
/// After a renewal that failed while the token still holds.
const RENEWAL_APART: Duration = Duration::from_secs(5);

/// What a request gets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// Where, the name there, and the value as it is sent: `Authorization`, `Bearer x`.
    pub(crate) sent: Vec<(KeyPlace, String, Secret)>,
    /// Everything in it that must not be seen again, for the upstream's redactor: tokens, passwords, encoded pairs.
    pub(crate) secrets: Vec<Secret>,
}

/// Obtained just now.
#[derive(Debug)]
pub(crate) struct Obtained {
    pub(crate) shown: Shown,
    /// When to obtain the next one, and when this one is of no use any more. None: when it is refused.
    pub(crate) ends: Option<Ends>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) renew: Instant,
    pub(crate) until: Instant,
}

/// One credential of one upstream. Cheap to clone; clones are the same keeper.
#[derive(Clone)]
pub(crate) struct Keeper {
    inner: Arc<Inner>,
}

struct Inner {
    source: Source,
    surroundings: Surroundings,
    state: Mutex<State>,
}

enum Source {
    Plain(Recipe),
    Machine(Machine),
    Login(Kept),
    /// The config asks for something that cannot be.
    Broken(CredentialFailure),
}

type Flight = Shared<BoxFuture<'static, Result<Shown, CredentialFailure>>>;

#[derive(Default)]
struct State {
    held: Option<Obtained>,
    /// Under way, for all who wait.
    flight: Option<Flight>,
    /// What was refused, until another is held.
    refused: Option<Shown>,
    refusal_heeded: Option<Instant>,
    failed: Option<(Instant, CredentialFailure)>,
    /// Why the last look found none.
    missed: Option<CredentialFailure>,
}

impl Keeper {
    /// `scheme`: what the description says of this credential, for an `auth` that leaves place and name to it.
    pub(crate) fn new(auth: &Auth, scheme: Option<&Scheme>, surroundings: &Surroundings) -> Self {
        let source = match auth {
            Auth::OAuth2(config) => Source::Machine(Machine::new(config.clone(), surroundings)),
            Auth::Login(config) => Source::Login(Kept::new(config.clone(), surroundings)),
            plain => match Recipe::of(plain, scheme) {
                Ok(recipe) => Source::Plain(recipe),
                Err(failure) => Source::Broken(failure),
            },
        };
        Self::of(source, surroundings)
    }

    /// For an MCP upstream over HTTP whose config names no credential: what `weir login` got for it, if anything.
    pub(crate) fn if_logged_in(surroundings: &Surroundings) -> Self {
        Self::of(Source::Login(Kept::if_any(surroundings)), surroundings)
    }

    fn of(source: Source, surroundings: &Surroundings) -> Self {
        let inner = Inner { source, surroundings: surroundings.clone(), state: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// The credential, obtained or renewed first where needed. Dropping this stops nothing that others wait for, and
    /// no exchange that would lose a refresh token.
    pub(crate) async fn credential(&self) -> Result<Shown, CredentialFailure> {
        let flight = {
            let mut state = self.inner.lock();
            match state.ready(&self.inner.source) {
                Some(ready) => return ready,
                None => state.flight.get_or_insert_with(|| self.inner.clone().take_off()).clone(),
            }
        };
        flight.await
    }

    /// The same, for a request to `url`. What a person logged in for is sent nowhere else than there.
    pub(crate) async fn credential_for(&self, url: &Url) -> Result<Shown, CredentialFailure> {
        if let Source::Login(kept) = &self.inner.source {
            kept.admits(url)?;
        }
        self.credential().await
    }

    /// The upstream answered that it does not take the credential: the next [`Keeper::credential`] gets it anew, once.
    pub(crate) fn refused(&self) {
        let mut state = self.inner.lock();
        let now = Instant::now();
        let lately = state.refusal_heeded.is_some_and(|at| now.duration_since(at) < REFUSALS_APART);
        if lately && self.inner.source.is_dear() {
            return;
        }
        if let Some(held) = state.held.take() {
            state.refused = Some(held.shown);
            state.refusal_heeded = Some(now);
        }
    }

    /// For people: which kind, where it comes from, and whether it was there when last looked for. Never a value.
    pub(crate) fn described(&self) -> String {
        let state = self.inner.lock();
        let what = match &self.inner.source {
            Source::Plain(recipe) => recipe.described(),
            Source::Machine(machine) => machine.described(),
            Source::Login(kept) => kept.described(),
            Source::Broken(failure) => return failure.told(),
        };
        match (&state.held, &state.missed) {
            (Some(held), _) if held.shown.sent.is_empty() => "none: nobody is logged in".to_owned(),
            (Some(_), _) => format!("{what}, present"),
            (None, Some(failure)) => format!("{what}, missing: {}", failure.told()),
            (None, None) => what,
        }
    }

    /// Looks for it, and then [`Keeper::described`].
    pub(crate) async fn checked(&self) -> String {
        // Whether it is there is what is told.
        let _ = self.credential().await;
        self.described()
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keeper({})", self.inner.surroundings.upstream)
    }
}

impl State {
    fn ready(&mut self, source: &Source) -> Option<Result<Shown, CredentialFailure>> {
        let now = Instant::now();
        if let Some((at, failure)) = &self.failed
            && now.duration_since(*at) < FAILURE_KEPT
            && self.held.is_none()
        {
            return Some(Err(failure.clone()));
        }
        let held = self.held.as_ref()?;
        let due = held.ends.is_some_and(|ends| now >= ends.renew) || source.has_changed();
        (!due).then(|| Ok(held.shown.clone()))
    }

    /// What to make of an attempt's end. A failed renewal is no failure while the old one holds.
    fn land(
        &mut self,
        obtained: Result<Obtained, CredentialFailure>,
        source: &Source,
    ) -> Result<Shown, CredentialFailure> {
        self.flight = None;
        let now = Instant::now();
        match obtained {
            Ok(obtained) => {
                let shown = obtained.shown.clone();
                (self.held, self.refused, self.failed, self.missed) = (Some(obtained), None, None, None);
                Ok(shown)
            }
            Err(failure) if failure.passing => match self.held.as_mut() {
                Some(Obtained { shown, ends: Some(ends) }) if now < ends.until => {
                    ends.renew = now + RENEWAL_APART;
                    Ok(shown.clone())
                }
                _ => {
                    self.failed = source.is_dear().then(|| (now, failure.clone()));
                    self.miss(failure)
                }
            },
            Err(failure) => self.miss(failure),
        }
    }

    fn miss(&mut self, failure: CredentialFailure) -> Result<Shown, CredentialFailure> {
        (self.held, self.missed) = (None, Some(failure.clone()));
        Err(failure)
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs to its end whoever waits: a refresh token that was exchanged and not kept would be lost.
    fn take_off(self: Arc<Self>) -> Flight {
        let inner = self.clone();
        let task = self.surroundings.tracker.spawn(async move {
            let refused = inner.lock().refused.clone();
            let obtained = inner.source.obtain(refused.as_ref()).await;
            inner.lock().land(obtained, &inner.source)
        });
        let inner = self;
        let landed = async move {
            task.await.unwrap_or_else(|_| {
                inner.lock().flight = None;
                Err(CredentialFailure::passing("getting its credential ended before it was done"))
            })
        };
        landed.boxed().shared()
    }
}

impl Source {
    async fn obtain(&self, refused: Option<&Shown>) -> Result<Obtained, CredentialFailure> {
        match self {
            Self::Plain(recipe) => Ok(Obtained { shown: recipe.shown().await?, ends: None }),
            Self::Machine(machine) => machine.obtain().await,
            Self::Login(kept) => kept.obtain(refused).await,
            Self::Broken(failure) => Err(failure.clone()),
        }
    }

    /// Obtaining it asks another server, or starts a process.
    fn is_dear(&self) -> bool {
        match self {
            Self::Plain(recipe) => recipe.repeat() == Repeat::Dear,
            Self::Machine(_) | Self::Login(_) => true,
            Self::Broken(_) => false,
        }
    }

    /// Somebody logged in or out, or another process renewed.
    fn has_changed(&self) -> bool {
        matches!(self, Self::Login(kept) if kept.has_changed())
    }
}

#[cfg(test)]
mod tests;
