//! Forgetting: ended runs by age and by size, oldest first, then whatever nothing refers to any more.
//!
//! Runs that are under way or parked are never touched.

use std::time::Duration;

use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param},
    run::places,
    trouble::Trouble,
};

/// Runs forgotten in one transaction: others wait that long.
const AT_ONCE_MAX: i64 = 200;
/// Values looked at in one transaction.
const VALUES_AT_ONCE_MAX: i64 = 1_000;

/// How much of the past is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Since a run ended.
    pub age: Duration,
    /// Of all runs together, as they are stored.
    pub bytes: u64,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    pub runs: u64,
    /// Large values.
    pub values: u64,
}

impl Store {
    pub async fn retain(&self, retention: Retention, now_unix_ms: u64) -> Result<Retained, StoreUnavailable> {
        let mut retained = Retained::default();
        let age_ms = u64::try_from(retention.age.as_millis()).unwrap_or(u64::MAX);
        let before = now_unix_ms.saturating_sub(age_ms);
        loop {
            let forgotten = self
                .write(Mode::Soon, async move |connection| forget_runs(connection, before, retention.bytes).await)
                .await?;
            retained.runs += forgotten;
            if forgotten == 0 {
                break;
            }
        }
        self.write(Mode::Soon, async move |connection| {
            let sql = "DELETE FROM state WHERE expires_unix_ms <= ?1";
            connection.execute(sql, &[Param::count(now_unix_ms)]).await
        })
        .await?;
        let mut from = Vec::new();
        loop {
            let behind = from.clone();
            let swept = self.write(Mode::Sweep, async move |connection| sweep(connection, &behind).await).await?;
            let Some((last, forgotten)) = swept else { break };
            retained.values += forgotten;
            from = last;
        }
        while self.write(Mode::Soon, async |connection| connection.shrink().await).await? {}
        Ok(retained)
    }
}

async fn forget_runs(connection: &mut Connection, before: u64, bytes_max: u64) -> Result<u64, Trouble> {
    let total = connection.one("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM run", &[]).await?;
    let mut over = total.map_or(Ok(0), |mut row| row.count(0))?.saturating_sub(bytes_max);
    let oldest = connection
        .query(
            "SELECT number, changed_unix_ms, bytes FROM run WHERE state IN ('completed', 'failed', 'cancelled') \
             ORDER BY changed_unix_ms, number LIMIT ?1",
            &[Param::Int(AT_ONCE_MAX)],
        )
        .await?;
    let mut forgotten = 0;
    for mut row in oldest {
        let (number, changed, bytes) = (row.int(0)?, row.count(1)?, row.count(2)?);
        if changed >= before && over == 0 {
            break;
        }
        over = over.saturating_sub(bytes.max(1));
        forget_run(connection, number).await?;
        forgotten += 1;
    }
    Ok(forgotten)
}

async fn forget_run(connection: &mut Connection, number: i64) -> Result<(), Trouble> {
    let (from, to) = places(number);
    let places = [Param::Int(from), Param::Int(to)];
    connection.execute("DELETE FROM record WHERE place >= ?1 AND place < ?2", &places).await?;
    connection.execute("DELETE FROM approval WHERE run = ?1", &[Param::Int(number)]).await?;
    connection.execute("DELETE FROM run WHERE number = ?1", &[Param::Int(number)]).await?;
    Ok(())
}

/// Looks at the values behind one hash, in their order, and forgets those that nothing names. Up to which it got, and how many
/// they were; `None` at the end.
async fn sweep(connection: &mut Connection, behind: &[u8]) -> Result<Option<(Vec<u8>, u64)>, Trouble> {
    let last = connection
        .one(
            "SELECT hash FROM (SELECT hash FROM content WHERE hash > ?1 ORDER BY hash LIMIT ?2) page ORDER BY hash DESC LIMIT 1",
            &[Param::Bytes(behind), Param::Int(VALUES_AT_ONCE_MAX)],
        )
        .await?;
    let Some(last) = last.map(|mut row| row.bytes(0)).transpose()? else { return Ok(None) };
    let forgotten = connection
        .execute(
            "DELETE FROM content WHERE hash > ?1 AND hash <= ?2 \
             AND NOT EXISTS (SELECT 1 FROM record WHERE value_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM run WHERE source_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM run WHERE bindings_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM run WHERE report_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM run WHERE result_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM approval WHERE arguments_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM approval WHERE done_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM handle WHERE value_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM state WHERE value_hash = content.hash) \
             AND NOT EXISTS (SELECT 1 FROM snippet WHERE source_hash = content.hash)",
            &[Param::Bytes(behind), Param::Bytes(&last)],
        )
        .await?;
    Ok(Some((last, forgotten)))
}
