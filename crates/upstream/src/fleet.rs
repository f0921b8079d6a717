//! All upstreams together: started at once, each on its own, so that no one of them can hold up or harm another.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_bridge::port::{UpstreamCall, Upstreams};
use weir_model::{FailureKind, ToolFailure, ToolReply, UpstreamName};

use crate::{
    FleetConfig, UpstreamState, UpstreamStatus, calling, http, openapi,
    seat::Seat,
    status::Board,
    supervisor::{self, Ground},
    verdict::Verdicts,
    warden::Warden,
};

/// Longer than any upstream gets to leave.
const SHUTDOWN: Duration = Duration::from_secs(8);

/// Dropping it ends the upstreams in the background; [`Fleet::shutdown`] waits for that.
pub struct Fleet {
    seats: HashMap<UpstreamName, Arc<Seat>>,
    board: Arc<Board>,
    warden: Arc<Warden>,
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl Fleet {
    /// Begins to start every upstream and returns at once. Must be called within a tokio runtime.
    /// Of two upstreams with one name only the first is reachable; the config's reader refuses such a config.
    pub fn start(config: FleetConfig) -> Arc<Self> {
        http::provide_tls();
        let board = Arc::new(Board::new(config.upstreams.iter().map(|u| u.name.clone())));
        let stop = CancellationToken::new();
        let tracker = TaskTracker::new();
        let warden = Warden::new(config.warden);
        let ground = Arc::new(Ground {
            client: config.client,
            descriptions: Arc::new(openapi::Kept::in_directory(config.descriptions)),
            tokens: config.tokens,
            verdicts: Verdicts::open(config.verdicts),
            board: board.clone(),
            warden: warden.clone(),
            stop: stop.clone(),
            tracker: tracker.clone(),
        });
        let mut seats = HashMap::new();
        for (index, upstream) in config.upstreams.into_iter().enumerate() {
            let seat = Seat::new(index, upstream);
            seats.entry(seat.config.name.clone()).or_insert_with(|| seat.clone());
            tracker.spawn(supervisor::supervise(seat, ground.clone()));
        }
        Arc::new(Self { seats, board, warden, stop, tracker })
    }

    /// Changes whenever an upstream comes, goes, changes its tools or earns a warning. In the config's order.
    pub fn status(&self) -> watch::Receiver<Arc<[UpstreamStatus]>> {
        self.board.subscribe()
    }

    /// Waits until no upstream is starting any more, each ready or absent, but no longer than `within`.
    pub async fn settled(&self, within: Duration) {
        let mut status = self.status();
        let settled = status.wait_for(|all| all.iter().all(|one| !matches!(one.state, UpstreamState::Starting)));
        // Out of time is settled enough: who is still starting is told as such.
        let _ = tokio::time::timeout(within, settled).await;
    }

    /// Ends every upstream and waits until its processes are gone. Calls in flight fail.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(SHUTDOWN, self.tracker.wait()).await.is_err() {
            tracing::warn!("some upstreams did not end in time; their processes are left to the warden");
        }
        let warden = self.warden.clone();
        if tokio::task::spawn_blocking(move || warden.dismiss()).await.is_err() {
            tracing::warn!("the warden could not be waited for");
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Upstreams for Fleet {
    fn call(&self, call: UpstreamCall) -> BoxFuture<'static, Result<ToolReply, ToolFailure>> {
        let seat = self.seats.get(&call.tool.upstream).cloned();
        Box::pin(async move {
            match seat {
                Some(seat) => calling::call(&seat, call).await,
                None => Err(ToolFailure::new(
                    FailureKind::UnknownTool,
                    format!("{}: there is no upstream of that name", call.tool),
                )),
            }
        })
    }
}
