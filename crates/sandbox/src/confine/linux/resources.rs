//! How much a worker may take of the host, beyond what each run is limited to.
//!
//! Two usual limits are left alone. Address space: the engine reserves terabytes of it and touches little. Number of
//! processes: it counts all of the user's, threads included, so no number fits; the filter lets a worker start threads only.

use std::{fs, io};

use rustix::process::{Resource, Rlimit, setrlimit};
use weir_model::limits;

use crate::confine::{Layer, NICE, Profile, Protection};

/// Descriptors 0 to 3 are taken, so there is no number left for another one. `poll` needs the limit above zero.
const DESCRIPTORS: u64 = 4;
/// When memory runs out a worker ends before the gateway does: it costs nothing but its runs.
const OOM_SCORE: &str = "500";
/// Writable memory on top of what the engine holds from the start, as a multiple of what all runs may use together:
/// the place of an ended run keeps its size until it is used again.
const DATA_ROOM: u64 = 4;
/// What compiling the largest guest takes, several times over.
const COMPILE_DATA_BYTES: u64 = 8 * 1024 * limits::MIB;
/// The largest compiled guest, several times over.
const COMPILE_FILE_BYTES: u64 = 512 * limits::MIB;

pub(super) fn lower_priority() -> Protection {
    let nice = rustix::process::nice(NICE).map(drop).map_err(io::Error::from);
    match nice.and(fs::write("/proc/self/oom_score_adj", OOM_SCORE)) {
        Ok(()) => Protection::active(Layer::Priority, "runs after the gateway, ends before it when memory is short"),
        Err(cause) => Protection::reduced(Layer::Priority, cause.to_string()),
    }
}

/// Writable private memory of this process, as `RLIMIT_DATA` counts it.
pub(in crate::confine) fn held_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(5)?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size() as u64)
}

/// Memory that a process may come to use, beyond what a worker holds from the start.
pub(super) const fn room_bytes(profile: Profile) -> u64 {
    match profile {
        Profile::Run => DATA_ROOM * limits::WORKER_MEMORY_BYTES_MAX,
        Profile::Compile => COMPILE_DATA_BYTES,
    }
}

pub(super) fn limit(profile: Profile, held_bytes: Option<u64>) -> Protection {
    let room = room_bytes(profile);
    let (data, file) = match profile {
        Profile::Run => (held_bytes.map(|held| held + room), 0),
        Profile::Compile => (Some(room), COMPILE_FILE_BYTES),
    };
    let wanted = [
        ("core", Resource::Core, Some(0)),
        ("file size", Resource::Fsize, Some(file)),
        ("descriptors", Resource::Nofile, Some(DESCRIPTORS)),
        ("locked memory", Resource::Memlock, Some(0)),
        ("message queues", Resource::Msgqueue, Some(0)),
        ("writable memory", Resource::Data, data),
    ];
    let unlimited = wanted.into_iter().filter(|&(_, resource, most)| match most {
        Some(_) => setrlimit(resource, Rlimit { current: most, maximum: most }).is_err(),
        None => true,
    });
    let unlimited: Vec<&str> = unlimited.map(|(name, ..)| name).collect();
    if unlimited.is_empty() {
        let detail = "no core dump, no file written, no new descriptor, bounded memory";
        return Protection::active(Layer::Resources, detail);
    }
    Protection::reduced(Layer::Resources, format!("not limited: {}", unlimited.join(", ")))
}
