//! What this process may do by virtue of who it is, and who may look into it.

use rustix::{
    process::{DumpableBehavior, Signal},
    thread::{CapabilitySet, CapabilitySets},
};

use crate::confine::{Layer, Protection};

/// No program started from here gains rights, and whatever rights a gateway run as root has are given up.
pub(super) fn renounce() -> Protection {
    if let Err(cause) = rustix::thread::set_no_new_privs(true) {
        return Protection::absent(Layer::Privileges, format!("no_new_privs is refused: {cause}"));
    }
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    match rustix::thread::set_capabilities(None, none) {
        Ok(()) => Protection::active(Layer::Privileges, "no_new_privs, no capability"),
        Err(cause) => Protection::reduced(Layer::Privileges, format!("no_new_privs, but capabilities stay: {cause}")),
    }
}

/// Ends this process with the gateway, even if it is stopped or no longer does what it should.
///
/// The kernel goes by the thread that started it: `process::starter` is one that lasts. Should the gateway be gone
/// already, the channel is closed, which ends a worker as well.
pub(super) fn die_with_the_parent() -> Protection {
    match rustix::process::set_parent_process_death_signal(Some(Signal::KILL)) {
        Ok(()) => Protection::active(Layer::Parent, "killed when the gateway ends"),
        Err(cause) => Protection::reduced(Layer::Parent, format!("ends only when its channel closes: {cause}")),
    }
}

/// No other process of this user traces this one or reads its memory, and it leaves no core dump.
pub(super) fn refuse_inspection() -> Protection {
    match rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        Ok(()) => Protection::active(Layer::Inspection, "no core dump, no tracing by other processes of this user"),
        Err(cause) => Protection::absent(Layer::Inspection, cause.to_string()),
    }
}
