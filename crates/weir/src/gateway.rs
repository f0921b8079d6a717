//! The gateway: adapters wired to the spine, and the catalog kept current. Surfaces and commands talk to this.

mod clock;
mod decided;
mod execute;
mod follow;
mod policy;
mod runs;

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use weir_bridge::{Bridge, Observer, RunEvent};
use weir_catalog::{Access, Catalog, Effects, Everything};
use weir_model::{
    ApprovalId, Decision, Language, Limits, Policy, PrincipalId, RunId,
    limits::{APPROVAL_TTL, DRAIN_TIMEOUT, HANGUP_GRACE},
};
use weir_sandbox::{GuestUnavailable, Pool, PoolConfig};
use weir_store::{Cancellation, DecideOutcome, Retention, Store, StoreUnavailable};
use weir_upstream::{Fleet, FleetConfig, UpstreamState, UpstreamStatus};

pub use self::execute::{ExecuteRequest, Executed, Program, Ran};
use self::{clock::SystemClock, follow::Said, policy::PolicyNow, runs::Runs};
use crate::{
    deciding,
    instant::now_unix_ms,
    notify::{Notifier, Notify},
};

/// The longest a first search waits for upstreams that are still starting.
const START_GRACE: Duration = Duration::from_millis(1_500);

/// The longest it waits while there is no upstream at all yet.
const FIRST_GRACE: Duration = Duration::from_secs(10);

/// How often ended runs are looked through for what is no longer kept.
const RETAINED_EVERY: Duration = Duration::from_secs(60 * 60);

/// A wait for an engine that is shorter needs no word.
const ENGINE_SILENCE: Duration = Duration::from_millis(500);

/// Whom everything comes from and belongs to: until virtual keys exist, there is one principal.
pub fn local() -> PrincipalId {
    PrincipalId::new("local")
}

/// What a gateway is made of; validated before anything opens.
pub struct GatewayConfig {
    pub fleet: FleetConfig,
    pub pool: PoolConfig,
    pub limits: Limits,
    /// Of snippets that name none.
    pub language: Language,
    /// Where runs, approvals and values are kept.
    pub store: Arc<Store>,
    /// Other gateways have the store on purpose: each goes on with decided runs whose own gateway is gone.
    pub shares_store: bool,
    pub policy: Policy,
    /// The operator's word on what tools do.
    pub effects: Arc<Effects>,
    /// From asking to the last moment of deciding.
    pub approval_ttl: Duration,
    /// Who is told when calls begin to wait for a decision.
    pub notify: Option<Notify>,
    /// What of ended runs is kept; `None`: all, for gateways that end soon.
    pub retention: Option<Retention>,
}

impl GatewayConfig {
    /// With the defaults of everything an operator may set.
    pub fn new(fleet: FleetConfig, pool: PoolConfig, store: Arc<Store>) -> Self {
        Self {
            fleet,
            pool,
            limits: Limits::default(),
            language: Language::TypeScript,
            store,
            shares_store: false,
            policy: Policy::default(),
            effects: Arc::default(),
            approval_ttl: APPROVAL_TTL,
            notify: None,
            retention: None,
        }
    }
}

pub struct Gateway {
    bridge: Bridge,
    fleet: Arc<Fleet>,
    pool: Pool,
    catalog: watch::Receiver<Arc<Catalog>>,
    store: Arc<Store>,
    shares_store: bool,
    policy: PolicyNow,
    runs: Runs,
    /// A run has parked.
    parked: Arc<tokio::sync::Notify>,
    notifier: Option<Notifier>,
    limits: Limits,
    language: Language,
    _stops_following: DropGuard,
}

impl Gateway {
    /// Starts the upstreams; returns at once, they become ready on their own. Workers start with [`Gateway::prepare`], or the first run.
    pub fn start(config: GatewayConfig) -> Arc<Self> {
        // First, while this process has no others in its control group (`Pool::new`).
        let pool = Pool::new(config.pool);
        let fleet = Fleet::start(config.fleet);
        let stop = CancellationToken::new();
        let said = Said { effects: config.effects, policy: Arc::new(config.policy.clone()) };
        let catalog = follow::catalog_as_said(fleet.status(), said, stop.clone());
        let store = config.store;
        let bridge = Bridge {
            sandbox: Arc::new(pool.clone()),
            upstreams: fleet.clone(),
            journal: store.clone(),
            handles: store.clone(),
            state: store.clone(),
            clock: Arc::new(SystemClock::default()),
            approval_ttl: config.approval_ttl,
        };
        let this = Arc::new(Self {
            bridge,
            fleet,
            pool,
            catalog,
            store,
            shares_store: config.shares_store,
            policy: PolicyNow::new(config.policy),
            runs: Runs::default(),
            parked: Arc::default(),
            notifier: config.notify.map(Notifier::start),
            limits: config.limits,
            language: config.language,
            _stops_following: stop.clone().drop_guard(),
        });
        let following = Self::follow_decisions(Arc::downgrade(&this));
        tokio::spawn(stop.clone().run_until_cancelled_owned(following));
        if let Some(retention) = config.retention {
            tokio::spawn(stop.run_until_cancelled_owned(retain(this.store.clone(), retention)));
        }
        this
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Somebody decided about a waiting call. Its run goes on by itself once nothing else of it waits.
    pub async fn decide(
        &self,
        approval: &ApprovalId,
        decision: Decision,
        by: &str,
        principal: Option<&PrincipalId>,
    ) -> Result<DecideOutcome, StoreUnavailable> {
        let outcome = deciding::decide(&self.store, approval, decision, by, principal).await;
        self.policy.stale();
        outcome
    }

    /// Ends a run, wherever it is.
    pub async fn cancel_run(
        &self,
        run: &RunId,
        principal: Option<&PrincipalId>,
    ) -> Result<Cancellation, StoreUnavailable> {
        let here = self.runs.any(run).filter(|there| principal.is_none_or(|principal| there.principal == *principal));
        match here {
            Some(under_way) => {
                under_way.cancel.cancel();
                Ok(Cancellation::Asked)
            }
            None => self.store.cancel(run, principal).await,
        }
    }

    /// Starts what runs snippets in `language`, in the background: whoever expects one soon has it ready by then.
    pub fn prepare(&self, language: Language) {
        self.pool.prepare(language);
    }

    /// Waits until snippets in `language` can run; compiling an engine's guest, once per machine, takes seconds.
    pub async fn prepared(&self, language: Language) -> Result<(), GuestUnavailable> {
        self.pool.ready(language).await
    }

    /// The current snapshot.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.borrow().clone()
    }

    /// Marks every new snapshot.
    pub fn catalog_changes(&self) -> watch::Receiver<Arc<Catalog>> {
        self.catalog.clone()
    }

    /// What a principal may see. Everyone sees everything until groups exist.
    pub fn access(&self, _principal: &PrincipalId) -> Arc<dyn Access> {
        Arc::new(Everything)
    }

    /// The language of snippets that name none.
    pub fn language(&self) -> Language {
        self.language
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub fn statuses(&self) -> Arc<[UpstreamStatus]> {
        self.fleet.status().borrow().clone()
    }

    /// Waits until every upstream is ready or known to be absent, and the catalog shows it.
    pub async fn settled(&self, within: Duration) {
        self.fleet.settled(within).await;
        self.shown().await;
    }

    /// Gives upstreams that are still starting a moment before the first search; a slow one harms no other.
    pub async fn started(&self) {
        let mut statuses = self.fleet.status();
        // Too late or shutting down: the search then says who is still starting.
        let _ = timeout(FIRST_GRACE, statuses.wait_for(|all| all.is_empty() || !all.iter().all(is_starting))).await;
        if self.statuses().iter().any(is_starting) {
            self.settled(START_GRACE).await;
        }
    }

    /// Waits for a language's engine, and tells whoever watches the run if that takes a while.
    async fn engine_ready(&self, language: Language, observer: Option<&dyn Observer>) {
        let mut ready = pin!(self.pool.ready(language));
        if timeout(ENGINE_SILENCE, &mut ready).await.is_err() {
            if let Some(observer) = observer {
                observer.event(RunEvent::EngineAwaited(language));
            }
            // The run itself says why there is no engine.
            let _ = ready.await;
        }
    }

    /// Waits for those starting upstreams that a snippet names, as long as their own start may take.
    async fn ready_for(&self, code: &str) {
        let named = |status: &UpstreamStatus| {
            let catalog = self.catalog();
            let upstream = catalog.upstreams().iter().find(|upstream| upstream.name == status.name);
            is_starting(status)
                && upstream
                    .is_some_and(|upstream| code.contains(&upstream.identifier) || code.contains(status.name.as_str()))
        };
        let mut statuses = self.fleet.status();
        // The fleet ends only with the gateway; then there is nothing to wait for.
        let _ = statuses.wait_for(|statuses| !statuses.iter().any(named)).await;
        self.shown().await;
        if code.contains("tools") || code.contains("search") {
            self.started().await;
        }
    }

    /// Waits until the catalog is as far as the upstreams are.
    async fn shown(&self) {
        let mut catalog = self.catalog.clone();
        // Fails only when the gateway is shutting down.
        let _ = catalog.wait_for(|catalog| follow::shows(catalog, &self.statuses())).await;
    }

    /// The gateway is going to be shut down. Runs that no client waits for begin no further call; those they have under way may end.
    pub fn stop(&self) {
        self.runs.stop();
    }

    /// Ends the upstreams and the workers, and waits for them.
    pub async fn shutdown(&self) {
        // Runs park once their calls have ended; a call cut off after all is in doubt.
        let drained = (self.runs.let_go() + DRAIN_TIMEOUT).max(Instant::now() + HANGUP_GRACE);
        let _all = timeout_at(drained, self.runs.stopped()).await;
        self.runs.abandon();
        if let Some(notifier) = &self.notifier {
            notifier.shutdown().await;
        }
        self.fleet.shutdown().await;
        self.pool.shut_down().await;
    }
}

/// Removes what is no longer kept, now and then.
async fn retain(store: Arc<Store>, retention: Retention) {
    loop {
        if let Err(error) = store.retain(retention, now_unix_ms()).await {
            tracing::warn!(%error, "runs that are no longer kept could not be removed");
        }
        sleep(RETAINED_EVERY).await;
    }
}

fn is_starting(status: &UpstreamStatus) -> bool {
    matches!(status.state, UpstreamState::Starting)
}
