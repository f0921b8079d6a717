//! The release binary, the benchmark's upstream and private directories.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::client::Client;
use crate::{guests, place, step};

fn build() -> Result<PathBuf> {
    guests::build()?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(place::root()).args(["build", "--release", "--locked", "--package", "weir"]);
    step::timed("release build", || step::shown(&mut cargo))?;
    Ok(place::target().join("release/weir"))
}

/// The executable that was named, or a release built now.
pub(crate) fn weir(binary: Option<&Path>) -> Result<PathBuf> {
    match binary {
        Some(binary) => binary.canonicalize().with_context(|| format!("cannot find {}", binary.display())),
        None => build(),
    }
}

pub(crate) struct Setup {
    weir: PathBuf,
    home: PathBuf,
    quick: bool,
}

impl Setup {
    pub(crate) fn new(quick: bool, binary: Option<&Path>) -> Result<Self> {
        let weir = weir(binary)?;
        let home = place::target().join("bench");
        fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
        let setup = Self { weir, home, quick };
        // Compiles the guests once, so that no figure holds it.
        setup.gateway(4, &[])?.execute("return 1")?;
        Ok(setup)
    }

    /// A number of repetitions, fewer in a quick run.
    pub(crate) fn times(&self, full: usize) -> usize {
        if self.quick { (full / 10).max(3) } else { full }
    }

    pub(crate) fn upstream_arguments(tools: usize) -> Vec<String> {
        let fixtures = place::root().join("fixtures");
        let path = |name: &str| fixtures.join(name).to_string_lossy().into_owned();
        vec![path("bench_upstream.py"), "--tools".into(), tools.to_string(), "--lists".into(), path("toollists")]
    }

    /// The upstream itself, without weir.
    pub(crate) fn direct(&self, tools: usize) -> Result<Client> {
        Client::start(Command::new("python3").args(Self::upstream_arguments(tools)))
    }

    /// A gateway in front of the benchmark's upstream.
    pub(crate) fn gateway(&self, tools: usize, settings: &[&str]) -> Result<Client> {
        self.gateway_before(&format!("bench-{tools}"), &Self::upstream_arguments(tools), "", settings)
    }

    pub(crate) fn gateway_before(
        &self,
        name: &str,
        upstream: &[String],
        more: &str,
        settings: &[&str],
    ) -> Result<Client> {
        let config = self.home.join(format!("{name}.toml"));
        let arguments: Vec<String> = upstream.iter().map(|text| format!("{text:?}")).collect();
        let text = format!("[upstream.bench]\ncommand = \"python3\"\nargs = [{}]\n{more}", arguments.join(", "));
        fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
        Client::start(&mut self.command(&config, settings))
    }

    pub(crate) fn command(&self, config: &Path, settings: &[&str]) -> Command {
        let mut command = Command::new(&self.weir);
        command.arg("stdio").arg("--config").arg(config);
        for setting in settings {
            command.arg("--set").arg(setting);
        }
        command
            .env("HOME", &self.home)
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .env("XDG_CONFIG_HOME", self.home.join("config"));
        command
    }

    pub(crate) fn weir(&self) -> &Path {
        &self.weir
    }
}
