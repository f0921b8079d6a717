//! The spine: a run from snippet to report, a call from request to outcome.
//!
//! Floor 1. Pure decisions and the ports (traits) that the adapters of floor 2 fill; no IO of its own.
//! A call leaves the sandbox by exactly one function, `call::call`, and everything that must hold for it is decided there.

mod approval;
mod call;
mod canonical;
mod failure;
mod function;
mod observe;
mod page;
pub mod port;
mod run;
mod shape;
mod unwrap;

pub use approval::approval_id;
pub use canonical::{ArgumentsInvalid, canonical_arguments};
pub use failure::failure_json;
pub use observe::{Observer, RunEvent};
pub use run::{Around, Bridge, Replayed, RunRequest};
pub use shape::{fits, summary};
