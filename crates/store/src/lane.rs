//! A thread with one connection and a bounded queue before it. The store has one lane that writes and one that reads.
//!
//! A database in one file blocks whoever asks it; here it blocks nobody else.

use std::{
    collections::HashSet,
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use futures_util::future::LocalBoxFuture;
use tokio::{
    runtime,
    sync::{Notify, Semaphore, mpsc, oneshot, watch},
};
use weir_bridge::port::Durability;
use weir_model::{
    RunId,
    limits::{KIB, MIB},
};

use crate::{
    Problem,
    connection::{Connection, Mode, transaction},
    trouble::Trouble,
    writer::{self, Entry, Write},
};

/// Jobs waiting in one lane.
const JOBS_WAITING_MAX: usize = 4_096;
/// Their bytes; who has more waits.
const BYTES_WAITING_MAX: u64 = 64 * MIB;

/// What the lanes of one store have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    /// This open store: what the runs that it has in hand are marked with. Hexadecimal.
    pub(crate) instance: String,
    pub(crate) changes: watch::Sender<u64>,
    /// The last commit failed: nothing is acknowledged before it is committed.
    pub(crate) down: AtomicBool,
    /// Journal entries handed over so far, and those among them that are committed or refused.
    queued: AtomicU64,
    pub(crate) settled: AtomicU64,
    /// Runs that this store took in hand since the writer looked: what it knew of them is void.
    claimed: Mutex<Vec<RunId>>,
    /// Runs that were claimed by a commit nobody knows the end of.
    pub(crate) doubtful: Mutex<HashSet<RunId>>,
}

impl Shared {
    pub(crate) fn new(instance: String) -> Self {
        Self {
            instance,
            changes: watch::Sender::new(0),
            down: AtomicBool::new(false),
            queued: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            claimed: Mutex::default(),
            doubtful: Mutex::default(),
        }
    }

    /// The counter of changes as the database has it.
    pub(crate) fn publish(&self, counted: u64) {
        self.changes.send_if_modified(|known| mem::replace(known, counted) != counted);
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|known| *known = known.wrapping_add(1));
    }

    pub(crate) fn claimed(&self, run: RunId) {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).push(run);
    }

    pub(crate) fn take_claimed(&self) -> Vec<RunId> {
        mem::take(&mut *self.claimed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Acquire) >= self.queued.load(Ordering::Acquire)
    }
}

pub(crate) enum Job {
    /// A line of a journal: committed together with others.
    Entry(Box<Entry>),
    Task(Task),
    /// Answered when everything before it is committed or has failed.
    Flush(oneshot::Sender<()>),
}

type Task = Box<dyn for<'c> FnOnce(&'c mut Connection) -> LocalBoxFuture<'c, ()> + Send>;

pub(crate) struct Lane {
    /// `None` only while it is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    room: Arc<Semaphore>,
    /// Ends the wait for further entries that a commit could take along.
    urgent: Arc<Notify>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    /// Resolves when the connection stands, or does not.
    pub(crate) async fn start(
        name: &str,
        shared: Arc<Shared>,
        connect: impl AsyncFnOnce() -> Result<Connection, Trouble> + Send + 'static,
    ) -> Result<Self, Trouble> {
        let (jobs, queue) = mpsc::channel(JOBS_WAITING_MAX);
        let (ready, stands) = oneshot::channel();
        let urgent = Arc::new(Notify::new());
        let (woken, known) = (urgent.clone(), shared.clone());
        let work = move || {
            let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(cannot_start(&error)))),
            };
            runtime.block_on(async {
                match connect().await {
                    Ok(connection) => {
                        let _ = ready.send(Ok(()));
                        writer::serve(connection, queue, woken, known).await;
                    }
                    Err(trouble) => drop(ready.send(Err(trouble))),
                }
            });
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| cannot_start(&error))?;
        stands.await.map_err(|_| Trouble::new(gone()))??;
        let room = Arc::new(Semaphore::new((BYTES_WAITING_MAX / KIB) as usize));
        Ok(Self { jobs: Some(jobs), room, urgent, shared, thread: Some(thread) })
    }

    /// Hands over one journal entry of about `size` bytes. Resolves when it is as safe as it must be.
    pub(crate) async fn journal(
        &self,
        run: RunId,
        write: Write,
        size: usize,
        durability: Durability,
    ) -> Result<(), Problem> {
        let share = (size as u64).div_ceil(KIB).clamp(1, BYTES_WAITING_MAX / KIB) as u32;
        let room = self.room.clone().acquire_many_owned(share).await.map_err(|_| gone())?;
        let now = durability == Durability::Now;
        let waits = now || self.shared.down.load(Ordering::Acquire);
        let (told, answer) = waits.then(oneshot::channel::<Result<(), Problem>>).unzip();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        let place = jobs.reserve().await.map_err(|_| gone())?;
        // From here on nothing waits: whoever gives up cannot leave a count without its entry.
        self.shared.queued.fetch_add(1, Ordering::AcqRel);
        place.send(Job::Entry(Box::new(Entry::new(run, write, now, told, room))));
        let Some(answer) = answer else { return Ok(()) };
        self.urgent.notify_one();
        answer.await.map_err(|_| gone())?
    }

    /// One transaction.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        mode: Mode,
        work: impl AsyncFnMut(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Problem> {
        let (told, answer) = oneshot::channel();
        let task: Task = Box::new(move |connection| {
            Box::pin(async move {
                let _ = told.send(transaction(connection, mode, work).await);
            })
        });
        self.send(Job::Task(task)).await?;
        self.urgent.notify_one();
        answer.await.map_err(|_| gone())?.map_err(|trouble| trouble.problem)
    }

    /// Resolves when whatever was journaled before it can be read.
    pub(crate) async fn settle(&self) -> Result<(), Problem> {
        if self.shared.is_settled() {
            return Ok(());
        }
        let (told, answer) = oneshot::channel();
        self.send(Job::Flush(told)).await?;
        self.urgent.notify_one();
        answer.await.map_err(|_| gone())
    }

    async fn send(&self, job: Job) -> Result<(), Problem> {
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).await.map_err(|_| gone())
    }
}

/// What is queued is committed first.
impl Drop for Lane {
    fn drop(&mut self) {
        self.jobs = None;
        self.urgent.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread of the store ended in a panic");
        }
    }
}

fn gone() -> Problem {
    Problem::Unusable("it is closed".to_owned())
}

fn cannot_start(error: &std::io::Error) -> Trouble {
    Trouble::new(Problem::Unusable(format!("no thread can be started: {error}")))
}
