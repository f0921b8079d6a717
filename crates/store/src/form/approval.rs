//! Approvals and what was decided of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weir_model::{Approval, ApprovalId, AskReason, CallSeq, Decision, Effect, OpId, PrincipalId, RunId, ToolId};

use super::{
    codes,
    id::{ApprovalIdForm, CallSeqForm, OpIdForm, PrincipalIdForm, RunIdForm, ToolIdForm},
    mirrors,
    report::EffectForm,
};

/// All of an approval; its arguments lie beside it.
#[derive(Serialize, Deserialize)]
pub(crate) struct ApprovalHead(#[serde(with = "ApprovalForm")] pub(crate) Approval);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Approval")]
pub(super) struct ApprovalForm {
    #[serde(with = "ApprovalIdForm")]
    id: ApprovalId,
    #[serde(with = "RunIdForm")]
    run: RunId,
    #[serde(with = "PrincipalIdForm")]
    principal: PrincipalId,
    #[serde(with = "CallSeqForm")]
    seq: CallSeq,
    #[serde(with = "OpIdForm")]
    op: OpId,
    #[serde(with = "ToolIdForm")]
    tool: ToolId,
    written: String,
    #[serde(with = "EffectForm")]
    effect: Effect,
    arguments: Arc<str>,
    line: u32,
    #[serde(with = "AskReasonForm")]
    reason: AskReason,
    asked_unix_ms: u64,
    expires_unix_ms: u64,
}

codes! { AskReasonForm => AskReason }
mirrors! { ApprovalForm => Approval }

/// A decision; the value of one that says "done" lies beside it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum DecisionHead {
    Approve,
    ApproveForRun,
    ApproveAlways,
    Deny { message: String },
    Done,
}

impl DecisionHead {
    pub(crate) fn of(decision: Decision) -> (Self, Option<Arc<str>>) {
        let head = match decision {
            Decision::Approve => Self::Approve,
            Decision::ApproveForRun => Self::ApproveForRun,
            Decision::ApproveAlways => Self::ApproveAlways,
            Decision::Deny { message } => Self::Deny { message },
            Decision::Done { value } => return (Self::Done, Some(value)),
        };
        (head, None)
    }

    /// `None`: it says "done", and no value is there.
    pub(crate) fn with(self, value: Option<Arc<str>>) -> Option<Decision> {
        Some(match self {
            Self::Approve => Decision::Approve,
            Self::ApproveForRun => Decision::ApproveForRun,
            Self::ApproveAlways => Decision::ApproveAlways,
            Self::Deny { message } => Decision::Deny { message },
            Self::Done => Decision::Done { value: value? },
        })
    }
}
