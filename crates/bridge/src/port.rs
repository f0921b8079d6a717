//! What the spine needs from the floors above it. Adapters fill these; they never import one another.

mod clock;
mod handles;
mod journal;
mod sandbox;
mod upstreams;

pub use clock::Clock;
pub use handles::{Handles, HandlesUnavailable, Stored, StoredKind};
pub use journal::{CallIntent, CallOutcome, Journal, JournalUnavailable, RunClosed, RunOpened};
pub use sandbox::{Ask, Ended, Event, Job, Sandbox, Session};
pub use upstreams::{Progress, UpstreamCall, Upstreams};
