//! What a guest can reach: start an operation, log, read the run's clock, list names. Nothing else exists for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;
use wasmtime::{
    Engine, StoreContextMut,
    component::{FutureReader, Linker},
};
use weir_model::limits;

use super::{
    budget::{CpuMeter, MemoryBudget, WorkerMemory},
    guest::{Answer, Level},
};
use crate::{
    frame::{self, FromWorker, Outbox, RunKey},
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

    fn send(&self, head: &FromWorker, body: Vec<u8>) -> wasmtime::Result<()> {
        self.with(|outbox| outbox.push(head, body)).map_err(wasmtime::Error::new)
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
}

#[derive(Debug)]
struct Waiting {
    answer: oneshot::Sender<Result<Answer, String>>,
    argument_bytes: usize,
}

impl Calls {
    /// Hands an answer to the guest. `false`: nobody waits for it.
    pub(super) fn answer(&mut self, op: u32, outcome: Result<Answer, String>) -> bool {
        let Some(waiting) = self.waiting.remove(&op) else { return false };
        self.argument_bytes = self.argument_bytes.saturating_sub(waiting.argument_bytes);
        waiting.answer.send(outcome).is_ok()
    }

    /// Takes the next operation's number, and a place for its answer unless too many wait.
    fn begin(&mut self, argument_bytes: usize) -> (u32, oneshot::Receiver<Result<Answer, String>>, bool) {
        self.started = self.started.saturating_add(1);
        let (answer, receiver) = oneshot::channel();
        let fits = self.waiting.len() < limits::OPS_WAITING_MAX
            && self.argument_bytes + argument_bytes <= limits::OP_BYTES_WAITING_MAX;
        if fits {
            self.argument_bytes += argument_bytes;
            self.waiting.insert(self.started, Waiting { answer, argument_bytes });
        } else {
            // The receiver is alive: it is returned below.
            let _sent = answer.send(Err(TOO_MANY.to_owned()));
        }
        (self.started, receiver, fits)
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

    fn ask(
        &mut self,
        (namespace, member, arguments, line): (String, String, String, u32),
    ) -> wasmtime::Result<oneshot::Receiver<Result<Answer, String>>> {
        // One byte over the limit is enough for the gateway to refuse the call in its own words.
        let arguments = truncated(arguments, usize::try_from(limits::ARGUMENT_BYTES_MAX).unwrap_or(usize::MAX) + 1);
        let (op, answer, fits) = self.calls().begin(arguments.len());
        if fits {
            let namespace = truncated(namespace, limits::NAME_BYTES_MAX);
            let member = truncated(member, limits::NAME_BYTES_MAX);
            let run = self.calls().run;
            self.line.send(&FromWorker::Ask { run, op, line, namespace, member }, arguments.into_bytes())?;
        }
        Ok(answer)
    }

    fn log(&mut self, level: frame::Level, text: String) -> wasmtime::Result<()> {
        let mut calls = self.calls();
        if calls.log_bytes_left == 0 {
            calls.logs_truncated = true;
            return Ok(());
        }
        let whole = text.len();
        // One line fits a frame, whatever the limit.
        let left = calls.log_bytes_left.min(limits::ARGUMENT_BYTES_MAX);
        let text = truncated(text, usize::try_from(left).unwrap_or(usize::MAX));
        calls.logs_truncated |= text.len() < whole;
        calls.log_bytes_left = if text.len() < whole {
            0
        } else {
            calls.log_bytes_left.saturating_sub((text.len() as u64).max(LOG_LINE_BYTES_MIN))
        };
        let run = calls.run;
        drop(calls);
        self.line.send(&FromWorker::Log { run, level }, text.into_bytes())
    }
}

/// The longest beginning of `text` of at most `bytes_max` bytes.
fn truncated(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
    text
}

pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    let mut host = linker.instance("weir:guest/host@1.0.0")?;
    host.func_wrap("call", |mut store: StoreContextMut<'_, Host>, asked: (String, String, String, u32)| {
        let answer = store.data_mut().ask(asked)?;
        let future = FutureReader::new(store, async move { answer.await.map_err(wasmtime::Error::new) })?;
        Ok((future,))
    })?;
    host.func_wrap("log", |mut store: StoreContextMut<'_, Host>, (level, text): (Level, String)| {
        store.data_mut().log(level.into(), text)
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
    Ok(linker)
}
