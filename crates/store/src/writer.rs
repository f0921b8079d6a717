//! Group commit: whatever waits is written in one transaction, synced to disk when something in it must be safe now.
//!
//! A commit that fails is told to those who wait for it, and their entries are dropped: they must not appear later. Entries that
//! were acknowledged before (`Soon`) are kept and written first when the database works again, so that no journal has a hole.

mod apply;
mod entry;

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, timeout_at},
};
use weir_model::RunId;

use crate::{
    Problem,
    connection::{Connection, Mode, transaction},
    lane::{Job, Shared},
    trouble::Trouble,
};
use apply::apply;

pub(crate) use entry::{AskedRow, ClosedRow, Entry, OpenedRow, ParkedRow, RecordRow, Write};

/// How long entries that nobody waits for may wait for company.
const LINGER: Duration = Duration::from_millis(10);
/// Entries of one transaction.
const BATCH_MAX: usize = 512;
/// How soon a failed commit is tried again when nothing new comes.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// A run whose journal this store writes.
#[derive(Debug, Default)]
struct Live {
    /// The next record's position. One that failed is not used again: it may have been written after all.
    next: Option<u32>,
    /// Why an acknowledged record of it could not be written, ever. Nothing but its end can follow.
    lost: Option<Problem>,
}

/// What became of one entry in a transaction that was committed.
#[derive(Debug)]
enum Verdict {
    Written,
    Refused(Problem),
    /// The run is in nobody's hand, or in another store's.
    Elsewhere,
}

struct Writer {
    connection: Connection,
    shared: Arc<Shared>,
    live: HashMap<RunId, Live>,
    /// Acknowledged and not committed, from before a failure.
    held: Vec<Entry>,
}

enum Next {
    Job(Job),
    Retry,
    Closed,
}

/// Works until the queue is closed, and then once more.
pub(crate) async fn serve(
    connection: Connection,
    mut queue: mpsc::Receiver<Job>,
    urgent: Arc<Notify>,
    shared: Arc<Shared>,
) {
    let mut writer = Writer { connection, shared, live: HashMap::new(), held: Vec::new() };
    loop {
        match writer.next(&mut queue).await {
            Next::Job(first) => {
                let (batch, then) = gather(first, &mut queue, &urgent).await;
                writer.settle(batch).await;
                match then {
                    Some(Job::Task(task)) => task(&mut writer.connection).await,
                    Some(Job::Flush(told)) => drop(told.send(())),
                    Some(Job::Entry(_)) | None => {}
                }
            }
            Next::Retry => writer.settle(Vec::new()).await,
            Next::Closed => {
                writer.settle(Vec::new()).await;
                return writer.connection.leave().await;
            }
        }
    }
}

/// Everything that can go into one transaction, and the job that ended it.
async fn gather(first: Job, queue: &mut mpsc::Receiver<Job>, urgent: &Notify) -> (Vec<Entry>, Option<Job>) {
    let until = Instant::now() + LINGER;
    let mut batch = Vec::new();
    let mut waited = false;
    let mut next = Some(first);
    loop {
        while let Some(job) = next.take().or_else(|| queue.try_recv().ok()) {
            match job {
                Job::Entry(entry) => batch.push(*entry),
                other => return (batch, Some(other)),
            }
            if batch.len() == BATCH_MAX {
                return (batch, None);
            }
        }
        if waited || queue.is_closed() || batch.iter().any(Entry::is_awaited) {
            return (batch, None);
        }
        waited = timeout_at(until, urgent.notified()).await.is_err();
    }
}

impl Writer {
    async fn next(&mut self, queue: &mut mpsc::Receiver<Job>) -> Next {
        loop {
            let holds = !self.held.is_empty();
            let retry = async {
                if holds {
                    sleep(RETRY_EVERY).await;
                } else {
                    std::future::pending().await
                }
            };
            tokio::select! {
                biased;
                job = queue.recv() => return job.map_or(Next::Closed, Next::Job),
                () = retry => return Next::Retry,
                () = self.connection.restored() => {}
            }
        }
    }

    /// Commits what is held and what came. Afterwards each entry is written, refused, or held again.
    async fn settle(&mut self, batch: Vec<Entry>) {
        let mut entries = mem::take(&mut self.held);
        let handed = entries.len() + batch.len();
        for claimed in self.shared.take_claimed() {
            self.live.remove(&claimed);
            // It was parked, so what seemed to fail was written, up to its parking.
            entries.retain(|entry| entry.run != claimed);
        }
        entries.extend(batch);
        if handed == 0 {
            return;
        }
        match self.commit(&mut entries).await {
            Ok(verdicts) => self.conclude(entries, verdicts),
            Err(trouble) if trouble.is_final() => self.settle_run_by_run(entries).await,
            Err(trouble) => self.fail(entries, &trouble.problem),
        }
        let settled = handed - self.held.len();
        self.shared.settled.fetch_add(settled as u64, Ordering::AcqRel);
    }

    async fn commit(&mut self, entries: &mut [Entry]) -> Result<Vec<Verdict>, Trouble> {
        let mode = if entries.iter().any(|entry| entry.now) { Mode::Now } else { Mode::Soon };
        let Self { connection, shared, live, .. } = self;
        let done = transaction(connection, mode, async |connection| {
            apply(connection, &shared.instance, live, &mut *entries).await
        });
        done.await
    }

    fn conclude(&mut self, entries: Vec<Entry>, verdicts: Vec<Verdict>) {
        if self.shared.down.swap(false, Ordering::AcqRel) {
            tracing::info!("the store can be written again");
        }
        for (mut entry, verdict) in entries.into_iter().zip(verdicts) {
            let refused = match verdict {
                Verdict::Written => None,
                Verdict::Refused(problem) => Some(problem),
                Verdict::Elsewhere => {
                    let why = Problem::Refused("another weir has taken the run over, or it rests".to_owned());
                    drop(entry.told.take().map(|told| told.send(Err(why))));
                    continue;
                }
            };
            if entry.write.ends_hold() && refused.is_none() {
                self.live.remove(&entry.run);
            }
            match (entry.told.take(), refused) {
                (Some(told), refused) => drop(told.send(refused.map_or(Ok(()), Err))),
                (None, Some(problem)) => {
                    tracing::error!(run = %entry.run, %problem, "a record that was acknowledged cannot be written");
                    self.live.entry(entry.run).or_default().lost.get_or_insert(problem);
                }
                (None, None) => {}
            }
        }
    }

    /// One entry that can never be written must not hold up the others: each run gets a transaction of its own.
    async fn settle_run_by_run(&mut self, entries: Vec<Entry>) {
        let mut runs: Vec<Vec<Entry>> = Vec::new();
        for entry in entries {
            match runs.iter_mut().find(|known| known[0].run == entry.run) {
                Some(known) => known.push(entry),
                None => runs.push(vec![entry]),
            }
        }
        for mut entries in runs {
            match self.commit(&mut entries).await {
                Ok(verdicts) => self.conclude(entries, verdicts),
                Err(trouble) if trouble.is_final() => {
                    let refused = entries.iter().map(|_| Verdict::Refused(trouble.problem.clone())).collect();
                    self.conclude(entries, refused);
                }
                Err(trouble) => self.fail(entries, &trouble.problem),
            }
        }
    }

    /// The database cannot be written at the moment.
    fn fail(&mut self, entries: Vec<Entry>, problem: &Problem) {
        if !self.shared.down.swap(true, Ordering::AcqRel) {
            tracing::error!(%problem, "the store cannot be written");
        }
        for mut entry in entries {
            let told = entry.told.take();
            // That a run ended or rests is true whether or not somebody learned that it could not be written yet: nobody
            // carries it any more, and it must not stay in this store's hand.
            if told.is_none() || entry.write.ends_hold() {
                entry.attempted = true;
                // Whoever comes next is to be told, not to wait for room. What is held grows no further: nothing is acknowledged.
                entry.room = None;
                self.held.push(entry);
            }
            if let Some(told) = told {
                let _ = told.send(Err(problem.clone()));
            }
        }
    }
}
