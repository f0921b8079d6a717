//! A credential that a program prints: no shell, its own process group, a little of the environment, a deadline.

use std::{ffi::OsString, process::Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};
use weir_model::limits;
use zeroize::Zeroizing;

use super::{CredentialFailure, reference};
use crate::stdio::inherited;

/// Password managers need these beside what every child gets. None of them is a credential.
const MORE: [&str; 7] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "GNUPGHOME",
    "GPG_TTY",
    "PASSWORD_STORE_DIR",
    "SSH_AUTH_SOCK",
    "WAYLAND_DISPLAY",
];
/// Of what it says when it fails.
const SAID_BYTES_MAX: u64 = 2_048;
const SAID_CHARS_MAX: usize = 200;

/// What it prints. A program that fails, prints too much or takes too long gives nothing.
pub(super) async fn output(words: &[String]) -> Result<Zeroizing<String>, CredentialFailure> {
    let Some((program, args)) = words.split_first() else {
        return Err(CredentialFailure::lasting("the command of its credential is empty"));
    };
    run(program, args, None).await
}

/// `input` goes to its standard input, where no list of processes shows it.
pub(super) async fn run(
    program: &str,
    args: &[String],
    input: Option<&str>,
) -> Result<Zeroizing<String>, CredentialFailure> {
    let failed = |why: String| {
        CredentialFailure::lasting(format!("the command of its credential {why}")).with_detail(format!("{program:?}"))
    };
    let mut child = spawn(program, args).map_err(|error| failed(format!("cannot be started: {error}")))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // One that does not read says by its end what it thinks of that.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let bytes_max = limits::CREDENTIAL_BYTES_MAX as u64;
    let work = async {
        let (printed, said, ()) = tokio::join!(taken(stdout, bytes_max + 1), taken(stderr, SAID_BYTES_MAX), feed);
        (child.wait().await, printed, said)
    };
    let ended = timeout(limits::CREDENTIAL_COMMAND_TIMEOUT, work).await;
    end_group(&mut child).await;
    let Ok((status, printed, said)) = ended else {
        let within = limits::CREDENTIAL_COMMAND_TIMEOUT;
        return Err(CredentialFailure { passing: true, ..failed(format!("had not ended after {within:?}")) });
    };
    let status = status.map_err(|error| failed(format!("cannot be waited for: {error}")))?;
    if printed.len() as u64 > bytes_max {
        return Err(failed(format!("prints more than {bytes_max} bytes")));
    }
    if !status.success() {
        let said = first_line(&said);
        let detail = if said.is_empty() { format!("{program:?}") } else { format!("{program:?} says: {said}") };
        return Err(failed(format!("ended with {status}")).with_detail(detail));
    }
    reference::text(&printed).ok_or_else(|| failed("prints bytes that are no text".to_owned()))
}

fn spawn(program: &str, args: &[String]) -> std::io::Result<Child> {
    let more = MORE.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
    Command::new(program)
        .args(args)
        .env_clear()
        .envs(inherited().into_iter().chain(more))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// Everything it writes is read, and no more than `max` of it kept.
async fn taken(from: Option<impl AsyncRead + Unpin>, max: u64) -> Zeroizing<Vec<u8>> {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(Vec::with_capacity(max));
    let Some(mut from) = from else { return bytes };
    let mut chunk = Zeroizing::new([0_u8; 4_096]);
    while let Ok(read @ 1..) = from.read(&mut chunk[..]).await {
        let room = max - bytes.len();
        bytes.extend_from_slice(&chunk[..read.min(room)]);
    }
    bytes
}

fn first_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(SAID_CHARS_MAX).collect()
}

/// Only a child that has not been waited for still owns its number.
async fn end_group(child: &mut Child) {
    if let Some(group) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // Fails only when all of it has ended.
        let _ = kill_process_group(group, Signal::KILL);
        // SIGKILL cannot be ignored; a failing wait has nothing left to wait for.
        let _ = child.wait().await;
    }
}
