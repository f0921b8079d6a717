//! The loaded guest: fresh instances of it, and the types of `guests/weir.wit` as Rust sees them.
//!
//! An instance serves one run and is thrown away.

use std::{
    fs::File,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use wasmtime::{
    Engine, Store, UpdateDeadline,
    component::{ComponentType, InstancePre, Lift, Lower, TypedFunc},
};

use super::{
    budget::{Tick, Verdict, WorkerMemory},
    host::{self, Host, Line},
};
use crate::{
    engine::{self, EngineFault},
    frame,
};

/// What an operation answered.
#[derive(Debug, Clone, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub(super) struct Answer {
    pub(super) json: String,
    /// The JSON holds an integer that a double cannot.
    pub(super) big: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made only by lifting what a guest passes")]
pub(super) enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}

impl From<Level> for frame::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

/// The exported `run(source, context)`.
pub(super) type RunFunc = TypedFunc<(String, String), (Result<String, String>,)>;

pub(super) struct Guest {
    engine: Engine,
    pre: InstancePre<Host>,
    memory: Arc<WorkerMemory>,
}

/// A fresh instance that no run has used.
pub(super) struct Instance {
    pub(super) store: Store<Host>,
    pub(super) run: RunFunc,
    rehearse: TypedFunc<(), ()>,
}

impl Guest {
    pub(super) fn load(compiled: File, runs_max: u32) -> Result<Self, EngineFault> {
        // One more than runs: the instance kept ready.
        let engine = engine::engine(runs_max + 8)?;
        let component = engine::load(&engine, compiled)?;
        let mut linker = host::linker(&engine).map_err(EngineFault::while_doing("setting up the host's functions"))?;
        let pre = linker
            .define_unknown_imports_as_traps(&component)
            .and_then(|()| linker.instantiate_pre(&component))
            .map_err(EngineFault::while_doing("linking the guest"))?;
        Ok(Self { engine, pre, memory: Arc::default() })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn instantiate(&self, line: &Line) -> wasmtime::Result<Instance> {
        let host = Host::new(line.clone(), Arc::clone(&self.memory));
        let cpu = Arc::clone(&host.cpu);
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| &mut host.memory);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |mut store| {
            let tick = cpu.lock().unwrap_or_else(std::sync::PoisonError::into_inner).tick();
            match tick {
                Tick::GoOn => Ok(UpdateDeadline::Continue(1)),
                Tick::Yield => Ok(UpdateDeadline::Yield(1)),
                Tick::Over => {
                    store.data_mut().memory.verdict = Some(Verdict::Cpu);
                    Err(wasmtime::format_err!("the run is over its CPU limit"))
                }
            }
        });
        // Nothing limits the instance yet but the engine: what it does here is the same for every run.
        store.data_mut().cpu.lock().unwrap_or_else(std::sync::PoisonError::into_inner).limit = std::time::Duration::MAX;
        let instance = now(self.pre.instantiate_async(&mut store))?;
        let run = instance.get_typed_func(&mut store, "run")?;
        let rehearse = instance.get_typed_func(&mut store, "rehearse")?;
        Ok(Instance { store, run, rehearse })
    }
}

impl Instance {
    /// Lets the guest do what every run does first, so that its memory is in place when a run comes.
    pub(super) fn rehearse(&mut self) -> wasmtime::Result<()> {
        let rehearse = self.rehearse;
        now(self.store.run_concurrent(async |accessor| rehearse.call_concurrent(accessor, ()).await))??;
        Ok(())
    }
}

/// Drives a future that never waits for anything but its own next turn.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
