//! A run's elapsed time, which stands still while a tool is working.

use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse},
};

use crate::port::Clock;

pub(super) struct Wall {
    clock: Arc<dyn Clock>,
    began: Duration,
    limit: Duration,
    used: Duration,
    /// When it began to run again; `None` while it stands still.
    since: Option<Duration>,
    /// Resolves when the limit is met; never while the clock stands still.
    pub(super) over: Fuse<BoxFuture<'static, ()>>,
}

impl Wall {
    pub(super) fn new(clock: Arc<dyn Clock>, limit: Duration) -> Self {
        let began = clock.monotonic();
        let mut wall = Self { clock, began, limit, used: Duration::ZERO, since: None, over: Fuse::terminated() };
        wall.resume();
        wall
    }

    pub(super) fn pause(&mut self) {
        self.used = self.used();
        self.since = None;
        self.over = Fuse::terminated();
    }

    pub(super) fn resume(&mut self) {
        self.since = Some(self.clock.monotonic());
        self.over = self.clock.sleep(self.limit.saturating_sub(self.used)).fuse();
    }

    /// Since the run began, time in tools included.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.began)
    }

    fn used(&self) -> Duration {
        let running = self.since.map_or(Duration::ZERO, |since| self.clock.monotonic().saturating_sub(since));
        self.used + running
    }
}
