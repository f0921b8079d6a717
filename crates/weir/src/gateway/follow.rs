//! The catalog follows the upstreams: one new snapshot per change, runs keep the one they started with.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weir_catalog::{Catalog, Listing, ListingState};
use weir_upstream::{UpstreamState, UpstreamStatus};

type Statuses = watch::Receiver<Arc<[UpstreamStatus]>>;

/// Why an absent upstream is absent, as agents learn it: the reason itself may quote host paths and what a process printed.
const ABSENT: &str = "it cannot be reached now; whoever runs weir sees why with `weir check`";

/// The snapshots, from what the upstreams say now and whenever that changes, until `stop`.
pub(super) fn catalog(mut statuses: Statuses, stop: CancellationToken) -> watch::Receiver<Arc<Catalog>> {
    let first = Arc::new(Catalog::build(1, listings(&statuses.borrow_and_update())));
    let (sender, receiver) = watch::channel(first);
    tokio::spawn(async move {
        let mut version = 1;
        while let Some(Ok(())) = stop.run_until_cancelled(statuses.changed()).await {
            version += 1;
            let listings = listings(&statuses.borrow_and_update());
            sender.send_modify(|catalog| *catalog = Arc::new(catalog.rebuild(version, listings)));
        }
    });
    receiver
}

/// Whether a snapshot is as far as the statuses are: nothing ready is still missing.
pub(super) fn shows(catalog: &Catalog, statuses: &[UpstreamStatus]) -> bool {
    statuses.iter().all(|status| {
        let shown = catalog.upstreams().iter().find(|upstream| upstream.name == status.name);
        match &status.state {
            UpstreamState::Ready { .. } => shown.is_some_and(|upstream| upstream.absent.is_none()),
            UpstreamState::Absent { .. } | UpstreamState::Starting => true,
        }
    })
}

fn listings(statuses: &[UpstreamStatus]) -> Vec<Listing> {
    statuses
        .iter()
        .map(|status| Listing {
            upstream: status.name.clone(),
            state: match &status.state {
                UpstreamState::Ready { tools, .. } => {
                    ListingState::Listed { tools: tools.to_vec(), warnings: status.warnings.clone() }
                }
                UpstreamState::Absent { .. } => ListingState::Absent { reason: ABSENT.into() },
                UpstreamState::Starting => ListingState::Absent { reason: "it is still starting".into() },
            },
        })
        .collect()
}
