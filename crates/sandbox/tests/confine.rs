//! Wall two: what hostile code can do in a worker once wall one is gone. Linux only.
//!
//! Each attack runs in a process confined by the very functions that confine workers. It runs free first: an attack that
//! reaches nothing even then would prove nothing.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test's helpers are tests too")]

#[path = "confine/attack.rs"]
mod attack;
#[path = "confine/group.rs"]
mod group;
#[path = "confine/worker.rs"]
mod worker;
