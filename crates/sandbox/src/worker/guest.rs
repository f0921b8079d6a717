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
use weir_model::limits;

use super::{
    budget::{Tick, Verdict, WorkerMemory},
    host::{self, Host, Line},
};
use crate::{
    engine::{self, EngineFault},
    engines::EngineKind,
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

/// What a guest hands over at once: the largest result, and what comes with it. More would be held twice.
pub(super) const HANDED_BYTES_MAX: u64 = limits::RESULT_BYTES_MAX + 64 * limits::KIB;

/// The exported `run(source, context)`.
pub(super) type RunFunc = TypedFunc<(String, String), (Result<String, String>,)>;

/// How a guest waits for what it started. It is the one difference between `guests/weir.wit`'s two worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    /// `engine`: every operation is a future.
    Futures,
    /// `blocking-engine`: it asks for the next operation that ends.
    Blocking,
}

/// One operation's end, as a guest that blocks is told.
#[derive(Debug, ComponentType, Lower)]
#[component(record)]
pub(super) struct Completion {
    pub(super) op: u32,
    pub(super) outcome: Result<String, String>,
}

pub(super) struct Guest {
    world: World,
    engine: Engine,
    pre: InstancePre<Host>,
    memory: Arc<WorkerMemory>,
}

/// A fresh instance that no run has used.
pub(super) struct Instance {
    pub(super) store: Store<Host>,
    pub(super) run: RunFunc,
    pub(super) world: World,
}

impl Guest {
    pub(super) fn load(kind: EngineKind, compiled: File, runs_max: u32) -> Result<Self, EngineFault> {
        let world = match kind {
            EngineKind::Python => World::Blocking,
            EngineKind::JavaScript | EngineKind::Starlark => World::Futures,
        };
        // More than runs: the instances kept ready.
        let engine = engine::engine(kind, runs_max + 8)?;
        let component = engine::load(&engine, compiled)?;
        let linked = host::linker(&engine, world);
        let mut linker = linked.map_err(EngineFault::while_doing("setting up the host's functions"))?;
        let pre = linker
            .define_unknown_imports_as_traps(&component)
            .and_then(|()| linker.instantiate_pre(&component))
            .map_err(EngineFault::while_doing("linking the guest"))?;
        Ok(Self { world, engine, pre, memory: Arc::default() })
    }

    pub(super) fn world(&self) -> World {
        self.world
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A fresh instance that has done what every run does first, so that a run finds its memory in place.
    pub(super) fn instantiate(&self, line: &Line) -> wasmtime::Result<Instance> {
        let host = Host::new(line.clone(), Arc::clone(&self.memory));
        let cpu = Arc::clone(&host.cpu);
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| &mut host.memory);
        store.set_hostcall_fuel(usize::try_from(HANDED_BYTES_MAX).unwrap_or(usize::MAX));
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
        let prepare = instance.get_typed_func::<(), ()>(&mut store, "prepare")?;
        now(prepare.call_async(&mut store, ()))?;
        Ok(Instance { store, run, world: self.world })
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
