//! Word of changes.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use weir_model::{ApprovalId, Decision};
use weir_store::Store;

use crate::{place::Place, sample::parked};

/// More than anyone needs who is told at all.
const LONG: Duration = Duration::from_secs(20);

pub(crate) async fn changes_of_another_store_are_seen(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    parked(&one, "run_a", &[1]).await;
    assert_eq!(other.approvals(None).await.expect("readable").len(), 1);
    let (here, there) = (tokio::spawn(told(one.clone())), tokio::spawn(told(other.clone())));
    one.decide(&ApprovalId::new("apr_run_a_1"), Decision::Approve, "me", 2_000).await.expect("decided");
    here.await.expect("told where it was decided");
    there.await.expect("told elsewhere");
}

/// Until nothing waits any more, looking only when there is word.
async fn told(store: Arc<Store>) {
    let mut changes = store.changes();
    while !store.approvals(None).await.expect("readable").is_empty() {
        timeout(LONG, changes.next()).await.expect("told");
    }
}
