//! Starts worker processes: nothing of the gateway's environment, directory or terminal goes with them.

mod probe;
mod starter;

use std::{
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use rustix::process::Signal;
use tokio::{
    process::{Child, Command},
    runtime::Handle,
};

use crate::{
    engines::EngineKind,
    group::{self, Group, Home},
};

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

    /// The role these words are for, and the group that the process is to make for itself: one word more.
    pub(crate) fn of<'a>(words: &[&'a str]) -> Option<(Self, Option<&'a Path>)> {
        let (role, rest) = match words {
            ["run", engine, rest @ ..] => (Self::Run(EngineKind::named(engine)?), rest),
            ["compile", engine, rest @ ..] => (Self::Compile(EngineKind::named(engine)?), rest),
            ["probe", rest @ ..] => (Self::Probe, rest),
            _ => return None,
        };
        match rest {
            [] => Some((role, None)),
            [group] => Some((role, Some(Path::new(*group)))),
            _ => None,
        }
    }
}

/// Whether the system-call filter ended the process.
pub(crate) fn made_a_forbidden_call(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::SYS.as_raw())
}

/// A started process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// For the whole of its life. It may have started nothing, but what if.
    group: Option<Group>,
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Kills it, and whatever it may have started.
    pub(crate) fn kill(&mut self) {
        // Already gone is fine.
        let _gone = self.child.start_kill();
        if let Some(group) = &self.group {
            group.kill();
        }
    }

    /// Waits for its end; nothing of it is left then.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        if let Some(group) = self.group.take() {
            group.remove().await;
        }
        status
    }
}

/// Must be called inside a Tokio runtime.
pub(crate) fn spawn(
    command: &WorkerCommand,
    role: Role,
    stdin: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr_shown: bool,
) -> io::Result<Process> {
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
    let group = group::home().ok().map(Home::group);
    if let Some(group) = &group {
        start.arg(group.folder());
    }
    let started = starter::on_lasting_thread(move || {
        let _inside = runtime.enter();
        start.spawn()
    });
    Ok(Process { child: started??, group })
}
