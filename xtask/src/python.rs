//! Installs locked Python packages into an environment of their own.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    digest::{self, Stamp},
    step,
};

/// Afterwards `into/bin/python` is an interpreter that finds every package of the lock file.
pub(crate) fn install(lock: &Path, into: &Path) -> Result<()> {
    let stamp = Stamp::new(into.join(".stamp"), digest::of("python 1", &[lock.to_owned()])?);
    let python = into.join("bin/python");
    if stamp.is_current() && step::quiet(Command::new(&python).arg("--version")).is_ok() {
        return Ok(());
    }
    step::say(&format!("installing the Python packages of {} (once)", lock.display()));
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("cannot clear {}", into.display()))?;
    }
    if step::quiet(Command::new("python3").args(["-m", "venv"]).arg(into)).is_ok() {
        pip(&python, &[], lock)?;
    } else {
        // Distributions ship Python without `ensurepip`: then its own pip fills a directory beside it.
        let site = into.join("site");
        pip(Path::new("python3"), &["--target".as_ref(), site.as_os_str()], lock)?;
        wrap(&python, &site)?;
    }
    stamp.set()
}

fn pip(python: &Path, extra: &[&std::ffi::OsStr], lock: &Path) -> Result<()> {
    step::quiet(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:", "--no-input"])
            .args(extra)
            .arg("--requirement")
            .arg(lock),
    )
    .context("pip could not install the pinned packages; Python 3.10 or later with pip is needed, and its index within reach")?;
    Ok(())
}

fn wrap(python: &Path, site: &Path) -> Result<()> {
    let bin = python.parent().expect("it lies in bin");
    fs::create_dir_all(bin).with_context(|| format!("cannot make {}", bin.display()))?;
    let script = format!("#!/bin/sh\nPYTHONPATH='{}' exec python3 \"$@\"\n", site.display());
    fs::write(python, script).with_context(|| format!("cannot write {}", python.display()))?;
    fs::set_permissions(python, fs::Permissions::from_mode(0o755)).context("it was just written")
}
