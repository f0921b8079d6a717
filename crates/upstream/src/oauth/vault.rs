//! Where tokens are kept: one encrypted file for each principal, upstream and resource, in a private directory.
//!
//! A file is sealed for its place: under another principal's, upstream's or resource's name it does not open. It is replaced
//! whole or not at all, and whoever renews a token holds its lock, so that two processes never use one refresh token twice.

mod file;
mod key;
mod lock;
mod record;
mod seal;

use std::{path::PathBuf, sync::Arc};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use weir_model::{PrincipalId, UpstreamName};

use self::seal::Key;
pub(super) use self::{
    file::Stamp,
    lock::Locked,
    record::{HeldTokens, Record, now},
};
use crate::credential::{CredentialFailure, Keyring};

/// Why tokens cannot be read or kept. For people: names a path, never a token.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum VaultFailure {
    #[error("{what} {path}: {why}", path = .path.display())]
    File { what: &'static str, path: PathBuf, why: String },
    #[error("{path} is not private: {why}; make it so with chmod, or remove it", path = .path.display())]
    Open { path: PathBuf, why: &'static str },
    #[error("{path} does not open with this key; remove it and log in again", path = .path.display())]
    Sealed { path: PathBuf },
    #[error("the key of the tokens cannot be had: {0}")]
    Key(String),
    #[error("another weir holds {path} for too long", path = .path.display())]
    Busy { path: PathBuf },
    #[error("it ended before it was done")]
    Ended,
}

impl VaultFailure {
    pub(super) fn into_credential_failure(self) -> CredentialFailure {
        let passing = matches!(self, Self::Busy { .. } | Self::Ended);
        CredentialFailure {
            cause: "its kept tokens cannot be used".to_owned(),
            detail: Some(self.to_string()),
            passing,
        }
    }
}

/// Whose tokens, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) principal: PrincipalId,
    pub(super) upstream: UpstreamName,
    pub(super) resource: String,
}

impl Slot {
    /// What a file is sealed for. Unambiguous: lengths first.
    fn binding(&self) -> Vec<u8> {
        let parts = [self.principal.as_str(), self.upstream.as_str(), &self.resource];
        let lengths = parts.iter().flat_map(|part| (part.len() as u64).to_be_bytes());
        lengths.chain(parts.iter().flat_map(|part| part.bytes())).collect()
    }

    fn name(&self) -> String {
        Sha256::digest(self.binding()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Vault {
    directory: PathBuf,
    keyring: Keyring,
    key: Arc<OnceCell<Key>>,
}

impl Vault {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, keyring: Keyring::of_system(), key: Arc::default() }
    }

    /// Waits until nobody else works on these tokens.
    pub(super) async fn lock(&self, slot: &Slot) -> Result<Locked, VaultFailure> {
        self.prepare().await?;
        lock::acquire(self.directory.join(format!("{}.lock", slot.name()))).await
    }

    /// None: nothing is kept there.
    pub(super) async fn read(&self, slot: &Slot) -> Result<Option<Record>, VaultFailure> {
        let path = self.path(slot);
        let sealed = {
            let path = path.clone();
            blocking(move || file::read(&path)).await?
        };
        let Some(sealed) = sealed else { return Ok(None) };
        let key = self.key().await?;
        let opened = key.open(&sealed, &slot.binding()).ok_or_else(|| VaultFailure::Sealed { path: path.clone() })?;
        Record::read(&opened).map(Some).ok_or(VaultFailure::Sealed { path })
    }

    /// `_held` shows that the caller holds the lock.
    pub(super) async fn write(&self, slot: &Slot, record: &Record, _held: &Locked) -> Result<(), VaultFailure> {
        self.prepare().await?;
        let sealed = self.key().await?.seal(&record.written(), &slot.binding()).map_err(VaultFailure::Key)?;
        let path = self.path(slot);
        blocking(move || file::replace(&path, &sealed)).await
    }

    /// Whether there was something.
    pub(super) async fn remove(&self, slot: &Slot, _held: &Locked) -> Result<bool, VaultFailure> {
        let path = self.path(slot);
        blocking(move || file::remove(&path)).await
    }

    /// Changes whenever what is kept does. Two system calls at most.
    pub(super) fn stamp(&self, slot: &Slot) -> Option<Stamp> {
        file::stamp(&self.path(slot))
    }

    fn path(&self, slot: &Slot) -> PathBuf {
        self.directory.join(format!("{}.token", slot.name()))
    }

    async fn prepare(&self) -> Result<(), VaultFailure> {
        let directory = self.directory.clone();
        blocking(move || file::private_directory(&directory)).await
    }

    async fn key(&self) -> Result<&Key, VaultFailure> {
        self.key.get_or_try_init(|| key::of(&self.directory, &self.keyring)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultFailure> + Send + 'static,
) -> Result<T, VaultFailure> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(VaultFailure::Ended))
}

/// The key in a file from the start, so that no test touches anybody's keyring.
#[cfg(test)]
pub(crate) fn key_in_file(directory: &std::path::Path) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    file::private_directory(directory).unwrap();
    file::create(&directory.join("key"), format!("file {}\n", STANDARD.encode([3; 32])).as_bytes()).unwrap();
}

#[cfg(test)]
mod tests;
