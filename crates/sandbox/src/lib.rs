//! Runs model-written programs: QuickJS-ng in wasmtime (wall one) inside worker processes (wall two).
//!
//! Floor 2. Fills `weir_bridge::port::Sandbox`. The only crate that runs what a model wrote and the only one with `unsafe`,
//! in `engine.rs` alone. It knows no tool, credential, policy, URL or file of anyone: names go in, asks come out.

mod engine;
mod frame;
mod guests;
mod pool;
mod process;
mod source;
pub mod worker;

pub use guests::GuestUnavailable;
pub use pool::{Pool, PoolConfig};
pub use process::WorkerCommand;
