//! The files of a description that is a tree of them: what lies in its root's directory or below, and nothing else.

use std::{
    cell::RefCell,
    fs::{self, File},
    io::Read,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use weir_model::limits::DESCRIPTION_FILE_BYTES_MAX;
use weir_openapi::Files;

use super::kept::{Beside, Hash, hash};

/// Beside a file on disk. Symbolic links are followed only as far as they stay inside.
pub(super) struct Jail {
    /// Canonical.
    directory: PathBuf,
    seen: RefCell<Vec<Beside>>,
}

/// A description by URL is one file: what it points at elsewhere is not fetched.
pub(super) struct Nowhere;

impl Files for Nowhere {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        Err(format!("{path}: references to other files are followed only for a description that is a file"))
    }
}

impl Jail {
    pub(super) fn around(root: &Path) -> std::io::Result<Self> {
        let root = root.canonicalize()?;
        let directory = root.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { directory, seen: RefCell::default() })
    }

    /// What was read, with the hash of each.
    pub(super) fn seen(self) -> Vec<Beside> {
        self.seen.into_inner()
    }

    pub(super) fn hash_of(&self, path: &str) -> Option<Hash> {
        Some(hash(&self.bytes(path).ok()?))
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let plain = !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || path.contains(['\0', '\\']) {
            return Err(format!("{path:?} is no path below the description's directory"));
        }
        let missing = |error: std::io::Error| format!("{path}: it cannot be read: {}", error.kind());
        let whole = self.directory.join(path).canonicalize().map_err(missing)?;
        if !whole.starts_with(&self.directory) {
            return Err(format!("{path}: it leads out of the description's directory"));
        }
        read_capped(&whole).map_err(|why| format!("{path}: {why}"))
    }
}

impl Files for Jail {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        let bytes = self.bytes(path)?;
        self.seen.borrow_mut().push((path.to_owned(), hash(&bytes)));
        Ok(bytes.into())
    }
}

/// A whole plain file; a device or a pipe could be read for ever.
pub(super) fn read_capped(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("it cannot be read: {}", error.kind());
    let facts = fs::metadata(path).map_err(told)?;
    if !facts.is_file() {
        return Err("it is no file".to_owned());
    }
    let too_large = || format!("it is larger than {} MiB", DESCRIPTION_FILE_BYTES_MAX / weir_model::limits::MIB);
    if facts.len() > DESCRIPTION_FILE_BYTES_MAX {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(facts.len()).unwrap_or_default());
    File::open(path)
        .and_then(|file| file.take(DESCRIPTION_FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(told)?;
    if bytes.len() as u64 > DESCRIPTION_FILE_BYTES_MAX { Err(too_large()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h10_nothing_outside_the_directory_is_read() {
        let above = tempfile::tempdir().unwrap();
        let inside = above.path().join("spec");
        fs::create_dir_all(inside.join("parts")).unwrap();
        fs::write(above.path().join("secret.yaml"), "secret").unwrap();
        fs::write(inside.join("root.yaml"), "root").unwrap();
        fs::write(inside.join("parts/a.yaml"), "part").unwrap();
        std::os::unix::fs::symlink(above.path().join("secret.yaml"), inside.join("link.yaml")).unwrap();
        std::os::unix::fs::symlink("parts/a.yaml", inside.join("within.yaml")).unwrap();
        std::os::unix::fs::symlink("/dev", inside.join("devices")).unwrap();
        std::os::unix::fs::symlink(&inside, above.path().join("spec-link")).unwrap();
        // Through a link to the directory as well.
        for root in [inside.join("root.yaml"), above.path().join("spec-link/root.yaml")] {
            let jail = Jail::around(&root).unwrap();
            let told = |path: &str| match jail.read(path) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(why) => why,
            };
            for (path, expected) in [
                ("parts/a.yaml", "part"),
                ("within.yaml", "part"),
                ("root.yaml", "root"),
                ("../secret.yaml", r#""../secret.yaml" is no path below the description's directory"#),
                (
                    "parts/../../secret.yaml",
                    r#""parts/../../secret.yaml" is no path below the description's directory"#,
                ),
                ("/etc/passwd", r#""/etc/passwd" is no path below the description's directory"#),
                ("", r#""" is no path below the description's directory"#),
                ("parts\\a.yaml", r#""parts\\a.yaml" is no path below the description's directory"#),
                ("link.yaml", "link.yaml: it leads out of the description's directory"),
                ("devices/zero", "devices/zero: it leads out of the description's directory"),
                ("parts", "parts: it is no file"),
                ("missing.yaml", "missing.yaml: it cannot be read: entity not found"),
            ] {
                assert_eq!(told(path), expected, "{path}");
            }
            assert_eq!(jail.seen().len(), 3, "what was read is known, what was refused is not");
        }
        assert!(Nowhere.read("parts/a.yaml").is_err());
    }
}
