//! A folder with a weir.toml in which commands are run, and what they left.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

pub(crate) struct Home {
    root: TempDir,
    variables: Vec<(String, String)>,
}

pub(crate) struct Left {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Left {
    /// Everything a person or a model could see of it.
    pub(crate) fn seen(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl Home {
    /// With a `weir.toml`, to which limits that fit large batches are added.
    pub(crate) fn new(config: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let home = Self { root, variables: Vec::new() };
        home.configure(config);
        home
    }

    /// Another `weir.toml`, with the same additions.
    pub(crate) fn configure(&self, config: &str) {
        self.write(
            "weir.toml",
            format!(
                "{config}\n[store]\npath = \":memory:\"\n[policy]\nask = \"never\"\n\
                 [limits]\ncalls = 100000\nsource_kib = 4096\nwall_ms = 600000\ncpu_ms = 600000\n"
            ),
        );
    }

    /// With a variable in the environment of weir.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Left {
        let output = Command::new(WEIR)
            .args(args)
            .current_dir(self.root.path())
            .env_clear()
            .env("HOME", self.root.path())
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("PATH", "/usr/bin:/bin")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Left { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// A command that must do what it says.
    pub(crate) fn done(&self, args: &[&str]) -> String {
        let left = self.run(args);
        assert_eq!(left.code, 0, "weir {args:?}\n{}", left.seen());
        left.out
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let out = self.done(args);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// What a program returns.
    pub(crate) fn program(&self, file: &str, code: &str) -> Value {
        self.write(file, code);
        self.json(&["run", file])
    }
}
