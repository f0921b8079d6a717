//! One call's lines of the journal: how it left, and how it ended.

use std::{sync::Arc, time::Duration};

use weir_model::{CallReport, FailureKind, ToolFailure};

use super::{CallContext, End, answer::Answer, journaled_arguments, took};
use crate::{
    page::Asked,
    port::{CallIntent, CallOutcome, Durability, JournalUnavailable, Record},
};

/// Writes one call's lines of the journal.
pub(super) struct Entries<'a> {
    pub(super) run: &'a CallContext,
    pub(super) began: Duration,
    pub(super) asked: &'a Asked,
}

impl Entries<'_> {
    pub(super) async fn append(&self, record: Record, durability: Durability) -> Result<(), Unrecorded> {
        self.run.journal.append(&self.run.run, record, durability).await.map_err(|error| Unrecorded::before(&error))
    }

    pub(super) async fn intent(
        &self,
        report: &CallReport,
        arguments: &Arc<str>,
        durability: Durability,
    ) -> Result<(), Unrecorded> {
        let intent = CallIntent {
            seq: report.seq,
            op: self.asked.ask.op,
            tool: report.tool.clone(),
            written: report.written.clone(),
            effect: report.effect,
            arguments: arguments.clone(),
            line: report.line,
            paged: self.asked.paged,
        };
        self.append(Record::Intent(intent), durability).await
    }

    /// A call that weir itself refuses, and nothing leaves.
    pub(super) async fn refused(&self, report: &CallReport, refused: ToolFailure) -> Result<End, Unrecorded> {
        let arguments = journaled_arguments(&self.asked.ask);
        self.intent(report, &arguments, Durability::Soon).await?;
        self.settled(report, arguments, Err(refused), Durability::Soon).await
    }

    /// A call whose answer is known, and nothing leaves.
    pub(super) async fn answered(
        &self,
        report: &CallReport,
        arguments: Arc<str>,
        answer: Answer,
        durability: Durability,
    ) -> Result<End, Unrecorded> {
        self.intent(report, &arguments, Durability::Soon).await?;
        self.settled(report, arguments, Ok(answer), durability).await
    }

    pub(super) async fn settled(
        &self,
        report: &CallReport,
        arguments: Arc<str>,
        outcome: Result<Answer, ToolFailure>,
        durability: Durability,
    ) -> Result<End, Unrecorded> {
        let (value, next, warnings) = match &outcome {
            Ok(answer) => (Ok(answer.value.as_str().into()), answer.next.clone(), answer.warnings.clone()),
            Err(failure) => (Err(failure.clone()), None, Vec::new()),
        };
        let (took, reused) = (took(self.run, self.began), report.reused);
        let record = CallOutcome { seq: report.seq, outcome: value, next, warnings, took, reused };
        let appended = self.run.journal.append(&self.run.run, Record::Outcome(record), durability).await;
        appended.map_err(|error| Unrecorded::after(&error))?;
        Ok(End::Settled(outcome, arguments))
    }
}

/// How far a call got that the journal does not know of as far: its run must not go on.
pub(super) struct Unrecorded(String);

impl Unrecorded {
    fn before(error: &JournalUnavailable) -> Self {
        Self(format!("{error}; the call was not sent"))
    }

    fn after(error: &JournalUnavailable) -> Self {
        Self(format!("{error}; the call was carried out, its answer is not recorded"))
    }

    pub(super) fn failure(self) -> ToolFailure {
        ToolFailure::new(FailureKind::Internal, self.0)
    }
}
