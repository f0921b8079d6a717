//! Compiled guests on disk: `<engine>-<key>-<sha256 of the content>.compiled`, in a directory only this user writes to.
//!
//! A file whose content does not match its name is removed, never loaded.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::OwnedFd,
        unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{content_hash, private_dir};

/// Compiled guests of one engine kept, newest first; others are of versions gone by.
const KEPT_MAX: usize = 4;
/// Entries of the directory that are looked at.
const ENTRIES_MAX: usize = 1_000;

/// For the operator: says why every start compiles anew.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheUnusable {
    #[error("its directory cannot be used")]
    Directory(#[source] io::Error),
    #[error("its directory belongs to somebody else, or others may write to it")]
    NotPrivate,
    #[error("a file in it cannot be read or written: {0}")]
    File(#[from] io::Error),
    #[error("{0}")]
    Compile(String),
}

#[derive(Debug)]
pub(super) struct Cache {
    dir: PathBuf,
    /// `<engine>-`
    engine: String,
    /// `<engine>-<key>-`
    prefix: String,
}

/// A compiled guest being written. Removed when dropped before it is kept.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    file: File,
}

impl Draft {
    pub(super) fn descriptor(&self) -> Result<OwnedFd, CacheUnusable> {
        Ok(self.file.try_clone()?.into())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already when it was kept.
        let _gone = fs::remove_file(&self.path);
    }
}

impl Cache {
    pub(super) fn open(dir: &Path, engine: &str, key: &str) -> Result<Self, CacheUnusable> {
        private_dir(dir)?;
        Ok(Self { dir: dir.to_owned(), engine: format!("{engine}-"), prefix: format!("{engine}-{key}-") })
    }

    /// The compiled guest, verified.
    pub(super) fn find(&self) -> Result<Option<File>, CacheUnusable> {
        for (path, name) in self.entries()? {
            let Some(hash) = name.strip_prefix(&self.prefix).and_then(|rest| rest.strip_suffix(SUFFIX)) else {
                continue;
            };
            match verified(&path, hash) {
                Ok(Some(file)) => return Ok(Some(file)),
                Ok(None) | Err(_) => {
                    tracing::warn!("a damaged compiled guest was removed from the cache");
                    let _gone = fs::remove_file(&path);
                }
            }
        }
        Ok(None)
    }

    pub(super) fn draft(&self) -> Result<Draft, CacheUnusable> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|cause| CacheUnusable::File(io::Error::other(cause)))?;
        let path = self.dir.join(format!(".{:016x}.draft", u64::from_le_bytes(random)));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Draft { path, file })
    }

    /// Gives a finished draft its name, all at once, and opens it for reading.
    pub(super) fn keep(&self, draft: Draft) -> Result<File, CacheUnusable> {
        let written = open(&draft.path)?;
        let path = self.dir.join(format!("{}{}{SUFFIX}", self.prefix, content_hash(&written)?));
        draft.file.sync_all()?;
        fs::rename(&draft.path, &path)?;
        self.prune();
        Ok(written)
    }

    /// Best effort: an old file left behind costs only disk.
    fn prune(&self) {
        let Ok(mut entries) = self.entries() else { return };
        entries.retain(|(_, name)| name.starts_with(&self.engine) && name.ends_with(SUFFIX));
        let age =
            |path: &PathBuf| fs::metadata(path).and_then(|facts| facts.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        entries.sort_by_key(|(path, _)| std::cmp::Reverse(age(path)));
        for (path, _) in entries.iter().skip(KEPT_MAX) {
            let _gone = fs::remove_file(path);
        }
    }

    fn entries(&self) -> Result<Vec<(PathBuf, String)>, CacheUnusable> {
        let entries = fs::read_dir(&self.dir).map_err(CacheUnusable::Directory)?;
        Ok(entries
            .take(ENTRIES_MAX)
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.path(), entry.file_name().into_string().ok()?))
            })
            .collect())
    }
}

const SUFFIX: &str = ".compiled";

fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits();
    OpenOptions::new().read(true).custom_flags(i32::try_from(flags).unwrap_or_default()).open(path)
}

fn verified(path: &Path, hash: &str) -> io::Result<Option<File>> {
    let file = open(path)?;
    let facts = file.metadata()?;
    let ours = facts.is_file() && facts.uid() == rustix::process::geteuid().as_raw() && facts.mode() & 0o022 == 0;
    Ok((ours && content_hash(&file)? == hash).then_some(file))
}
