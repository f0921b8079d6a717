//! The workers of one engine as a whole: enough of them, each with a fresh process per principal, and who waits for one.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{oneshot, watch};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use weir_model::{Fault, FaultKind, PrincipalId};

use super::{
    PoolConfig,
    link::{Gone, Link, Parting, Started},
    placement::{Place, Placement},
};
use crate::{
    engines::EngineKind,
    guests::{self, Compiled, GuestUnavailable},
};

const BACKOFF_FIRST: Duration = Duration::from_millis(50);
/// Doublings of the time between two attempts to start a worker.
const BACKOFF_DOUBLINGS_MAX: u32 = 6;
/// Time until making the guest ready is tried again.
const GUEST_RETRY: Duration = Duration::from_secs(5);
/// Workers that died before they were ready, one after the other, until waiting for one is pointless.
const FAILED_STARTS_MAX: u32 = 3;

/// What is known of the compiled guest.
#[derive(Debug, Clone)]
enum Guest {
    Pending,
    Ready(Arc<Compiled>),
    Failed(GuestUnavailable),
}

struct Waiter {
    principal: PrincipalId,
    seat: oneshot::Sender<Seat>,
}

struct State {
    placement: Placement<Arc<Link>>,
    queue: VecDeque<Waiter>,
    failed_starts: u32,
    /// The cached guest did not load here and was compiled anew already.
    distrusted: bool,
}

pub(super) struct Staff {
    engine: EngineKind,
    config: PoolConfig,
    this: Weak<Self>,
    state: Mutex<State>,
    guest: watch::Sender<Guest>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A run's place in a worker, given back when dropped.
pub(super) struct Seat {
    staff: Weak<Staff>,
    link: Arc<Link>,
}

impl Seat {
    pub(super) fn link(&self) -> &Arc<Link> {
        &self.link
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(staff) = self.staff.upgrade() {
            staff.release(self.link.id);
        }
    }
}

impl Staff {
    /// Dropping the guard ends every worker.
    pub(super) fn hire(engine: EngineKind, config: PoolConfig) -> (Arc<Self>, DropGuard) {
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let staff = Arc::new_cyclic(|this| Self {
            state: Mutex::new(State {
                placement: Placement::new(config.workers, config.workers_max),
                queue: VecDeque::new(),
                failed_starts: 0,
                distrusted: false,
            }),
            engine,
            config,
            this: Weak::clone(this),
            guest: watch::Sender::new(Guest::Pending),
            stop,
            tasks: TaskTracker::new(),
        });
        staff.make_guest(false);
        (staff, guard)
    }

    pub(super) async fn ready(&self) -> Result<(), GuestUnavailable> {
        let mut guest = self.guest.subscribe();
        let known = tokio::select! {
            known = guest.wait_for(|guest| !matches!(guest, Guest::Pending)) => known,
            () = self.stop.cancelled() => return Err(GuestUnavailable::stopped()),
        };
        match known.as_deref() {
            Ok(Guest::Failed(cause)) => Err(cause.clone()),
            Ok(_) => Ok(()),
            Err(_closed) => Err(GuestUnavailable::stopped()),
        }
    }

    pub(super) async fn dismiss(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(super) fn processes(&self) -> Vec<u32> {
        self.state().placement.workers().map(|link| link.process()).collect()
    }

    /// A seat in a worker of `principal`'s own, once the guest is ready. Those of one principal come in order.
    pub(super) async fn seat(&self, principal: &PrincipalId) -> Result<Seat, Fault> {
        let waiting = {
            let mut state = self.state();
            if state.failed_starts >= FAILED_STARTS_MAX {
                return Err(none_start());
            }
            let queued = state.queue.iter().any(|waiter| waiter.principal == *principal);
            if !queued && let Some(seat) = self.try_seat(&mut state, principal) {
                return Ok(seat);
            }
            let (seat, waiting) = oneshot::channel();
            state.queue.push_back(Waiter { principal: principal.clone(), seat });
            waiting
        };
        waiting.await.map_err(|_given_up| none_start())
    }

    fn try_seat(&self, state: &mut State, principal: &PrincipalId) -> Option<Seat> {
        let link = match state.placement.place(principal) {
            Place::Take(link) => link,
            Place::Wait => return None,
            Place::Spawn => self.employ(state, Some(principal))?,
            Place::Replace(old) => {
                old.end();
                self.employ(state, Some(principal))?
            }
        };
        Some(Seat { staff: Weak::clone(&self.this), link })
    }

    /// Starts a worker and a task that attends to it.
    fn employ(&self, state: &mut State, principal: Option<&PrincipalId>) -> Option<Arc<Link>> {
        let Guest::Ready(guest) = &*self.guest.borrow() else { return None };
        if self.stop.is_cancelled() {
            return None;
        }
        let id = state.placement.next_id();
        match Link::spawn(&self.config, self.engine, guest, id) {
            Ok(started) => {
                let link = Arc::clone(&started.link);
                state.placement.add(id, Arc::clone(&link), principal.cloned());
                self.tasks.spawn(attend(Weak::clone(&self.this), started, self.stop.clone()));
                Some(link)
            }
            Err(cause) => {
                tracing::error!(%cause, "a worker process cannot be started");
                self.start_failed(state);
                None
            }
        }
    }

    fn top_up(&self, state: &mut State) {
        while state.placement.wants_more() && self.employ(state, None).is_some() {}
    }

    fn release(&self, id: u64) {
        let mut state = self.state();
        if let Some(surplus) = state.placement.release(id) {
            surplus.end();
        }
        self.settle(&mut state);
    }

    /// Gives seats to whoever can have one now, in order; one that cannot holds up nobody but its own principal.
    fn settle(&self, state: &mut State) {
        let mut stuck = HashSet::new();
        let mut at = 0;
        let mut unclaimed = Vec::new();
        while let Some(waiter) = state.queue.get(at) {
            let principal = waiter.principal.clone();
            if waiter.seat.is_closed() {
                state.queue.remove(at);
            } else if !stuck.contains(&principal)
                && let Some(seat) = self.try_seat(state, &principal)
            {
                let waiter = state.queue.remove(at).expect("it was there a moment ago");
                // A seat nobody takes is given back after the lock is.
                unclaimed.extend(waiter.seat.send(seat).err());
            } else {
                stuck.insert(principal);
                at += 1;
            }
        }
        if state.queue.is_empty() {
            state.placement.stop_draining();
        }
        if !unclaimed.is_empty() {
            self.tasks.spawn(async move { drop(unclaimed) });
        }
    }

    fn worker_ready(&self) {
        let mut state = self.state();
        state.failed_starts = 0;
        self.settle(&mut state);
    }

    fn worker_gone(&self, id: u64, gone: Gone) {
        let mut state = self.state();
        state.placement.remove(id);
        if self.stop.is_cancelled() {
            return;
        }
        match &gone.parting {
            Parting::Replaced => {}
            parting => tracing::warn!(%parting, "a worker is gone"),
        }
        if gone.was_ready || gone.parting == Parting::Replaced {
            self.top_up(&mut state);
            self.settle(&mut state);
        } else {
            if matches!(gone.parting, Parting::Unfit(_)) && !state.distrusted {
                state.distrusted = true;
                self.make_guest(true);
            }
            self.start_failed(&mut state);
        }
    }

    /// Tries again later; those who wait are sent away once that has failed too often.
    fn start_failed(&self, state: &mut State) {
        state.failed_starts = state.failed_starts.saturating_add(1);
        if state.failed_starts >= FAILED_STARTS_MAX {
            state.queue.clear();
        }
        let wait = BACKOFF_FIRST * 2_u32.pow(state.failed_starts.min(BACKOFF_DOUBLINGS_MAX));
        let (this, stop) = (Weak::clone(&self.this), self.stop.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            if let Some(staff) = this.upgrade() {
                let mut state = staff.state();
                staff.top_up(&mut state);
                staff.settle(&mut state);
            }
        });
    }

    /// Finds or compiles the guest in the background, then starts the workers.
    fn make_guest(&self, distrust: bool) {
        let (this, stop) = (Weak::clone(&self.this), self.stop.clone());
        let (engine, command) = (self.engine, self.config.command.clone());
        let cache_dir = self.config.cache_dir.clone();
        self.tasks.spawn(async move {
            loop {
                let made = tokio::select! {
                    () = stop.cancelled() => return,
                    made = guests::obtain(engine, &command, cache_dir.clone(), distrust) => made,
                };
                let Some(staff) = this.upgrade() else { return };
                match made {
                    Ok(compiled) => return staff.guest_made(compiled),
                    Err(cause) => {
                        tracing::error!(%cause, engine = engine.as_str(), "no snippet can run");
                        staff.guest.send_replace(Guest::Failed(cause));
                    }
                }
                drop(staff);
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(GUEST_RETRY) => {}
                }
            }
        });
    }

    fn guest_made(&self, compiled: Compiled) {
        let mut state = self.state();
        self.guest.send_replace(Guest::Ready(Arc::new(compiled)));
        self.top_up(&mut state);
        self.settle(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker's whole life, as the gateway sees it.
async fn attend(staff: Weak<Staff>, started: Started, stop: CancellationToken) {
    let link = Arc::clone(&started.link);
    let stopping = stop.run_until_cancelled_owned(std::future::pending::<()>());
    let ready = || {
        if let Some(staff) = staff.upgrade() {
            staff.worker_ready();
        }
    };
    let attended = async {
        let gone = started.attend(ready).await;
        if let Some(staff) = staff.upgrade() {
            staff.state().placement.remove(link.id);
        }
        started.bury(gone).await
    };
    tokio::pin!(stopping, attended);
    let gone = tokio::select! {
        gone = &mut attended => gone,
        _ = &mut stopping => {
            link.end();
            attended.await
        }
    };
    if let Some(staff) = staff.upgrade() {
        staff.worker_gone(link.id, gone);
    }
}

fn none_start() -> Fault {
    Fault::new(FaultKind::WorkerLost, "The sandbox's worker processes do not start.")
        .hint("The operator finds the reason in weir's trace.")
}
