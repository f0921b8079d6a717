//! Real workers, real guest: what a snippet can and cannot do, and what becomes of those who try.
//!
//! Cases are named after the list in docs/security.md: J for JavaScript, R for resources.

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

#[path = "sandbox/basics.rs"]
mod basics;
#[path = "sandbox/cache.rs"]
mod cache;
#[path = "sandbox/javascript.rs"]
mod javascript;
#[path = "sandbox/lost.rs"]
mod lost;
#[path = "sandbox/resources.rs"]
mod resources;
