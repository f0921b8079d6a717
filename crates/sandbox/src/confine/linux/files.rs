//! Landlock: no file, no directory, no TCP port; no signal to and no abstract socket of anybody outside.
//!
//! The system-call filter refuses all of that as well. This is the second reason, kept by another part of the kernel.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, RestrictionStatus, Ruleset, RulesetAttr as _, RulesetError,
    RulesetStatus, Scope,
};
use rustix::fs::{Mode, OFlags};

use crate::confine::{BY_FILTER_ALONE, Layer, Protection};

/// The newest rules known here; the kernel applies those it knows.
const NEWEST: ABI = ABI::V9;

pub(super) fn deny() -> Vec<Protection> {
    let abi = match apply() {
        Ok(status) => enforced(&status),
        Err(cause) => Err(cause.to_string()),
    };
    match abi {
        Ok(abi) => parts(abi),
        Err(why) => [Layer::Files, Layer::Network, Layer::Signals]
            .into_iter()
            .map(|layer| Protection::reduced(layer, format!("{BY_FILTER_ALONE} them: {why}")))
            .collect(),
    }
}

/// A set of rules that allows nothing.
fn apply() -> Result<RestrictionStatus, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()
}

/// The version of Landlock that holds now, or why none does.
fn enforced(status: &RestrictionStatus) -> Result<ABI, String> {
    let abi = match status.landlock {
        LandlockStatus::NotImplemented => return Err("this kernel has no Landlock (Linux 5.13)".to_owned()),
        LandlockStatus::NotEnabled => {
            return Err("Landlock is not enabled on this kernel (boot option lsm=)".to_owned());
        }
        LandlockStatus::Available { effective_abi, .. } => effective_abi,
    };
    // Believed only when it shows.
    let opened = rustix::fs::open("/", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    match (&status.ruleset, opened) {
        (RulesetStatus::NotEnforced, _) | (_, Ok(_)) => Err("Landlock is there but does not hold".to_owned()),
        _ => Ok(abi),
    }
}

fn parts(abi: ABI) -> Vec<Protection> {
    let filtered = |layer, what: &str, since: &str| {
        Protection::reduced(layer, format!("{BY_FILTER_ALONE} {what}: Landlock does from Linux {since} on"))
    };
    vec![
        if abi >= ABI::V5 {
            Protection::active(Layer::Files, "Landlock denies every file and directory")
        } else {
            filtered(Layer::Files, "truncating files or controlling devices", "6.10")
        },
        if abi >= ABI::V4 {
            Protection::active(Layer::Network, "Landlock denies TCP, the filter every socket")
        } else {
            filtered(Layer::Network, "sockets", "6.7")
        },
        if abi >= ABI::V6 {
            Protection::active(Layer::Signals, "Landlock keeps signals and abstract sockets inside")
        } else {
            filtered(Layer::Signals, "signals to others", "6.12")
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_kernels_are_said_to_do_less() {
        let strengths = |abi| parts(abi).iter().map(|part| part.strength.as_str()).collect::<Vec<_>>().join(" ");
        for (abi, told) in [
            (ABI::V1, "reduced reduced reduced"),
            (ABI::V4, "reduced active reduced"),
            (ABI::V5, "active active reduced"),
            (ABI::V6, "active active active"),
            (ABI::V9, "active active active"),
        ] {
            assert_eq!(strengths(abi), told, "{abi:?}");
        }
    }
}
