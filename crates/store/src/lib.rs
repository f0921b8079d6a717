//! Where runs, their journals, approvals, handles and stored values are kept: one [`Store`] over a SQLite file or a PostgreSQL database.
//!
//! The statements are the same for both (`connection`). What was acknowledged is never lost, what cannot be written is never
//! acknowledged, and a file that is damaged, newer or somebody else's is refused and left as it is.

mod approval;
mod change;
mod connection;
mod form;
mod handle;
mod journal;
mod lane;
mod location;
mod policy;
mod postgres;
mod retention;
mod run;
mod snippet;
mod sqlite;
mod state;
mod store;
mod text;
mod trouble;
mod unavailable;
mod value;
mod writer;

pub use approval::{ApprovalState, ApprovalView, DecideOutcome};
pub use change::Changes;
pub use handle::{HandlePage, HandleSummary};
pub use location::Location;
pub use retention::{Retained, Retention};
pub use run::{Cancellation, Claim, RunFilter, RunState, RunSummary};
pub use snippet::SavedSnippet;
pub use store::Store;
pub use unavailable::{Problem, StoreUnavailable};
