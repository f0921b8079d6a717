//! One connection to a database, SQLite's or PostgreSQL's: the same statements for both.
//!
//! Statements are written as SQLite reads them, with `?1` for the first parameter and only what both understand: INTEGER/BIGINT,
//! TEXT and BLOB/BYTEA. `/*share*/` and `/*update*/` end a SELECT whose rows stay as they are until the transaction ends:
//! PostgreSQL locks them; SQLite has one writer at a time anyway. Text that a stranger chose is bound as bytes.

use std::time::Duration;

use tokio::time::timeout;

use crate::{Problem, postgres, sqlite, trouble::Trouble};

#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite(sqlite::Link),
    Postgres(Box<postgres::Link>),
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything read is of one moment.
    Read,
    /// Survives the death of the process; of the machine, with the next `Now`.
    Soon,
    /// Survives the loss of power, and so does every transaction before it.
    Now,
    /// Like `Soon`, and no other transaction refers to stored values meanwhile.
    Sweep,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Param<'a> {
    /// Beyond what a database holds, the largest it does: such times and sizes mean "never" and "everything".
    pub(crate) fn count(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub(crate) fn size(value: usize) -> Self {
        Self::count(value as u64)
    }

    pub(crate) fn maybe_text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row; each cell is taken once.
#[derive(Debug)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

impl Row {
    fn take(&mut self, at: usize) -> Cell {
        self.0.get_mut(at).map_or(Cell::Null, |cell| std::mem::replace(cell, Cell::Null))
    }

    pub(crate) fn int(&mut self, at: usize) -> Result<i64, Trouble> {
        match self.take(at) {
            Cell::Int(value) => Ok(value),
            other => Err(unexpected(at, "a number", &other)),
        }
    }

    /// A number that cannot be negative.
    pub(crate) fn count(&mut self, at: usize) -> Result<u64, Trouble> {
        let value = self.int(at)?;
        u64::try_from(value).map_err(|_| Trouble::damaged(format!("column {at} holds {value}")))
    }

    pub(crate) fn text(&mut self, at: usize) -> Result<String, Trouble> {
        match self.take(at) {
            Cell::Text(value) => Ok(value),
            other => Err(unexpected(at, "text", &other)),
        }
    }

    pub(crate) fn maybe_text(&mut self, at: usize) -> Result<Option<String>, Trouble> {
        match self.take(at) {
            Cell::Null => Ok(None),
            Cell::Text(value) => Ok(Some(value)),
            other => Err(unexpected(at, "text", &other)),
        }
    }

    pub(crate) fn bytes(&mut self, at: usize) -> Result<Vec<u8>, Trouble> {
        self.maybe_bytes(at)?.ok_or_else(|| unexpected(at, "bytes", &Cell::Null))
    }

    pub(crate) fn maybe_bytes(&mut self, at: usize) -> Result<Option<Vec<u8>>, Trouble> {
        match self.take(at) {
            Cell::Null => Ok(None),
            Cell::Bytes(value) => Ok(Some(value)),
            other => Err(unexpected(at, "bytes", &other)),
        }
    }
}

fn unexpected(at: usize, wanted: &str, found: &Cell) -> Trouble {
    let found = match found {
        Cell::Null => "nothing",
        Cell::Int(_) => "a number",
        Cell::Text(_) => "text",
        Cell::Bytes(_) => "bytes",
    };
    Trouble::damaged(format!("column {at} holds {found} where {wanted} belongs"))
}

impl Connection {
    async fn begin(&mut self, mode: Mode) -> Result<(), Trouble> {
        match self {
            Self::Sqlite(link) => link.begin(mode),
            Self::Postgres(link) => link.begin(mode).await,
        }
    }

    async fn commit(&mut self) -> Result<(), Trouble> {
        match self {
            Self::Sqlite(link) => link.commit(),
            Self::Postgres(link) => link.commit().await,
        }
    }

    async fn rollback(&mut self) {
        match self {
            Self::Sqlite(link) => link.rollback(),
            Self::Postgres(link) => link.rollback().await,
        }
    }

    /// How many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Trouble> {
        match self {
            Self::Sqlite(link) => link.execute(sql, params),
            Self::Postgres(link) => link.execute(sql, params).await,
        }
    }

    pub(crate) async fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Trouble> {
        match self {
            Self::Sqlite(link) => link.query(sql, params),
            Self::Postgres(link) => link.query(sql, params).await,
        }
    }

    /// The first row, if there is one.
    pub(crate) async fn one(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Option<Row>, Trouble> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Tells everyone, when the transaction is committed, that runs or approvals changed.
    pub(crate) async fn announce(&mut self) -> Result<(), Trouble> {
        match self {
            Self::Sqlite(link) => link.announce(),
            Self::Postgres(link) => link.announce().await,
        }
    }

    /// Whether the store that calls itself so is open in a living process.
    pub(crate) async fn lives(&mut self, owner: &str) -> Result<bool, Trouble> {
        match self {
            Self::Sqlite(link) => link.lives(owner),
            Self::Postgres(link) => link.lives(owner).await,
        }
    }

    /// Until the transaction ends, nobody else is in one that says the same.
    pub(crate) async fn alone(&mut self, what: &str) -> Result<(), Trouble> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(link) => link.alone(what).await,
        }
    }

    /// Gives some of the file's free pages back to the disk; whether there are more.
    pub(crate) async fn shrink(&mut self) -> Result<bool, Trouble> {
        match self {
            Self::Sqlite(link) => link.shrink(),
            // PostgreSQL's own vacuum does.
            Self::Postgres(_) => Ok(false),
        }
    }

    /// How long a transaction may take. A file answers, or says that it is busy.
    fn patience(&self) -> Option<Duration> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(_) => Some(postgres::TRANSACTION_MAX),
        }
    }

    /// Nothing more is expected of this connection: whatever was under way may have happened, or not.
    fn abandon(&mut self) {
        if let Self::Postgres(link) = self {
            link.abandon();
        }
    }

    /// Before it is dropped in good order: what this store has in hand may be claimed from now on.
    pub(crate) async fn leave(&mut self) {
        if let Self::Postgres(link) = self {
            link.leave().await;
        }
    }

    /// Resolves when the connection was lost and is there again; never for a file.
    pub(crate) async fn restored(&mut self) {
        match self {
            Self::Sqlite(_) => std::future::pending().await,
            Self::Postgres(link) => link.restored().await,
        }
    }
}

/// Transactions that met another one are tried this often.
const ATTEMPTS_MAX: u32 = 5;

/// All of `work` or nothing.
pub(crate) async fn transaction<T>(
    connection: &mut Connection,
    mode: Mode,
    mut work: impl AsyncFnMut(&mut Connection) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let mut attempt = 1;
    loop {
        let done = match connection.patience() {
            None => once(connection, mode, &mut work).await,
            Some(limit) => match timeout(limit, once(connection, mode, &mut work)).await {
                Ok(done) => done,
                Err(_) => {
                    connection.abandon();
                    let why = format!("it did not answer for {} seconds", limit.as_secs());
                    Err(Trouble::new(Problem::Unreachable(why)))
                }
            },
        };
        match done {
            Ok(value) => return Ok(value),
            Err(trouble) => {
                connection.rollback().await;
                if !trouble.again || attempt == ATTEMPTS_MAX {
                    return Err(trouble);
                }
                attempt += 1;
            }
        }
    }
}

async fn once<T>(
    connection: &mut Connection,
    mode: Mode,
    work: &mut impl AsyncFnMut(&mut Connection) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    connection.begin(mode).await?;
    let value = work(connection).await?;
    connection.commit().await?;
    Ok(value)
}
