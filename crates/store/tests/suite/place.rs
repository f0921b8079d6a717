//! Places for stores: each test has one of its own, gone with it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::TempDir;
use weir_store::{Location, Store};

pub(crate) struct Place {
    pub(crate) location: Location,
    /// What [`Place::open`]'s stores take for the time.
    pub(crate) clock: Clock,
    _home: Option<TempDir>,
}

/// A clock that the test sets.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn set(&self, unix_ms: u64) {
        self.0.store(unix_ms, Ordering::SeqCst);
    }
}

impl Place {
    fn new(location: Location, home: Option<TempDir>) -> Self {
        Self { location, clock: Clock(Arc::new(AtomicU64::new(1_000))), _home: home }
    }

    pub(crate) async fn open(&self) -> Arc<Store> {
        let clock = self.clock.0.clone();
        let opened = Store::open_at(self.location.clone(), move || clock.load(Ordering::SeqCst)).await;
        opened.unwrap_or_else(|unavailable| panic!("{unavailable}"))
    }

    /// As `weir-store-victim` is told it.
    pub(crate) fn argument(&self) -> String {
        match &self.location {
            Location::Sqlite(path) => format!("sqlite:{}", path.display()),
            Location::Postgres(address) => address.clone(),
            Location::Memory => panic!("no other process sees it"),
        }
    }
}

pub(crate) fn memory() -> Place {
    Place::new(Location::Memory, None)
}

pub(crate) fn sqlite() -> Place {
    let home = tempfile::tempdir().expect("a directory");
    Place::new(Location::Sqlite(home.path().join("weir.db")), Some(home))
}

pub(crate) fn postgres(address: String) -> Place {
    Place::new(Location::Postgres(address), None)
}

/// A directory and, in it, where a store may be made.
pub(crate) fn path() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("store/weir.db");
    (home, path)
}
