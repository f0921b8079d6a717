//! A run's report. Its result is no part of the mirror: it may be megabytes, and lies beside it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_model::{
    Approval, CallReport, CallSeq, CallStatus, Effect, FailureKind, Fault, FaultKind, Language, LogLevel, LogLine,
    Position, Report, RunId, RunStatus, ToolFailure, ToolId, Usage,
};

use super::{
    Each, Maybe,
    approval::ApprovalForm,
    codes,
    id::{CallSeqForm, RunIdForm, ToolIdForm},
    mirrors,
};

#[derive(Serialize, Deserialize)]
pub(crate) struct ReportHead(#[serde(with = "ReportForm")] pub(crate) Report);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Report")]
struct ReportForm {
    #[serde(with = "RunIdForm")]
    run: RunId,
    #[serde(with = "LanguageForm")]
    language: Language,
    #[serde(with = "RunStatusForm")]
    status: RunStatus,
    #[serde(skip)]
    result: Option<String>,
    #[serde(with = "Each::<LogLineForm>")]
    logs: Vec<LogLine>,
    logs_truncated: bool,
    #[serde(with = "Maybe::<FaultForm>")]
    fault: Option<Fault>,
    #[serde(with = "Each::<CallReportForm>")]
    calls: Vec<CallReport>,
    #[serde(with = "Each::<ApprovalForm>")]
    approvals: Vec<Approval>,
    #[serde(with = "Each::<CallReportForm>")]
    not_asked_again: Vec<CallReport>,
    #[serde(with = "UsageForm")]
    usage: Usage,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunStatus", rename_all = "snake_case")]
enum RunStatusForm {
    Parked,
    Completed,
    Failed,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CallReport")]
struct CallReportForm {
    #[serde(with = "CallSeqForm")]
    seq: CallSeq,
    #[serde(with = "Maybe::<ToolIdForm>")]
    tool: Option<ToolId>,
    written: String,
    #[serde(with = "EffectForm")]
    effect: Effect,
    #[serde(with = "CallStatusForm")]
    status: CallStatus,
    took: Duration,
    line: u32,
    response_bytes: u64,
    reused: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CallStatus", rename_all = "snake_case")]
enum CallStatusForm {
    Ok,
    Failed(#[serde(with = "ToolFailureForm")] ToolFailure),
    Cancelled,
    Waiting,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Effect", rename_all = "snake_case")]
pub(super) enum EffectForm {
    Read,
    Write,
    Destructive,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LogLine")]
struct LogLineForm {
    #[serde(with = "LogLevelForm")]
    level: LogLevel,
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LogLevel", rename_all = "snake_case")]
enum LogLevelForm {
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Usage")]
struct UsageForm {
    cpu: Duration,
    wall: Duration,
    bytes_processed: u64,
    bytes_returned: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Fault")]
struct FaultForm {
    #[serde(with = "FaultKindForm")]
    kind: FaultKind,
    message: String,
    hint: Option<String>,
    #[serde(with = "Maybe::<PositionForm>")]
    position: Option<Position>,
    source_line: Option<String>,
    #[serde(with = "Maybe::<FailedCallForm>")]
    tool: Option<Box<(ToolId, ToolFailure)>>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Position")]
struct PositionForm {
    line: u32,
    column: u32,
}

/// The failed call behind a fault.
#[derive(Serialize, Deserialize)]
struct FailedCallForm {
    #[serde(with = "ToolIdForm")]
    tool: ToolId,
    #[serde(with = "ToolFailureForm")]
    failure: ToolFailure,
}

impl super::Form for FailedCallForm {
    type Of = Box<(ToolId, ToolFailure)>;

    fn put<S: serde::Serializer>(of: &Self::Of, serializer: S) -> Result<S::Ok, S::Error> {
        let (tool, failure) = (**of).clone();
        Self { tool, failure }.serialize(serializer)
    }

    fn take<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self::Of, D::Error> {
        let Self { tool, failure } = Self::deserialize(deserializer)?;
        Ok(Box::new((tool, failure)))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ToolFailure")]
pub(super) struct ToolFailureForm {
    #[serde(with = "FailureKindForm")]
    kind: FailureKind,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    body: Option<String>,
    retry_after: Option<Duration>,
    retryable: bool,
}

codes! { FaultKindForm => FaultKind, FailureKindForm => FailureKind, LanguageForm => Language }
mirrors! {
    LogLineForm => LogLine,
    FaultForm => Fault,
    CallReportForm => CallReport,
    PositionForm => Position,
    ToolFailureForm => ToolFailure,
}
