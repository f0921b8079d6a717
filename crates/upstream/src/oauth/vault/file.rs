//! Small private files, replaced whole: written beside, flushed, renamed, the directory flushed.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
    time::{Duration, SystemTime},
};

use rustix::fs::OFlags;
use weir_model::limits;

use super::VaultFailure;

/// What a writer that was killed left behind is swept away when it is older than any writer takes.
const LEFT_BEHIND: Duration = Duration::from_secs(60 * 60);
const NEW: &str = "new";

/// Which state of a file this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::oauth) struct Stamp {
    inode: u64,
    modified: (i64, i64),
}

pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let kind = fs::symlink_metadata(path).ok()?;
    Some(Stamp { inode: kind.ino(), modified: (kind.mtime(), kind.mtime_nsec()) })
}

/// Makes it, for its owner alone. One that exists must be so already.
pub(super) fn private_directory(path: &Path) -> Result<(), VaultFailure> {
    if !path.is_dir() {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| failed("cannot make", path, &error))?;
    }
    let kind = fs::metadata(path).map_err(|error| failed("cannot look at", path, &error))?;
    let open = |why| VaultFailure::Open { path: path.to_owned(), why };
    if kind.uid() != rustix::process::geteuid().as_raw() {
        return Err(open("it belongs to another user"));
    }
    if kind.permissions().mode() & 0o077 != 0 {
        // Nothing secret is in it yet that is not sealed, and others could put files there.
        fs::set_permissions(path, Permissions::from_mode(0o700))
            .map_err(|error| failed("cannot close", path, &error))?;
    }
    Ok(())
}

/// None: there is no such file. Symbolic links are not followed.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultFailure> {
    let flags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK);
    let flags = i32::try_from(flags.bits()).expect("open(2) takes its flags as an int");
    let cannot = |error: &io::Error| failed("cannot read", path, error);
    let file = match File::options().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot(&error)),
    };
    let kind = file.metadata().map_err(|error| cannot(&error))?;
    let open = |why| VaultFailure::Open { path: path.to_owned(), why };
    if !kind.is_file() {
        return Err(open("it is no regular file"));
    }
    if kind.uid() != rustix::process::geteuid().as_raw() {
        return Err(open("it belongs to another user"));
    }
    if kind.permissions().mode() & 0o077 != 0 {
        return Err(open("others may read or write it"));
    }
    let mut bytes = Vec::new();
    file.take(limits::TOKEN_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > limits::TOKEN_FILE_BYTES_MAX {
        return Err(failed("cannot read", path, &io::Error::other("it is larger than any weir writes")));
    }
    Ok(Some(bytes))
}

/// Killed anywhere in between, the file is the old one or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), VaultFailure> {
    let cannot = |error: io::Error| failed("cannot write", path, &error);
    let directory = path.parent().unwrap_or(Path::new("."));
    sweep(directory);
    let beside = path.with_extension(format!("{:016x}.{NEW}", nonce().map_err(cannot)?));
    let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&beside);
    }
    written.map_err(cannot)?;
    flush_directory(directory).map_err(cannot)
}

/// Whether it is this call that made the file.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<bool, VaultFailure> {
    let cannot = |error: io::Error| failed("cannot write", path, &error);
    let directory = path.parent().unwrap_or(Path::new("."));
    let beside = path.with_extension(format!("{:016x}.{NEW}", nonce().map_err(cannot)?));
    // A link, unlike a rename, fails when somebody else was first.
    let linked = write_new(&beside, bytes).and_then(|()| match fs::hard_link(&beside, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    });
    // Its bytes are in place under the other name, or of no use.
    let _ = fs::remove_file(&beside);
    let made = linked.map_err(cannot)?;
    flush_directory(directory).map_err(cannot)?;
    Ok(made)
}

pub(super) fn remove(path: &Path) -> Result<bool, VaultFailure> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("cannot remove", path, &error)),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn flush_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn nonce() -> io::Result<u64> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(u64::from_be_bytes(bytes))
}

/// What cannot be swept does no harm but take room.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let old = || {
            let modified = entry.metadata().ok()?.modified().ok()?;
            Some(SystemTime::now().duration_since(modified).ok()? > LEFT_BEHIND)
        };
        if path.extension().is_some_and(|extension| extension == NEW) && old() == Some(true) {
            let _ = fs::remove_file(path);
        }
    }
}

fn failed(what: &'static str, path: &Path, error: &io::Error) -> VaultFailure {
    VaultFailure::File { what, path: path.to_owned(), why: error.to_string() }
}
