//! The journal's port: what a run hands over, in the form it is written in.

use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{Durability, Journal, JournalUnavailable, Record, Recorded, RunClosed, RunOpened};
use weir_model::{Approval, Bindings, Effect, PrincipalId, Report, RunId, RunStatus, limits::SOURCE_LINE_CHARS_MAX};

use crate::{
    Problem, Store,
    form::{ApprovalHead, BindingsHead, Head, OpenedHead, ReportHead, encode},
    value::Packed,
    writer::{AskedRow, ClosedRow, OpenedRow, ParkedRow, RecordRow, Write},
};

/// Sets of names kept in the form they are written in: thousands of runs share one.
const BINDINGS_KEPT_MAX: usize = 8;
/// What an entry costs beside its values.
const ENTRY_BYTES: usize = 512;

/// The last few sets of names, ready to be written.
#[derive(Default)]
pub(crate) struct BindingsKept(Mutex<Vec<(PrincipalId, Arc<Bindings>, Packed)>>);

impl BindingsKept {
    fn pack(&self, principal: &PrincipalId, bindings: &Arc<Bindings>) -> Packed {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |(owner, known, _): &(PrincipalId, Arc<Bindings>, Packed)| {
            Arc::ptr_eq(known, bindings)
                || (owner == principal && known.version == bindings.version && known == bindings)
        };
        if let Some(at) = kept.iter().position(is_it) {
            let found = kept.remove(at);
            let packed = found.2.clone();
            kept.push(found);
            return packed;
        }
        let packed = Packed::new(encode(&BindingsHead((**bindings).clone())).into());
        if kept.len() == BINDINGS_KEPT_MAX {
            kept.remove(0);
        }
        kept.push((principal.clone(), bindings.clone(), packed.clone()));
        packed
    }
}

impl Journal for Store {
    fn opened(&self, run: RunOpened) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        async move {
            let bindings = self.bindings.pack(&run.principal, &run.bindings);
            let head = OpenedHead {
                seed: run.seed,
                limits: run.limits,
                plan: run.plan,
                resumes: run.resumes,
                first_line: first_line(&run.source),
            };
            let row = OpenedRow {
                principal: run.principal.as_str().to_owned(),
                language: run.language.as_str(),
                started_unix_ms: run.started_unix_ms,
                head: encode(&head),
                source: pack(run.source).await?,
                bindings,
            };
            let size = row.source.size() + ENTRY_BYTES;
            self.journal(run.run, Write::Opened(Box::new(row)), size, Durability::Soon).await
        }
        .boxed()
    }

    fn append<'a>(
        &'a self,
        run: &'a RunId,
        record: Record,
        durability: Durability,
    ) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        async move {
            let uses = match &record {
                Record::Decided { approval, .. } => Some(approval.clone()),
                _ => None,
            };
            let (kind, head, value) = Head::of(record);
            let value = match value {
                Some(value) => Some(pack(value).await?),
                None => None,
            };
            let row = RecordRow { kind, head: encode(&head), value, uses };
            let size = row.value.as_ref().map_or(0, |value| value.size()) + row.head.len() + ENTRY_BYTES;
            self.journal(run.clone(), Write::Record(Box::new(row)), size, durability).await
        }
        .boxed()
    }

    fn parked<'a>(
        &'a self,
        run: &'a RunId,
        approvals: &'a [Approval],
    ) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        async move {
            let mut asked = Vec::with_capacity(approvals.len());
            for approval in approvals {
                asked.push(asked_row(run, approval).await?);
            }
            let size = asked.iter().map(|row| row.arguments.size() + row.head.len() + ENTRY_BYTES).sum::<usize>();
            let write = Write::Parked(ParkedRow { now_unix_ms: self.now(), asked });
            self.journal(run.clone(), write, size, Durability::Now).await
        }
        .boxed()
    }

    fn closed(&self, run: RunClosed) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        async move {
            let RunClosed { run, report } = run;
            if report.status == RunStatus::Parked || report.run != run {
                return Err(JournalUnavailable("a report that says something else does not end a run".to_owned()));
            }
            let acted = report.calls.iter().any(|call| call.effect != Effect::Read);
            let durability = if acted { Durability::Now } else { Durability::Soon };
            let result = match report.result.as_deref() {
                Some(result) => Some(pack(result.into()).await?),
                None => None,
            };
            let row = closed_row(&report, result, self.now());
            let size = row.report.size() + row.result.as_ref().map_or(0, |result| result.size()) + ENTRY_BYTES;
            self.journal(run, Write::Closed(Box::new(row)), size, durability).await
        }
        .boxed()
    }

    fn recorded<'a>(&'a self, run: &'a RunId) -> BoxFuture<'a, Result<Option<Recorded>, JournalUnavailable>> {
        self.whole(run).boxed()
    }
}

impl Store {
    /// What is acknowledged and not written yet cannot be read: then there is no telling how far the run is.
    async fn whole(&self, run: &RunId) -> Result<Option<Recorded>, JournalUnavailable> {
        let recorded = self.recorded(run, None).await.map_err(|unavailable| unwritten(unavailable.problem))?;
        if self.shared.down.load(Ordering::Acquire) {
            return Err(JournalUnavailable("its last records could not be written".to_owned()));
        }
        Ok(recorded)
    }

    async fn journal(
        &self,
        run: RunId,
        write: Write,
        size: usize,
        durability: Durability,
    ) -> Result<(), JournalUnavailable> {
        self.writer.journal(run, write, size, durability).await.map_err(unwritten)
    }
}

/// An agent may read this: no path, no server.
fn unwritten(problem: Problem) -> JournalUnavailable {
    JournalUnavailable(match problem {
        Problem::Unreachable(_) => "its database cannot be reached".to_owned(),
        Problem::Unusable(_) => "its disk cannot be written".to_owned(),
        Problem::Damaged(_) => "it is damaged".to_owned(),
        told => told.to_string(),
    })
}

/// The source's first line that says something.
fn first_line(source: &str) -> String {
    let line = source.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(SOURCE_LINE_CHARS_MAX).collect()
}

async fn asked_row(run: &RunId, approval: &Approval) -> Result<AskedRow, JournalUnavailable> {
    if approval.run != *run {
        return Err(JournalUnavailable("an approval of another run cannot be asked for here".to_owned()));
    }
    let arguments = pack(approval.arguments.clone()).await?;
    let head = ApprovalHead(Approval { arguments: Arc::from(""), ..approval.clone() });
    Ok(AskedRow {
        id: approval.id.clone(),
        principal: approval.principal.as_str().to_owned(),
        asked_unix_ms: approval.asked_unix_ms,
        expires_unix_ms: approval.expires_unix_ms,
        head: encode(&head),
        arguments,
    })
}

/// `result` is the report's: its mirror leaves it out, and so does the copy here.
pub(crate) fn closed_row(report: &Report, result: Option<Packed>, now_unix_ms: u64) -> ClosedRow {
    let head = ReportHead(Report {
        run: report.run.clone(),
        language: report.language,
        status: report.status,
        result: None,
        logs: report.logs.clone(),
        logs_truncated: report.logs_truncated,
        fault: report.fault.clone(),
        calls: report.calls.clone(),
        approvals: report.approvals.clone(),
        not_asked_again: report.not_asked_again.clone(),
        usage: report.usage,
    });
    ClosedRow {
        state: report.status.into(),
        fault: report.fault.as_ref().map(|fault| fault.kind.as_str()),
        now_unix_ms,
        report: Packed::new(encode(&head).into()),
        result,
    }
}

async fn pack(value: Arc<str>) -> Result<Packed, JournalUnavailable> {
    Packed::aside(value.into()).await.map_err(unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_many_runs_share_are_packed_once() {
        let kept = BindingsKept::default();
        let bindings = |version| Arc::new(Bindings { version, namespaces: Vec::new() });
        let (a, shared) = (PrincipalId::new("a"), bindings(1));
        kept.pack(&a, &shared);
        kept.pack(&PrincipalId::new("b"), &shared);
        kept.pack(&a, &bindings(1));
        assert_eq!(kept.0.lock().expect("alone").len(), 1, "the same names");
        for version in 2..40 {
            kept.pack(&a, &bindings(version));
        }
        assert_eq!(kept.0.lock().expect("alone").len(), BINDINGS_KEPT_MAX);
    }

    #[test]
    fn the_first_line_says_something() {
        for (source, expected) in [("", ""), ("\n\n  \n  await x.y()\nz", "await x.y()"), ("é", "é")] {
            assert_eq!(first_line(source), expected);
        }
        assert_eq!(first_line(&"é".repeat(5_000)).chars().count(), SOURCE_LINE_CHARS_MAX);
    }

    #[test]
    fn agents_read_no_path() {
        for problem in [
            Problem::Unusable("unable to open database file: /home/a/weir.db".into()),
            Problem::Damaged("/home/a/weir.db".into()),
            Problem::Unreachable("db.internal:5432".into()),
        ] {
            let told = unwritten(problem).to_string();
            assert!(!told.contains('/') && !told.contains("db.internal"), "{told}");
        }
    }
}
