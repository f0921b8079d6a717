//! A run's beginning: its place in a sandbox, and the signals that stop it from outside.

use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse, Shared},
    select_biased,
};
use weir_model::{Fault, FaultKind, Language, Report, RunId, RunStatus};

use crate::port::{Job, Sandbox, Session};

pub(super) type Signal = Shared<BoxFuture<'static, ()>>;

/// What may stop a run from outside.
#[derive(Clone)]
pub(super) struct Stops {
    /// Nobody waits for it any more: it ends.
    pub(super) cancel: Signal,
    /// This process lets go of it: it parks.
    pub(super) leave: Signal,
}

/// A session, and the signals that stop it.
pub(super) struct Started {
    pub(super) session: Box<dyn Session>,
    pub(super) cancel: Fuse<Signal>,
    pub(super) leave: Fuse<Signal>,
}

/// Why there is no session.
pub(super) enum Unstarted {
    Fault(Fault),
    /// The run is let go of before it began.
    Left,
}

impl Unstarted {
    pub(super) fn report(self, run: RunId, language: Language) -> Report {
        match self {
            Self::Fault(fault) => Report::unstarted(run, language, fault),
            Self::Left => {
                let fault = Fault::new(FaultKind::Busy, "the gateway is shutting down");
                Report { status: RunStatus::Parked, fault: None, ..Report::unstarted(run, language, fault) }
            }
        }
    }
}

/// Waits for a place in a sandbox, unless the run is stopped first.
pub(super) async fn start(sandbox: &dyn Sandbox, job: Job, stops: Stops) -> Result<Started, Unstarted> {
    let (mut cancel, mut leave) = (stops.cancel.fuse(), stops.leave.fuse());
    let session = select_biased! {
        () = cancel => Err(Unstarted::Fault(cancelled())),
        () = leave => Err(Unstarted::Left),
        session = sandbox.start(job).fuse() => session.map_err(Unstarted::Fault),
    }?;
    Ok(Started { session, cancel, leave })
}

pub(super) fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, "the run was cancelled")
}
