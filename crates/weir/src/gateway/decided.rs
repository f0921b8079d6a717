//! Runs about which everything is decided go on by themselves: at once where they parked; and where gateways share a store on
//! purpose, in any of them once the one that parked them has had its time and does not come.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::{Instant, sleep};
use weir_catalog::Catalog;
use weir_model::{Approval, RunId};
use weir_store::{ApprovalState, Claim};

use super::{Gateway, execute::Client};

/// Decisions made together are looked at together.
const DECISIONS_PAUSE: Duration = Duration::from_millis(10);
/// What the gateway that parked a run has before another one goes on with it: clients of that one may be watching.
const FIRST_CLAIM: Duration = Duration::from_millis(500);

/// Decided runs that parked elsewhere, since when they are known here.
type Others = HashMap<RunId, Instant>;

impl Gateway {
    /// Goes on with runs once everything about them is decided, whoever decided it and wherever.
    pub(super) async fn follow_decisions(this: Weak<Self>) {
        let mut others = Others::new();
        loop {
            let Some(gateway) = this.upgrade() else { return };
            // Before the look, so that no change after it is missed.
            let (parked, mut changes) = (gateway.parked.clone(), gateway.store.changes());
            let waits = gateway.shares_store || gateway.runs.follows_any();
            if waits {
                gateway.go_on_with_decided(&mut others).await;
            }
            drop(gateway);
            tokio::select! {
                () = parked.notified() => {}
                () = changes.next(), if waits => {}
                () = sleep(FIRST_CLAIM), if !others.is_empty() => {}
            }
            sleep(DECISIONS_PAUSE).await;
        }
    }

    async fn go_on_with_decided(self: &Arc<Self>, others: &mut Others) {
        let Ok(decided) = self.store.decided().await else { return };
        if self.runs.is_stopping() {
            // Whoever has them next goes on with them.
            return;
        }
        others.retain(|run, _| decided.iter().any(|(it, _)| it == run));
        for (run, principal) in decided {
            if !self.runs.follows(&run) && !self.goes_on_with_other(&run, others).await {
                continue;
            }
            // Claimed elsewhere, cancelled or ended: no longer ours to follow.
            self.runs.forget_parked(&run);
            others.remove(&run);
            if let Ok(Claim::Claimed(recorded)) = self.store.claim(&run, &principal).await {
                // No client waits for it.
                let _ = self.begin_again(*recorded, Client::default());
            }
        }
    }

    /// Whether a run that parked elsewhere goes on here.
    async fn goes_on_with_other(&self, run: &RunId, others: &mut Others) -> bool {
        if !self.shares_store {
            return false;
        }
        let known_since = *others.entry(run.clone()).or_insert_with(Instant::now);
        if known_since.elapsed() < FIRST_CLAIM {
            return false;
        }
        let asked = self.store.approvals_of(run, None).await;
        asked.is_ok_and(|asked| offers_all(&self.catalog(), &asked))
    }
}

/// Whether every tool that was decided about is here: who shares the store may still have other upstreams.
fn offers_all(catalog: &Catalog, asked: &[(Approval, ApprovalState)]) -> bool {
    let mut decided = asked.iter().filter(|(_, state)| matches!(state, ApprovalState::Decided { .. }));
    decided.all(|(approval, _)| catalog.entry(&approval.tool).is_some())
}

#[cfg(test)]
mod tests {
    use weir_model::{AskReason, Decision, Effect};
    use weir_testkit::{catalog, tool};

    use super::*;
    use crate::admin::timeline::tests::approval;

    #[test]
    fn a_run_goes_on_only_where_its_tools_are() {
        let asked = |path: &str, state: ApprovalState| {
            let tool = tool(path, Effect::Write, "{}").id;
            (Approval { tool, ..approval(1, AskReason::Policy) }, state)
        };
        let decided = || ApprovalState::Decided { by: "ann".into(), decision: Decision::Approve, unix_ms: 1 };
        let catalog = catalog(vec![tool("shop/cancel", Effect::Write, r#"{"type":"object"}"#)]);
        for (path, state, expected) in [
            ("shop/cancel", decided(), true),
            ("shop/delete", decided(), false),
            ("other/cancel", decided(), false),
            ("shop/delete", ApprovalState::Expired, true),
        ] {
            let all = [asked("shop/cancel", decided()), asked(path, state)];
            assert_eq!(offers_all(&catalog, &all), expected, "{path}");
        }
    }
}
