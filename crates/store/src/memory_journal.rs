//! The journal in memory: the last runs, bounded by bytes; gone when the process ends.

use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{CallIntent, CallOutcome, Journal, JournalUnavailable, RunClosed, RunOpened};
use weir_model::{CallSeq, OpId, RunId, ToolFailure};

/// What all runs kept may take together.
const JOURNAL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest answer a record keeps whole.
const OUTCOME_BYTES_MAX: usize = 64 * 1024;

/// One record, as it happened.
#[derive(Debug, Clone)]
pub enum Record {
    Intent(CallIntent),
    Outcome {
        seq: CallSeq,
        /// `None` for an answer too long to keep here.
        outcome: Result<Option<Arc<str>>, ToolFailure>,
    },
    Delivered {
        op: OpId,
        now_ms: u64,
    },
}

struct Kept {
    run: RunOpened,
    records: Vec<Record>,
    bytes: usize,
    closed: bool,
}

#[derive(Default)]
pub struct MemoryJournal {
    runs: Mutex<VecDeque<Kept>>,
}

impl MemoryJournal {
    /// The records of a run, if it is still kept.
    pub fn records(&self, run: &RunId) -> Option<Vec<Record>> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().find(|kept| kept.run.run == *run).map(|kept| kept.records.clone())
    }

    fn append(&self, run: &RunId, record: Record, bytes: usize) -> Result<(), JournalUnavailable> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = runs
            .iter_mut()
            .rev()
            .find(|kept| kept.run.run == *run)
            .ok_or_else(|| JournalUnavailable(format!("{run} is not open")))?;
        kept.records.push(record);
        kept.bytes += bytes + mem::size_of::<Record>();
        Ok(())
    }

    /// Closed runs go, the oldest first, until what is kept fits.
    fn trim(&self) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes: usize = runs.iter().map(|kept| kept.bytes).sum();
        while bytes > JOURNAL_BYTES_MAX {
            let Some(at) = runs.iter().position(|kept| kept.closed) else { return };
            bytes -= runs.remove(at).map_or(0, |kept| kept.bytes);
        }
    }
}

impl Journal for MemoryJournal {
    fn opened(&self, run: RunOpened) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        let bytes = run.source.len() + mem::size_of::<Kept>();
        let kept = Kept { run, records: Vec::new(), bytes, closed: false };
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).push_back(kept);
        std::future::ready(Ok(())).boxed()
    }

    fn intent<'a>(&'a self, run: &'a RunId, call: CallIntent) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        let bytes = call.arguments.len();
        std::future::ready(self.append(run, Record::Intent(call), bytes)).boxed()
    }

    fn outcome<'a>(&'a self, run: &'a RunId, call: CallOutcome<'a>) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        let outcome = match call.outcome {
            Ok(value) if value.len() > OUTCOME_BYTES_MAX => Ok(None),
            Ok(value) => Ok(Some(Arc::from(value))),
            Err(failure) => Err(failure.clone()),
        };
        let bytes = outcome.as_ref().map_or(0, |value| value.as_ref().map_or(0, |text: &Arc<str>| text.len()));
        std::future::ready(self.append(run, Record::Outcome { seq: call.seq, outcome }, bytes)).boxed()
    }

    fn delivered<'a>(&'a self, run: &'a RunId, op: OpId, now_ms: u64) -> BoxFuture<'a, Result<(), JournalUnavailable>> {
        std::future::ready(self.append(run, Record::Delivered { op, now_ms }, 0)).boxed()
    }

    fn closed(&self, run: RunClosed) -> BoxFuture<'_, Result<(), JournalUnavailable>> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = runs.iter_mut().rev().find(|kept| kept.run.run == run.run) {
            kept.closed = true;
        }
        drop(runs);
        self.trim();
        std::future::ready(Ok(())).boxed()
    }
}
