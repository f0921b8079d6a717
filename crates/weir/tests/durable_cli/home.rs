//! A folder with a configuration, a store and an upstream that counts; commands are run in it, one after the other or beside a
//! gateway.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::ledger::Ledger;

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// How long a test waits for anything before it fails; nothing is measured by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const WEIR: &str = env!("CARGO_BIN_EXE_weir");

pub(crate) struct Home {
    root: TempDir,
    pub(crate) ledger: Ledger,
}

/// What one command left.
pub(crate) struct Left {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::with(Ledger::start(0, 0))
    }

    pub(crate) fn with(ledger: Ledger) -> Self {
        let root = tempfile::tempdir().unwrap();
        let config = format!(
            "[upstream.ledger]\nurl = \"http://{}/mcp\"\n\n[store]\npath = \"weir.db\"\n\n\
             [admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"${{WEIR_ADMIN_TOKEN}}\"\n",
            ledger.address
        );
        fs::write(root.path().join("weir.toml"), config).unwrap();
        Self { root, ledger }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.root.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root.path().join(name)).unwrap()
    }

    /// A statement on the store's file, past weir.
    pub(crate) fn sql(&self, statement: &str) {
        let program = "import sqlite3, sys\nwith sqlite3.connect('weir.db') as store: store.execute(sys.argv[1])";
        let mut python = Command::new("python3");
        assert!(python.args(["-c", program, statement]).current_dir(self.root.path()).status().unwrap().success());
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(WEIR);
        command
            .args(args)
            .current_dir(self.root.path())
            .env_clear()
            .env("HOME", self.root.path())
            .env("USER", "ann")
            .env("WEIR_ADMIN_TOKEN", TOKEN)
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Left {
        let output = self.command(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Left { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// A command that must do what it says.
    pub(crate) fn done(&self, args: &[&str]) -> String {
        let left = self.run(args);
        assert_eq!(left.code, 0, "weir {args:?}\n{}{}", left.err, left.out);
        left.out
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let out = self.done(args);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Runs a program that must park; its id.
    pub(crate) fn parked(&self, args: &[&str]) -> String {
        let left = self.run(&[&["run", "--json"], args].concat());
        assert_eq!(left.code, 5, "weir run {args:?}\n{}{}", left.err, left.out);
        let report: Value = serde_json::from_str(&left.out).unwrap();
        report["run"].as_str().unwrap().to_owned()
    }

    /// The ids of what waits.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let approvals = self.json(&["approvals", "--json"]);
        approvals.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}
