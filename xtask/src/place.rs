//! Where things are. Products go under `target/` only, wherever cargo was told to put it.

use std::{env, path::PathBuf};

/// The repository.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask lies directly in the repository").to_owned()
}

/// Always `<repository>/target`, also when cargo builds elsewhere: tests and build scripts find the products there.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

pub(crate) fn guests() -> PathBuf {
    target().join("guests")
}

pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}
