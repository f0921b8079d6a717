#![expect(unsafe_code, reason = "wasmtime says that deserialising compiled guests is unsafe; only this file does it")]
//! Wall one: the one configuration of wasmtime, shared by the process that compiles a guest and the workers that run it.
//!
//! Loads compiled guests only from files the gateway opened and verified. Never compiles in a worker that runs snippets.

use std::{fs::File, io::Read as _, os::fd::AsRawFd as _};

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, component::Component};
use weir_model::limits;

/// Part of a compiled guest's cache key: raise it whenever [`config`] changes.
pub(crate) const REVISION: &str = "wasmtime 48.0.8, settings 1";

/// What a guest's own code may use of its stack. QuickJS recurses on nested source, JSON and calls.
const WASM_STACK_BYTES: usize = 2 * 1024 * 1024;
/// The stack of one run: the guest's part and the host functions it calls.
const RUN_STACK_BYTES: usize = 3 * 1024 * 1024;
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
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(RUN_STACK_BYTES)
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

/// An engine with room for `runs_max` runs at once.
pub(crate) fn engine(runs_max: u32) -> Result<Engine, EngineFault> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(runs_max)
        .total_core_instances(runs_max * CORE_INSTANCES_PER_RUN)
        .total_memories(runs_max * MEMORIES_PER_RUN)
        .total_tables(runs_max * TABLES_PER_RUN)
        .total_stacks(runs_max * STACKS_PER_RUN)
        .max_core_instances_per_component(CORE_INSTANCES_PER_RUN)
        .max_memories_per_component(MEMORIES_PER_RUN)
        .max_tables_per_component(TABLES_PER_RUN)
        .table_elements(TABLE_ELEMENTS)
        .max_component_instance_size(1024 * 1024)
        .max_core_instance_size(1024 * 1024)
        .max_memory_size(usize::try_from(RESERVED_BYTES).unwrap_or(usize::MAX))
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(KEPT_BYTES)
        .table_keep_resident(KEPT_BYTES);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).map_err(EngineFault::while_doing("setting up the engine"))
}

const CORE_INSTANCES_PER_RUN: u32 = 16;
/// The guest's own, and those of the stubs that stand for WASI.
const MEMORIES_PER_RUN: u32 = 3;
const TABLES_PER_RUN: u32 = 8;
const STACKS_PER_RUN: u32 = 2;
const TABLE_ELEMENTS: usize = 30_000;

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
