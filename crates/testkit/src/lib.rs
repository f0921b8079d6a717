//! Fakes and builders for tests: a sandbox whose snippet is a Rust closure, upstreams that are one, a store in memory, a clock that
//! can be paused; and what nobody here wrote: the installed programs, the languages' own checkers.

pub mod checker;
mod clock;
mod guest;
mod installed;
mod run;
mod store;
mod tool;
mod upstreams;

pub use clock::PausedClock;
pub use guest::{FakeSandbox, Guest};
pub use installed::{installed, module, node};
pub use run::{around, bridge, request};
pub use store::FakeStore;
pub use tool::{catalog, tool};
pub use upstreams::FakeUpstreams;
