//! A PostgreSQL server for the tests: `target/tools/postgres/bin` holds `initdb` and `postgres`.
//!
//! The machine's own, where it has one; else Debian's package, unpacked there without being installed. The tests start it.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::step;

/// Where Debian puts servers: one directory for each version.
const SYSTEM: &str = "usr/lib/postgresql";
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];

pub(crate) fn install(into: &Path) -> Result<()> {
    let bin = into.join("bin");
    if works(&bin) {
        return Ok(());
    }
    if into.symlink_metadata().is_ok() {
        fs::remove_dir_all(into).with_context(|| format!("cannot clear {}", into.display()))?;
    }
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    match newest(Path::new("/")).or_else(configured) {
        Some(own) => symlink(&own, &bin).with_context(|| format!("cannot make {}", bin.display()))?,
        None => unpack(into, &bin).context(
            "no PostgreSQL server is on this machine, and none could be unpacked from Debian's archive: install one \
             (Debian and Ubuntu: the package postgresql), and run this again",
        )?,
    }
    if works(&bin) {
        return Ok(());
    }
    bail!("the programs in {} do not run: install a PostgreSQL server (the package postgresql)", bin.display())
}

fn works(bin: &Path) -> bool {
    PROGRAMS.iter().all(|program| step::quiet(Command::new(bin.join(program)).arg("--version")).is_ok())
}

/// The newest version's programs below a root.
fn newest(root: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(root.join(SYSTEM)).ok()?;
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            PROGRAMS.iter().all(|program| bin.join(program).is_file()).then_some((version, bin))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

/// As other systems' packages say it.
fn configured() -> Option<PathBuf> {
    let told = step::quiet(Command::new("pg_config").arg("--bindir")).ok()?;
    let bin = PathBuf::from(told.trim());
    PROGRAMS.iter().all(|program| bin.join(program).is_file()).then_some(bin)
}

/// Needs no root: packages are fetched and unpacked, never installed.
fn unpack(into: &Path, bin: &Path) -> Result<()> {
    step::say("unpacking Debian's PostgreSQL server for the tests (once)");
    let packages = into.join("packages");
    fs::create_dir_all(&packages).with_context(|| format!("cannot make {}", packages.display()))?;
    step::quiet(Command::new("apt-get").arg("download").args(needed()?).current_dir(&packages))?;
    let root = into.join("root");
    for package in fs::read_dir(&packages).context("it was just filled")? {
        let package = package.context("it was just filled")?.path();
        step::quiet(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&root))?;
    }
    fs::remove_dir_all(&packages).with_context(|| format!("cannot clear {}", packages.display()))?;
    let own = newest(&root).context("the package holds no server")?;
    fs::create_dir_all(bin).with_context(|| format!("cannot make {}", bin.display()))?;
    for program in PROGRAMS {
        wrap(&own.join(program), &root, &bin.join(program))?;
    }
    Ok(())
}

/// The server and the libraries that this machine lacks. Its compiler for queries and what manages servers stay away.
fn needed() -> Result<Vec<String>> {
    let server = server().or_else(|_unknown| {
        // A machine that never asked what there is; only its administrator may.
        step::quiet(Command::new("apt-get").arg("update")).and_then(|_| server())
    })?;
    let simulated =
        step::quiet(Command::new("apt-get").args(["install", "--simulate", "--no-install-recommends", &server]))?;
    let mut needed = vec![server];
    needed.extend(libraries(&simulated));
    Ok(needed)
}

/// The newest server's package.
fn server() -> Result<String> {
    let depends = step::quiet(Command::new("apt-cache").args(["depends", "postgresql"]))?;
    depends
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with("postgresql-"))
        .map(str::to_owned)
        .context("the package postgresql names no server: run `apt-get update` as root")
}

/// Of what an installation would bring, the libraries a server is linked to.
fn libraries(simulated: &str) -> Vec<String> {
    let names = simulated.lines().filter_map(|line| line.strip_prefix("Inst ")?.split_whitespace().next());
    names
        .filter(|name| name.starts_with("lib") && !name.starts_with("libllvm") && !name.ends_with("-perl"))
        .map(str::to_owned)
        .collect()
}

/// A program that finds its libraries beside it.
fn wrap(program: &Path, root: &Path, script: &Path) -> Result<()> {
    let libraries = root.join("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH));
    let text = format!("#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n", libraries.display(), program.display());
    fs::write(script, text).with_context(|| format!("cannot write {}", script.display()))?;
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).context("it was just written")
}

#[cfg(test)]
mod tests {
    use super::libraries;

    #[test]
    fn only_libraries_come_along() {
        let simulated = "NOTE: This is only a simulation!\nInst libpq5 (15.18 Debian [amd64])\n\
                         Inst libllvm14 (1:14.0 Debian [amd64])\nInst libjson-perl (4.1 Debian [all])\n\
                         Inst postgresql-common (248 Debian [all])\nConf libpq5 (15.18 Debian [amd64])\n";
        assert_eq!(libraries(simulated), ["libpq5"]);
    }
}
