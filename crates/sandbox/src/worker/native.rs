//! A run of the Starlark engine, stepped by the worker's loop like any other.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use weir_model::Fault;

use super::{
    budget::{CpuMeter, Tick, Verdict},
    ending,
    host::{Calls, Line},
    resident::MemoryMeter,
    run::{Ending, Step},
    watch::{Stepping, Watch},
};
use crate::{
    answers::Delivery,
    frame::{self, JobHead, RunKey},
    source::Bindings,
    starlark::{self, Ask, Failure, Host, Program, Turn},
};

/// The engine's way out: the same channel, allowances and meter as a guest's.
struct Outside {
    line: Line,
    calls: Arc<Mutex<Calls>>,
    cpu: Rc<Cell<CpuMeter>>,
    memory: Rc<Cell<MemoryMeter>>,
    watch: Arc<Watch>,
}

impl Host for Outside {
    fn ask(&mut self, ask: Ask) {
        let run = lock(&self.calls).run;
        // What does not fit a frame was refused before it came here.
        let _sent = self.line.ask(run, ask.op, (ask.namespace, ask.member, ask.arguments, ask.line));
    }

    fn log(&mut self, level: frame::Level, text: String) {
        let _sent = lock(&self.calls).log(&self.line, level, text);
    }

    fn turn(&mut self) -> Turn {
        if self.memory.get().is_over(self.watch.resident()) {
            return Turn::TooLarge;
        }
        match self.cpu.get().tick() {
            Tick::GoOn => Turn::GoOn,
            Tick::Yield => Turn::Yield,
            Tick::Over => Turn::Over,
        }
    }
}

pub(super) struct NativeRun {
    run: starlark::Run,
    key: RunKey,
    cpu: Rc<Cell<CpuMeter>>,
    memory: Rc<Cell<MemoryMeter>>,
    watch: Arc<Watch>,
    calls: Arc<Mutex<Calls>>,
    memory_bytes: u64,
    cpu_limit: Duration,
}

impl NativeRun {
    /// Nothing of the snippet has run yet.
    pub(super) fn new(
        key: RunKey,
        job: &JobHead,
        program: Program,
        bindings: Arc<Bindings>,
        line: Line,
        watch: Arc<Watch>,
        spent: Duration,
    ) -> Result<Self, Box<Fault>> {
        let cpu_limit = Duration::from_nanos(job.cpu_ns);
        let cpu = Rc::new(Cell::new(CpuMeter::with_limit(cpu_limit, spent)));
        let calls = Arc::new(Mutex::new(Calls::of(key, job)));
        let memory = Rc::new(Cell::new(MemoryMeter::with_limit(job.memory_bytes)));
        let outside = Outside {
            line,
            calls: Arc::clone(&calls),
            cpu: Rc::clone(&cpu),
            memory: Rc::clone(&memory),
            watch: Arc::clone(&watch),
        };
        let run = starlark::Run::new(program, bindings, job.memory_bytes, Box::new(outside))?;
        Ok(Self { run, key, cpu, memory, watch, calls, memory_bytes: job.memory_bytes, cpu_limit })
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) {
        let (Ok(json) | Err(json)) = &delivery.outcome;
        let bytes = json.len();
        self.memory_meter(|memory, resident| {
            // Where the kernel tells nothing, nothing would ever be taken off.
            if resident > 0 {
                memory.received(bytes);
            }
        });
        self.run.deliver(delivery);
    }

    /// Weight of the answers that were handed over since this was last asked.
    pub(super) fn taken(&mut self) -> u64 {
        self.run.taken()
    }

    pub(super) fn cpu_used(&self) -> Duration {
        self.cpu.get().used()
    }

    pub(super) fn step(&mut self) -> Step {
        let stepping = Stepping {
            run: self.key,
            cpu_used: self.cpu_used(),
            cpu_limit: self.cpu_limit,
            memory: self.memory_meter(|memory, resident| memory.begin(resident)),
            memory_bytes: self.memory_bytes,
            calls: Arc::clone(&self.calls),
        };
        self.meter(CpuMeter::begin);
        let step = self.watch.during(stepping, || self.run.step());
        self.meter(CpuMeter::end);
        self.memory_meter(|memory, resident| memory.end(resident));
        match step {
            starlark::Step::Again => Step::Again,
            starlark::Step::Idle => Step::Idle,
            starlark::Step::Ended(ended) => Step::Ended(Box::new(self.ending(*ended))),
        }
    }

    fn memory_meter(&self, change: impl FnOnce(&mut MemoryMeter, u64)) -> MemoryMeter {
        let mut memory = self.memory.get();
        change(&mut memory, self.watch.resident());
        self.memory.set(memory);
        memory
    }

    fn meter(&self, change: impl FnOnce(&mut CpuMeter)) {
        let mut cpu = self.cpu.get();
        change(&mut cpu);
        self.cpu.set(cpu);
    }

    fn ending(&self, ended: starlark::Ended) -> Ending {
        let over = |verdict| ending::limit_fault(verdict, self.memory_bytes, self.cpu_limit);
        Ending {
            result: ended.result.map_err(|failure| match failure {
                Failure::Fault(fault) => *fault,
                Failure::Cpu => over(Verdict::Cpu),
                Failure::Memory => over(Verdict::Memory),
            }),
            failed_op: ended.failed_op,
            cpu: self.cpu_used(),
            logs_truncated: lock(&self.calls).logs_truncated,
        }
    }
}

fn lock(calls: &Mutex<Calls>) -> MutexGuard<'_, Calls> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}
