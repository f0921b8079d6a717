//! Fakes and builders for tests: a sandbox whose snippet is a Rust closure, upstreams that are one, a store in memory, a clock that
//! can be paused.

mod clock;
mod guest;
mod store;
mod tool;
mod upstreams;

pub use clock::PausedClock;
pub use guest::{FakeSandbox, Guest};
pub use store::FakeStore;
pub use tool::{catalog, tool};
pub use upstreams::FakeUpstreams;
