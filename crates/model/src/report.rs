//! What a run leaves behind: the whole truth, for whoever looks (the model sees a shaped part of it).

use std::time::Duration;

use crate::{Approval, CallSeq, CallStatus, Effect, Fault, FaultKind, Language, RunId, ToolId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// It waits for decisions, and goes on where it was once they are made.
    Parked,
    Completed,
    Failed,
    Cancelled,
}

impl RunStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The report of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub run: RunId,
    pub language: Language,
    pub status: RunStatus,
    /// JSON text of the returned value, whole; `None` when the run did not complete.
    pub result: Option<String>,
    pub logs: Vec<LogLine>,
    /// Log text was dropped at its limit.
    pub logs_truncated: bool,
    pub fault: Option<Fault>,
    /// Every attempted call, in the order they were started.
    pub calls: Vec<CallReport>,
    /// What a parked run waits for.
    pub approvals: Vec<Approval>,
    /// Writes of the run this one resumed that were done and not asked for again.
    pub not_asked_again: Vec<CallReport>,
    pub usage: Usage,
}

impl Report {
    /// The report of a run that never began.
    pub fn unstarted(run: RunId, language: Language, fault: Fault) -> Self {
        let status = if fault.kind == FaultKind::Cancelled { RunStatus::Cancelled } else { RunStatus::Failed };
        Self {
            run,
            language,
            status,
            result: None,
            logs: Vec::new(),
            logs_truncated: false,
            fault: Some(fault),
            calls: Vec::new(),
            approvals: Vec::new(),
            not_asked_again: Vec::new(),
            usage: Usage::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    pub seq: CallSeq,
    /// `None` when the name resolved to no tool.
    pub tool: Option<ToolId>,
    /// As the snippet wrote it: `github.list_issues`.
    pub written: String,
    pub effect: Effect,
    pub status: CallStatus,
    pub took: Duration,
    /// One-based; 0 when unknown.
    pub line: u32,
    /// Size of the answer.
    pub response_bytes: u64,
    /// The answer is that of the same call in the run this one resumed; nothing was sent.
    pub reused: bool,
    /// What is odd about an answer that counts all the same: it does not fit the tool's output schema, say.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub level: LogLevel,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// Elapsed, time in tools included.
    pub wall: Duration,
    /// Bytes of tool answers that stayed outside the model's context.
    pub bytes_processed: u64,
    /// Bytes of the returned value and logs.
    pub bytes_returned: u64,
}
