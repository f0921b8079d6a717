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
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::BoxFuture;
use tokio_util::sync::DropGuard;
use weir_bridge::port::{Job, Sandbox, Session};
use weir_model::{Fault, FaultKind, Language, limits};

use crate::{engines::EngineKind, group, guests::GuestUnavailable, process::WorkerCommand};
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
///
/// Each engine has workers of its own, started when its first snippet comes: who writes no Python has no Python in memory.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: PoolConfig,
    staffs: [OnceLock<Hired>; EngineKind::ALL.len()],
    /// Runs admitted, waiting ones included.
    runs: Arc<AtomicUsize>,
}

struct Hired {
    staff: Arc<Staff>,
    _ends_the_workers: DropGuard,
}

/// One of the [`limits::RUNS_MAX`] runs, for as long as somebody holds its session.
struct Admission(Arc<AtomicUsize>);

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Pool {
    /// Starts nothing yet. Its other functions must be called inside a Tokio runtime.
    ///
    /// Where the workers' control groups need it, the process changes its own group. What it started before stays behind, and then there
    /// are no limits to these groups: so this comes first.
    pub fn new(config: PoolConfig) -> Self {
        let _there_or_not = group::home();
        Self { shared: Arc::new(Shared { config, staffs: Default::default(), runs: Arc::default() }) }
    }

    /// Makes an engine's guest ready and starts its workers, in the background, unless that has been done.
    pub fn prepare(&self, language: Language) {
        self.staff(EngineKind::of(language));
    }

    /// Waits until snippets in `language` can run. Compiling an engine's guest, once per machine, takes seconds.
    pub async fn ready(&self, language: Language) -> Result<(), GuestUnavailable> {
        self.staff(EngineKind::of(language)).ready().await
    }

    /// Ends every worker and waits until they are gone. Runs under way end as `WorkerLost`.
    pub async fn shut_down(&self) {
        for hired in self.shared.staffs.iter().filter_map(OnceLock::get) {
            hired.staff.dismiss().await;
        }
    }

    /// Process ids of the workers, for operators and tests.
    pub fn worker_ids(&self) -> Vec<u32> {
        self.shared.staffs.iter().filter_map(OnceLock::get).flat_map(|hired| hired.staff.processes()).collect()
    }

    fn staff(&self, engine: EngineKind) -> &Staff {
        let hire = || {
            let (staff, guard) = Staff::hire(engine, self.shared.config.clone());
            Hired { staff, _ends_the_workers: guard }
        };
        &self.shared.staffs[engine as usize].get_or_init(hire).staff
    }

    fn admit(&self) -> Result<Admission, Fault> {
        let admitted = self
            .shared
            .runs
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |runs| (runs < limits::RUNS_MAX).then_some(runs + 1));
        match admitted {
            Ok(_) => Ok(Admission(Arc::clone(&self.shared.runs))),
            Err(_full) => Err(busy(format!("{} runs are under way or waiting already.", limits::RUNS_MAX))),
        }
    }
}

impl Sandbox for Pool {
    fn start(&self, job: Job) -> BoxFuture<'_, Result<Box<dyn Session>, Fault>> {
        Box::pin(async move {
            session::check_source(&job)?;
            let admission = self.admit()?;
            let staff = self.staff(EngineKind::of(job.language));
            staff.ready().await.map_err(unavailable)?;
            let seat = tokio::time::timeout(limits::START_WAIT_MAX, staff.seat(&job.principal))
                .await
                .map_err(|_elapsed| busy("No worker was free in time."))??;
            let link = Arc::clone(seat.link());
            Ok(Box::new(link.start(&job, seat, admission)) as Box<dyn Session>)
        })
    }
}

fn unavailable(cause: GuestUnavailable) -> Fault {
    Fault::new(FaultKind::WorkerLost, format!("No snippet can run: {cause}."))
}

fn busy(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Busy, message).hint("Try again in a moment.")
}
