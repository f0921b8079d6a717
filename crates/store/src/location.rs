//! Where a store is.

use std::{fmt, path::PathBuf};

#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// Gone when the store is dropped: for the demo and for tests.
    Memory,
    /// One file, made when it is not there. Beside it lie SQLite's `-wal` and `-shm` and a directory `-owners`.
    Sqlite(PathBuf),
    /// `postgres://user:password@host/database`. Everything is kept in its schema `weir`.
    Postgres(String),
}

/// Never the address: it may hold a password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}
