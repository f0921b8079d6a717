//! One connection to a PostgreSQL database, made anew when it was lost.
//!
//! The one that writes holds an advisory lock as long as it stands: by that, other replicas see that this store lives. The one
//! that reads listens for changes. Everything lies in the schema `weir`.

mod cell;
mod migration;
mod tls;

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::future::poll_fn;
use tokio::{task::JoinHandle, time};
use tokio_postgres::{AsyncMessage, Client, Config, Socket, Statement, config::Host, types::ToSql};

use crate::{
    Problem,
    connection::{Mode, Param, Row},
    lane::Shared,
    trouble::Trouble,
};
use tls::{Encrypted, Encryption};

/// A machine that does not answer is told of after this long, unless the address says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From there until the server speaks.
const GREETING_MAX: Duration = Duration::from_secs(15);
/// One transaction: longer than a server is slow, shorter than anyone wants to wait for one that is stuck.
pub(crate) const TRANSACTION_MAX: Duration = Duration::from_secs(30);
/// A statement that may as well not arrive: the end of the connection does the same.
const LAST_WORDS_MAX: Duration = Duration::from_secs(5);
/// Sent and not acknowledged by its machine for this long: the connection is lost.
const UNANSWERED_MAX: Duration = Duration::from_secs(15);
/// Between attempts to connect again while nobody asks.
const RECONNECT_EVERY: Duration = Duration::from_millis(250);
/// Held by a transaction that may refer to stored values (shared), or removes them (alone).
const CONTENT_LOCK: i64 = 0x7765_6972_0000_0001;
/// The channel of word about changes.
const CHANNEL: &str = "weir_changed";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writes,
    Reads,
}

pub(crate) struct Link {
    config: Config,
    encryption: Encryption,
    role: Role,
    shared: Arc<Shared>,
    client: Option<Client>,
    /// Moves the connection's bytes; ends when it is lost.
    driver: Option<JoinHandle<()>>,
    /// Prepared on this connection.
    statements: HashMap<&'static str, Statement>,
    /// The lock by which others see that this store lives is held.
    announced: bool,
    /// Changes were announced in the transaction under way.
    changed: bool,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

/// Server and database, for people; never the password.
pub(crate) fn place(address: &str) -> String {
    let Ok(config) = in_known_words(address).parse::<Config>() else { return "postgres://…".to_owned() };
    let host = config.get_hosts().first().map_or_else(String::new, |host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!("{} at {host}:{port} (PostgreSQL)", config.get_dbname().unwrap_or("the default database"))
}

/// "Require" checks certificate and name here: it is what these ask for.
fn in_known_words(address: &str) -> String {
    address.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require")
}

/// Connects, and brings the schema to this weir's version.
pub(crate) async fn open(address: &str, shared: Arc<Shared>, role: Role) -> Result<Link, Trouble> {
    let mut config: Config = in_known_words(address)
        .parse()
        .map_err(|_| Trouble::new(Problem::Unusable("its address is no postgres://user@host/database".to_owned())))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNANSWERED_MAX);
    }
    if config.get_application_name().is_none() {
        config.application_name("weir");
    }
    let mode = tls::wanted(&config);
    config.ssl_mode(mode);
    let encryption = Encryption::new(mode)?;
    let statements = HashMap::new();
    let mut link = Link {
        config,
        encryption,
        role,
        shared,
        client: None,
        driver: None,
        statements,
        announced: false,
        changed: false,
    };
    let client = link.connect().await?;
    if role == Role::Writes {
        migration::migrate(client).await?;
    }
    Ok(link)
}

impl Link {
    async fn connect(&mut self) -> Result<&mut Client, Trouble> {
        let silent = || Trouble::new(Problem::Unreachable("it does not answer".to_owned()));
        time::timeout(GREETING_MAX, self.greet()).await.map_err(|_| silent())?
    }

    async fn greet(&mut self) -> Result<&mut Client, Trouble> {
        self.client = None;
        self.announced = false;
        self.statements.clear();
        let (client, connection) = self.config.connect(self.encryption.clone()).await?;
        if let Some(old) = self.driver.replace(tokio::spawn(drive(connection, self.shared.clone()))) {
            old.abort();
        }
        client.batch_execute("SET search_path TO weir; SET client_min_messages TO warning").await?;
        if self.role == Role::Reads {
            client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        }
        let client = self.client.insert(client);
        if self.role == Role::Writes {
            self.announced = announce(client, &self.shared.instance).await?;
        }
        Ok(client)
    }

    async fn client(&mut self) -> Result<&mut Client, Trouble> {
        match &self.client {
            Some(client) if !client.is_closed() => {}
            _ => {
                self.connect().await?;
            }
        }
        self.client.as_mut().ok_or_else(|| Trouble::new(Problem::Unreachable("it went away".to_owned())))
    }

    pub(crate) async fn begin(&mut self, mode: Mode) -> Result<(), Trouble> {
        let announced = self.announced || self.role == Role::Reads;
        let instance = self.shared.instance.clone();
        self.changed = false;
        let client = self.client().await?;
        // The server may not have noticed yet that an earlier connection of this store is gone.
        if !announced {
            let announced = announce(client, &instance).await?;
            self.announced = announced;
        }
        let client = self.client().await?;
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            Mode::Soon | Mode::Now => write(),
            Mode::Sweep => format!("BEGIN; SELECT pg_advisory_xact_lock({CONTENT_LOCK})"),
        };
        Ok(client.batch_execute(&begin).await?)
    }

    pub(crate) async fn commit(&mut self) -> Result<(), Trouble> {
        let Some(client) = &self.client else { return Err(lost()) };
        client.batch_execute("COMMIT").await?;
        if self.changed {
            self.shared.changed();
        }
        Ok(())
    }

    pub(crate) async fn rollback(&mut self) {
        let Some(client) = &self.client else { return };
        // A transaction that cannot be rolled back dies with its connection.
        let done = time::timeout(LAST_WORDS_MAX, client.batch_execute("ROLLBACK")).await;
        if !matches!(done, Ok(Ok(()))) {
            self.abandon();
        }
    }

    pub(crate) fn abandon(&mut self) {
        self.client = None;
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }

    pub(crate) async fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Trouble> {
        let statement = self.prepared(sql).await?;
        let Some(client) = &self.client else { return Err(lost()) };
        Ok(client.execute(&statement, &references(params)).await?)
    }

    pub(crate) async fn query(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Trouble> {
        let statement = self.prepared(sql).await?;
        let Some(client) = &self.client else { return Err(lost()) };
        let rows = client.query(&statement, &references(params)).await?;
        rows.iter().map(cell::row).collect()
    }

    /// Never connects: what it is for is part of a transaction.
    async fn prepared(&mut self, sql: &'static str) -> Result<Statement, Trouble> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let Some(client) = &self.client else { return Err(lost()) };
        let statement = client.prepare(&in_postgres_words(sql)).await?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(crate) async fn announce(&mut self) -> Result<(), Trouble> {
        self.changed = true;
        self.query("SELECT CAST(pg_notify('weir_changed', '') AS TEXT)", &[]).await?;
        Ok(())
    }

    pub(crate) async fn lives(&mut self, owner: &str) -> Result<bool, Trouble> {
        if owner == self.shared.instance {
            return Ok(true);
        }
        let key = key_of(owner);
        let found = self
            .query(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                 AND CAST(classid AS BIGINT) = ?1 AND CAST(objid AS BIGINT) = ?2",
                &[Param::Int((key >> 32) & 0xffff_ffff), Param::Int(key & 0xffff_ffff)],
            )
            .await?;
        Ok(!found.is_empty())
    }

    pub(crate) async fn alone(&mut self, what: &str) -> Result<(), Trouble> {
        self.query("SELECT CAST(pg_advisory_xact_lock(hashtextextended(?1, 1)) AS TEXT)", &[Param::Text(what)]).await?;
        Ok(())
    }

    /// The server lets go of a lock some time after its connection is gone; this is at once.
    pub(crate) async fn leave(&mut self) {
        if let (Some(client), true) = (&self.client, self.announced) {
            let key = key_of(&self.shared.instance);
            let _ = time::timeout(LAST_WORDS_MAX, client.execute("SELECT pg_advisory_unlock($1)", &[&key])).await;
        }
    }

    pub(crate) async fn restored(&mut self) {
        if let Some(driver) = &mut self.driver {
            // Ended by the loss of the connection; `connect` replaces it.
            let _ = driver.await;
            self.driver = None;
        }
        while self.connect().await.is_err() {
            time::sleep(RECONNECT_EVERY).await;
        }
        // Word may have been missed.
        self.shared.changed();
    }
}

/// `synchronous_commit` is said each time: the server's own setting may be any. Also for what nobody waits for: a server that dies
/// would forget it, while the run that wrote it lives on and writes what comes after. A journal has no holes.
fn write() -> String {
    format!("BEGIN; SET LOCAL synchronous_commit TO on; SELECT pg_advisory_xact_lock_shared({CONTENT_LOCK})")
}

fn lost() -> Trouble {
    Trouble::new(Problem::Unreachable("the connection was lost".to_owned()))
}

async fn drive(mut connection: tokio_postgres::Connection<Socket, Encrypted>, shared: Arc<Shared>) {
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        match message {
            Ok(AsyncMessage::Notification(_)) => shared.changed(),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the connection to the store's database is lost");
                return;
            }
        }
    }
}

/// Half of an instance's name: the key of its advisory lock.
fn key_of(instance: &str) -> i64 {
    let half = instance.get(..16).and_then(|half| u64::from_str_radix(half, 16).ok());
    half.unwrap_or_default() as i64
}

/// Whether the lock is held now.
async fn announce(client: &Client, instance: &str) -> Result<bool, Trouble> {
    let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&key_of(instance)]).await?;
    Ok(row.get(0))
}

fn references<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

/// `?1` is `$1` there, and locks on rows are spoken.
fn in_postgres_words(sql: &str) -> String {
    sql.replace('?', "$").replace("/*share*/", "FOR SHARE").replace("/*update*/", "FOR UPDATE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_no_password() {
        for (address, expected) in [
            ("postgres://u:secret@db.example:6000/weir", "weir at db.example:6000 (PostgreSQL)"),
            ("host=/run/pg user=u password=secret", "the default database at /run/pg:5432 (PostgreSQL)"),
            ("postgres://u:secret@db/weir?sslmode=verify-full", "weir at db:5432 (PostgreSQL)"),
            ("secret", "postgres://…"),
        ] {
            assert_eq!(place(address), expected);
        }
    }

    #[test]
    fn statements_in_postgres_words() {
        let sql = "SELECT a FROM b WHERE c = ?1 AND d = ?2 /*share*/";
        assert_eq!(in_postgres_words(sql), "SELECT a FROM b WHERE c = $1 AND d = $2 FOR SHARE");
    }

    #[test]
    fn a_stores_lock_is_half_its_name() {
        for (name, expected) in
            [("ffffffffffffffff0000000000000000", -1), ("0000000000000010ff", 16), ("", 0), ("zz", 0)]
        {
            assert_eq!(key_of(name), expected, "{name}");
        }
    }
}
