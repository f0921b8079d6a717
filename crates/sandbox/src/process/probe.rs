//! Asks a process confined like a worker what holds on this host.

use std::{
    io::{self, Read as _},
    time::Duration,
};

use super::{Role, WorkerCommand, spawn};
use crate::{
    confine::{Protection, REPORT_BYTES_MAX},
    group,
};

/// The process does nothing but confine itself; it takes milliseconds.
const PROBE_TIME_MAX: Duration = Duration::from_secs(10);

/// Why nothing is known of the protections.
#[derive(Debug, thiserror::Error)]
pub enum ProtectionsUnknown {
    #[error("a worker process cannot be started")]
    Start(#[source] io::Error),
    #[error("a worker process did not tell in time")]
    Late,
    #[error("a worker process ended before it could tell ({0})")]
    Ended(std::process::ExitStatus),
    #[error("what a worker process told cannot be read")]
    Report(#[from] postcard::Error),
}

/// What keeps workers inside on this host, as a process that was just confined like one tells.
pub async fn protections(command: &WorkerCommand) -> Result<Vec<Protection>, ProtectionsUnknown> {
    let (report, told) = io::pipe().map_err(ProtectionsUnknown::Start)?;
    let mut child = spawn(command, Role::Probe, None, Some(told.into()), false).map_err(ProtectionsUnknown::Start)?;
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        report.take(REPORT_BYTES_MAX).read_to_end(&mut bytes).map(|_length| bytes)
    });
    // Dropping the child kills it, which ends the reading too.
    let status =
        tokio::time::timeout(PROBE_TIME_MAX, child.wait()).await.map_err(|_elapsed| ProtectionsUnknown::Late)?;
    let status = status.map_err(ProtectionsUnknown::Start)?;
    if !status.success() {
        return Err(ProtectionsUnknown::Ended(status));
    }
    let bytes = reading.await.map_err(io::Error::other).flatten().map_err(ProtectionsUnknown::Start)?;
    let mut told: Vec<Protection> = postcard::from_bytes(&bytes)?;
    // The process was given no group then, and does not know why.
    told.extend(group::home().err().map(group::none));
    Ok(told)
}
