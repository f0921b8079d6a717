//! What one run may use of processor and memory. Neither limit can be caught by the snippet: both end it with a trap.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::ResourceLimiter;
use weir_model::limits;

/// A run that has computed this long in one go lets others go first.
const SLICE: Duration = Duration::from_micros(500);

/// Why a run was ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Cpu,
    Memory,
    /// The worker as a whole is out of memory.
    WorkerMemory,
    TableSpace,
}

/// CPU time of the calling thread.
fn thread_cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or_default(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// CPU time of one run, all its slices together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CpuMeter {
    used: Duration,
    slice_began: Option<Duration>,
    pub(super) limit: Duration,
}

/// What a run does at an epoch tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    GoOn,
    Yield,
    Over,
}

impl CpuMeter {
    /// `spent`: CPU time the run used before its guest started.
    pub(super) fn with_limit(limit: Duration, spent: Duration) -> Self {
        Self { used: spent, slice_began: None, limit }
    }

    pub(super) fn begin(&mut self) {
        self.slice_began = Some(thread_cpu());
    }

    pub(super) fn end(&mut self) {
        if let Some(began) = self.slice_began.take() {
            self.used += thread_cpu().saturating_sub(began);
        }
    }

    pub(super) fn used(&self) -> Duration {
        self.used
    }

    pub(super) fn tick(&self) -> Tick {
        let slice = self.slice_began.map_or(Duration::ZERO, |began| thread_cpu().saturating_sub(began));
        if self.used + slice > self.limit {
            Tick::Over
        } else if slice >= SLICE {
            Tick::Yield
        } else {
            Tick::GoOn
        }
    }
}

/// Memory all runs of this worker hold together.
#[derive(Debug, Default)]
pub(super) struct WorkerMemory(AtomicU64);

/// The memory of one run.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    held: u64,
    pub(super) limit: u64,
    all: Arc<WorkerMemory>,
    pub(super) verdict: Option<Verdict>,
}

impl MemoryBudget {
    pub(super) fn new(all: Arc<WorkerMemory>) -> Self {
        Self { held: 0, limit: u64::MAX, all, verdict: None }
    }

    /// Sets the limit of the run this instance is now for. `false`: what the engine itself needs is over it already.
    pub(super) fn limit_to(&mut self, limit: u64) -> bool {
        self.limit = limit;
        let fits = self.held <= limit;
        if !fits {
            self.verdict = Some(Verdict::Memory);
        }
        fits
    }

    fn refuse(&mut self, verdict: Verdict) -> wasmtime::Error {
        self.verdict = Some(verdict);
        wasmtime::format_err!("the run is over a limit of its memory")
    }
}

impl Drop for MemoryBudget {
    fn drop(&mut self) {
        self.all.0.fetch_sub(self.held, Ordering::Relaxed);
    }
}

impl ResourceLimiter for MemoryBudget {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let grown = desired.saturating_sub(current) as u64;
        if self.held + grown > self.limit {
            return Err(self.refuse(Verdict::Memory));
        }
        if self.all.0.load(Ordering::Relaxed) + grown > limits::WORKER_MEMORY_BYTES_MAX {
            return Err(self.refuse(Verdict::WorkerMemory));
        }
        self.held += grown;
        self.all.0.fetch_add(grown, Ordering::Relaxed);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Err(self.refuse(Verdict::TableSpace));
        }
        Ok(true)
    }
}

/// CPU time of the calling thread while doing `work`.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = thread_cpu();
    let value = work();
    (value, thread_cpu().saturating_sub(began))
}
