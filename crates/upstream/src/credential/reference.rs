//! Where a credential's value is, and how it is read from there.

use std::{fs::File, io::Read, os::unix::fs::OpenOptionsExt, path::Path};

use rustix::fs::OFlags;
use weir_model::{Secret, limits};
use zeroize::Zeroizing;

use super::{CredentialFailure, Keyring, command};
use crate::Reference;

/// What reading it again costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Repeat {
    Cheap,
    Dear,
}

pub(super) fn repeat(reference: &Reference) -> Repeat {
    match reference {
        Reference::Value(_) | Reference::File(_) => Repeat::Cheap,
        Reference::Command(_) | Reference::Keyring { .. } => Repeat::Dear,
    }
}

/// Reads the value: text on one line, not empty.
pub(crate) async fn read(reference: &Reference) -> Result<Secret, CredentialFailure> {
    let text = match reference {
        Reference::Value(secret) => Zeroizing::new(secret.expose().to_owned()),
        Reference::File(path) => {
            let path = path.clone();
            let read = tokio::task::spawn_blocking(move || of_file(&path)).await;
            read.unwrap_or_else(|_| Err(CredentialFailure::passing("its credential's file was not read to the end")))?
        }
        Reference::Command(words) => command::output(words).await?,
        Reference::Keyring { service, account } => Keyring::of_system().lookup(service, account).await?,
    };
    one_line(reference, &text)
}

/// Never the value: where it is.
pub(crate) fn described(reference: &Reference) -> String {
    match reference {
        Reference::Value(_) => "the config".to_owned(),
        Reference::File(path) if is_open_to_all(path) => {
            format!("the file {}, which every user of this machine can read", path.display())
        }
        Reference::File(path) => format!("the file {}", path.display()),
        Reference::Command(words) => format!("the command {:?}", words.first().map_or("", String::as_str)),
        Reference::Keyring { service, account } => format!("the keyring ({service}/{account})"),
    }
}

fn of_file(path: &Path) -> Result<Zeroizing<String>, CredentialFailure> {
    let unreadable = |why: &str| {
        CredentialFailure::lasting(format!("the file of its credential {why}")).with_detail(path.display().to_string())
    };
    let cannot = |error: &std::io::Error| unreadable(&format!("cannot be read: {error}"));
    // Opening a pipe that nobody writes to would wait for ever.
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).expect("open(2) takes its flags as an int");
    let file = File::options().read(true).custom_flags(nonblocking).open(path).map_err(|e| cannot(&e))?;
    let kind = file.metadata().map_err(|e| cannot(&e))?;
    if !kind.is_file() {
        return Err(unreadable("is no regular file"));
    }
    let max = limits::CREDENTIAL_BYTES_MAX;
    if kind.len() > max as u64 {
        return Err(unreadable(&format!("is larger than {max} bytes")));
    }
    // All of its room at once: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max + 1));
    file.take(max as u64 + 1).read_to_end(&mut bytes).map_err(|e| cannot(&e))?;
    if bytes.len() > max {
        return Err(unreadable(&format!("is larger than {max} bytes")));
    }
    if is_open_to_all(path) {
        tracing::warn!(file = %path.display(), "a credential's file can be read by every user of this machine; chmod 600 it");
    }
    text(&bytes).ok_or_else(|| unreadable("holds bytes that are no text"))
}

fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|kind| kind.permissions().mode() & 0o004 != 0)
}

pub(super) fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// One line end at the end is the file's, not the credential's; anything else would break the header it goes into.
fn one_line(reference: &Reference, text: &str) -> Result<Secret, CredentialFailure> {
    let value = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    let fault = if value.is_empty() {
        "is empty"
    } else if value.len() > limits::CREDENTIAL_BYTES_MAX {
        "is longer than any credential"
    } else if value.chars().any(|c| matches!(c, '\n' | '\r' | '\0')) {
        "is more than one line"
    } else {
        return Ok(Secret::new(value.to_owned()));
    };
    Err(CredentialFailure::lasting(format!("its credential {fault}"))
        .with_detail(format!("from {}", described(reference))))
}
