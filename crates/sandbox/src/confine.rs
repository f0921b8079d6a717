//! Wall two: takes from a worker process whatever it does not need, in three steps, each before anything hostile arrives.
//!
//! What a host cannot do is left out and said so: a worker runs anyway, and `weir check` tells. There is no way to switch
//! any of it off. The order of the steps matters; see [`Confinement`].

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
mod probe;

use std::path::Path;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;
use serde::{Deserialize, Serialize};

pub(crate) use probe::{REPORT_BYTES_MAX, report};

/// How far a worker's priority is below the gateway's. Not far: on a busy host it must still answer in time, or it is taken for dead.
const NICE: i32 = 2;

/// How the detail of a layer begins that the system-call filter keeps by itself.
const BY_FILTER_ALONE: &str = "only the system-call filter refuses";

/// What a confined process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Runs snippets: talks over one socket, holds one compiled guest.
    Run,
    /// Compiles a guest and writes it to one descriptor. It reads nothing that a model wrote.
    Compile,
}

/// Something that keeps a worker inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layer {
    SystemCalls,
    Files,
    Network,
    Signals,
    Privileges,
    Descriptors,
    Inspection,
    Resources,
    Priority,
    Parent,
    Group,
}

impl Layer {
    /// For people and scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SystemCalls => "system calls",
            Self::Files => "files",
            Self::Network => "network",
            Self::Signals => "signals",
            Self::Privileges => "privileges",
            Self::Descriptors => "descriptors",
            Self::Inspection => "inspection",
            Self::Resources => "resources",
            Self::Priority => "priority",
            Self::Parent => "parent",
            Self::Group => "cgroup",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strength {
    Active,
    /// This host does part of it.
    Reduced,
    /// This host does none of it.
    Absent,
}

impl Strength {
    /// For people and scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Reduced => "reduced",
            Self::Absent => "absent",
        }
    }
}

/// One layer of the confinement, as it is on this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    pub layer: Layer,
    pub strength: Strength,
    /// What it does; or, unless active, what is missing and why.
    pub detail: String,
}

impl Protection {
    pub(crate) fn active(layer: Layer, detail: impl Into<String>) -> Self {
        Self { layer, strength: Strength::Active, detail: detail.into() }
    }

    pub(crate) fn reduced(layer: Layer, detail: impl Into<String>) -> Self {
        Self { layer, strength: Strength::Reduced, detail: detail.into() }
    }

    /// What only the system-call filter would have refused is not refused.
    fn without_filter(&mut self) {
        if matches!(self.layer, Layer::Files | Layer::Network | Layer::Signals) && self.strength == Strength::Reduced {
            self.strength = Strength::Absent;
            self.detail = self.detail.replace(BY_FILTER_ALONE, "nothing refuses");
        }
    }

    pub(crate) fn absent(layer: Layer, detail: impl Into<String>) -> Self {
        Self { layer, strength: Strength::Absent, detail: detail.into() }
    }
}

/// The confinement of this process, being put on. Nothing takes it off again.
///
/// 1. [`begin`](Self::begin), before the process opens anything: inherited descriptors, its group, privileges, the parent's death.
/// 2. [`close`](Self::close), after the last file was opened and before the first thread is started, because Landlock
///    holds only for the calling thread and those it starts.
/// 3. [`seal`](Self::seal), after every guest was instantiated once, because compiled guests cannot be mapped any more.
///    It holds for all threads there are and for those still to come.
#[must_use = "a confinement that is not sealed leaves system calls open"]
#[derive(Debug)]
pub struct Confinement {
    profile: Profile,
    found: Vec<Protection>,
    /// Writable memory of the process when it was closed.
    held_bytes: Option<u64>,
}

impl Confinement {
    /// `group`: the control group to make and enter, if the gateway has a place for one.
    pub fn begin(profile: Profile, group: Option<&Path>) -> Self {
        Self { profile, found: system::begin(profile, group), held_bytes: None }
    }

    /// Must be called by the process's only thread.
    pub fn close(&mut self) {
        self.held_bytes = system::held_bytes();
        self.found.extend(system::close());
    }

    /// What became of every layer.
    pub fn seal(mut self) -> Vec<Protection> {
        self.found.extend(system::seal(self.profile, self.held_bytes));
        let mut found = self.found;
        found.sort_by_key(|protection| protection.layer as u8);
        if found.iter().any(|told| told.layer == Layer::SystemCalls && told.strength == Strength::Absent) {
            found.iter_mut().for_each(Protection::without_filter);
        }
        found
    }
}

/// Keeps descriptors that this process was started with from every child it starts.
///
/// A program that starts weir may leave some open by mistake; those of weir's own close by themselves.
pub fn keep_descriptors() {
    system::keep_descriptors();
}
