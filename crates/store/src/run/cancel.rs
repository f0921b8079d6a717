//! Cancelling a run that nobody has in hand, and asking for it where somebody has.

use std::{sync::Arc, time::Duration};

use weir_model::{CallReport, CallSeq, CallStatus, Effect, Fault, FaultKind, PrincipalId, Report, RunId, Usage};

use super::{RunState, close, language, places};
use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param},
    form::{self, Head},
    journal::closed_row,
    text::may_be_id,
    trouble::Trouble,
};

#[derive(Debug, Clone)]
pub enum Cancellation {
    /// It was parked, or its store had died; this is its report.
    Cancelled(Arc<Report>),
    /// A living store has it in hand, and will find it among [`Store::cancelling`].
    Asked,
    /// There was nothing left to cancel.
    Ended,
    /// There is none, or it is another principal's.
    Unknown,
}

impl Store {
    pub async fn cancel(&self, run: &RunId, principal: Option<&PrincipalId>) -> Result<Cancellation, StoreUnavailable> {
        if !may_be_id(run.as_str()) {
            return Ok(Cancellation::Unknown);
        }
        let (run, principal, now) = (run.clone(), principal.cloned(), self.now());
        self.write(Mode::Now, async move |connection| cancel(connection, &run, principal.as_ref(), now).await).await
    }

    /// Runs in this store's hand that somebody wants cancelled. Look again after each of [`Store::changes`].
    pub async fn cancelling(&self) -> Result<Vec<RunId>, StoreUnavailable> {
        let instance = self.shared.instance.clone();
        self.read(async move |connection| {
            let sql = "SELECT id FROM run WHERE owner = ?1 AND cancel = 1 ORDER BY number";
            let rows = connection.query(sql, &[Param::Text(&instance)]).await?;
            rows.into_iter().map(|mut row| Ok(RunId::new(row.text(0)?))).collect()
        })
        .await
    }
}

async fn cancel(
    connection: &mut Connection,
    run: &RunId,
    principal: Option<&PrincipalId>,
    now: u64,
) -> Result<Cancellation, Trouble> {
    let found = connection
        .one(
            "SELECT number, state, owner, language FROM run \
             WHERE id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR principal = ?2) /*update*/",
            &[Param::Text(run.as_str()), Param::maybe_text(principal.map(PrincipalId::as_str))],
        )
        .await?;
    let Some(mut found) = found else { return Ok(Cancellation::Unknown) };
    let number = found.int(0)?;
    match (RunState::of(&found.text(1)?)?, found.maybe_text(2)?) {
        (RunState::Parked, _) => {}
        (RunState::Running, owner) => {
            if let Some(owner) = owner
                && connection.lives(&owner).await?
            {
                connection.execute("UPDATE run SET cancel = 1 WHERE number = ?1", &[Param::Int(number)]).await?;
                connection.announce().await?;
                return Ok(Cancellation::Asked);
            }
        }
        (RunState::Completed | RunState::Failed | RunState::Cancelled, _) => return Ok(Cancellation::Ended),
    }
    let fault = Fault::new(FaultKind::Cancelled, "the run was cancelled while it waited");
    let mut report = Report::unstarted(run.clone(), language(&found.text(3)?)?, fault);
    report.calls = calls(connection, number).await?;
    report.usage =
        Usage { bytes_processed: report.calls.iter().map(|call| call.response_bytes).sum(), ..Usage::default() };
    let report = Arc::new(report);
    close(connection, number, &closed_row(&report, None, now)).await?;
    Ok(Cancellation::Cancelled(report))
}

/// The calls of a journal, without their answers. One that has none was cancelled.
async fn calls(connection: &mut Connection, number: i64) -> Result<Vec<CallReport>, Trouble> {
    let (from, to) = places(number);
    let rows = connection
        .query(
            "SELECT r.head, COALESCE(LENGTH(r.value), c.length, 0) FROM record r \
             LEFT JOIN content c ON c.hash = r.value_hash \
             WHERE r.place >= ?1 AND r.place < ?2 AND r.kind IN (1, 2) ORDER BY r.place",
            &[Param::Int(from), Param::Int(to)],
        )
        .await?;
    let mut calls: Vec<CallReport> = Vec::new();
    for mut row in rows {
        let length = row.count(1)?;
        match form::decode(&row.bytes(0)?)? {
            Head::Intent { seq, tool, written, effect, line, .. } => {
                calls.push(CallReport { tool, written, line, ..unanswered(seq, effect) });
            }
            Head::Outcome { seq, took, reused, failure, warnings, .. } => {
                let Some(call) = calls.iter_mut().rev().find(|call| call.seq == seq) else { continue };
                call.response_bytes = if failure.is_none() { length } else { 0 };
                call.status = failure.map_or(CallStatus::Ok, CallStatus::Failed);
                call.took = took;
                call.reused = reused;
                call.warnings = warnings;
            }
            Head::Function { .. } | Head::Delivered { .. } | Head::Decided { .. } => {}
        }
    }
    Ok(calls)
}

fn unanswered(seq: CallSeq, effect: Effect) -> CallReport {
    CallReport {
        seq,
        tool: None,
        written: String::new(),
        effect,
        status: CallStatus::Cancelled,
        took: Duration::ZERO,
        line: 0,
        response_bytes: 0,
        reused: false,
        warnings: Vec::new(),
    }
}
