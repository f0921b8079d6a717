//! What is kept on disk of descriptions: the parsed form by content, and what was fetched by URL with its ETag.
//!
//! A convenience, never a need: what is unreadable, corrupt, of another build or not ours is read anew, and what cannot be
//! written is not kept. A private directory; files are written beside and then over.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use weir_model::limits::{DESCRIPTION_FILE_BYTES_MAX, DESCRIPTION_KEPT_BYTES_MAX};
use weir_openapi::Api;

/// Files in the directory; beyond that the oldest go.
const FILES_MAX: usize = 512;
const HEAD_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(crate) type Hash = [u8; 32];

pub(crate) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[derive(Debug)]
pub(crate) struct Kept {
    directory: Option<PathBuf>,
}

/// One file a description was read from beside its root: the path relative to the root's directory, and its content's hash.
pub(super) type Beside = (String, Hash);

/// A description as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) etag: Option<String>,
    pub(super) bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct FetchedHead {
    url: String,
    etag: Option<String>,
    sha256: Hash,
}

impl Kept {
    pub(crate) fn in_directory(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// The parsed form of a description with this root, unless a file beside it has changed since. `hash_of` looks at those.
    pub(super) fn parsed(&self, root: &Hash, hash_of: impl Fn(&str) -> Option<Hash>) -> Option<Api> {
        let bytes = self.read(&parsed_name(root), DESCRIPTION_KEPT_BYTES_MAX)?;
        let (beside, api) = split::<Vec<Beside>>(&bytes)?;
        let same = beside.iter().all(|(path, hash)| hash_of(path).as_ref() == Some(hash));
        same.then(|| Api::from_bytes(api)).flatten()
    }

    pub(super) fn keep_parsed(&self, root: &Hash, beside: &[Beside], api: &Api) {
        if self.directory.is_some() {
            self.write(&parsed_name(root), beside, &api.to_bytes());
        }
    }

    pub(super) fn fetched(&self, url: &str) -> Option<Fetched> {
        let bytes = self.read(&fetched_name(url), DESCRIPTION_FILE_BYTES_MAX + HEAD_BYTES_MAX as u64)?;
        let (head, body) = split::<FetchedHead>(&bytes)?;
        let whole = head.url == url && head.sha256 == hash(body);
        whole.then(|| Fetched { etag: head.etag, bytes: body.to_vec() })
    }

    pub(super) fn keep_fetched(&self, url: &str, fetched: &Fetched) {
        let head = FetchedHead { url: url.to_owned(), etag: fetched.etag.clone(), sha256: hash(&fetched.bytes) };
        self.write(&fetched_name(url), &head, &fetched.bytes);
    }

    fn read(&self, name: &str, bytes_max: u64) -> Option<Vec<u8>> {
        let directory = self.directory.as_ref()?;
        is_private(directory).ok()?;
        let file = File::open(directory.join(name)).ok()?;
        let length = file.metadata().ok()?.len();
        if length > bytes_max {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        file.take(bytes_max).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn write<H: Serialize + ?Sized>(&self, name: &str, head: &H, body: &[u8]) {
        let Some(directory) = &self.directory else { return };
        if let Err(error) = written(directory, name, head, body) {
            tracing::debug!(%error, directory = %directory.display(), "a description is not kept");
        }
    }
}

fn parsed_name(root: &Hash) -> String {
    format!("{}.api", hex(root))
}

fn fetched_name(url: &str) -> String {
    format!("{}.fetched", hex(&hash(url.as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

/// The head's length, the head as JSON, the body.
fn split<H: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<(H, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= HEAD_BYTES_MAX)?;
    let (head, body) = rest.split_at_checked(length)?;
    Some((serde_json::from_slice(head).ok()?, body))
}

fn written<H: Serialize + ?Sized>(directory: &Path, name: &str, head: &H, body: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    is_private(directory)?;
    let head = serde_json::to_vec(head)?;
    let length = u32::try_from(head.len()).ok().filter(|_| head.len() <= HEAD_BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("it was read from too many files"))?;
    let beside = directory.join(format!(".{name}.{}.{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&length.to_le_bytes())?;
        file.write_all(&head)?;
        file.write_all(body)?;
        fs::rename(&beside, directory.join(name))
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })?;
    forget_oldest(directory)
}

/// What somebody else may write to is not believed.
fn is_private(directory: &Path) -> io::Result<()> {
    let facts = fs::metadata(directory)?;
    let ours = facts.uid() == rustix::process::geteuid().as_raw() && facts.mode() & 0o022 == 0;
    if ours { Ok(()) } else { Err(io::Error::other("others may write to the directory")) }
}

fn forget_oldest(directory: &Path) -> io::Result<()> {
    let mut files: Vec<_> = fs::read_dir(directory)?
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    if files.len() <= FILES_MAX {
        return Ok(());
    }
    files.sort();
    for (_, path) in &files[..files.len() - FILES_MAX] {
        // Another process may have been quicker.
        let _ = fs::remove_file(path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;

    fn fetched(text: &str) -> Fetched {
        Fetched { etag: Some("\"1\"".into()), bytes: text.into() }
    }

    #[test]
    fn what_was_fetched_is_kept_privately_and_only_for_its_url() {
        let above = tempfile::tempdir().unwrap();
        let directory = above.path().join("deep/inside");
        let kept = Kept::in_directory(Some(directory.clone()));
        assert_eq!(kept.fetched("https://a"), None);
        kept.keep_fetched("https://a", &fetched("one"));
        kept.keep_fetched("https://a", &fetched("two"));
        assert_eq!(kept.fetched("https://a"), Some(fetched("two")));
        assert_eq!(kept.fetched("https://b"), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        let files: Vec<PathBuf> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.iter().map(|path| mode(path)).collect::<Vec<_>>(), [0o600], "and nothing is left beside it");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(kept.fetched("https://a"), None, "where others write, nothing is believed");
    }

    #[test]
    fn nothing_is_kept_where_nothing_can_be() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for directory in [None, Some(file.path().to_owned()), Some(PathBuf::from("/proc/self/nothing"))] {
            let kept = Kept::in_directory(directory);
            kept.keep_fetched("https://a", &fetched("one"));
            assert_eq!(kept.fetched("https://a"), None);
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_files_is_the_same_as_nothing(garbage in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
            let directory = tempfile::tempdir().unwrap();
            fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
            let kept = Kept::in_directory(Some(directory.path().to_owned()));
            fs::write(directory.path().join(fetched_name("u")), &garbage).unwrap();
            fs::write(directory.path().join(parsed_name(&hash(b"r"))), &garbage).unwrap();
            prop_assert_eq!(kept.fetched("u"), None);
            prop_assert!(kept.parsed(&hash(b"r"), |_| None).is_none());
            kept.keep_fetched("u", &fetched("whole"));
            let path = directory.path().join(fetched_name("u"));
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..cut.index(whole.len())]).unwrap();
            prop_assert_eq!(kept.fetched("u"), None, "cut short");
        }
    }
}
