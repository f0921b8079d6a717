//! What the spine needs from the floors above it. Adapters fill these; they never import one another.

mod clock;
mod handles;
mod journal;
mod sandbox;
mod state;
mod upstreams;

pub use clock::Clock;
pub use handles::{Handles, HandlesUnavailable, Stored, StoredKind};
pub use journal::{
    CallIntent, CallOutcome, Durability, FunctionOutcome, Journal, JournalUnavailable, Record, Recorded, Resumes,
    RunClosed, RunOpened,
};
pub use sandbox::{Ask, Ended, Event, Job, Sandbox, Session};
pub use state::{State, StateRefused};
pub use upstreams::{Progress, UpstreamCall, Upstreams};
