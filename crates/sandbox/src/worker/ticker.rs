//! Moves the engine's epoch once a millisecond while snippets run, and sleeps when none do.
//!
//! It never sleeps while a slice is under way, however long that takes: without ticks a slice would not end.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::Duration,
};

use wasmtime::Engine;

/// The length of a time slice.
const TICK: Duration = Duration::from_millis(1);
/// Ticks between slices after which the thread goes to sleep.
const IDLE_TICKS_MAX: u32 = 50;

#[derive(Debug)]
pub(super) struct Ticker {
    state: Arc<State>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct State {
    /// A slice is under way.
    running: AtomicBool,
    /// A slice was under way since the last tick.
    ran: AtomicBool,
    asleep: AtomicBool,
}

impl State {
    /// Whether there has been nothing to tick for; `idle` counts the ticks.
    fn may_sleep(&self, idle: &mut u32) -> bool {
        let busy = self.running.load(Ordering::SeqCst) || self.ran.swap(false, Ordering::SeqCst);
        *idle = if busy { 0 } else { *idle + 1 };
        *idle > IDLE_TICKS_MAX
    }

    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        // A slice that began before this line was seen did not wake this thread: look once more.
        while self.asleep.load(Ordering::SeqCst) && !self.running.load(Ordering::SeqCst) {
            thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

impl Ticker {
    pub(super) fn start(engine: Engine) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let ticking = Arc::clone(&state);
        let tick = move || {
            let mut idle = 0;
            loop {
                thread::sleep(TICK);
                engine.increment_epoch();
                if ticking.may_sleep(&mut idle) {
                    ticking.sleep();
                    idle = 0;
                }
            }
        };
        let thread = thread::Builder::new().name("weir-tick".to_owned()).stack_size(64 * 1024).spawn(tick)?;
        Ok(Self { state, thread: thread.thread().clone() })
    }

    /// Runs one slice.
    pub(super) fn during<T>(&self, slice: impl FnOnce() -> T) -> T {
        self.state.running.store(true, Ordering::SeqCst);
        self.state.ran.store(true, Ordering::SeqCst);
        if self.state.asleep.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
        let outcome = slice();
        self.state.running.store(false, Ordering::SeqCst);
        outcome
    }
}
