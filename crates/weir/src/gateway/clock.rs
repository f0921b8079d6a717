//! The machine's time.

use std::time::{Duration, Instant};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::Clock;

use crate::instant::now_unix_ms;

pub(super) struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn unix_ms(&self) -> u64 {
        now_unix_ms()
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(time).boxed()
    }
}
