//! Which stores of one file are open in a living process: each holds a lock on a file of its own in the directory `-owners`.
//!
//! The kernel lets go of the lock when the process ends, however it ends: no clock, no process ids.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{Problem, trouble::Trouble};

/// This store's own lock.
#[derive(Debug)]
pub(crate) struct Owner {
    path: PathBuf,
    _locked: File,
}

impl Drop for Owner {
    fn drop(&mut self) {
        // One that stays is removed by whoever finds it unlocked.
        let _ = fs::remove_file(&self.path);
    }
}

/// The directory beside the database.
pub(crate) fn directory(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push("-owners");
    database.with_file_name(name)
}

/// Says that this store lives. The file takes its name only once it is locked: nobody finds it unlocked.
pub(crate) fn announce(owners: &Path, instance: &str) -> Result<Owner, Trouble> {
    let made = DirBuilder::new().mode(0o700).create(owners);
    if let Err(error) = made
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(unusable(&error));
    }
    sweep(owners);
    let draft = owners.join(format!("{instance}.new"));
    let path = owners.join(instance);
    let open = || -> io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&draft)?;
        file.lock()?;
        fs::rename(&draft, &path)?;
        Ok(file)
    };
    let locked = open().map_err(|error| unusable(&error))?;
    Ok(Owner { path, _locked: locked })
}

/// Clears away what killed processes left: most of them own no run that anybody would ask about.
fn sweep(owners: &Path) {
    for entry in fs::read_dir(owners).into_iter().flatten().flatten() {
        // What cannot be removed now harms nobody, and the next store to open comes by again.
        let _ = entry.file_name().to_str().map(|name| lives(owners, name));
    }
}

/// Whether the store of that name is open. Clears away what a dead one left.
pub(crate) fn lives(owners: &Path, instance: &str) -> Result<bool, Trouble> {
    // A name out of a file is no path.
    if instance.is_empty() || !instance.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Trouble::damaged("a run's owner is no store's name"));
    }
    let path = owners.join(instance);
    let file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unusable(&error)),
    };
    // Shared: two who ask at once must not take each other for the owner.
    match file.try_lock_shared() {
        Ok(()) => {
            let _ = fs::remove_file(&path);
            Ok(false)
        }
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(unusable(&error)),
    }
}

fn unusable(error: &io::Error) -> Trouble {
    Trouble::new(Problem::Unusable(format!("the locks of its open stores cannot be reached: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_lives_until_its_lock_is_let_go() {
        let home = tempfile::tempdir().expect("a directory");
        let owners = directory(&home.path().join("weir.db"));
        let owner = announce(&owners, "0a").expect("announced");
        assert!(lives(&owners, "0a").expect("readable"));
        assert!(!lives(&owners, "0b").expect("readable"), "never announced");
        drop(owner);
        assert!(!lives(&owners, "0a").expect("readable"));
        fs::write(owners.join("0c"), "").expect("as a killed process leaves it");
        assert!(!lives(&owners, "0c").expect("readable"));
        assert!(!owners.join("0c").exists(), "cleared away");
        assert!(lives(&owners, "../weir.db").is_err(), "no path out of a file is followed");
    }

    #[test]
    fn what_killed_processes_left_goes_when_a_store_opens() {
        let home = tempfile::tempdir().expect("a directory");
        let owners = directory(&home.path().join("weir.db"));
        let first = announce(&owners, "0a").expect("announced");
        for dead in ["0b", "0c"] {
            fs::write(owners.join(dead), "").expect("as a killed process leaves it");
        }
        fs::write(owners.join("0d.new"), "").expect("a store that is about to open");
        let second = announce(&owners, "0e").expect("announced");
        let mut left: Vec<_> = fs::read_dir(&owners).expect("there").flatten().map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, ["0a", "0d.new", "0e"]);
        assert!(lives(&owners, "0a").expect("readable") && lives(&owners, "0e").expect("readable"));
        drop((first, second));
    }

    #[test]
    fn who_asks_is_not_taken_for_the_owner() {
        let home = tempfile::tempdir().expect("a directory");
        let owners = directory(&home.path().join("weir.db"));
        drop(announce(&owners, "0a").expect("announced"));
        let dead = File::create(owners.join("0b")).expect("as a killed process leaves it");
        dead.try_lock_shared().expect("somebody else asks at this moment");
        assert!(!lives(&owners, "0b").expect("readable"));
    }
}
