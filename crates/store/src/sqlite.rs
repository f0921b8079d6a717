//! One connection to a SQLite database. Every statement is blocking: it lives on a thread of its own (`lane`).

mod file;
mod migration;
mod owner;

use std::{path::PathBuf, sync::Arc, time::Duration};

use rusqlite::{
    ToSql,
    types::{ToSqlOutput, ValueRef},
};

use crate::{
    connection::{Cell, Mode, Param, Row},
    lane::Shared,
    trouble::Trouble,
};
use owner::Owner;

pub(crate) use file::open;

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// More than the store has statements.
const STATEMENTS_MAX: usize = 96;
/// Pages given back to the disk at a time: 4 MiB.
const SHRINK_PAGES: u32 = 1024;

#[derive(Debug)]
pub(crate) struct Link {
    connection: rusqlite::Connection,
    shared: Arc<Shared>,
    /// Where the open stores of this file say that they live; `None` in memory, where there is only this one.
    owners: Option<PathBuf>,
    /// Held as long as this store is open, by the connection that writes.
    _owner: Option<Owner>,
    synchronous: Option<Mode>,
    /// The counter of changes after the transaction under way.
    announced: Option<u64>,
}

impl Link {
    pub(crate) fn in_memory(shared: Arc<Shared>) -> Result<Self, Trouble> {
        let mut connection = rusqlite::Connection::open_in_memory()?;
        migration::migrate(&mut connection)?;
        Self::new(connection, shared, None, None)
    }

    fn new(
        connection: rusqlite::Connection,
        shared: Arc<Shared>,
        owners: Option<PathBuf>,
        owner: Option<Owner>,
    ) -> Result<Self, Trouble> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(Self { connection, shared, owners, _owner: owner, synchronous: None, announced: None })
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<(), Trouble> {
        self.announced = None;
        if mode == Mode::Read {
            self.connection.prepare_cached("BEGIN")?.execute([])?;
            return Ok(());
        }
        if self.synchronous != Some(mode) {
            // Syncing the log makes every transaction in it safe, those committed without it too.
            let level = if mode == Mode::Now { "FULL" } else { "NORMAL" };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.synchronous = Some(mode);
        }
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(())
    }

    pub(crate) fn commit(&mut self) -> Result<(), Trouble> {
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        if let Some(announced) = self.announced.take() {
            self.shared.publish(announced);
        }
        Ok(())
    }

    pub(crate) fn rollback(&mut self) {
        self.announced = None;
        // Some failures have rolled back already.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a transaction of the store cannot be rolled back");
        }
    }

    pub(crate) fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
    }

    pub(crate) fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut found = statement.query(rusqlite::params_from_iter(params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let cells = (0..columns).map(|at| cell(row.get_ref(at)?)).collect::<Result<_, Trouble>>()?;
            rows.push(Row(cells));
        }
        Ok(rows)
    }

    pub(crate) fn announce(&mut self) -> Result<(), Trouble> {
        let sql = "UPDATE meta SET value = value + 1 WHERE name = 'changes' RETURNING value";
        let counted = self.query(sql, &[])?.pop().map_or(Ok(0), |mut row| row.count(0))?;
        self.announced = Some(counted);
        Ok(())
    }

    pub(crate) fn lives(&mut self, owner: &str) -> Result<bool, Trouble> {
        let own = owner == self.shared.instance;
        match &self.owners {
            Some(owners) if !own => owner::lives(owners, owner),
            _ => Ok(own),
        }
    }

    pub(crate) fn shrink(&mut self) -> Result<bool, Trouble> {
        let free = |connection: &rusqlite::Connection| {
            connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0))
        };
        let before = free(&self.connection)?;
        // The pragma answers a row for each page: they are read so that it goes through.
        let mut statement = self.connection.prepare(&format!("PRAGMA incremental_vacuum({SHRINK_PAGES})"))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        drop(rows);
        drop(statement);
        let left = free(&self.connection)?;
        // A file that was made otherwise keeps them.
        Ok(left > 0 && left < before)
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, Trouble> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Int(value),
        ValueRef::Real(_) => return Err(Trouble::damaged("a column holds a fraction")),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|_| Trouble::damaged("a text is not UTF-8"))?;
            Cell::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
    })
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
