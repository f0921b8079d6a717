//! From the command line to a running gateway: configuration, what is said about it, and the wait for upstreams.

use std::{sync::Arc, time::Duration};

use weir_catalog::{Access, Catalog};
use weir_sandbox::{PoolConfig, WorkerCommand};
use weir_store::{Location, Retention, Store, StoreUnavailable};
use weir_upstream::{FleetConfig, UpstreamState, UpstreamStatus, WardenCommand};

use super::{
    Global,
    exit::{Exit, Stopped},
    screen::{NOTE, Progress, styled, talk},
};
use crate::{
    answer::escape,
    config::{self, Ask, Effective, Loaded, Surroundings},
    gateway::{Gateway, GatewayConfig, local},
};

/// Upstreams may use their whole start timeout; this is for the catalog to follow.
const SETTLE_GRACE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(80);

/// Reads the configuration and says which it is.
pub(super) fn configured(global: &Global) -> Result<Loaded, Stopped> {
    let ask = Ask { file: global.config.clone(), set: global.set.clone() };
    let loaded = config::load(&ask, &Surroundings::of_process())?;
    match &loaded.file {
        Some(file) if loaded.also_seen.is_empty() => talk(&format!("weir: using {file}")),
        Some(file) => talk(&format!("weir: using {file} (also seen: {})", loaded.also_seen.join(", "))),
        None => {}
    }
    for note in &loaded.notes {
        talk(&format!("weir: {note}"));
    }
    for warning in &loaded.warnings {
        talk(warning.render("warning").trim_end());
    }
    Ok(loaded)
}

/// Commands that need tools need at least one upstream to have them from.
pub(super) fn with_upstreams(loaded: &Loaded) -> Result<(), Stopped> {
    if !loaded.effective.upstreams.is_empty() {
        return Ok(());
    }
    let message = match &loaded.file {
        Some(file) => format!("error: {file} describes no upstream that is enabled"),
        None => "error: no configuration was found, neither in this folder nor in the usual places".to_owned(),
    };
    Err(Stopped::new(Exit::Usage, message).hint(
        "write weir.toml with [upstream.NAME] and command = \"…\", url = \"…\" or openapi = \"…\", or name a client's file: --config .mcp.json\n  \
         hint: weir demo needs no configuration",
    ))
}

/// How this executable is started as a worker.
pub(super) fn worker() -> Result<WorkerCommand, Stopped> {
    let program = std::env::current_exe()
        .map_err(|error| Stopped::internal(format!("weir cannot find its own executable: {error}")))?;
    Ok(WorkerCommand { program, args: vec!["worker".into()] })
}

/// Opens where runs are kept, and lets runs whose gateway is gone be gone on with.
pub(super) async fn store(effective: &Effective) -> Result<Arc<Store>, Stopped> {
    let unavailable = |error: StoreUnavailable| Stopped::new(Exit::Unavailable, format!("error: {error}"));
    let store = Store::open(effective.store.place.clone()).await.map_err(unavailable)?;
    store.park_orphans().await.map_err(unavailable)?;
    Ok(store)
}

/// For clients: over the configured store. Starts the upstreams; returns at once.
pub(super) async fn serving(effective: &Effective) -> Result<Arc<Gateway>, Stopped> {
    let mut config = gateway_config(effective, store(effective).await?)?;
    config.shares_store = effective.store.chosen;
    Ok(Gateway::start(config))
}

/// For one command. Starts the upstreams; returns at once.
pub(super) fn gateway(effective: &Effective, store: Arc<Store>) -> Result<Arc<Gateway>, Stopped> {
    gateway_config(effective, store).map(Gateway::start)
}

fn gateway_config(effective: &Effective, store: Arc<Store>) -> Result<GatewayConfig, Stopped> {
    let worker = worker()?;
    let program = worker.program.clone();
    let mut pool = PoolConfig::new(worker);
    pool.cache_dir = effective.cache_dir.as_ref().map(|dir| dir.join("guests"));
    if let Some(workers) = effective.workers {
        pool.workers = workers.get() as usize;
    }
    let fleet = FleetConfig {
        upstreams: effective.upstreams.clone(),
        verdicts: effective.cache_dir.as_ref().map(|dir| dir.join("eras")),
        descriptions: effective.cache_dir.as_ref().map(|dir| dir.join("descriptions")),
        tokens: effective.tokens_dir.clone(),
        warden: Some(WardenCommand { program, args: vec!["warden".into()] }),
        ..FleetConfig::default()
    };
    let mut config = GatewayConfig::new(fleet, pool, store);
    config.limits = effective.limits.clone();
    config.language = effective.language;
    config.policy = effective.policy.clone();
    config.effects = effective.effects.clone();
    config.approval_ttl = effective.approvals.ttl;
    config.notify = effective.approvals.notify.clone();
    config.retention = Some(Retention { age: effective.store.keep, bytes: effective.store.keep_bytes });
    Ok(config)
}

/// What the upstreams offer, once all of them are ready or known to be absent; they are ended again.
pub(super) struct Offered {
    pub(super) loaded: Loaded,
    pub(super) catalog: Arc<Catalog>,
    pub(super) access: Arc<dyn Access>,
}

/// For commands that look at tools and call none.
pub(super) async fn offered(global: &Global) -> Result<Offered, Stopped> {
    let loaded = configured(global)?;
    with_upstreams(&loaded)?;
    let gateway = gateway(&loaded.effective, Store::open(Location::Memory).await.map_err(Stopped::internal)?)?;
    settled(&gateway, &loaded.effective).await;
    let (catalog, statuses) = (gateway.catalog(), gateway.statuses());
    let access = gateway.access(&local());
    gateway.shutdown().await;
    any_ready(&statuses)?;
    Ok(Offered { loaded, catalog, access })
}

/// Waits until every upstream is ready or known to be absent, telling a terminal how it goes.
pub(super) async fn settled(gateway: &Gateway, effective: &Effective) {
    let longest = effective.upstreams.iter().map(|upstream| upstream.start_timeout).max().unwrap_or_default();
    let settled = gateway.settled(longest + SETTLE_GRACE);
    let mut progress = Progress::new();
    if !progress.is_seen() {
        return settled.await;
    }
    tokio::pin!(settled);
    let mut look = tokio::time::interval(LOOK);
    // The first tick is immediate: what is ready at once needs no line.
    look.tick().await;
    loop {
        tokio::select! {
            () = &mut settled => return,
            _ = look.tick() => progress.say(&starting(&gateway.statuses())),
        }
    }
}

fn starting(statuses: &[UpstreamStatus]) -> String {
    let waiting: Vec<&str> = statuses
        .iter()
        .filter(|status| matches!(status.state, UpstreamState::Starting))
        .map(|status| status.name.as_str())
        .collect();
    format!(
        "starting upstreams, {} of {} done; waiting for {}",
        statuses.len() - waiting.len(),
        statuses.len(),
        waiting.join(", ")
    )
}

/// Says which upstreams are absent and why; returns how many are there.
pub(super) fn tell_absent(statuses: &[UpstreamStatus]) -> usize {
    let mut ready = 0;
    for status in statuses {
        match &status.state {
            UpstreamState::Ready { .. } => ready += 1,
            UpstreamState::Starting => talk(&absent_line(status, "it has not finished starting")),
            UpstreamState::Absent { reason } => talk(&absent_line(status, reason)),
        }
    }
    ready
}

fn absent_line(status: &UpstreamStatus, reason: &str) -> String {
    let name = escape::line(status.name.as_str(), 64);
    format!("{} `{name}` is not available: {}", styled(NOTE, "warning:"), escape::line(reason, 1_000))
}

/// For commands that only ask: none there is an error of its own.
fn any_ready(statuses: &[UpstreamStatus]) -> Result<(), Stopped> {
    match tell_absent(statuses) {
        0 => Err(Stopped::new(Exit::Unavailable, "error: no upstream is available").hint("weir check tells more")),
        _ => Ok(()),
    }
}
