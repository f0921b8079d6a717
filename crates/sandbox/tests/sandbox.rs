//! Real workers, real guest: what a snippet can and cannot do, and what becomes of those who try.
//!
//! Cases are named after the list in docs/security.md: J for JavaScript, P for Python, R for resources, T for the way to the tools.

#![expect(clippy::unwrap_used, reason = "a test's helpers are tests too")]

/// One test for each snippet, run alone in a worker of its own.
macro_rules! cases {
    ($($name:ident: $source:expr => $check:expr;)*) => {
        $(#[test]
        fn $name() {
            let check: fn(&crate::harness::Outcome) = $check;
            check(&crate::harness::alone($source));
        })*
    };
}

#[path = "sandbox/harness.rs"]
mod harness;

#[path = "sandbox/answers_memory.rs"]
mod answers_memory;
#[path = "sandbox/basics.rs"]
mod basics;
#[path = "sandbox/cache.rs"]
mod cache;
#[path = "sandbox/javascript.rs"]
mod javascript;
#[path = "sandbox/lost.rs"]
mod lost;
#[path = "sandbox/python.rs"]
mod python;
#[path = "sandbox/python_bridge.rs"]
mod python_bridge;
#[path = "sandbox/python_endings.rs"]
mod python_endings;
#[path = "sandbox/python_memory.rs"]
mod python_memory;
#[path = "sandbox/python_resources.rs"]
mod python_resources;
#[path = "sandbox/python_trial.rs"]
mod python_trial;
#[path = "sandbox/recording.rs"]
mod recording;
#[path = "sandbox/replay.rs"]
mod replay;
#[path = "sandbox/replay_programs.rs"]
mod replay_programs;
#[path = "sandbox/resources.rs"]
mod resources;
#[path = "sandbox/settled.rs"]
mod settled;
#[path = "sandbox/starlark.rs"]
mod starlark;
#[path = "sandbox/starlark_bombs.rs"]
mod starlark_bombs;
