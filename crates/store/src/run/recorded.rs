//! Everything kept of one run, as it was written.

use std::sync::Arc;

use weir_bridge::port::{Record, Recorded, RunOpened};
use weir_model::{Approval, Decision, Language, PrincipalId, Report, RunId};

use super::places;
use crate::{
    ApprovalState, Store, StoreUnavailable,
    approval::approvals_of,
    connection::{Connection, Param, Row},
    form::{self, BindingsHead, DecisionHead, Head, LanguageForm, OpenedHead, ReportHead},
    text::may_be_id,
    trouble::Trouble,
    value::{text, unpack},
};

impl Store {
    /// `None` also for a run of another principal than the one given: the same as one that never was.
    pub async fn recorded(
        &self,
        run: &RunId,
        principal: Option<&PrincipalId>,
    ) -> Result<Option<Recorded>, StoreUnavailable> {
        if !may_be_id(run.as_str()) {
            return Ok(None);
        }
        let (run, principal, now) = (run.clone(), principal.cloned(), self.now());
        self.read(async move |connection| {
            let Some((number, opened)) = opened(connection, &run, principal.as_ref()).await? else { return Ok(None) };
            let records = records(connection, number).await?;
            let decisions = decisions(connection, number, now).await?;
            let report = self::report(connection, number).await?;
            Ok(Some(Recorded { opened, records, decisions, report }))
        })
        .await
    }

    /// The report of a run that ended.
    pub async fn report(
        &self,
        run: &RunId,
        principal: Option<&PrincipalId>,
    ) -> Result<Option<Arc<Report>>, StoreUnavailable> {
        if !may_be_id(run.as_str()) {
            return Ok(None);
        }
        let (run, principal) = (run.clone(), principal.cloned());
        self.read(async move |connection| {
            let Some(number) = number_of(connection, &run, principal.as_ref()).await? else { return Ok(None) };
            self::report(connection, number).await
        })
        .await
    }
}

/// A run's number, when the principal may know of it.
pub(crate) async fn number_of(
    connection: &mut Connection,
    run: &RunId,
    principal: Option<&PrincipalId>,
) -> Result<Option<i64>, Trouble> {
    let found = connection
        .one(
            "SELECT number FROM run WHERE id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR principal = ?2)",
            &[Param::Text(run.as_str()), Param::maybe_text(principal.map(PrincipalId::as_str))],
        )
        .await?;
    found.map(|mut row| row.int(0)).transpose()
}

async fn opened(
    connection: &mut Connection,
    run: &RunId,
    principal: Option<&PrincipalId>,
) -> Result<Option<(i64, RunOpened)>, Trouble> {
    let Some(number) = number_of(connection, run, principal).await? else { return Ok(None) };
    let found = connection
        .one(
            "SELECT run.principal, run.language, run.started_unix_ms, run.opened, \
             run.source, run.source_hash, s.compressed, s.length, s.data, \
             run.bindings, run.bindings_hash, b.compressed, b.length, b.data \
             FROM run LEFT JOIN content s ON s.hash = run.source_hash LEFT JOIN content b ON b.hash = run.bindings_hash \
             WHERE run.number = ?1",
            &[Param::Int(number)],
        )
        .await?;
    let Some(mut row) = found else { return Ok(None) };
    let head: OpenedHead = form::decode(&row.bytes(3)?)?;
    let source = unpack(&mut row, 4)?.ok_or_else(|| Trouble::damaged("a run has no source"))?;
    let bindings = unpack(&mut row, 9)?.ok_or_else(|| Trouble::damaged("a run has no names"))?;
    let bindings: BindingsHead = form::decode(&bindings)?;
    let opened = RunOpened {
        run: run.clone(),
        principal: PrincipalId::new(row.text(0)?),
        language: language(&row.text(1)?)?,
        source: text(source)?.into(),
        seed: head.seed,
        started_unix_ms: row.count(2)?,
        limits: head.limits,
        bindings: Arc::new(bindings.0),
        plan: head.plan,
        resumes: head.resumes,
    };
    Ok(Some((number, opened)))
}

pub(crate) fn language(code: &str) -> Result<Language, Trouble> {
    LanguageForm::find(code).ok_or_else(|| Trouble::damaged("a run is in no language weir knows"))
}

async fn records(connection: &mut Connection, number: i64) -> Result<Vec<Record>, Trouble> {
    let (from, to) = places(number);
    let rows = connection
        .query(
            "SELECT r.head, r.value, r.value_hash, c.compressed, c.length, c.data \
             FROM record r LEFT JOIN content c ON c.hash = r.value_hash \
             WHERE r.place >= ?1 AND r.place < ?2 ORDER BY r.place",
            &[Param::Int(from), Param::Int(to)],
        )
        .await?;
    rows.into_iter().map(record).collect()
}

fn record(mut row: Row) -> Result<Record, Trouble> {
    let head: Head = form::decode(&row.bytes(0)?)?;
    let value = unpack(&mut row, 1)?.map(text).transpose()?;
    head.with(value.map(Arc::from)).ok_or_else(|| Trouble::damaged("a record lacks its value"))
}

/// Made, not expired, and not acted on; in the order they were made.
async fn decisions(connection: &mut Connection, number: i64, now: u64) -> Result<Vec<(Approval, Decision)>, Trouble> {
    let mut made = approvals_of(connection, number, now).await?;
    made.retain(|(_, state)| matches!(state, ApprovalState::Decided { .. }));
    made.sort_by_key(|(_, state)| match state {
        ApprovalState::Decided { unix_ms, .. } => *unix_ms,
        _ => 0,
    });
    let decided = |(approval, state)| match state {
        ApprovalState::Decided { decision, .. } => Some((approval, decision)),
        _ => None,
    };
    Ok(made.into_iter().filter_map(decided).collect())
}

/// From a decision's column and the five of its value behind it.
pub(crate) fn decision(row: &mut Row, at: usize) -> Result<Decision, Trouble> {
    let head: DecisionHead = form::decode(&row.bytes(at)?)?;
    let done = unpack(row, at + 1)?.map(text).transpose()?;
    head.with(done.map(Arc::from)).ok_or_else(|| Trouble::damaged("a decision lacks its value"))
}

pub(super) async fn report(connection: &mut Connection, number: i64) -> Result<Option<Arc<Report>>, Trouble> {
    let found = connection
        .one(
            "SELECT run.report, run.report_hash, p.compressed, p.length, p.data, \
             run.result, run.result_hash, v.compressed, v.length, v.data \
             FROM run LEFT JOIN content p ON p.hash = run.report_hash LEFT JOIN content v ON v.hash = run.result_hash \
             WHERE run.number = ?1",
            &[Param::Int(number)],
        )
        .await?;
    let Some(mut row) = found else { return Ok(None) };
    let Some(head) = unpack(&mut row, 0)? else { return Ok(None) };
    let ReportHead(mut report) = form::decode(&head)?;
    report.result = unpack(&mut row, 5)?.map(text).transpose()?;
    Ok(Some(Arc::new(report)))
}
