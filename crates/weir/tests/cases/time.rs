//! Played time: a sleep costs none. Time moves to the next sleeper when a snippet waits and nothing else happens.
//!
//! A guest is another process, so whether it is waiting can only be told from its silence; nothing is measured by that.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;
use weir_bridge::port::{Clock, Event, Job, Sandbox, Session};
use weir_model::{Delivery, Fault};
use weir_sandbox::Pool;

/// 15 January 2026, 12:00:00 UTC: what a snippet's clock shows at first.
const START_UNIX_MS: u64 = 1_768_478_400_000;
/// A guest that waits for something and says nothing for so long is taken to be idle.
const SILENCE: Duration = Duration::from_millis(120);

#[derive(Default)]
pub(crate) struct PlayedClock(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
    slept: u64,
    /// Operations the snippet waits for.
    waiting: u64,
    /// What has happened so far, counted.
    happened: u64,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PlayedClock {
    /// Lets time pass, for as long as it is polled.
    pub(crate) async fn pass(&self) {
        let mut seen = 0;
        loop {
            tokio::time::sleep(SILENCE).await;
            let mut state = lock(&self.0);
            if state.happened == seen && state.waiting > 0 {
                state.jump();
            }
            seen = state.happened;
        }
    }

    fn asked(&self) {
        let mut state = lock(&self.0);
        state.waiting += 1;
        state.happened += 1;
    }

    fn answered(&self) {
        let mut state = lock(&self.0);
        state.waiting -= 1;
        state.happened += 1;
    }

    fn said(&self) {
        lock(&self.0).happened += 1;
    }
}

impl State {
    fn jump(&mut self) {
        let Some(((due, _), sleeper)) = self.sleepers.pop_first() else { return };
        self.now = self.now.max(due);
        // A sleeper that is gone does not mind.
        let _ = sleeper.send(());
    }
}

impl Clock for PlayedClock {
    fn unix_ms(&self) -> u64 {
        START_UNIX_MS + lock(&self.0).now.as_millis() as u64
    }

    fn monotonic(&self) -> Duration {
        lock(&self.0).now
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let (sender, woken) = oneshot::channel();
        let mut state = lock(&self.0);
        state.slept += 1;
        let key = (state.now + time, state.slept);
        state.sleepers.insert(key, sender);
        let registered = Registered { state: Arc::clone(&self.0), key };
        async move {
            let _registered = registered;
            // The sender is kept until it is used or nobody sleeps any more.
            let _ = woken.await;
        }
        .boxed()
    }
}

/// A sleep that is given up leaves no date behind that time could jump to.
struct Registered {
    state: Arc<Mutex<State>>,
    key: (Duration, u64),
}

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.state).sleepers.remove(&self.key);
    }
}

/// The real pool; the clock learns when a snippet waits.
pub(crate) struct Watched {
    pub(crate) pool: Pool,
    pub(crate) clock: Arc<PlayedClock>,
}

impl Sandbox for Watched {
    fn start(&self, job: Job) -> BoxFuture<'_, Result<Box<dyn Session>, Fault>> {
        async move {
            let session = self.pool.start(job).await?;
            Ok(Box::new(WatchedSession { session, clock: Arc::clone(&self.clock) }) as Box<dyn Session>)
        }
        .boxed()
    }
}

struct WatchedSession {
    session: Box<dyn Session>,
    clock: Arc<PlayedClock>,
}

impl Session for WatchedSession {
    fn next(&mut self) -> BoxFuture<'_, Event> {
        async move {
            let event = self.session.next().await;
            match &event {
                Event::Ask(_) => self.clock.asked(),
                Event::Log(_) | Event::Settled | Event::Ended(_) => self.clock.said(),
            }
            event
        }
        .boxed()
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.clock.answered();
        self.session.deliver(delivery);
    }

    fn settle(&mut self) {
        self.session.settle();
    }
}
