//! `cargo xtask check`: exactly what CI runs. Each step is printed and timed; a failed one does not hide the next.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    cases, floors, guests, place, python,
    step::{self, shown},
    tools,
};

/// The test runner installed when the machine has none.
const NEXTEST: &str = "0.9.143";

/// One named piece of work.
type Step = (&'static str, fn() -> Result<()>);

pub(crate) fn check() -> Result<()> {
    // Without these nothing below can say anything.
    step::timed("guests", guests::build)?;
    step::timed("tools", tools::install)?;
    let steps: [Step; 7] = [
        ("fmt", || shown(cargo().args(["fmt", "--all", "--check"]))),
        ("floors", floors::check),
        ("cases", cases::check),
        ("guest tests", guest_tests),
        ("clippy", || {
            shown(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
        }),
        ("tests", tests),
        ("doc tests", || shown(cargo().args(["test", "--workspace", "--doc", "--locked", "--quiet"]))),
    ];
    let failed: Vec<_> =
        steps.iter().filter(|(name, work)| step::timed(name, work).is_err()).map(|(name, _)| *name).collect();
    if failed.is_empty() {
        step::say("=== check: everything holds");
        return Ok(());
    }
    bail!("check failed in: {} (see above)", failed.join(", "))
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(place::root());
    cargo
}

/// The JavaScript guest's own parts under Node, the Python guest whole in an engine of its own. Both again through their
/// worker, in Rust.
fn guest_tests() -> Result<()> {
    javascript_guest_tests()?;
    python_guest_tests()
}

fn python_guest_tests() -> Result<()> {
    let test = place::root().join("guests/py/test");
    let home = place::guests().join("py/test-env");
    python::install(&test.join("requirements.txt"), &home)?;
    shown(
        Command::new(home.join("bin/python"))
            .args(["-B", "-m", "unittest", "discover", "--start-directory"])
            .arg(&test)
            .args(["--pattern", "test_*.py"])
            .current_dir(place::root()),
    )
}

fn javascript_guest_tests() -> Result<()> {
    let test = place::root().join("guests/js/test");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&test)
        .with_context(|| format!("cannot list {}", test.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    shown(
        Command::new(place::tools().join("bin/node"))
            .arg("--import")
            .arg(test.join("loader.mjs"))
            .args(["--test", "--test-reporter=dot"])
            .args(files)
            .current_dir(place::root()),
    )
}

fn tests() -> Result<()> {
    let mut run = cargo();
    run.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]).env("PATH", path_with_nextest()?);
    if std::env::var_os("CI").is_some() {
        run.args(["--status-level", "slow", "--final-status-level", "fail"]);
    }
    shown(&mut run)
}

/// The PATH, with the test runner's place in front when it had to be installed.
fn path_with_nextest() -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let present = cargo().args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if present.is_ok_and(|status| status.success()) {
        return Ok(path);
    }
    let home = place::tools().join("nextest");
    if !home.join("bin/cargo-nextest").is_file() {
        step::say("installing cargo-nextest (once, some minutes)");
        shown(cargo().args(["install", "--locked", "--version", NEXTEST, "cargo-nextest", "--root"]).arg(&home))?;
    }
    let paths = std::iter::once(home.join("bin")).chain(std::env::split_paths(&path));
    std::env::join_paths(paths).context("the PATH holds a directory that cannot be written in it")
}
