//! A store that answers at once, so that a test's paused clock stands still: journals, handles and values in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{
    Durability, Handles, HandlesUnavailable, Journal, JournalUnavailable, Record, Recorded, RunClosed, RunOpened,
    State, StateRefused, Stored,
};
use weir_model::{Approval, ApprovalId, Decision, HandleId, PrincipalId, RunId};

#[derive(Default)]
pub struct FakeStore {
    runs: Mutex<HashMap<RunId, Recorded>>,
    approvals: Mutex<HashMap<ApprovalId, Approval>>,
    durable: Mutex<Vec<Durability>>,
    values: Mutex<HashMap<(PrincipalId, String), Arc<str>>>,
    handles: Mutex<HashMap<(PrincipalId, HandleId), Stored>>,
    /// Records that are still taken; after that the journal is full.
    left: Mutex<Option<usize>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    std::future::ready(value).boxed()
}

impl FakeStore {
    /// What is kept of a run.
    ///
    /// # Panics
    /// When it was never opened.
    pub fn run(&self, run: &RunId) -> Recorded {
        lock(&self.runs).get(run).expect("the run was opened").clone()
    }

    /// Puts a run's journal back to its first `records`: what is left when a process dies.
    pub fn cut(&self, run: &RunId, records: usize) {
        let mut runs = lock(&self.runs);
        let recorded = runs.get_mut(run).expect("the run was opened");
        recorded.records.truncate(records);
        recorded.report = None;
    }

    /// Somebody decides. The next resume finds it.
    ///
    /// # Panics
    /// When nothing waits under that name.
    pub fn decide(&self, approval: &ApprovalId, decision: Decision) {
        let approval = lock(&self.approvals).get(approval).expect("it waits").clone();
        let mut runs = lock(&self.runs);
        let recorded = runs.get_mut(&approval.run).expect("the run was opened");
        recorded.decisions.push((approval, decision));
    }

    /// How safe each record was asked to be, in order.
    pub fn durabilities(&self) -> Vec<Durability> {
        lock(&self.durable).clone()
    }

    /// From now on only so many records fit.
    pub fn full_after(&self, records: usize) {
        *lock(&self.left) = Some(records);
    }
}

impl Journal for FakeStore {
    fn opened(&self, run: RunOpened) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        let id = run.run.clone();
        let recorded = Recorded { opened: run, records: Vec::new(), decisions: Vec::new(), report: None };
        lock(&self.runs).insert(id, recorded);
        ready(Ok(()))
    }

    fn append<'a>(
        &'a self,
        run: &'a RunId,
        record: Record,
        durability: Durability,
    ) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        if let Some(left) = lock(&self.left).as_mut() {
            match left.checked_sub(1) {
                Some(rest) => *left = rest,
                None => return ready(Err(JournalUnavailable("the disk is full".into()))),
            }
        }
        let mut runs = lock(&self.runs);
        let Some(recorded) = runs.get_mut(run) else {
            return ready(Err(JournalUnavailable(format!("{run} is not open"))));
        };
        if let Record::Decided { approval, .. } = &record {
            recorded.decisions.retain(|(decided, _)| decided.id != *approval);
        }
        recorded.records.push(record);
        lock(&self.durable).push(durability);
        ready(Ok(()))
    }

    fn parked<'a>(&'a self, _: &'a RunId, approvals: &'a [Approval]) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        let named = approvals.iter().map(|approval| (approval.id.clone(), approval.clone()));
        lock(&self.approvals).extend(named);
        ready(Ok(()))
    }

    fn closed(&self, run: RunClosed) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        if let Some(recorded) = lock(&self.runs).get_mut(&run.run) {
            recorded.report = Some(run.report);
        }
        ready(Ok(()))
    }

    fn recorded<'a>(&'a self, run: &'a RunId) -> BoxFuture<'a, Result<Option<Recorded>, JournalUnavailable>> {
        ready(Ok(lock(&self.runs).get(run).cloned()))
    }
}

impl Handles for FakeStore {
    fn put<'a>(
        &'a self,
        principal: &'a PrincipalId,
        value: Stored,
    ) -> BoxFuture<'a, Result<HandleId, HandlesUnavailable>> {
        let mut handles = lock(&self.handles);
        let handle = HandleId::new(format!("h_{:032x}", handles.len()));
        handles.insert((principal.clone(), handle.clone()), value);
        ready(Ok(handle))
    }

    fn get<'a>(
        &'a self,
        principal: &'a PrincipalId,
        handle: &'a HandleId,
    ) -> BoxFuture<'a, Result<Option<Stored>, HandlesUnavailable>> {
        ready(Ok(lock(&self.handles).get(&(principal.clone(), handle.clone())).cloned()))
    }
}

impl State for FakeStore {
    fn store<'a>(
        &'a self,
        principal: &'a PrincipalId,
        key: &'a str,
        value: Arc<str>,
        _: Duration,
    ) -> BoxFuture<'a, Result<(), StateRefused>> {
        lock(&self.values).insert((principal.clone(), key.to_owned()), value);
        ready(Ok(()))
    }

    fn load<'a>(
        &'a self,
        principal: &'a PrincipalId,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StateRefused>> {
        ready(Ok(lock(&self.values).get(&(principal.clone(), key.to_owned())).cloned()))
    }
}
