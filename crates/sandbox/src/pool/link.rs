//! One worker process and the channel to it. Everything that arrives is checked here before anybody else sees it.
//!
//! A worker that sends nonsense, does not answer or does not end a cancelled run is killed; its runs end as `WorkerLost`.

mod inbound;
mod run;

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Write as _},
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    net::unix::pipe,
    sync::{Notify, mpsc},
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;
use weir_bridge::port::{Ended, Event, Job};
use weir_model::{Bindings, Delivery, Fault, FaultKind, Language, limits};

use super::{
    Admission, PoolConfig,
    session::{AHEAD_MAX, WorkerSession},
    staff::Seat,
};
use crate::{
    engines::EngineKind,
    frame::{Decoder, FrameInvalid, JobHead, Names, Outbox, RunKey, ToWorker},
    guests::Compiled,
    process::{self, Process, Role},
    worker::{BINDINGS_KEPT, LOG_LINE_BYTES_MIN},
};
pub(super) use run::News;
use run::Run;

/// How often a worker with runs is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A worker silent for this long is asked whether it is alive.
const SILENCE_MAX: Duration = Duration::from_secs(1);
/// What a worker gets beyond a limit before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// Bytes waiting to be read by one worker; more means it has stopped reading.
const UNREAD_BYTES_MAX: u64 = limits::FRAME_QUEUE_BYTES_MAX + limits::RUN_RESPONSE_BYTES_MAX;

/// Why a worker is no more. For its runs' faults and the operator's trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Parting {
    #[error("it was replaced")]
    Replaced,
    #[error("it ended by itself")]
    Ended,
    #[error("it did not answer in time")]
    Stalled,
    #[error("it did not end a cancelled run")]
    Deaf,
    #[error("it stopped reading")]
    Unread,
    #[error("it broke the protocol: {0}")]
    Hostile(#[from] Hostile),
    #[error("it made a forbidden system call and was ended by the kernel, whose log has its number")]
    Forbidden,
    #[error("a run went so far beyond a limit that it took the worker with it")]
    Overrun,
    #[error("it could not load its engine: {0}")]
    Unfit(String),
    #[error("its channel failed: {0}")]
    Channel(String),
}

/// What only a broken or hostile worker sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Hostile {
    #[error(transparent)]
    Frame(#[from] FrameInvalid),
    #[error("a frame for no run")]
    NoRun,
    #[error("operations out of order")]
    OpOrder,
    #[error("more operations than may wait, or more of their arguments")]
    Ops,
    #[error("it settled, and nobody asked")]
    Settled,
    #[error("more answers taken than it was given")]
    Taken,
    #[error("more events than may wait")]
    Events,
    #[error("more log text than its limit")]
    Logs,
    #[error("a result that is not JSON")]
    Result,
}

#[derive(Default)]
struct State {
    outbox: Outbox,
    runs: HashMap<RunKey, Run>,
    keys: RunKey,
    /// Binding versions the worker remembers, oldest first.
    told: VecDeque<u64>,
    closed: bool,
    heard: Option<Instant>,
    pinged: bool,
    overrun: bool,
    /// The end of the run that the worker ended with.
    last_words: Option<(Run, Event)>,
}

pub(super) struct Link {
    pub(super) id: u64,
    process: u32,
    channel: StdStream,
    /// The same socket, watched for reading only: one watched for writing too wakes the gateway whenever the worker reads.
    incoming: pipe::Receiver,
    state: Mutex<State>,
    /// There is something to write, or a run to look after.
    stirred: Notify,
    end: CancellationToken,
}

/// A worker that was just started, before its task runs.
pub(super) struct Started {
    pub(super) link: Arc<Link>,
    process: Process,
}

/// What became of a worker.
pub(super) struct Gone {
    pub(super) parting: Parting,
    /// It had loaded its engine.
    pub(super) was_ready: bool,
}

impl Link {
    pub(super) fn spawn(config: &PoolConfig, engine: EngineKind, guest: &Compiled, id: u64) -> io::Result<Started> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        // To read it as a pipe is all that is done with this descriptor, so it need not be one.
        let incoming = pipe::Receiver::from_owned_fd_unchecked(OwnedFd::from(ours.try_clone()?))?;
        let theirs = Some(OwnedFd::from(theirs));
        let process =
            process::spawn(&config.command, Role::Run(engine), theirs, guest.descriptor()?, config.worker_stderr)?;
        let link = Self {
            id,
            process: process.id(),
            channel: ours,
            incoming,
            state: Mutex::default(),
            stirred: Notify::new(),
            end: CancellationToken::new(),
        };
        Ok(Started { link: Arc::new(link), process })
    }

    pub(super) fn process(&self) -> u32 {
        self.process
    }

    /// Ends the worker; nothing more is to be expected from it.
    pub(super) fn end(&self) {
        self.end.cancel();
    }

    /// Starts a run.
    pub(super) fn start(self: &Arc<Self>, job: &Job, seat: Seat, admission: Admission) -> WorkerSession {
        let log_lines = usize::try_from(job.limits.log_bytes / LOG_LINE_BYTES_MIN).unwrap_or(usize::MAX);
        let capacity = log_lines.saturating_add(limits::OPS_WAITING_MAX + AHEAD_MAX + 16).min(1 << 20);
        let (events, receiver) = mpsc::channel(capacity);
        let mut state = self.state();
        state.keys = state.keys.wrapping_add(1);
        let key = state.keys;
        if state.closed {
            drop(state);
            return WorkerSession::new(Arc::clone(self), key, receiver, admission);
        }
        if state.runs.is_empty() {
            state.heard = Some(Instant::now());
        }
        state.runs.insert(key, Run::new(job, events, seat));
        self.tell_bindings(&mut state, &job.bindings);
        self.send(&mut state, &ToWorker::Start { run: key, job: head(job) }, job.source.as_bytes().to_vec());
        drop(state);
        self.stirred.notify_one();
        WorkerSession::new(Arc::clone(self), key, receiver, admission)
    }

    pub(super) fn deliver(&self, run: RunKey, delivery: Delivery) {
        let mut state = self.state();
        let Some(running) = state.runs.get_mut(&run) else { return };
        let (ok, json) = match delivery.outcome {
            Ok(json) => (true, json),
            Err(json) => (false, json),
        };
        running.answered(delivery.op.0, json.len());
        let head = ToWorker::Deliver { run, op: delivery.op.0, now_ms: delivery.now_ms, ok };
        self.send(&mut state, &head, json.into_bytes());
    }

    /// Asks for an [`Event::Settled`]. Not to be called again before it came.
    pub(super) fn settle(&self, run: RunKey) {
        let mut state = self.state();
        let Some(running) = state.runs.get_mut(&run) else { return };
        running.settle();
        self.send(&mut state, &ToWorker::Settle { run }, Vec::new());
    }

    pub(super) fn cancel(&self, run: RunKey) {
        let mut state = self.state();
        let Some(running) = state.runs.get_mut(&run) else { return };
        running.cancelled = Some(Instant::now());
        self.send(&mut state, &ToWorker::Cancel { run }, Vec::new());
    }

    fn tell_bindings(&self, state: &mut State, bindings: &Bindings) {
        if state.told.contains(&bindings.version) {
            return;
        }
        if state.told.len() >= BINDINGS_KEPT {
            state.told.pop_front();
        }
        state.told.push_back(bindings.version);
        let names = postcard::to_stdvec(&names(bindings)).unwrap_or_default();
        self.send(state, &ToWorker::Bindings { version: bindings.version }, names);
    }

    /// Queues a frame and writes what the channel takes at once.
    fn send(&self, state: &mut State, head: &ToWorker, body: Vec<u8>) {
        if state.closed {
            return;
        }
        if state.outbox.push(head, body).is_err() || state.outbox.bytes() as u64 > UNREAD_BYTES_MAX {
            self.end.cancel();
            return;
        }
        match self.flush(&mut state.outbox) {
            Ok(true) => {}
            Ok(false) => self.stirred.notify_one(),
            Err(_broken) => self.end.cancel(),
        }
    }

    /// Writes what the channel takes at once. `true`: all of it.
    fn flush(&self, outbox: &mut Outbox) -> io::Result<bool> {
        outbox.flush(|slices| (&self.channel).write_vectored(slices))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Started {
    /// Reads from the worker until it is gone. `ready` is called once. Whoever calls this gives it no further run and then
    /// [buries](Self::bury) it.
    pub(super) async fn attend(&self, ready: impl FnOnce() + Send) -> Gone {
        let mut ready = Some(ready);
        let parting = self.link.attend(&mut ready).await;
        Gone { parting, was_ready: ready.is_none() }
    }

    /// Ends its process and its runs.
    pub(super) async fn bury(mut self, Gone { parting, was_ready }: Gone) -> Gone {
        self.process.kill();
        let parting = match self.process.wait().await {
            Ok(status) if process::made_a_forbidden_call(status) => Parting::Forbidden,
            _ => parting,
        };
        let (last_words, runs) = {
            let mut state = self.link.state();
            state.closed = true;
            state.outbox = Outbox::default();
            (state.last_words.take(), std::mem::take(&mut state.runs))
        };
        if let Some((run, ended)) = last_words {
            let _told = run.events.try_send(News::Event(ended));
        }
        for run in runs.into_values() {
            // Full or dropped: nobody listens, and a dropped channel says the same.
            let _told = run.events.try_send(News::Event(lost(&parting)));
        }
        Gone { parting, was_ready }
    }
}

impl Link {
    async fn attend(&self, ready: &mut Option<impl FnOnce() + Send>) -> Parting {
        let mut decoder = Decoder::default();
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (unwritten, busy) = {
                let state = self.state();
                (!state.outbox.is_empty(), !state.runs.is_empty())
            };
            let step = tokio::select! {
                biased;
                () = self.end.cancelled() => Err(Parting::Replaced),
                readable = self.incoming.readable() => match readable {
                    Ok(()) => self.read(&mut decoder, ready),
                    Err(cause) => Err(Parting::Channel(cause.to_string())),
                },
                writable = self.writable(), if unwritten => match writable {
                    Ok(()) => self.write(),
                    Err(cause) => Err(Parting::Channel(cause.to_string())),
                },
                _ = look.tick(), if busy => self.look_after(),
                () = self.stirred.notified() => Ok(()),
            };
            if let Err(parting) = step {
                let unread = self.state().outbox.bytes() as u64 > UNREAD_BYTES_MAX;
                return if unread { Parting::Unread } else { parting };
            }
        }
    }

    /// Waits until the worker has read some of what is unwritten.
    async fn writable(&self) -> io::Result<()> {
        pipe::Sender::from_owned_fd_unchecked(OwnedFd::from(self.channel.try_clone()?))?.writable().await
    }

    fn write(&self) -> Result<(), Parting> {
        let flushed = self.flush(&mut self.state().outbox);
        flushed.map(drop).map_err(|cause| Parting::Channel(cause.to_string()))
    }

    fn read(&self, decoder: &mut Decoder, ready: &mut Option<impl FnOnce() + Send>) -> Result<(), Parting> {
        match self.incoming.try_read_buf(decoder.room()) {
            Ok(0) => return Err(Parting::Ended),
            Ok(_) => {}
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(cause) => return Err(Parting::Channel(cause.to_string())),
        }
        while let Some((head, body)) = decoder.next().map_err(Hostile::Frame)? {
            self.heed(head, body, ready)?;
        }
        Ok(())
    }

    /// Whether the worker still answers and ends what it was told to end.
    fn look_after(&self) -> Result<(), Parting> {
        let mut state = self.state();
        let now = Instant::now();
        let silent = state.heard.map_or(Duration::ZERO, |heard| now - heard);
        let patience = state.runs.values().map(|run| run.cpu_limit).min().unwrap_or_default() + GRACE;
        if state.runs.values().any(|run| run.cancelled.is_some_and(|at| now - at > 2 * GRACE)) {
            return Err(Parting::Deaf);
        }
        if silent > patience.max(SILENCE_MAX) {
            return Err(Parting::Stalled);
        }
        if silent >= SILENCE_MAX / 2 && !state.pinged {
            state.pinged = true;
            self.send(&mut state, &ToWorker::Ping, Vec::new());
        }
        Ok(())
    }
}

fn lost(parting: &Parting) -> Event {
    let message = match parting {
        Parting::Stalled => "The worker process running the snippet did not answer and was ended.",
        Parting::Hostile(_) => "The worker process running the snippet broke its protocol and was ended.",
        Parting::Forbidden => "The worker process running the snippet made a forbidden system call and was ended.",
        Parting::Overrun => {
            "The worker process running the snippet was ended because another snippet in it went far beyond its limits."
        }
        _ => "The worker process running the snippet ended.",
    };
    let fault = Fault::new(FaultKind::WorkerLost, message)
        .hint("Run it again; if it happens again, the snippet may be the cause.");
    Event::Ended(Ended { result: Err(fault), failed_op: None, cpu: Duration::ZERO, logs_truncated: false })
}

fn head(job: &Job) -> JobHead {
    JobHead {
        typescript: job.language == Language::TypeScript,
        bindings: job.bindings.version,
        seed: job.seed,
        now_ms: job.now_ms,
        cpu_ns: u64::try_from(job.limits.cpu.as_nanos()).unwrap_or(u64::MAX),
        memory_bytes: job.limits.memory_bytes,
        log_bytes: job.limits.log_bytes,
    }
}

fn names(bindings: &Bindings) -> Names {
    let namespaces = bindings.namespaces.iter().map(|namespace| {
        let members = namespace.members.iter().map(|member| (member.identifier.clone(), member.raw.clone()));
        (namespace.identifier.clone(), namespace.raw.clone(), members.collect())
    });
    namespaces.collect()
}
