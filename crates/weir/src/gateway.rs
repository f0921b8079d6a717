//! The gateway: adapters wired to the spine, and the catalog kept current. Surfaces and commands talk to this.

mod clock;
mod follow;

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use weir_bridge::{
    Bridge, Observer, RunEvent, RunRequest,
    port::{Handles, Stored, StoredKind},
};
use weir_catalog::{Access, Catalog, Everything};
use weir_model::{Fault, FaultKind, HandleId, Language, Limits, PrincipalId, Report, RunId};
use weir_sandbox::{GuestUnavailable, Pool, PoolConfig};
use weir_store::{MemoryHandles, MemoryJournal};
use weir_upstream::{Fleet, FleetConfig, UpstreamState, UpstreamStatus};

use self::clock::SystemClock;

/// The longest a first search waits for upstreams that are still starting.
const START_GRACE: Duration = Duration::from_millis(1_500);

/// The longest it waits while there is no upstream at all yet.
const FIRST_GRACE: Duration = Duration::from_secs(10);

/// A wait for an engine that is shorter needs no word.
const ENGINE_SILENCE: Duration = Duration::from_millis(500);

/// What a gateway is made of; validated before anything opens.
pub struct GatewayConfig {
    pub fleet: FleetConfig,
    pub pool: PoolConfig,
    pub limits: Limits,
    /// Of snippets that name none.
    pub language: Language,
}

pub struct ExecuteRequest {
    pub principal: PrincipalId,
    pub code: Arc<str>,
    pub language: Language,
    pub observer: Option<Arc<dyn Observer>>,
    /// Resolves when nobody waits for the answer any more.
    pub cancel: BoxFuture<'static, ()>,
    /// W3C trace context of the client's request.
    pub traceparent: Option<String>,
}

/// What a run left: the whole report, and the value as the model may see it.
pub struct Executed {
    pub report: Report,
    /// JSON text within the token budget: the value, or a summary naming the handle of the whole.
    pub shown: Option<String>,
    /// The value did not fit, and is kept under this handle.
    pub handle: Option<HandleId>,
}

pub struct Gateway {
    bridge: Bridge,
    fleet: Arc<Fleet>,
    pool: Pool,
    catalog: watch::Receiver<Arc<Catalog>>,
    handles: Arc<MemoryHandles>,
    limits: Limits,
    language: Language,
    _stops_following: DropGuard,
}

impl Gateway {
    /// Starts the upstreams; returns at once, they become ready on their own. Workers start with [`Gateway::prepare`], or the first run.
    pub fn start(config: GatewayConfig) -> Arc<Self> {
        let fleet = Fleet::start(config.fleet);
        let pool = Pool::new(config.pool);
        let handles = Arc::new(MemoryHandles::default());
        let stop = CancellationToken::new();
        let catalog = follow::catalog(fleet.status(), stop.clone());
        let bridge = Bridge {
            sandbox: Arc::new(pool.clone()),
            upstreams: fleet.clone(),
            journal: Arc::new(MemoryJournal::default()),
            handles: handles.clone(),
            clock: Arc::new(SystemClock::default()),
        };
        Arc::new(Self {
            bridge,
            fleet,
            pool,
            catalog,
            handles,
            limits: config.limits,
            language: config.language,
            _stops_following: stop.drop_guard(),
        })
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

    /// Runs a snippet. Always an answer: a failed run is an ordinary outcome.
    pub async fn execute(&self, request: ExecuteRequest) -> Executed {
        let cancel = request.cancel.shared();
        // Cancelled while it waits, the run starts and ends at once: its report then says so.
        let ready = async {
            self.engine_ready(request.language, request.observer.as_deref()).await;
            self.ready_for(&request.code).await;
        };
        future::select(cancel.clone(), pin!(ready)).await;
        let (run, seed) = match fresh_run() {
            Ok(fresh) => fresh,
            Err(error) => {
                return Executed { report: no_randomness(request.language, error), shown: None, handle: None };
            }
        };
        let report = self
            .bridge
            .run(RunRequest {
                run,
                principal: request.principal.clone(),
                catalog: self.catalog(),
                access: self.access(&request.principal),
                source: request.code,
                language: request.language,
                limits: self.limits.clone(),
                seed,
                traceparent: request.traceparent,
                observer: request.observer,
                cancel: cancel.boxed(),
            })
            .await;
        self.shaped(&request.principal, report).await
    }

    async fn shaped(&self, principal: &PrincipalId, report: Report) -> Executed {
        let budget = self.limits.result_tokens as usize;
        let Some(value) = &report.result else { return Executed { report, shown: None, handle: None } };
        if weir_bridge::fits(value, budget) {
            return Executed { shown: Some(value.clone()), report, handle: None };
        }
        let stored = Stored { kind: StoredKind::Json, bytes: value.as_bytes().into() };
        // A value that cannot be kept is still summarised: the summary then says that there is no handle.
        let handle = self.handles.put(principal, stored).await.ok();
        let shown = weir_bridge::summary(value, budget, handle.as_ref());
        Executed { report, shown: Some(shown), handle }
    }

    /// Ends the upstreams and the workers, and waits for them.
    pub async fn shutdown(&self) {
        self.fleet.shutdown().await;
        self.pool.shut_down().await;
    }
}

fn is_starting(status: &UpstreamStatus) -> bool {
    matches!(status.state, UpstreamState::Starting)
}

fn fresh_run() -> Result<(RunId, u64), getrandom::Error> {
    let mut random = [0u8; 24];
    getrandom::fill(&mut random)?;
    let (id, seed) = random.split_at(16);
    let id = u128::from_be_bytes(id.try_into().expect("split at 16"));
    let seed = u64::from_be_bytes(seed.try_into().expect("24 - 16 bytes"));
    Ok((RunId::new(format!("run_{id:032x}")), seed))
}

fn no_randomness(language: Language, error: getrandom::Error) -> Report {
    Report::unstarted(
        RunId::new("run_none"),
        language,
        Fault::new(FaultKind::Internal, format!("the system gives no randomness: {error}")),
    )
}
