#![expect(unsafe_code, reason = "wasmtime says that deserialising compiled guests is unsafe; only this file does it")]
//! Wall one: the one configuration of wasmtime, shared by the process that compiles a guest and the workers that run it.
//!
//! Loads compiled guests only from files the gateway opened and verified. Never compiles in a worker that runs snippets.

use std::{fs::File, io::Read as _, os::fd::AsRawFd as _};

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, component::Component};
use weir_model::limits;

use crate::engines::EngineKind;

/// Part of a compiled guest's cache key: raise it whenever [`config`] changes.
pub(crate) const REVISION: &str = "wasmtime 48.0.8, settings 2";

/// What a guest's own code may use of its stack: interpreters recurse on nested source, JSON and calls.
const fn wasm_stack_bytes(kind: EngineKind) -> usize {
    match kind {
        EngineKind::JavaScript | EngineKind::Starlark => 2 * 1024 * 1024,
        // It recurses in C for what others do in bytecode, and its own check of the stack hardly works here.
        EngineKind::Python => 8 * 1024 * 1024,
    }
}
/// What host functions called by a guest may use beyond that.
const HOST_STACK_BYTES: usize = 1024 * 1024;
/// The largest memory a wasm32 guest can address; reserving all of it spares every bounds check.
const RESERVED_BYTES: u64 = 4 * 1024 * limits::MIB;
/// Memory kept mapped in a freed slot, so that the next run there faults in fewer pages.
const KEPT_BYTES: usize = 2 * 1024 * 1024;

/// A guest cannot be compiled or loaded. For the operator, never for an agent.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {cause:#}")]
pub(crate) struct EngineFault {
    what: &'static str,
    cause: wasmtime::Error,
}

impl EngineFault {
    pub(crate) fn while_doing(what: &'static str) -> impl FnOnce(wasmtime::Error) -> Self {
        move |cause| Self { what, cause }
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .memory_reservation(RESERVED_BYTES)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false);
    config
}

/// Compiles a guest. Takes about two CPU seconds and 150 MB: never in the gateway's own process.
pub(crate) fn compile(guest: &[u8]) -> Result<Vec<u8>, EngineFault> {
    let engine = Engine::new(&config()).map_err(EngineFault::while_doing("setting up the compiler"))?;
    engine.precompile_component(guest).map_err(EngineFault::while_doing("compiling the guest"))
}

/// wasmtime for guests of `kind`, with room for `runs_max` runs at once.
pub(crate) fn engine(kind: EngineKind, runs_max: u32) -> Result<Engine, EngineFault> {
    let parts = parts(kind);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(runs_max)
        .total_core_instances(runs_max * parts.core_instances)
        .total_memories(runs_max * parts.memories)
        .total_tables(runs_max * parts.tables)
        .total_stacks(runs_max * STACKS_PER_RUN)
        .max_core_instances_per_component(parts.core_instances)
        .max_memories_per_component(parts.memories)
        .max_tables_per_component(parts.tables)
        .table_elements(parts.table_elements)
        .max_component_instance_size(parts.instance_bytes)
        .max_core_instance_size(parts.instance_bytes)
        .max_memory_size(usize::try_from(RESERVED_BYTES).unwrap_or(usize::MAX))
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(KEPT_BYTES)
        .table_keep_resident(KEPT_BYTES);
    let mut config = config();
    let stack = wasm_stack_bytes(kind);
    config
        .max_wasm_stack(stack)
        .async_stack_size(stack + HOST_STACK_BYTES)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).map_err(EngineFault::while_doing("setting up the engine"))
}

const STACKS_PER_RUN: u32 = 2;

/// What one instance of a guest is made of, rounded up.
struct Parts {
    core_instances: u32,
    memories: u32,
    tables: u32,
    table_elements: usize,
    instance_bytes: usize,
}

const fn parts(kind: EngineKind) -> Parts {
    match kind {
        EngineKind::JavaScript | EngineKind::Starlark => {
            Parts { core_instances: 16, memories: 3, tables: 8, table_elements: 30_000, instance_bytes: 1024 * 1024 }
        }
        // Its extension modules are modules of their own.
        EngineKind::Python => Parts {
            core_instances: 64,
            memories: 8,
            tables: 32,
            table_elements: 60_000,
            instance_bytes: 4 * 1024 * 1024,
        },
    }
}

/// Maps a compiled guest. `file` must be one that the gateway verified byte for byte against the hash it was stored under,
/// in a directory nobody else may write to, or one it just had compiled.
pub(crate) fn load(engine: &Engine, mut file: File) -> Result<Component, EngineFault> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: the descriptor was handed over by the gateway, which had this content compiled by its own binary and
    // checked its hash; the file is read-only or sealed, so it is what `Engine::precompile_component` wrote.
    let mapped = unsafe { Component::deserialize_file(engine, path) };
    mapped
        .or_else(|_unmappable| {
            // No /proc, or a file system that refuses executable mappings: a private copy works everywhere.
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            // SAFETY: the same bytes as above.
            unsafe { Component::deserialize(engine, bytes) }
        })
        .map_err(EngineFault::while_doing("loading the compiled guest"))
}
