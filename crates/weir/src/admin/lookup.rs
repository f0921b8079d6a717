//! One run with everything the store knows of it.

use weir_bridge::port::Recorded;
use weir_model::{Approval, RunId};
use weir_store::{ApprovalState, RunFilter, RunState, Store, StoreUnavailable};

/// More runs than one gateway has under way.
const RUNNING_MAX: u32 = 1_000;

#[derive(Debug)]
pub struct Found {
    pub recorded: Recorded,
    pub state: RunState,
    /// All that it ever asked for.
    pub approvals: Vec<(Approval, ApprovalState)>,
}

impl Found {
    /// Its calls that wait for a decision.
    pub fn waiting(&self) -> Vec<&Approval> {
        self.approvals
            .iter()
            .filter(|(_, state)| *state == ApprovalState::Waiting)
            .map(|(approval, _)| approval)
            .collect()
    }
}

/// `None`: there is no such run. For the operator: whoever's it is.
pub async fn run(store: &Store, run: &RunId) -> Result<Option<Found>, StoreUnavailable> {
    let Some(recorded) = store.recorded(run, None).await? else { return Ok(None) };
    let state = state(store, &recorded).await?;
    let approvals = store.approvals_of(run, None).await?;
    Ok(Some(Found { recorded, state, approvals }))
}

/// How many calls of a run wait.
pub async fn waiting(store: &Store, run: &RunId) -> Result<usize, StoreUnavailable> {
    let all = store.approvals_of(run, None).await?;
    Ok(all.iter().filter(|(_, state)| *state == ApprovalState::Waiting).count())
}

/// A run that has not ended is parked, unless somebody has it in hand.
async fn state(store: &Store, recorded: &Recorded) -> Result<RunState, StoreUnavailable> {
    if let Some(report) = &recorded.report {
        return Ok(report.status.into());
    }
    let filter = RunFilter { states: vec![RunState::Running], limit: RUNNING_MAX, ..RunFilter::default() };
    let running = store.runs(filter).await?;
    let is_running = running.iter().any(|run| run.run == recorded.opened.run);
    Ok(if is_running { RunState::Running } else { RunState::Parked })
}
