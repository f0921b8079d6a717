//! Where `cargo xtask tools` puts the clients and suites that nobody here wrote.

use std::path::PathBuf;

fn installed(below: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(below);
    assert!(path.exists(), "{} is absent: run `cargo xtask check`", path.display());
    path
}

pub(crate) fn node() -> PathBuf {
    installed("bin/node")
}

/// The folder that holds `node_modules`.
pub(crate) fn npm() -> PathBuf {
    installed("npm/node_modules").parent().expect("npm").to_owned()
}

pub(crate) fn module(path: &str) -> PathBuf {
    installed("npm/node_modules").join(path)
}

pub(crate) fn python() -> PathBuf {
    installed("py/bin/python")
}
