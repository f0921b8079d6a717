//! Starts worker processes: nothing of the gateway's environment, directory or terminal goes with them.

use std::{ffi::OsString, io, os::fd::OwnedFd, path::PathBuf, process::Stdio};

use tokio::process::{Child, Command};

/// How to start a process that calls [`crate::worker::main`] with the arguments that follow `args`.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

/// What a started process is to do; the word is its last argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Runs snippets: standard input is the channel, standard output the compiled guest.
    Run,
    /// Compiles the embedded guest and writes it to standard output.
    Compile,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Compile => "compile",
        }
    }
}

/// Dropping the child kills it.
pub(crate) fn spawn(
    command: &WorkerCommand,
    role: Role,
    stdin: Option<OwnedFd>,
    stdout: OwnedFd,
    stderr_shown: bool,
) -> io::Result<Child> {
    Command::new(&command.program)
        .args(&command.args)
        .arg(role.as_str())
        .env_clear()
        .current_dir("/")
        .process_group(0)
        .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::from(stdout))
        .stderr(if stderr_shown { Stdio::inherit() } else { Stdio::null() })
        .kill_on_drop(true)
        .spawn()
}
