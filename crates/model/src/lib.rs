//! The vocabulary of weir: ids, tools, calls, limits, faults, secrets.
//!
//! Floor 0. No IO, no async, no serde: these types are what the floors above agree on, and every edge
//! (MCP, worker frames, store, HTTP) writes its own form of them.

mod approval;
mod bindings;
mod call;
mod definitions;
mod depth;
mod effect;
mod failure;
mod fault;
mod id;
mod language;
pub mod limits;
mod policy;
mod report;
mod secret;
mod tool;

pub use approval::{Approval, AskReason, Decision};
pub use bindings::{Bindings, Member, Namespace};
pub use call::{CallStatus, Delivery, OpId, Part, Position, ToolReply};
pub use definitions::Definitions;
pub use depth::too_deep;
pub use effect::Effect;
pub use failure::{FailureKind, ToolFailure};
pub use fault::{Fault, FaultKind};
pub use id::{ApprovalId, CallSeq, HandleId, PrincipalId, RunId, ToolId, UpstreamName, UpstreamNameInvalid};
pub use language::{Language, LanguageUnknown};
pub use limits::Limits;
pub use policy::{AskFor, Policy, Rule};
pub use report::{CallReport, LogLevel, LogLine, Report, RunStatus, Usage};
pub use secret::Secret;
pub use tool::{Annotations, Tool};
