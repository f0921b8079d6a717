//! Runs that parked here go on by themselves, once everything about them is decided.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::sleep;
use weir_model::{PrincipalId, RunId};
use weir_store::{Claim, RunFilter, RunState};

use super::{Gateway, execute::Client};

/// Decisions made together are looked at together.
const DECISIONS_PAUSE: Duration = Duration::from_millis(10);

impl Gateway {
    /// Goes on with runs that parked here, once everything about them is decided, whoever decided it and wherever.
    pub(super) async fn follow_decisions(this: Weak<Self>) {
        loop {
            let Some(gateway) = this.upgrade() else { return };
            // Before the look, so that no change after it is missed.
            let (parked, mut changes) = (gateway.parked.clone(), gateway.store.changes());
            let followed = gateway.runs.parked();
            let waits = !followed.is_empty();
            if waits {
                gateway.go_on_with_decided(followed).await;
            }
            drop(gateway);
            tokio::select! {
                () = parked.notified() => {}
                () = changes.next(), if waits => {}
            }
            sleep(DECISIONS_PAUSE).await;
        }
    }

    async fn go_on_with_decided(self: &Arc<Self>, followed: Vec<(RunId, PrincipalId)>) {
        let filter = RunFilter { states: vec![RunState::Parked], limit: u32::MAX, ..RunFilter::default() };
        let Ok(parked) = self.store.runs(filter).await else { return };
        let decided = |run: &RunId| parked.iter().any(|it| it.run == *run && it.waiting == 0 && it.decided > 0);
        if self.runs.is_stopping() {
            // Whoever has them next goes on with them.
            return;
        }
        for (run, principal) in followed.into_iter().filter(|(run, _)| decided(run)) {
            // Claimed elsewhere, cancelled or ended: no longer ours to follow.
            self.runs.forget_parked(&run);
            if let Ok(Claim::Claimed(recorded)) = self.store.claim(&run, &principal).await {
                // No client waits for it.
                let _ = self.begin_again(*recorded, Client::default());
            }
        }
    }
}
