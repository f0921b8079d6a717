//! A run's calls, in order. Every record is durable when its future resolves.

use futures_util::future::BoxFuture;
use weir_model::{CallSeq, Effect, Language, OpId, PrincipalId, Report, RunId, ToolFailure, ToolId};

/// The record cannot be kept; the caller must not act as if it were.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalUnavailable(pub String);

#[derive(Debug, Clone)]
pub struct RunOpened {
    pub run: RunId,
    pub principal: PrincipalId,
    pub language: Language,
    pub source: std::sync::Arc<str>,
    pub seed: u64,
    pub started_unix_ms: u64,
    pub catalog_version: u64,
}

#[derive(Debug, Clone)]
pub struct CallIntent {
    pub seq: CallSeq,
    pub op: OpId,
    pub tool: ToolId,
    pub effect: Effect,
    /// Canonical bytes, exactly those that are sent.
    pub arguments: std::sync::Arc<str>,
    pub line: u32,
}

#[derive(Debug, Clone, Copy)]
pub struct CallOutcome<'a> {
    pub seq: CallSeq,
    /// JSON text of the value (megabytes, at worst), or the failure.
    pub outcome: Result<&'a str, &'a ToolFailure>,
}

#[derive(Debug, Clone)]
pub struct RunClosed {
    pub run: RunId,
    pub report: std::sync::Arc<Report>,
}

pub trait Journal: Send + Sync {
    fn opened(&self, run: RunOpened) -> BoxFuture<'_, Result<(), JournalUnavailable>>;
    /// Before the call leaves.
    fn intent<'a>(&'a self, run: &'a RunId, call: CallIntent) -> BoxFuture<'a, Result<(), JournalUnavailable>>;
    /// Before the snippet learns of it.
    fn outcome<'a>(&'a self, run: &'a RunId, call: CallOutcome<'a>) -> BoxFuture<'a, Result<(), JournalUnavailable>>;
    /// The order in which operations (calls, sleeps, searches) went back into the sandbox, with the clock it saw.
    fn delivered<'a>(&'a self, run: &'a RunId, op: OpId, now_ms: u64) -> BoxFuture<'a, Result<(), JournalUnavailable>>;
    fn closed(&self, run: RunClosed) -> BoxFuture<'_, Result<(), JournalUnavailable>>;
}
