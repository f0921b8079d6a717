//! Runs under way in this process: who may wait for one, and how it is stopped.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::AbortHandle, time::Instant};
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
    /// Clients that wait for its answer.
    waiting: watch::Sender<usize>,
}

/// A client that waits for a run's answer.
pub(super) struct Waits(Arc<UnderWay>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

impl UnderWay {
    pub(super) fn waits(self: &Arc<Self>) -> Waits {
        self.waiting.send_modify(|waiting| *waiting += 1);
        Waits(self.clone())
    }

    /// Waits until no client waits for it.
    async fn is_background(&self) {
        // Fails only with the run itself.
        let _ = self.waiting.subscribe().wait_for(|waiting| *waiting == 0).await;
    }

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
    /// The gateway is to stop: runs that no client waits for are let go of.
    stopping: CancellationToken,
    /// So are all others.
    over: CancellationToken,
}

#[derive(Default)]
struct State {
    under_way: HashMap<RunId, (Arc<UnderWay>, Option<AbortHandle>)>,
    /// Parked here, oldest first.
    parked: VecDeque<RunId>,
    closed: bool,
    /// When the gateway was told to stop.
    stopping_since: Option<Instant>,
}

impl Runs {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, run: RunId, principal: PrincipalId) -> (Arc<UnderWay>, Telling) {
        let (sender, stopped) = watch::channel(None);
        let cancel = CancellationToken::new();
        let waiting = watch::Sender::new(0);
        let under_way = Arc::new(UnderWay { run: run.clone(), principal, cancel, stopped, waiting });
        let mut state = self.state();
        state.parked.retain(|parked| *parked != run);
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
        if state.under_way.remove(run).is_some() && parked {
            if state.parked.len() >= PARKED_FOLLOWED_MAX {
                state.parked.pop_front();
            }
            state.parked.push_back(run.clone());
        }
        drop(state);
        sender.send_replace(Some(ran));
    }

    /// Whether a run parked in this process and was not gone on with.
    pub(super) fn follows(&self, run: &RunId) -> bool {
        self.state().parked.contains(run)
    }

    pub(super) fn follows_any(&self) -> bool {
        !self.state().parked.is_empty()
    }

    pub(super) fn forget_parked(&self, run: &RunId) {
        self.state().parked.retain(|parked| parked != run);
    }

    /// Waits until no run is under way.
    pub(super) async fn stopped(&self) {
        let under_way: Vec<_> = self.state().under_way.values().map(|(under_way, _)| under_way.clone()).collect();
        for run in under_way {
            run.stopped().await;
        }
    }

    /// Lets go of runs that no client waits for: no call of theirs begins any more.
    pub(super) fn stop(&self) -> Instant {
        let since = *self.state().stopping_since.get_or_insert_with(Instant::now);
        self.stopping.cancel();
        since
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Lets go of all runs.
    pub(super) fn let_go(&self) -> Instant {
        let since = self.stop();
        self.over.cancel();
        since
    }

    /// Resolves when the run is to be let go of.
    pub(super) fn leave(&self, run: Arc<UnderWay>) -> impl Future<Output = ()> + use<> {
        let (stopping, over) = (self.stopping.clone(), self.over.clone());
        async move {
            let left_alone = async {
                stopping.cancelled().await;
                run.is_background().await;
            };
            tokio::select! {
                () = left_alone => {}
                () = over.cancelled() => {}
            }
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
