//! A weir of the test's own in front of the demo's shop, with a store that outlives it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    time::Duration,
};

/// How long a test waits for anything before it fails; nothing is measured by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// `more`: further lines of the configuration.
    pub(crate) fn with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let weir = env!("CARGO_BIN_EXE_weir");
        let config = format!(
            "[store]\npath = \"weir.db\"\n[upstream.shop]\ncommand = {weir:?}\nargs = [\"demo\", \"--stdio\"]\n{more}"
        );
        fs::write(dir.path().join("weir.toml"), config).unwrap();
        Self { dir }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("weir.toml")
    }

    /// The built binary with this place's configuration.
    pub(crate) fn weir(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.args(arguments).arg("--config").arg(self.config()).current_dir(self.dir.path());
        command
    }

    /// What somebody does in a terminal beside it.
    pub(crate) fn terminal(&self, arguments: &[&str]) -> Output {
        let output = self.weir(arguments).output().unwrap();
        assert!(output.status.success(), "weir {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}
