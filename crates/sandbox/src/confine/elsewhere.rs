//! What systems other than Linux offer without privileges: no core dumps, lower priority. Everything else is said to be absent.

use std::path::Path;

use rustix::process::{Resource, Rlimit};

use super::{Layer, Profile, Protection};

pub(super) fn begin(_profile: Profile, _group: Option<&Path>) -> Vec<Protection> {
    let why = "weir confines workers only on Linux";
    let mut found: Vec<Protection> = [
        Layer::SystemCalls,
        Layer::Files,
        Layer::Network,
        Layer::Signals,
        Layer::Privileges,
        Layer::Inspection,
        Layer::Parent,
    ]
    .into_iter()
    .map(|layer| Protection::absent(layer, why))
    .collect();
    found.push(Protection::reduced(Layer::Descriptors, "only what weir opened itself is known not to be inherited"));
    let cored = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    found.push(match cored {
        Ok(()) => Protection::reduced(Layer::Resources, "no core dumps; other limits are set only on Linux"),
        Err(cause) => Protection::absent(Layer::Resources, cause.to_string()),
    });
    found.push(match rustix::process::nice(super::NICE) {
        Ok(_) => Protection::active(Layer::Priority, "lower than the gateway's"),
        Err(cause) => Protection::absent(Layer::Priority, cause.to_string()),
    });
    found
}

pub(super) fn held_bytes() -> Option<u64> {
    None
}

pub(super) fn close() -> Vec<Protection> {
    Vec::new()
}

pub(super) fn seal(_profile: Profile, _held_bytes: Option<u64>) -> Vec<Protection> {
    Vec::new()
}

pub(super) fn keep_descriptors() {}
