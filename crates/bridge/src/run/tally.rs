//! What a run amounts to so far: its calls, what waits for a person, its logs. At its end, the report.

use std::time::Duration;

use weir_model::{
    Approval, CallReport, CallSeq, CallStatus, Fault, FaultKind, Language, LogLine, OpId, Report, RunStatus,
    ToolFailure, Usage,
};

use crate::{
    RunEvent,
    call::{self, CallContext},
    port::{Ask, Ended},
};

#[derive(Default)]
pub(super) struct Tally {
    calls: Vec<CallReport>,
    /// The operation behind each call, in the same order as `calls`.
    ops: Vec<OpId>,
    pub(super) approvals: Vec<Approval>,
    logs: Vec<LogLine>,
    log_bytes: u64,
    logs_truncated: bool,
}

impl Tally {
    pub(super) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// The snippet makes one more call.
    pub(super) fn attempted(&mut self, context: &CallContext, ask: &Ask) -> &CallReport {
        let seq = CallSeq(self.calls.len() as u32 + 1);
        self.ops.push(ask.op);
        self.calls.push(call::attempted(context, seq, ask));
        &self.calls[self.calls.len() - 1]
    }

    pub(super) fn call(&self, seq: CallSeq) -> &CallReport {
        &self.calls[seq.0 as usize - 1]
    }

    /// A call got further.
    pub(super) fn reported(&mut self, report: CallReport) {
        let at = report.seq.0 as usize - 1;
        self.calls[at] = report;
    }

    pub(super) fn log(&mut self, context: &CallContext, line: LogLine) {
        self.log_bytes += line.text.len() as u64;
        if self.log_bytes > context.limits.log_bytes {
            self.logs_truncated = true;
            return;
        }
        context.observe(RunEvent::Log(&line));
        self.logs.push(line);
    }

    pub(super) fn parked(self, context: &CallContext, language: Language, wall: Duration) -> Report {
        let ended = Ended { result: Ok(String::new()), failed_op: None, cpu: Duration::ZERO, logs_truncated: false };
        let mut report = self.report(context, language, wall, ended);
        report.status = RunStatus::Parked;
        report.result = None;
        report
    }

    pub(super) fn report(self, context: &CallContext, language: Language, wall: Duration, ended: Ended) -> Report {
        let failed = ended.failed_op.and_then(|op| self.failed(op));
        let (result, fault) = match ended.result {
            Ok(value) => (Some(value), None),
            Err(fault) => (None, Some(explain(context, fault, failed))),
        };
        let Self { calls, approvals, mut logs, logs_truncated, .. } = self;
        logs.shrink_to_fit();
        let returned = result.as_ref().map_or(0, String::len) + logs.iter().map(|line| line.text.len()).sum::<usize>();
        Report {
            run: context.run.clone(),
            language,
            status: match &fault {
                None => RunStatus::Completed,
                Some(fault) if fault.kind == FaultKind::Cancelled => RunStatus::Cancelled,
                Some(_) => RunStatus::Failed,
            },
            result,
            logs,
            logs_truncated: logs_truncated || ended.logs_truncated,
            fault,
            usage: Usage {
                cpu: ended.cpu,
                wall,
                bytes_processed: calls.iter().map(|call| call.response_bytes).sum(),
                bytes_returned: returned as u64,
            },
            calls,
            approvals,
            not_asked_again: context.left_writes(),
        }
    }

    /// The failed call behind an operation.
    fn failed(&self, op: OpId) -> Option<(&CallReport, &ToolFailure)> {
        let call = &self.calls[self.ops.iter().position(|known| *known == op)?];
        match &call.status {
            CallStatus::Failed(failure) => Some((call, failure)),
            CallStatus::Ok | CallStatus::Cancelled | CallStatus::Waiting => None,
        }
    }
}

/// Adds what only the bridge knows: the failed call, and the names nearest to a wrong one.
fn explain(context: &CallContext, mut fault: Fault, failed: Option<(&CallReport, &ToolFailure)>) -> Fault {
    if let Some((call, failure)) = failed {
        fault.kind = FaultKind::ToolFailed;
        fault.tool = call.tool.clone().map(|tool| Box::new((tool, failure.clone())));
    }
    if fault.kind == FaultKind::UnknownTool {
        let written = std::mem::take(&mut fault.message);
        fault.message = context.absence(&written).unwrap_or_else(|| format!("there is no tool {written}"));
        fault.message.push_str("; nothing has been called");
        fault.hint.get_or_insert_with(|| context.instead(&written));
    }
    fault
}
