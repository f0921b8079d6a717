//! Starts worker processes: nothing of the gateway's environment, directory or terminal goes with them.

mod probe;
mod starter;

use std::{
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::process::ExitStatusExt as _},
    path::PathBuf,
    process::{ExitStatus, Stdio},
};

use rustix::process::Signal;
use tokio::{
    process::{Child, Command},
    runtime::Handle,
};

use crate::engines::EngineKind;

pub use probe::{ProtectionsUnknown, protections};

/// How to start a process that calls [`crate::worker::main`] with the arguments that follow `args`.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

/// What a started process is to do; its last arguments are the words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Runs snippets: standard input is the channel, standard output the compiled guest if the engine has one.
    Run(EngineKind),
    /// Compiles an embedded guest and writes it to standard output.
    Compile(EngineKind),
    /// Confines itself and tells on standard output what became of it.
    Probe,
}

impl Role {
    fn words(self) -> Vec<&'static str> {
        match self {
            Self::Run(engine) => vec!["run", engine.as_str()],
            Self::Compile(engine) => vec!["compile", engine.as_str()],
            Self::Probe => vec!["probe"],
        }
    }

    pub(crate) fn of(words: &[&str]) -> Option<Self> {
        match words {
            ["run", engine] => EngineKind::named(engine).map(Self::Run),
            ["compile", engine] => EngineKind::named(engine).map(Self::Compile),
            ["probe"] => Some(Self::Probe),
            _ => None,
        }
    }
}

/// Whether the system-call filter ended the process.
pub(crate) fn made_a_forbidden_call(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::SYS.as_raw())
}

/// Dropping the child kills it. Must be called inside a Tokio runtime.
pub(crate) fn spawn(
    command: &WorkerCommand,
    role: Role,
    stdin: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr_shown: bool,
) -> io::Result<Child> {
    let runtime = Handle::try_current().map_err(io::Error::other)?;
    let mut start = Command::new(&command.program);
    start
        .args(&command.args)
        .args(role.words())
        .env_clear()
        .current_dir("/")
        .process_group(0)
        .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(stdout.map_or_else(Stdio::null, Stdio::from))
        .stderr(if stderr_shown { Stdio::inherit() } else { Stdio::null() })
        .kill_on_drop(true);
    starter::on_lasting_thread(move || {
        let _inside = runtime.enter();
        start.spawn()
    })?
}
