//! A call that waits for a person, and what the person said.

use std::sync::Arc;

use crate::{ApprovalId, CallSeq, Effect, OpId, PrincipalId, RunId, ToolId};

/// Why a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskReason {
    /// The policy asks before this tool is called.
    Policy,
    /// The run is a plan: it stops at every write.
    Plan,
    /// It was sent, and weir ended before an answer was recorded: it may have had its effect.
    InDoubt,
}

impl AskReason {
    pub const ALL: [Self; 3] = [Self::Policy, Self::Plan, Self::InDoubt];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Plan => "plan",
            Self::InDoubt => "in_doubt",
        }
    }
}

/// One call that must not leave before somebody decides. Its id is derived from tool, arguments, principal, run and position
/// (`bridge::approval_id`), so that it can be used for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub id: ApprovalId,
    pub run: RunId,
    pub principal: PrincipalId,
    pub seq: CallSeq,
    pub op: OpId,
    pub tool: ToolId,
    /// As the snippet wrote it: `mail.send`.
    pub written: String,
    pub effect: Effect,
    /// Canonical bytes, exactly those that would be sent.
    pub arguments: Arc<str>,
    /// One-based line of the snippet; 0 when unknown.
    pub line: u32,
    pub reason: AskReason,
    pub asked_unix_ms: u64,
    pub expires_unix_ms: u64,
}

/// What a person said of an [`Approval`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Send this call, once. One in doubt is sent again.
    Approve,
    /// Send it, and every further call of this tool in this run.
    ApproveForRun,
    /// Send it, and never ask for this tool again.
    ApproveAlways,
    /// Do not send it: the snippet gets an exception with this message.
    Deny { message: String },
    /// Only for a call in doubt: it was done, and this JSON text is what it answered.
    Done { value: Arc<str> },
}

impl Decision {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::ApproveForRun => "approve_for_run",
            Self::ApproveAlways => "approve_always",
            Self::Deny { .. } => "deny",
            Self::Done { .. } => "done",
        }
    }
}
