//! JSON-RPC as bytes: requests are written around raw argument text, answers are read once and borrow from their line.
//!
//! Strict where it matters: keys are case-sensitive, a known key given twice is refused, ids must be exactly ours.

mod incoming;
pub(crate) mod outgoing;
pub(crate) mod oversize;

pub(crate) use incoming::{Inbound, ProgressNote, Refused, RpcError, answer, inbound};
pub(crate) use outgoing::{Outgoing, RequestId, client_members, error_reply, notification, pong};
pub(crate) use oversize::{Oversize, id_of_oversize};
