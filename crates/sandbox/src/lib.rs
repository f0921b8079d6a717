//! Runs model-written programs: QuickJS-ng and CPython in wasmtime (wall one), Starlark, all inside worker processes (wall two).
//!
//! Floor 2. Fills `weir_bridge::port::Sandbox`. The only crate that runs what a model wrote and the only one with `unsafe`,
//! in the files that say so in their first line. It knows no tool, credential, policy, URL or file of anyone: names go in, asks come out.

mod answers;
pub mod confine;
mod engine;
mod engines;
mod frame;
mod group;
mod guests;
mod pool;
mod process;
mod source;
mod starlark;
pub mod worker;

pub use guests::GuestUnavailable;
pub use pool::{Pool, PoolConfig};
pub use process::{ProtectionsUnknown, WorkerCommand, protections};
