//! One process at a time works on one login's tokens. The system releases the lock of a process that ends.

use std::{
    fs::File,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
};
use tokio::time::{Instant, sleep};
use weir_model::limits;

use super::VaultFailure;

const LOOK: Duration = Duration::from_millis(25);

/// Held until dropped.
#[derive(Debug)]
pub(in crate::oauth) struct Locked {
    _file: File,
}

pub(super) async fn acquire(path: PathBuf) -> Result<Locked, VaultFailure> {
    let file = open(&path)?;
    let since = Instant::now();
    loop {
        // Asking does not wait; waiting does not block a thread.
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Locked { _file: file }),
            Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(error) => return Err(failed(&path, &error.into())),
        }
        if since.elapsed() >= limits::TOKEN_LOCK_WAIT_MAX {
            return Err(VaultFailure::Busy { path });
        }
        sleep(LOOK).await;
    }
}

fn open(path: &Path) -> Result<File, VaultFailure> {
    let nofollow = i32::try_from(OFlags::NOFOLLOW.bits()).expect("open(2) takes its flags as an int");
    let options = &mut File::options();
    let options = options.write(true).create(true).truncate(false).mode(0o600).custom_flags(nofollow);
    options.open(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> VaultFailure {
    VaultFailure::File { what: "cannot lock", path: path.to_owned(), why: error.to_string() }
}
