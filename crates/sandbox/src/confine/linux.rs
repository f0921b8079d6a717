//! The confinement on Linux, without privileges and without anything that has to be installed or configured.

mod calls;
mod descriptors;
mod files;
mod filter;
mod group;
mod privileges;
mod resources;

pub(super) use descriptors::keep_from_children as keep_descriptors;
pub(super) use resources::held_bytes;

use std::path::Path;

use super::{Profile, Protection};

pub(super) fn begin(profile: Profile, group: Option<&Path>) -> Vec<Protection> {
    // How to read a thread's clock is looked up with calls and files that are refused later, so it is looked up now.
    let _now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let mut found = vec![descriptors::close_inherited()];
    // Early: what a process holds when it enters stays on the account of the group it was in.
    found.extend(group.map(|group| group::enter(group, profile)));
    found.extend([privileges::renounce(), privileges::die_with_the_parent(), resources::lower_priority()]);
    found
}

pub(super) fn close() -> Vec<Protection> {
    let mut found = files::deny();
    // Not earlier: what /proc shows of a process that cannot be inspected is not even its own to open.
    found.push(privileges::refuse_inspection());
    found
}

pub(super) fn seal(profile: Profile, held_bytes: Option<u64>) -> Vec<Protection> {
    // Limits first: the filter refuses to change them.
    vec![resources::limit(profile, held_bytes), filter::install()]
}
