//! Runs the operator's command for one message: its own process group, and an end.

use std::{io, process::ExitStatus, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};

use super::NotifyCommand;

/// Its output is not read: only how it ended is known.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandFailed {
    #[error("{program:?} cannot be started: {source}")]
    NotStarted { program: String, source: io::Error },
    #[error("{program:?} ended with {status}")]
    Ended { program: String, status: ExitStatus },
    #[error("{program:?} had not ended after {deadline:?} and was killed")]
    Deadline { program: String, deadline: Duration },
}

pub(super) async fn run(command: &NotifyCommand, message: &str, deadline: Duration) -> Result<(), CommandFailed> {
    let program = || command.program.clone();
    let not_started = |source| CommandFailed::NotStarted { program: program(), source };
    let mut child = start(command).map_err(not_started)?;
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // It need not read what it is told; how it ends says whether it minds.
            let _ = stdin.write_all(message.as_bytes()).await;
        }
    };
    match timeout(deadline, async { tokio::join!(feed, child.wait()).1 }).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(CommandFailed::Ended { program: program(), status }),
        Ok(Err(source)) => Err(not_started(source)),
        Err(_) => {
            end_group(&mut child).await;
            Err(CommandFailed::Deadline { program: program(), deadline })
        }
    }
}

fn start(command: &NotifyCommand) -> io::Result<Child> {
    Command::new(&command.program)
        .args(&command.args)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&command.cwd)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// Not waited for yet, so its number still is its own.
async fn end_group(child: &mut Child) {
    if let Some(group) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // Fails only when all of it has ended.
        let _ = kill_process_group(group, Signal::KILL);
    }
    // SIGKILL cannot be ignored; a failing wait has nothing left to wait for.
    let _ = child.wait().await;
}
