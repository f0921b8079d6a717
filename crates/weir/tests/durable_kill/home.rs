//! One course's folder: configurations, the store, what the gateways said; and weir's command line in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::{
    broken::{Broken, Result, Told},
    database::Keeping,
};

/// What is given from outside.
pub(crate) struct Given {
    /// The executable.
    pub(crate) weir: PathBuf,
    /// An empty folder on the executable's file system.
    pub(crate) folder: PathBuf,
    /// Where compiled guests are kept from one course to the next.
    pub(crate) cache: PathBuf,
}

pub(crate) struct Home {
    given: Given,
    store: String,
    /// Of the command line.
    config: PathBuf,
}

impl Home {
    /// `ledger_port`: for the command line, which never calls it.
    pub(crate) fn new(given: Given, keeping: &Keeping, ledger_port: u16) -> Result<Self> {
        fs::create_dir_all(&given.folder).told("cannot make a folder")?;
        let folder = given.folder.canonicalize().told("cannot find a folder")?;
        let store = keeping.config(&folder);
        let mut home = Self { given: Given { folder, ..given }, store, config: PathBuf::new() };
        home.config = home.config("terminal", ledger_port)?;
        Ok(home)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.given.folder
    }

    pub(crate) fn weir(&self) -> &Path {
        &self.given.weir
    }

    /// Writes the configuration of one gateway.
    pub(crate) fn config(&self, name: &str, ledger_port: u16) -> Result<PathBuf> {
        let path = self.path().join(format!("{name}.toml"));
        let text = format!(
            "[upstream.ledger]\nurl = \"http://127.0.0.1:{ledger_port}/mcp\"\nprotocol = \"legacy\"\n\n{}\n[limits]\nwall_ms = 60000\n",
            self.store
        );
        fs::write(&path, text).told("cannot write a configuration")?;
        Ok(path)
    }

    pub(crate) fn command(&self, program: &Path, config: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .arg("--config")
            .arg(config)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_CACHE_HOME", &self.given.cache)
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    fn output(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.command(&self.given.weir, &self.config);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().told("cannot start weir")
    }

    /// What a command prints; one that fails is broken.
    pub(crate) fn terminal(&self, arguments: &[&str]) -> Result<String> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(Broken(format!("weir {} ended with {}: {err}{out}", arguments.join(" "), output.status)))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.terminal(&[arguments, &["--json"]].concat())?;
        serde_json::from_str(&text).told(&format!("weir {} --json", arguments.join(" ")))
    }

    /// The run whose program carries this tag on its first line.
    pub(crate) fn run_of(&self, tag: &str) -> Result<Option<String>> {
        let runs = self.json(&["runs", "--limit", "1000"])?;
        let mut runs = runs.as_array().into_iter().flatten();
        let run = runs.find(|run| run["first_line"].as_str().is_some_and(|line| line.ends_with(tag)));
        Ok(run.and_then(|run| run["run"].as_str()).map(str::to_owned))
    }
}
