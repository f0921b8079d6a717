//! A run's journal: everything its snippet learned from outside, in order. With the source it is the run's whole state.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use weir_model::{
    Approval, ApprovalId, Bindings, CallSeq, Decision, Effect, Language, Limits, OpId, PrincipalId, Report, RunId,
    ToolFailure, ToolId,
};

/// The record cannot be kept; the caller must not act as if it were.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalUnavailable(pub String);

/// Everything a run is a function of, but for its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOpened {
    pub run: RunId,
    pub principal: PrincipalId,
    pub language: Language,
    pub source: Arc<str>,
    pub seed: u64,
    pub started_unix_ms: u64,
    pub limits: Limits,
    pub bindings: Arc<Bindings>,
    /// It stops at every write.
    pub plan: bool,
    /// The run whose finished calls it takes over.
    pub resumes: Option<Resumes>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumes {
    pub run: RunId,
    /// Reads are asked afresh.
    pub fresh: bool,
}

/// A call the snippet made, as far as it got before anything was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallIntent {
    pub seq: CallSeq,
    pub op: OpId,
    /// `None` when the name resolved to no tool.
    pub tool: Option<ToolId>,
    /// The tool's path, `github.list_issues`; what the snippet wrote where there is no tool.
    pub written: String,
    pub effect: Effect,
    /// Canonical bytes, exactly those that are sent; what the snippet wrote where they are none.
    pub arguments: Arc<str>,
    pub line: u32,
    /// The snippet gets the value together with what would fetch the next page.
    pub paged: bool,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOutcome {
    pub seq: CallSeq,
    /// JSON text of the value (megabytes, at worst), or the failure.
    pub outcome: Result<Arc<str>, ToolFailure>,
    /// Canonical arguments that would fetch the next page, where the upstream tells of one.
    pub next: Option<Arc<str>>,
    /// What is odd about the value, for the report.
    pub warnings: Vec<String>,
    pub took: Duration,
    /// Taken over from the run this one resumes.
    pub reused: bool,
}

/// What one of weir's own functions (`search`, `load`, …) answered a snippet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionOutcome {
    pub op: OpId,
    pub member: String,
    /// The first half of SHA-256 over the arguments as the snippet wrote them.
    pub arguments_hash: [u8; 16],
    /// JSON text of the value, or of the failure (`failure_json`).
    pub outcome: Result<Arc<str>, Arc<str>>,
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Before the call leaves.
    Intent(CallIntent),
    /// Before the snippet learns of it.
    Outcome(CallOutcome),
    Function(FunctionOutcome),
    /// An operation's outcome went into the sandbox, with the clock the snippet sees from then on.
    Delivered {
        op: OpId,
        now_ms: u64,
    },
    /// A decision was acted on; its approval is used.
    Decided {
        seq: CallSeq,
        approval: ApprovalId,
        decision: Decision,
    },
}

/// When a record must be safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// In its order, with the next commit: before anything that must be safe now.
    Soon,
    /// On disk, with everything before it, when the future resolves: it survives the loss of power.
    Now,
}

#[derive(Debug, Clone)]
pub struct RunClosed {
    pub run: RunId,
    pub report: Arc<Report>,
}

/// Everything kept of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub opened: RunOpened,
    pub records: Vec<Record>,
    /// Decisions that were made, are not expired and not used yet.
    pub decisions: Vec<(Approval, Decision)>,
    /// Of a run that ended.
    pub report: Option<Arc<Report>>,
}

/// Where journals are written. The records of one run keep their order; a record is never kept without those before it.
pub trait Journal: Send + Sync {
    /// A [`Durability::Soon`] record.
    fn opened(&self, run: RunOpened) -> BoxFuture<'_, Result<(), JournalUnavailable>>;
    fn append<'a>(
        &'a self,
        run: &'a RunId,
        record: Record,
        durability: Durability,
    ) -> BoxFuture<'a, Result<(), JournalUnavailable>>;
    /// The run waits for these decisions and is let go: whoever claims it next goes on with it. Durable.
    fn parked<'a>(&'a self, run: &'a RunId, approvals: &'a [Approval])
    -> BoxFuture<'a, Result<(), JournalUnavailable>>;
    /// Durable when the run made a call with an effect.
    fn closed(&self, run: RunClosed) -> BoxFuture<'_, Result<(), JournalUnavailable>>;
    /// What was appended so far, safe or not: a run whose worker died goes on from it.
    fn recorded<'a>(&'a self, run: &'a RunId) -> BoxFuture<'a, Result<Option<Recorded>, JournalUnavailable>>;
}
