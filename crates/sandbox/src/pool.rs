//! The gateway's side of the sandbox: admits runs, keeps workers, and gives each run a place in one.
//!
//! A worker serves one principal until it is replaced by a fresh process. Whatever a worker sends is hostile input.

mod link;
mod placement;
mod session;
mod staff;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::BoxFuture;
use tokio_util::sync::DropGuard;
use weir_bridge::port::{Job, Sandbox, Session};
use weir_model::{Fault, FaultKind, limits};

use crate::{guests::GuestUnavailable, process::WorkerCommand};
use staff::Staff;

#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// Starts a process that calls [`crate::worker::main`].
    pub command: WorkerCommand,
    /// Worker processes kept running.
    pub workers: usize,
    /// Worker processes at once, when several principals run snippets.
    pub workers_max: usize,
    /// Where compiled guests are kept: a directory of this user's alone. `None`: compiled anew at every start.
    pub cache_dir: Option<PathBuf>,
    /// Whether workers may write to this process's standard error. For debugging only.
    pub worker_stderr: bool,
}

impl PoolConfig {
    /// As many workers as there are cores, no cache.
    pub fn new(command: WorkerCommand) -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 64);
        Self { command, workers, workers_max: workers * 4, cache_dir: None, worker_stderr: false }
    }
}

/// The sandbox: worker processes and the runs in them. Cheap to clone; dropping the last one ends every worker.
#[derive(Clone)]
pub struct Pool {
    staff: Arc<Staff>,
    /// Runs admitted, waiting ones included.
    runs: Arc<AtomicUsize>,
    _ends_the_workers: Arc<DropGuard>,
}

/// One of the [`limits::RUNS_MAX`] runs, for as long as somebody holds its session.
struct Admission(Arc<AtomicUsize>);

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Pool {
    /// Makes the guest ready and starts the workers, in the background. Must be called inside a Tokio runtime.
    pub fn new(config: PoolConfig) -> Self {
        let (staff, guard) = Staff::hire(config);
        Self { staff, runs: Arc::default(), _ends_the_workers: Arc::new(guard) }
    }

    /// Waits until snippets can run. Compiling the guest the first time takes seconds.
    pub async fn ready(&self) -> Result<(), GuestUnavailable> {
        self.staff.ready().await
    }

    /// Ends every worker and waits until they are gone. Runs under way end as `WorkerLost`.
    pub async fn shut_down(&self) {
        self.staff.dismiss().await;
    }

    /// Process ids of the workers, for operators and tests.
    pub fn worker_ids(&self) -> Vec<u32> {
        self.staff.processes()
    }

    fn admit(&self) -> Result<Admission, Fault> {
        let admitted = self
            .runs
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |runs| (runs < limits::RUNS_MAX).then_some(runs + 1));
        match admitted {
            Ok(_) => Ok(Admission(Arc::clone(&self.runs))),
            Err(_full) => Err(busy(format!("{} runs are under way or waiting already.", limits::RUNS_MAX))),
        }
    }
}

impl Sandbox for Pool {
    fn start(&self, job: Job) -> BoxFuture<'_, Result<Box<dyn Session>, Fault>> {
        Box::pin(async move {
            session::check_source(&job)?;
            let admission = self.admit()?;
            let seat = tokio::time::timeout(limits::START_WAIT_MAX, self.staff.seat(&job.principal))
                .await
                .map_err(|_elapsed| busy("No worker was free in time."))??;
            let link = Arc::clone(seat.link());
            Ok(Box::new(link.start(&job, seat, admission)) as Box<dyn Session>)
        })
    }
}

fn busy(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Busy, message).hint("Try again in a moment.")
}
