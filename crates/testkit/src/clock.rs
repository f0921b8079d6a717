//! Time by tokio's clock: a test that starts paused moves it.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::Instant;
use weir_bridge::port::Clock;

pub struct PausedClock(Instant);

/// Some fixed moment, so that snapshots stay.
const START_UNIX_MS: u64 = 1_700_000_000_000;

impl Default for PausedClock {
    /// Must be made inside a runtime.
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for PausedClock {
    fn unix_ms(&self) -> u64 {
        START_UNIX_MS + self.monotonic().as_millis() as u64
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(time).boxed()
    }
}
