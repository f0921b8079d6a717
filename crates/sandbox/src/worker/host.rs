//! What a guest can reach: start an operation, log, read the run's clock, list names. Nothing else exists for it.

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use tokio::sync::oneshot;
use wasmtime::{
    Engine, StoreContextMut,
    component::{FutureReader, Linker, LinkerInstance},
};
use weir_model::limits;

use super::{
    budget::{CpuMeter, MemoryBudget, WorkerMemory},
    guest::{Answer, Completion, Level, World},
};
use crate::{
    frame::{self, FromWorker, JobHead, Outbox, RunKey, TooLarge},
    source::Bindings,
};

/// A log line costs at least this much of the log limit, so that empty ones end too.
pub(crate) const LOG_LINE_BYTES_MIN: u64 = 16;

/// The way out of the worker, shared by all runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Arc<Mutex<Outbox>>);

impl Line {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Outbox) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn send(&self, head: &FromWorker, body: Vec<u8>) -> Result<(), TooLarge> {
        self.with(|outbox| outbox.push(head, body))
    }

    /// Asks the gateway for an operation.
    pub(super) fn ask(&self, run: RunKey, op: u32, asked: Asked) -> Result<(), TooLarge> {
        let (namespace, member, arguments, line) = asked;
        // One byte over the limit is enough for the gateway to refuse the call in its own words.
        let arguments = truncated(arguments, usize::try_from(limits::ASK_BYTES_MAX).unwrap_or(usize::MAX) + 1);
        let namespace = truncated(namespace, limits::NAME_BYTES_MAX);
        let member = truncated(member, limits::NAME_BYTES_MAX);
        self.send(&FromWorker::Ask { run, op, line, namespace, member }, arguments.into_bytes())
    }
}

/// The host's side of one instance: before it is given a run, and after.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) memory: MemoryBudget,
    pub(super) cpu: Arc<Mutex<CpuMeter>>,
    pub(super) calls: Arc<Mutex<Calls>>,
    pub(super) line: Line,
    pub(super) bindings: Arc<Bindings>,
}

/// One run's operations, clock and log allowance.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) run: RunKey,
    pub(super) now_ms: u64,
    pub(super) log_bytes_left: u64,
    pub(super) logs_truncated: bool,
    started: u32,
    waiting: HashMap<u32, Waiting>,
    argument_bytes: usize,
    /// For a guest that blocks: what ended and has not been told yet, and who waits to be told.
    ended: VecDeque<Completion>,
    awaited: Option<Waker>,
}

#[derive(Debug)]
struct Waiting {
    /// `None`: its guest asks what has ended.
    answer: Option<oneshot::Sender<Result<Answer, String>>>,
    argument_bytes: usize,
}

/// A guest that blocks waits, and nothing is under way.
#[derive(Debug, thiserror::Error)]
#[error("the guest waits for nothing")]
pub(super) struct Deadlock;

impl Calls {
    pub(super) fn of(run: RunKey, job: &JobHead) -> Self {
        Self { run, now_ms: job.now_ms, log_bytes_left: job.log_bytes, ..Self::default() }
    }

    /// Passes a log line on, as far as the run's allowance goes.
    pub(super) fn log(&mut self, line: &Line, level: frame::Level, text: String) -> Result<(), TooLarge> {
        if self.log_bytes_left == 0 {
            self.logs_truncated = true;
            return Ok(());
        }
        let whole = text.len();
        // One line fits a frame, whatever the limit.
        let left = self.log_bytes_left.min(limits::ARGUMENT_BYTES_MAX);
        let text = truncated(text, usize::try_from(left).unwrap_or(usize::MAX));
        self.logs_truncated |= text.len() < whole;
        self.log_bytes_left = if text.len() < whole {
            0
        } else {
            self.log_bytes_left.saturating_sub((text.len() as u64).max(LOG_LINE_BYTES_MIN))
        };
        line.send(&FromWorker::Log { run: self.run, level }, text.into_bytes())
    }

    /// Whether the guest has started this operation, or one after it.
    pub(super) fn has_begun(&self, op: u32) -> bool {
        op <= self.started
    }

    /// Hands an answer to the guest. `false`: nobody waits for it.
    pub(super) fn answer(&mut self, op: u32, outcome: Result<Answer, String>) -> bool {
        let Some(waiting) = self.waiting.remove(&op) else { return false };
        self.argument_bytes = self.argument_bytes.saturating_sub(waiting.argument_bytes);
        match waiting.answer {
            Some(answer) => answer.send(outcome).is_ok(),
            None => {
                self.tell(op, outcome.map(|answer| answer.json));
                true
            }
        }
    }

    fn tell(&mut self, op: u32, outcome: Result<String, String>) {
        self.ended.push_back(Completion { op, outcome });
        if let Some(waker) = self.awaited.take() {
            waker.wake();
        }
    }

    /// What ended first of all that the guest has not been told.
    fn poll_ended(&mut self, context: &Context<'_>) -> Poll<wasmtime::Result<Completion>> {
        if let Some(completion) = self.ended.pop_front() {
            return Poll::Ready(Ok(completion));
        }
        if self.waiting.is_empty() {
            return Poll::Ready(Err(wasmtime::Error::new(Deadlock)));
        }
        self.awaited = Some(context.waker().clone());
        Poll::Pending
    }

    /// Takes the next operation's number and a place for its answer. `false`: too many wait, and it fails at once.
    fn begin(&mut self, argument_bytes: usize, answer: Option<oneshot::Sender<Result<Answer, String>>>) -> (u32, bool) {
        self.started = self.started.saturating_add(1);
        let fits = self.waiting.len() < limits::OPS_WAITING_MAX
            && self.argument_bytes + argument_bytes <= limits::OP_BYTES_WAITING_MAX;
        if fits {
            self.argument_bytes += argument_bytes;
            self.waiting.insert(self.started, Waiting { answer, argument_bytes });
        } else if let Some(answer) = answer {
            // A receiver that is gone has lost its interest.
            let _sent = answer.send(Err(TOO_MANY.to_owned()));
        } else {
            self.tell(self.started, Err(TOO_MANY.to_owned()));
        }
        (self.started, fits)
    }
}

/// The failure of an operation that was not even asked for.
const TOO_MANY: &str = r#"{"kind":"limit_exceeded","message":"Too many calls wait for an answer at once: await some of them before starting more.","retryable":false}"#;

impl Host {
    pub(super) fn new(line: Line, all: Arc<WorkerMemory>) -> Self {
        Self {
            memory: MemoryBudget::new(all),
            cpu: Arc::default(),
            calls: Arc::default(),
            line,
            bindings: Arc::default(),
        }
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts an operation.
    fn ask(&mut self, asked: Asked, answer: Option<oneshot::Sender<Result<Answer, String>>>) -> wasmtime::Result<u32> {
        let mut calls = self.calls();
        let (op, fits) = calls.begin(asked.2.len(), answer);
        let run = calls.run;
        drop(calls);
        if fits {
            self.line.ask(run, op, asked)?;
        }
        Ok(op)
    }
}

/// The longest beginning of `text` of at most `bytes_max` bytes.
fn truncated(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
    text
}

/// Namespace, member, arguments and line.
pub(super) type Asked = (String, String, String, u32);

pub(super) fn linker(engine: &Engine, world: World) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    let mut host = linker.instance("weir:guest/host@1.0.0")?;
    host.func_wrap("log", |store: StoreContextMut<'_, Host>, (level, text): (Level, String)| {
        let host = store.data();
        Ok(host.calls().log(&host.line, level.into(), text)?)
    })?;
    host.func_wrap("now", |store: StoreContextMut<'_, Host>, (): ()| {
        // Exact until the year 287396.
        #[expect(clippy::cast_precision_loss, reason = "the clock is far below 2^53")]
        let now = store.data().calls().now_ms as f64;
        Ok((now,))
    })?;
    host.func_wrap("names", |store: StoreContextMut<'_, Host>, (namespace,): (String,)| {
        Ok((store.data().bindings.listing(&namespace),))
    })?;
    match world {
        World::Futures => link_futures(linker.instance("weir:guest/futures@1.0.0")?)?,
        World::Blocking => link_completions(linker.instance("weir:guest/completions@1.0.0")?)?,
    }
    Ok(linker)
}

fn link_futures(mut futures: LinkerInstance<'_, Host>) -> wasmtime::Result<()> {
    futures.func_wrap("call", |mut store: StoreContextMut<'_, Host>, asked: Asked| {
        let (sender, answer) = oneshot::channel();
        store.data_mut().ask(asked, Some(sender))?;
        let future = FutureReader::new(store, async move { answer.await.map_err(wasmtime::Error::new) })?;
        Ok((future,))
    })
}

fn link_completions(mut completions: LinkerInstance<'_, Host>) -> wasmtime::Result<()> {
    completions.func_wrap("start", |mut store: StoreContextMut<'_, Host>, asked: Asked| {
        Ok((store.data_mut().ask(asked, None)?,))
    })?;
    completions.func_wrap_async("wait", |store: StoreContextMut<'_, Host>, (): ()| {
        let calls = Arc::clone(&store.data().calls);
        Box::new(async move {
            let ended =
                |context: &mut Context<'_>| calls.lock().unwrap_or_else(PoisonError::into_inner).poll_ended(context);
            Ok((poll_fn(ended).await?,))
        })
    })
}
