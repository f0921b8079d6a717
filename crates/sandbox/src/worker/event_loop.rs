//! The worker's one loop: read frames, give every run that has something to do a slice, write frames, wait.
//!
//! Runs that have used little CPU time go first, so a short snippet is not slowed down by a hundred long ones.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, IoSlice},
    os::fd::OwnedFd,
    sync::Arc,
    time::Duration,
};

use rustix::{
    buffer::spare_capacity,
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, sendmsg},
};
use weir_model::{Fault, FaultKind};

use super::{
    budget, ending,
    guest::{Guest, Instance, World},
    host::Line,
    native::NativeRun,
    resident::Resident,
    run::{Ending, Run, Step},
    ticker::Ticker,
    watch::Watch,
};
use crate::{
    answers::Delivery,
    frame::{Decoder, FaultHead, FromWorker, JobHead, Names, RunKey, TAKEN_TOLD, ToWorker},
    source::{self, Bindings, Prepared},
    starlark,
};

/// Binding versions a worker remembers. The gateway knows this number and tells a version again when it was forgotten.
pub(crate) const BINDINGS_KEPT: usize = 4;
/// Runs that used more CPU time than this take turns after all others.
const FRESH_CPU: Duration = Duration::from_millis(20);
/// Instances kept ready for the next runs: instantiating takes longer than all else that happens before a snippet's first line.
const INSTANCES_READY: usize = 2;
/// With more than this unwritten, no guest runs until the gateway has read some.
const BACKLOG_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) struct EventLoop {
    channel: OwnedFd,
    decoder: Decoder,
    line: Line,
    engine: Engine,
    bindings: VecDeque<(u64, Arc<Bindings>)>,
    runs: HashMap<RunKey, Hosted>,
    fresh: VecDeque<RunKey>,
    worn: VecDeque<RunKey>,
    ready: Vec<Instance>,
    /// No slot was free for another instance, and no run has ended since.
    crowded: bool,
    /// Ended runs whose memory is given back once their ending is on its way.
    spent: Vec<Active>,
}

/// What this worker runs snippets with, as it is before the first thread is started.
pub(super) enum Loaded {
    Guest(Guest),
    Starlark(Resident),
}

/// The same with what looks after the time of its runs.
enum Engine {
    Guest(Guest, Ticker),
    Starlark(Arc<Watch>),
}

struct Hosted {
    run: Active,
    /// The gateway wants to know when the run waits.
    settling: bool,
    /// Weight of the answers taken that the gateway was not told of yet.
    taken: u64,
}

/// A run under way.
enum Active {
    Guest(Run),
    Native(NativeRun),
}

impl Active {
    fn deliver(&mut self, delivery: Delivery) {
        match self {
            Self::Guest(run) => run.deliver(delivery),
            Self::Native(run) => run.deliver(delivery),
        }
    }

    fn step(&mut self) -> Step {
        match self {
            Self::Guest(run) => run.step(),
            Self::Native(run) => run.step(),
        }
    }

    fn taken(&mut self) -> u64 {
        match self {
            Self::Guest(run) => run.taken(),
            Self::Native(run) => run.taken(),
        }
    }

    fn cpu_used(&self) -> Duration {
        match self {
            Self::Guest(run) => run.cpu_used(),
            Self::Native(run) => run.cpu_used(),
        }
    }
}

impl EventLoop {
    pub(super) fn new(channel: OwnedFd, loaded: Loaded) -> io::Result<Self> {
        let line = Line::default();
        let engine = match loaded {
            Loaded::Guest(guest) => {
                let ticker = Ticker::start(guest.engine().clone())?;
                Engine::Guest(guest, ticker)
            }
            Loaded::Starlark(resident) => {
                starlark::warm_up();
                Engine::Starlark(Watch::start(resident, line.clone(), channel.try_clone()?)?)
            }
        };
        let mut this = Self {
            channel,
            decoder: Decoder::default(),
            line,
            engine,
            bindings: VecDeque::new(),
            runs: HashMap::new(),
            fresh: VecDeque::new(),
            worn: VecDeque::new(),
            ready: Vec::new(),
            crowded: false,
            spent: Vec::new(),
        };
        this.prepare_instance();
        this.say(&FromWorker::Ready, Vec::new());
        Ok(this)
    }

    /// Until the gateway is gone or says what this worker does not understand.
    pub(super) fn turn(mut self) -> io::Result<()> {
        loop {
            let runnable = !self.fresh.is_empty() || !self.worn.is_empty();
            let choked = self.line.with(|outbox| outbox.bytes() > BACKLOG_BYTES_MAX);
            if !self.wait((runnable && !choked) || self.wants_instance())? {
                return Ok(());
            }
            if !choked {
                self.run_slices();
            }
            self.flush()?;
            self.crowded &= self.spent.is_empty();
            self.spent.clear();
            if !runnable && self.wants_instance() {
                self.prepare_instance();
            }
        }
    }

    /// Reads what is there, waiting for something unless `busy`. `false`: the gateway is gone.
    fn wait(&mut self, busy: bool) -> io::Result<bool> {
        let unwritten = self.line.with(|outbox| !outbox.is_empty());
        if !busy && unwritten {
            match poll(&mut [PollFd::new(&self.channel, PollFlags::IN | PollFlags::OUT)], None::<&Timespec>) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(cause) => return Err(cause.into()),
            }
        }
        let wait = if busy || unwritten { RecvFlags::DONTWAIT } else { RecvFlags::empty() };
        match recv(&self.channel, spare_capacity(self.decoder.room()), wait) {
            Ok((0, _)) => return Ok(false),
            Ok(_) => {}
            Err(Errno::AGAIN | Errno::INTR) => return Ok(true),
            Err(cause) => return Err(cause.into()),
        }
        while let Some((head, body)) = self.decoder.next().map_err(io::Error::other)? {
            self.obey(head, body)?;
        }
        Ok(true)
    }

    fn obey(&mut self, head: ToWorker, body: Vec<u8>) -> io::Result<()> {
        match head {
            ToWorker::Bindings { version } => {
                let names: Names = postcard::from_bytes(&body).map_err(io::Error::other)?;
                if self.bindings.len() >= BINDINGS_KEPT {
                    self.bindings.pop_front();
                }
                self.bindings.push_back((version, Arc::new(Bindings::new(names))));
            }
            ToWorker::Start { run, job } => self.start(run, &job, text(body)?),
            ToWorker::Deliver { run, op, now_ms, ok } => {
                let json = text(body)?;
                if let Some(hosted) = self.runs.get_mut(&run) {
                    hosted.run.deliver(Delivery { op, now_ms, outcome: if ok { Ok(json) } else { Err(json) } });
                    self.queue(run);
                }
            }
            ToWorker::Settle { run } => {
                // One that has ended has said so.
                if let Some(hosted) = self.runs.get_mut(&run) {
                    hosted.settling = true;
                    self.queue(run);
                }
            }
            ToWorker::Cancel { run } => {
                if let Some(Hosted { run: running, .. }) = self.runs.remove(&run) {
                    let cpu = running.cpu_used();
                    self.spent.push(running);
                    let fault = Fault::new(FaultKind::Cancelled, "The run was cancelled.");
                    self.end(run, Ending { result: Err(fault), failed_op: None, cpu, logs_truncated: false });
                }
            }
            ToWorker::Ping => self.say(&FromWorker::Pong, Vec::new()),
        }
        Ok(())
    }

    fn start(&mut self, key: RunKey, job: &JobHead, source: String) {
        let (began, cpu) = budget::timed(|| self.begin(key, job, source));
        match began {
            Ok(run) => {
                self.runs.insert(key, Hosted { run, settling: false, taken: 0 });
                self.fresh.push_back(key);
            }
            Err(fault) => self.end(key, Ending { result: Err(*fault), failed_op: None, cpu, logs_truncated: false }),
        }
    }

    fn begin(&mut self, key: RunKey, job: &JobHead, source: String) -> Result<Active, Box<Fault>> {
        let told = self.bindings.iter().find(|(version, _)| *version == job.bindings);
        let bindings = told.map(|(_, bindings)| Arc::clone(bindings)).unwrap_or_default();
        let guest = match &self.engine {
            Engine::Guest(guest, _) => guest,
            Engine::Starlark(watch) => {
                let (program, spent) = budget::timed(|| starlark::prepare(&source, &bindings));
                let (line, watch) = (self.line.clone(), Arc::clone(watch));
                return NativeRun::new(key, job, program?, bindings, line, watch, spent).map(Active::Native);
            }
        };
        let (prepared, spent) = budget::timed(|| match guest.world() {
            World::Futures => source::prepare(source, job.typescript, &bindings),
            // This guest has its language's own parser.
            World::Blocking => Ok(Prepared::as_written(source)),
        });
        let instance = match self.ready.pop() {
            Some(instance) => instance,
            None => guest.instantiate(&self.line).map_err(|cause| Box::new(ending::no_instance(&cause)))?,
        };
        Run::new(key, job, prepared?, bindings, instance, spent).map(Active::Guest).map_err(Box::new)
    }

    /// One slice for each fresh run, then one for the worn run whose turn it is.
    fn run_slices(&mut self) {
        for _ in 0..self.fresh.len() {
            if let Some(key) = self.fresh.pop_front() {
                self.slice(key);
            }
        }
        if let Some(key) = self.worn.pop_front() {
            self.slice(key);
        }
    }

    fn slice(&mut self, key: RunKey) {
        let Some(hosted) = self.runs.get_mut(&key) else { return };
        let step = match &self.engine {
            Engine::Guest(_, ticker) => ticker.during(|| hosted.run.step()),
            // Its runs are watched one by one: each brings the watch along.
            Engine::Starlark(_) => hosted.run.step(),
        };
        let waits = matches!(step, Step::Idle);
        match step {
            Step::Again => self.queue(key),
            Step::Idle => {}
            Step::Ended(ending) => {
                if let Some(hosted) = self.runs.remove(&key) {
                    self.spent.push(hosted.run);
                }
                return self.end(key, *ending);
            }
        }
        self.tell_progress(key, waits);
    }

    /// Tells what a run has taken, once that is worth a frame, and that it waits, if the gateway wants to know.
    fn tell_progress(&mut self, key: RunKey, waits: bool) {
        let Some(hosted) = self.runs.get_mut(&key) else { return };
        hosted.taken += hosted.run.taken();
        let taken = if hosted.taken < TAKEN_TOLD { 0 } else { std::mem::take(&mut hosted.taken) };
        let settled = waits && std::mem::take(&mut hosted.settling);
        if taken > 0 {
            self.say(&FromWorker::Taken { run: key, weight: taken }, Vec::new());
        }
        if settled {
            self.say(&FromWorker::Settled { run: key }, Vec::new());
        }
    }

    /// Puts a run in its queue, once.
    fn queue(&mut self, key: RunKey) {
        let Some(hosted) = self.runs.get(&key) else { return };
        if self.fresh.contains(&key) || self.worn.contains(&key) {
            return;
        }
        let queue = if hosted.run.cpu_used() < FRESH_CPU { &mut self.fresh } else { &mut self.worn };
        queue.push_back(key);
    }

    fn end(&mut self, run: RunKey, ending: Ending) {
        let Ending { result, failed_op, cpu, logs_truncated } = ending;
        let (fault, body) = match result {
            Ok(json) => (None, json.into_bytes()),
            Err(fault) => (Some(FaultHead::new(&fault)), Vec::new()),
        };
        let cpu_ns = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        self.say(&FromWorker::Ended { run, cpu_ns, logs_truncated, failed_op, fault }, body);
    }

    fn say(&mut self, head: &FromWorker, body: Vec<u8>) {
        // Heads are made here from bounded texts, and results are checked against a smaller limit than a frame's.
        let _fits = self.line.with(|outbox| outbox.push(head, body));
    }

    fn flush(&mut self) -> io::Result<()> {
        let channel = &self.channel;
        let send = |slices: &[IoSlice<'_>]| {
            Ok(sendmsg(
                channel,
                slices,
                &mut SendAncillaryBuffer::default(),
                SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
            )?)
        };
        self.line.with(|outbox| outbox.flush(send)).map(drop)
    }

    fn wants_instance(&self) -> bool {
        matches!(self.engine, Engine::Guest(..)) && self.ready.len() < INSTANCES_READY && !self.crowded
    }

    fn prepare_instance(&mut self) {
        let Engine::Guest(guest, _) = &self.engine else { return };
        match guest.instantiate(&self.line) {
            Ok(instance) => self.ready.push(instance),
            Err(_none_free) => self.crowded = true,
        }
    }
}

fn text(body: Vec<u8>) -> io::Result<String> {
    String::from_utf8(body).map_err(io::Error::other)
}
