//! Runs under way in this process: who may wait for one, and how it is stopped.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::AbortHandle};
use tokio_util::sync::CancellationToken;
use weir_model::{PrincipalId, RunId};

use super::Ran;

/// Parked runs that go on by themselves once everything about them is decided; older ones go on when they are asked for.
const PARKED_FOLLOWED_MAX: usize = 4_096;

/// A run that has not stopped yet, or just did.
pub(super) struct UnderWay {
    pub(super) run: RunId,
    pub(super) principal: PrincipalId,
    /// Ends the run.
    pub(super) cancel: CancellationToken,
    stopped: watch::Receiver<Option<Arc<Ran>>>,
}

impl UnderWay {
    /// Waits until it ends or parks. `None`: it was let go without either, because the gateway is shutting down.
    pub(super) async fn stopped(&self) -> Option<Arc<Ran>> {
        let mut stopped = self.stopped.clone();
        stopped.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// The run's own end of an [`UnderWay`].
pub(super) struct Telling(watch::Sender<Option<Arc<Ran>>>);

#[derive(Default)]
pub(super) struct Runs {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way: HashMap<RunId, (Arc<UnderWay>, Option<AbortHandle>)>,
    /// Parked here, oldest first.
    parked: VecDeque<(RunId, PrincipalId)>,
    closed: bool,
}

impl Runs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, run: RunId, principal: PrincipalId) -> (Arc<UnderWay>, Telling) {
        let (sender, stopped) = watch::channel(None);
        let cancel = CancellationToken::new();
        let under_way = Arc::new(UnderWay { run: run.clone(), principal, cancel, stopped });
        let mut state = self.state();
        state.parked.retain(|(parked, _)| *parked != run);
        state.under_way.insert(run, (under_way.clone(), None));
        (under_way, Telling(sender))
    }

    /// Whose task it is; ended at once when the gateway is shutting down.
    pub(super) fn carried_by(&self, run: &RunId, task: AbortHandle) {
        let mut state = self.state();
        if state.closed {
            return task.abort();
        }
        if let Some((_, carried_by)) = state.under_way.get_mut(run) {
            *carried_by = Some(task);
        }
    }

    /// A run of this principal's.
    pub(super) fn of(&self, run: &RunId, principal: &PrincipalId) -> Option<Arc<UnderWay>> {
        self.any(run).filter(|under_way| under_way.principal == *principal)
    }

    pub(super) fn any(&self, run: &RunId) -> Option<Arc<UnderWay>> {
        self.state().under_way.get(run).map(|(under_way, _)| under_way.clone())
    }

    pub(super) fn left(&self, run: &RunId, Telling(sender): Telling, ran: Arc<Ran>, parked: bool) {
        let mut state = self.state();
        if let Some((under_way, _)) = state.under_way.remove(run)
            && parked
        {
            if state.parked.len() >= PARKED_FOLLOWED_MAX {
                state.parked.pop_front();
            }
            state.parked.push_back((run.clone(), under_way.principal.clone()));
        }
        drop(state);
        sender.send_replace(Some(ran));
    }

    /// Runs that parked in this process and were not gone on with.
    pub(super) fn parked(&self) -> Vec<(RunId, PrincipalId)> {
        self.state().parked.iter().cloned().collect()
    }

    pub(super) fn forget_parked(&self, run: &RunId) {
        self.state().parked.retain(|(parked, _)| parked != run);
    }

    /// Waits until no run is under way.
    pub(super) async fn stopped(&self) {
        let under_way: Vec<_> = self.state().under_way.values().map(|(under_way, _)| under_way.clone()).collect();
        for run in under_way {
            run.stopped().await;
        }
    }

    /// Lets go of every run where it is: their journals say how far they are.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        state.closed = true;
        for (_, (_, task)) in state.under_way.drain() {
            if let Some(task) = task {
                task.abort();
            }
        }
    }
}
