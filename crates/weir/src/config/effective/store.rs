//! Judges `[store]`: where runs, approvals and results are kept, and how long.

use std::{fmt, path::PathBuf, time::Duration};

use super::Folder;
use crate::config::{
    problem::{Findings, Problem},
    raw::RawStore,
    setting::{KEEP_DAYS_DEFAULT, KEEP_MB_DEFAULT},
    surroundings::Surroundings,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MB: u64 = 1_000_000;
const IN_MEMORY: &str = ":memory:";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    pub place: StorePlace,
    /// Runs that ended longer ago are removed, …
    pub keep: Duration,
    /// … and the oldest ended ones beyond this size.
    pub keep_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// Nothing outlives the process.
    Memory,
    /// A SQLite file; it and its folder need not exist yet.
    File(PathBuf),
    Postgres(DatabaseUrl),
}

/// A URL that may hold a password: never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// For the one who connects.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[database url]")
    }
}

impl StoreConfig {
    /// In the state folder; in memory where no home is known.
    pub(super) fn usual(surroundings: &Surroundings) -> Self {
        let file = surroundings.state_dir().map(|folder| StorePlace::File(folder.join("weir.db")));
        Self {
            place: file.unwrap_or(StorePlace::Memory),
            keep: DAY * u32::try_from(KEEP_DAYS_DEFAULT).expect("a constant"),
            keep_bytes: KEEP_MB_DEFAULT * MB,
        }
    }
}

pub(super) fn judge(raw: &RawStore, folder: Folder<'_>, findings: &mut Findings) -> StoreConfig {
    let mut store = StoreConfig::usual(folder.surroundings);
    if let Some(days) = &raw.keep_days {
        store.keep = DAY * u32::try_from(days.value).unwrap_or(u32::MAX);
    }
    if let Some(mb) = &raw.keep_mb {
        store.keep_bytes = mb.value.saturating_mul(MB);
    }
    match (&raw.path, &raw.url) {
        (Some(_), Some(url)) => findings.error(
            Problem::new("[store] has both `path` and `url`")
                .at(&url.place)
                .hint("keep `path` for a SQLite file, `url` for a PostgreSQL database"),
        ),
        (Some(written), None) => match folder.text(written, findings) {
            Some(path) if path == IN_MEMORY => store.place = StorePlace::Memory,
            Some(path) if path.trim().is_empty() => findings.error(
                Problem::new("`path` is empty")
                    .at(&written.place)
                    .hint("leave it out for the usual place; \":memory:\" keeps nothing beyond the process"),
            ),
            Some(path) if path.contains("://") => findings.error(
                Problem::new("`path` is a URL")
                    .at(&written.place)
                    .hint("a database is named by `url`, a file by `path`"),
            ),
            Some(path) => store.place = StorePlace::File(folder.path(&path)),
            None => {}
        },
        (None, Some(written)) => match folder.text(written, findings) {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                store.place = StorePlace::Postgres(DatabaseUrl(url));
            }
            // It may hold a password: the value is not shown.
            Some(_) => findings.error(
                Problem::new("`url` of [store] is no postgres:// URL")
                    .at(&written.place)
                    .hint("write for example postgres://weir@db.example.com/weir; a SQLite file is named by `path`"),
            ),
            None => {}
        },
        (None, None) if store.place == StorePlace::Memory => findings.warn(
            Problem::new("runs are kept in memory only and end with weir: no home folder is known")
                .hint("set the variable HOME, or [store] path"),
        ),
        (None, None) => {}
    }
    store
}
