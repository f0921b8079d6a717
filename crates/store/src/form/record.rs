//! One line of a journal: a small head, and beside it the one text that may be large.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use weir_bridge::port::{CallIntent, CallOutcome, FunctionOutcome, Record};
use weir_model::{ApprovalId, CallSeq, Effect, OpId, ToolFailure, ToolId};

use super::{
    DecisionHead, Maybe,
    id::{ApprovalIdForm, CallSeqForm, OpIdForm, ToolIdForm},
    report::{EffectForm, ToolFailureForm},
};

/// The number in the column `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Intent = 1,
    Outcome = 2,
    Function = 3,
    Delivered = 4,
    Decided = 5,
}

/// All of a record but its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Head {
    Intent {
        #[serde(with = "CallSeqForm")]
        seq: CallSeq,
        #[serde(with = "OpIdForm")]
        op: OpId,
        #[serde(with = "Maybe::<ToolIdForm>")]
        tool: Option<ToolId>,
        written: String,
        #[serde(with = "EffectForm")]
        effect: Effect,
        line: u32,
        #[serde(default)]
        paged: bool,
    },
    Outcome {
        #[serde(with = "CallSeqForm")]
        seq: CallSeq,
        took: Duration,
        reused: bool,
        #[serde(with = "Maybe::<ToolFailureForm>")]
        failure: Option<ToolFailure>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    },
    Function {
        #[serde(with = "OpIdForm")]
        op: OpId,
        member: String,
        arguments_hash: [u8; 16],
        failed: bool,
    },
    Delivered {
        #[serde(with = "OpIdForm")]
        op: OpId,
        now_ms: u64,
    },
    Decided {
        #[serde(with = "CallSeqForm")]
        seq: CallSeq,
        #[serde(with = "ApprovalIdForm")]
        approval: ApprovalId,
        decision: DecisionHead,
    },
}

impl Head {
    /// What a record is written as.
    pub(crate) fn of(record: Record) -> (Kind, Self, Option<Arc<str>>) {
        match record {
            Record::Intent(CallIntent { seq, op, tool, written, effect, arguments, line, paged }) => {
                (Kind::Intent, Self::Intent { seq, op, tool, written, effect, line, paged }, Some(arguments))
            }
            Record::Outcome(CallOutcome { seq, outcome, next, warnings, took, reused }) => {
                let (value, failure) = match outcome {
                    Ok(value) => (Some(value), None),
                    Err(failure) => (None, Some(failure)),
                };
                let next = next.as_deref().map(str::to_owned);
                (Kind::Outcome, Self::Outcome { seq, took, reused, failure, next, warnings }, value)
            }
            Record::Function(FunctionOutcome { op, member, arguments_hash, outcome }) => {
                let failed = outcome.is_err();
                let (Ok(text) | Err(text)) = outcome;
                (Kind::Function, Self::Function { op, member, arguments_hash, failed }, Some(text))
            }
            Record::Delivered { op, now_ms } => (Kind::Delivered, Self::Delivered { op, now_ms }, None),
            Record::Decided { seq, approval, decision } => {
                let (decision, value) = DecisionHead::of(decision);
                (Kind::Decided, Self::Decided { seq, approval, decision }, value)
            }
        }
    }

    /// The inverse; `None`: the text that belongs to it is not there.
    pub(crate) fn with(self, text: Option<Arc<str>>) -> Option<Record> {
        Some(match self {
            Self::Intent { seq, op, tool, written, effect, line, paged } => {
                Record::Intent(CallIntent { seq, op, tool, written, effect, arguments: text?, line, paged })
            }
            Self::Outcome { seq, took, reused, failure, next, warnings } => {
                let outcome = match failure {
                    Some(failure) => Err(failure),
                    None => Ok(text?),
                };
                let next = next.map(Arc::from);
                Record::Outcome(CallOutcome { seq, outcome, next, warnings, took, reused })
            }
            Self::Function { op, member, arguments_hash, failed } => {
                let text = text?;
                let outcome = if failed { Err(text) } else { Ok(text) };
                Record::Function(FunctionOutcome { op, member, arguments_hash, outcome })
            }
            Self::Delivered { op, now_ms } => Record::Delivered { op, now_ms },
            Self::Decided { seq, approval, decision } => {
                Record::Decided { seq, approval, decision: decision.with(text)? }
            }
        })
    }
}
