//! Time, so that tests can pause it.

use std::time::Duration;

use futures_util::future::BoxFuture;

pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch. Only for people and snippets; never for a deadline.
    fn unix_ms(&self) -> u64;
    /// Time since some fixed moment; never jumps.
    fn monotonic(&self) -> Duration;
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;
}
