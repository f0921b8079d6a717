//! One line of a journal on its way to the database, already in the form it is written in.

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use weir_model::{ApprovalId, RunId};

use crate::{Problem, RunState, form::Kind, value::Packed};

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) run: RunId,
    pub(crate) write: Write,
    /// It must survive the loss of power.
    pub(crate) now: bool,
    /// Who waits for it; `None`: it is acknowledged already.
    pub(crate) told: Option<oneshot::Sender<Result<(), Problem>>>,
    /// The position it was given, kept when it is tried again.
    pub(crate) position: Option<u32>,
    /// A commit with it failed, or only seemed to.
    pub(crate) attempted: bool,
    /// Its share of the queue, until it is written or held.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

impl Entry {
    pub(crate) fn new(
        run: RunId,
        write: Write,
        now: bool,
        told: Option<oneshot::Sender<Result<(), Problem>>>,
        room: OwnedSemaphorePermit,
    ) -> Self {
        Self { run, write, now, told, position: None, attempted: false, room: Some(room) }
    }

    pub(crate) fn is_awaited(&self) -> bool {
        self.told.is_some()
    }
}

#[derive(Debug)]
pub(crate) enum Write {
    Opened(Box<OpenedRow>),
    Record(Box<RecordRow>),
    Parked(ParkedRow),
    Closed(Box<ClosedRow>),
}

impl Write {
    /// Afterwards the run is nobody's.
    pub(crate) fn ends_hold(&self) -> bool {
        matches!(self, Self::Parked(_) | Self::Closed(_))
    }
}

#[derive(Debug)]
pub(crate) struct OpenedRow {
    pub(crate) principal: String,
    pub(crate) language: &'static str,
    pub(crate) started_unix_ms: u64,
    pub(crate) head: Vec<u8>,
    pub(crate) source: Packed,
    pub(crate) bindings: Packed,
}

#[derive(Debug)]
pub(crate) struct RecordRow {
    pub(crate) kind: Kind,
    pub(crate) head: Vec<u8>,
    pub(crate) value: Option<Packed>,
    /// The approval that a decision uses up.
    pub(crate) uses: Option<ApprovalId>,
}

#[derive(Debug)]
pub(crate) struct ParkedRow {
    pub(crate) now_unix_ms: u64,
    pub(crate) asked: Vec<AskedRow>,
}

#[derive(Debug)]
pub(crate) struct AskedRow {
    pub(crate) id: ApprovalId,
    pub(crate) principal: String,
    pub(crate) asked_unix_ms: u64,
    pub(crate) expires_unix_ms: u64,
    pub(crate) head: Vec<u8>,
    pub(crate) arguments: Packed,
}

#[derive(Debug)]
pub(crate) struct ClosedRow {
    pub(crate) state: RunState,
    pub(crate) fault: Option<&'static str>,
    pub(crate) now_unix_ms: u64,
    pub(crate) report: Packed,
    pub(crate) result: Option<Packed>,
}
