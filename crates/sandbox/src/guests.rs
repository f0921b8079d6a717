//! An engine's guest and its compiled form: found in the cache, or compiled once by a child process.
//!
//! What is handed to workers was either verified against the hash in its name or compiled just now. A cache that cannot be
//! used costs time, never correctness: the compiled guest then lives in memory only.

mod cache;

use std::{
    fs::File,
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::{MemfdFlags, SealFlags};
use sha2::{Digest as _, Sha256};

use crate::{
    engine,
    engines::{EmbeddedGuest, EngineKind},
    process::{self, Role, WorkerCommand},
};
use cache::{Cache, CacheUnusable};

/// A compilation that takes longer is given up.
const COMPILE_TIME_MAX: Duration = Duration::from_secs(300);

/// No snippet of a language can run, because its engine's guest cannot be made ready.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the sandbox's engine cannot be made ready: {0}")]
pub struct GuestUnavailable(String);

impl GuestUnavailable {
    pub(crate) fn stopped() -> Self {
        Self("weir is shutting down".to_owned())
    }
}

/// What a worker of one engine is given to load: a compiled guest, open for reading, or nothing.
#[derive(Debug)]
pub(crate) struct Compiled(Option<File>);

impl Compiled {
    /// A descriptor for one worker.
    pub(crate) fn descriptor(&self) -> io::Result<Option<OwnedFd>> {
        self.0.as_ref().map(|file| file.try_clone().map(OwnedFd::from)).transpose()
    }
}

/// The compiled guest, from `cache_dir` if it is there and intact. `distrust`: what the cache holds does not load here.
pub(crate) async fn obtain(
    engine: EngineKind,
    command: &WorkerCommand,
    cache_dir: Option<PathBuf>,
    distrust: bool,
) -> Result<Compiled, GuestUnavailable> {
    let Some(guest) = engine.guest() else { return Ok(Compiled(None)) };
    if let Some(dir) = cache_dir {
        match cached(engine, guest, command, dir, distrust).await {
            Ok(file) => return Ok(Compiled(Some(file))),
            Err(cause) => tracing::warn!(%cause, "the cache of compiled guests is not used"),
        }
    }
    in_memory(engine, command).await.map(|file| Compiled(Some(file)))
}

async fn cached(
    engine: EngineKind,
    guest: EmbeddedGuest,
    command: &WorkerCommand,
    dir: PathBuf,
    distrust: bool,
) -> Result<File, CacheUnusable> {
    let cache = blocking(move || {
        let cache = Cache::open(&dir, engine.as_str(), &key(guest.hash))?;
        let found = if distrust { None } else { cache.find()? };
        Ok((cache, found))
    });
    let (cache, found) = cache.await?;
    if let Some(file) = found {
        return Ok(file);
    }
    let draft = cache.draft()?;
    let output = draft.descriptor()?;
    compile(engine, command, output).await.map_err(|cause| CacheUnusable::Compile(cause.0))?;
    blocking(move || cache.keep(draft)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CacheUnusable> + Send + 'static,
) -> Result<T, CacheUnusable> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(cause) => Err(CacheUnusable::Compile(cause.to_string())),
    }
}

/// Compiles into memory that nobody can write to afterwards.
async fn in_memory(engine: EngineKind, command: &WorkerCommand) -> Result<File, GuestUnavailable> {
    let refused = |cause: io::Error| GuestUnavailable(format!("no memory for the compiled guest: {cause}"));
    let memory = rustix::fs::memfd_create("weir-guest", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)
        .map_err(|cause| refused(cause.into()))?;
    compile(engine, command, memory.try_clone().map_err(refused)?).await?;
    rustix::fs::fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)
        .map_err(|cause| refused(cause.into()))?;
    Ok(File::from(memory))
}

async fn compile(engine: EngineKind, command: &WorkerCommand, output: OwnedFd) -> Result<(), GuestUnavailable> {
    let mut child = process::spawn(command, Role::Compile(engine), None, Some(output), false)
        .map_err(|cause| GuestUnavailable(format!("a worker process cannot be started: {cause}")))?;
    match tokio::time::timeout(COMPILE_TIME_MAX, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(GuestUnavailable(format!("compiling it failed ({status})"))),
        Ok(Err(cause)) => Err(GuestUnavailable(format!("compiling it failed: {cause}"))),
        Err(_elapsed) => Err(GuestUnavailable("compiling it took too long".to_owned())),
    }
}

/// Compiled code fits one guest, one engine with its settings, and one kind of processor.
fn key(guest: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(guest);
    hash.update(engine::REVISION);
    hash.update(std::env::consts::ARCH);
    hash.update(std::env::consts::OS);
    for feature in processor_features() {
        hash.update(feature);
    }
    hex(&hash.finalize()[..16])
}

/// What Cranelift looks for. A feature missed here costs a failed load and a fresh compilation, nothing worse.
#[cfg(target_arch = "x86_64")]
fn processor_features() -> Vec<&'static str> {
    macro_rules! present {
        ($($name:tt),*) => { [$(($name, std::is_x86_feature_detected!($name))),*] };
    }
    let all = present!(
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "popcnt",
        "avx",
        "avx2",
        "fma",
        "bmi1",
        "bmi2",
        "lzcnt",
        "avx512bitalg",
        "avx512dq",
        "avx512f",
        "avx512vl",
        "avx512vbmi",
        "cmpxchg16b"
    );
    all.into_iter().filter_map(|(name, present)| present.then_some(name)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn processor_features() -> Vec<&'static str> {
    Vec::new()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

fn content_hash(file: &File) -> io::Result<String> {
    use std::os::unix::fs::FileExt as _;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut at = 0;
    loop {
        let count = file.read_at(&mut buffer, at)?;
        if count == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..count]);
        at += count as u64;
    }
}

fn private_dir(dir: &Path) -> Result<(), CacheUnusable> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(CacheUnusable::Directory)?;
    let facts = std::fs::metadata(dir).map_err(CacheUnusable::Directory)?;
    let ours = facts.uid() == rustix::process::geteuid().as_raw();
    if ours && facts.mode() & 0o022 == 0 { Ok(()) } else { Err(CacheUnusable::NotPrivate) }
}
