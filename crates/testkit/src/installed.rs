//! What `cargo xtask tools` installs into `target/tools`: servers, clients, compilers and checkers that nobody here wrote.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A file or folder of it: `bin/node`, `py/bin/python`.
///
/// # Panics
/// When it is not there.
pub fn installed(path: &str) -> PathBuf {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(path);
    assert!(found.exists(), "{} is absent: run `cargo xtask tools`", found.display());
    found
}

/// A file of an npm package: `typescript/bin/tsc`.
///
/// # Panics
/// When it is not there.
pub fn module(path: &str) -> PathBuf {
    installed(&format!("npm/node_modules/{path}"))
}

/// Node with a script of a test's own. It reads the script from stdin, so that its imports are those of the installed packages.
///
/// # Panics
/// When the script cannot be read.
pub fn node(script: &Path) -> Command {
    let script = File::open(script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    let mut command = Command::new(installed("bin/node"));
    command.args(["--input-type=module", "-"]).current_dir(installed("npm")).stdin(Stdio::from(script));
    command
}
