//! One run inside a worker: its guest's future, polled slice by slice, and the answers waiting to be delivered.
//!
//! The next answer is handed over only when the guest has nothing left to do.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use wasmtime::Store;
use weir_model::Fault;

use super::{
    budget::{CpuMeter, Verdict},
    ending::{self, Snippet},
    guest::{Answer, Instance, World},
    host::{Calls, Host},
};
use crate::{
    answers::{ANSWERS_PER_STEP, Answers, Delivery},
    frame::{JobHead, RunKey},
    source::{self, Bindings, Prepared},
};

/// Whether a run has anything to do before its next answer.
#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What the guest's future leaves: its outcome, and the verdict if it was ended from outside.
type Left = (wasmtime::Result<Result<String, String>>, Option<Verdict>);

pub(super) struct Run {
    future: Pin<Box<dyn Future<Output = Left>>>,
    woken: Arc<Woken>,
    waker: Waker,
    cpu: Arc<Mutex<CpuMeter>>,
    calls: Arc<Mutex<Calls>>,
    answers: Answers,
    snippet: Snippet,
    world: World,
}

/// How a run ended.
pub(super) struct Ending {
    pub(super) result: Result<String, Fault>,
    pub(super) failed_op: Option<u32>,
    pub(super) cpu: Duration,
    pub(super) logs_truncated: bool,
}

pub(super) enum Step {
    /// It has more to do.
    Again,
    /// It waits for an answer.
    Idle,
    Ended(Box<Ending>),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    /// Gives `instance` a run. Nothing of the snippet has run yet.
    pub(super) fn new(
        key: RunKey,
        job: &JobHead,
        prepared: Prepared,
        bindings: Arc<Bindings>,
        mut instance: Instance,
        spent: Duration,
    ) -> Result<Self, Fault> {
        let context = source::context(job.seed, &bindings);
        let host = instance.store.data_mut();
        if !host.memory.limit_to(job.memory_bytes) {
            return Err(ending::limit_fault(Verdict::Memory, job.memory_bytes, Duration::from_nanos(job.cpu_ns)));
        }
        host.bindings = bindings;
        let (cpu, calls) = (Arc::clone(&host.cpu), Arc::clone(&host.calls));
        *lock(&cpu) = CpuMeter::with_limit(Duration::from_nanos(job.cpu_ns), spent);
        *lock(&calls) = Calls::of(key, job);
        let woken = Arc::new(Woken::default());
        let world = instance.world;
        Ok(Self {
            future: Box::pin(drive(instance, prepared.code, context)),
            waker: Waker::from(Arc::clone(&woken)),
            woken,
            cpu,
            calls,
            answers: Answers::default(),
            snippet: Snippet {
                source: prepared.source,
                shift: prepared.shift,
                memory_bytes: job.memory_bytes,
                cpu: Duration::from_nanos(job.cpu_ns),
            },
            world,
        })
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) {
        self.answers.push(delivery);
    }

    /// Weight of the answers that were handed over since this was last asked.
    pub(super) fn taken(&mut self) -> u64 {
        self.answers.taken()
    }

    pub(super) fn cpu_used(&self) -> Duration {
        lock(&self.cpu).used()
    }

    /// Runs the guest until it yields, waits or ends.
    pub(super) fn step(&mut self) -> Step {
        for _ in 0..ANSWERS_PER_STEP {
            self.woken.0.store(false, Ordering::Relaxed);
            lock(&self.cpu).begin();
            let polled = self.future.as_mut().poll(&mut Context::from_waker(&self.waker));
            lock(&self.cpu).end();
            match polled {
                Poll::Ready(left) => return Step::Ended(Box::new(self.ending(left))),
                Poll::Pending if self.woken.0.load(Ordering::Relaxed) => return Step::Again,
                Poll::Pending => {}
            }
            if !self.hand_over_next() {
                return Step::Idle;
            }
        }
        Step::Again
    }

    /// Hands over answers until one is waited for. `false`: there is none, or its operation was not started yet.
    fn hand_over_next(&mut self) -> bool {
        let mut calls = lock(&self.calls);
        while let Some(delivery) = self.answers.next(|op| calls.has_begun(op)) {
            calls.now_ms = delivery.now_ms;
            let answer = delivery.outcome.map(|json| Answer { big: source::holds_big_integer(&json), json });
            if calls.answer(delivery.op, answer) {
                return true;
            }
        }
        false
    }

    fn ending(&self, (outcome, verdict): Left) -> Ending {
        let (result, failed_op) = match outcome {
            Ok(Ok(json)) => (ending::checked(json, self.world), None),
            Ok(Err(error)) => ending::from_guest(&error, &self.snippet),
            Err(trap) => (Err(ending::from_trap(&trap, verdict, &self.snippet)), None),
        };
        Ending {
            result: result.map_err(|fault| ending::with_source_line(fault, &self.snippet.source)),
            failed_op,
            cpu: self.cpu_used(),
            logs_truncated: lock(&self.calls).logs_truncated,
        }
    }
}

async fn drive(instance: Instance, code: String, context: String) -> Left {
    let Instance { mut store, run, world } = instance;
    let outcome = match world {
        World::Futures => call(&mut store, run, code, context).await,
        World::Blocking => run.call_async(&mut store, (code, context)).await.map(|(outcome,)| outcome),
    };
    let verdict = store.data().memory.verdict;
    (outcome, verdict)
}

async fn call(
    store: &mut Store<Host>,
    run: super::guest::RunFunc,
    code: String,
    context: String,
) -> wasmtime::Result<Result<String, String>> {
    let (outcome,) =
        store.run_concurrent(async |accessor| run.call_concurrent(accessor, (code, context)).await).await??;
    Ok(outcome)
}
