//! Judges `[store]`: where runs, approvals and results are kept, and how long.

use std::time::Duration;

use weir_store::Location;

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
    pub place: Location,
    /// The configuration says where, so that whoever shares it does so on purpose; the usual place is everybody's.
    pub chosen: bool,
    /// Runs that ended longer ago are removed, …
    pub keep: Duration,
    /// … and the oldest ended ones beyond this size.
    pub keep_bytes: u64,
}

impl StoreConfig {
    /// In the state folder; in memory where no home is known.
    pub(super) fn usual(surroundings: &Surroundings) -> Self {
        let file = surroundings.state_dir().map(|folder| Location::Sqlite(folder.join("weir.db")));
        Self {
            place: file.unwrap_or(Location::Memory),
            chosen: false,
            keep: DAY * u32::try_from(KEEP_DAYS_DEFAULT).expect("a constant"),
            keep_bytes: KEEP_MB_DEFAULT * MB,
        }
    }
}

pub(super) fn judge(raw: &RawStore, folder: Folder<'_>, findings: &mut Findings) -> StoreConfig {
    let chosen = raw.path.is_some() || raw.url.is_some();
    let mut store = StoreConfig { chosen, ..StoreConfig::usual(folder.surroundings) };
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
            Some(path) if path == IN_MEMORY => store.place = Location::Memory,
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
            Some(path) => store.place = Location::Sqlite(folder.path(&path)),
            None => {}
        },
        (None, Some(written)) => match folder.text(written, findings) {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                store.place = Location::Postgres(url);
            }
            // It may hold a password: the value is not shown.
            Some(_) => findings.error(
                Problem::new("`url` of [store] is no postgres:// URL")
                    .at(&written.place)
                    .hint("write for example postgres://weir@db.example.com/weir; a SQLite file is named by `path`"),
            ),
            None => {}
        },
        (None, None) if store.place == Location::Memory => findings.warn(
            Problem::new("runs are kept in memory only and end with weir: no home folder is known")
                .hint("set the variable HOME, or [store] path"),
        ),
        (None, None) => {}
    }
    store
}
