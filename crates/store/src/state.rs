//! Values that snippets keep for later snippets of the same principal, bounded for each principal, gone after their time.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{State, StateRefused};
use weir_model::{
    PrincipalId,
    limits::{STATE_BYTES_MAX, STATE_KEY_BYTES_MAX, STATE_KEYS_MAX, STATE_VALUE_BYTES_MAX},
};

use crate::{
    Store, StoreUnavailable,
    connection::{Connection, Mode, Param},
    trouble::Trouble,
    value::{Packed, text, unpack},
};

impl State for Store {
    fn store<'a>(
        &'a self,
        principal: &'a PrincipalId,
        key: &'a str,
        value: Arc<str>,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StateRefused>> {
        async move {
            if key.len() > STATE_KEY_BYTES_MAX {
                return Err(StateRefused::Full(format!("a key may have {STATE_KEY_BYTES_MAX} bytes")));
            }
            if value.len() as u64 > STATE_VALUE_BYTES_MAX {
                return Err(StateRefused::Full(format!("a stored value may have {STATE_VALUE_BYTES_MAX} bytes")));
            }
            let now = self.now();
            let entry = Kept { principal: principal.clone(), key: key.to_owned(), length: value.len(), now, ttl };
            let value = Packed::aside(value.into()).await.map_err(|problem| unavailable(self.unavailable(problem)))?;
            let stored = self.write(Mode::Soon, async move |connection| store(connection, &entry, &value).await);
            stored.await.map_err(unavailable)?.map_err(StateRefused::Full)
        }
        .boxed()
    }

    fn load<'a>(
        &'a self,
        principal: &'a PrincipalId,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StateRefused>> {
        async move {
            let (principal, key, now) = (principal.clone(), key.to_owned(), self.now());
            let loaded = self.read(async move |connection| load(connection, &principal, &key, now).await);
            loaded.await.map_err(unavailable)
        }
        .boxed()
    }
}

/// A snippet reads this: no path, no server.
fn unavailable(unavailable: StoreUnavailable) -> StateRefused {
    tracing::error!(%unavailable, "stored values cannot be reached");
    StateRefused::Unavailable("the store does not answer".to_owned())
}

struct Kept {
    principal: PrincipalId,
    key: String,
    length: usize,
    now: u64,
    ttl: Duration,
}

/// What is full, if something is.
async fn store(connection: &mut Connection, entry: &Kept, value: &Packed) -> Result<Result<(), String>, Trouble> {
    let Kept { principal, key, length, now, ttl } = entry;
    let (principal, key) = (Param::Text(principal.as_str()), Param::Bytes(key.as_bytes()));
    connection.alone(entry.principal.as_str()).await?;
    connection
        .execute("DELETE FROM state WHERE principal = ?1 AND expires_unix_ms <= ?2", &[principal, Param::count(*now)])
        .await?;
    let others = connection
        .one(
            "SELECT COUNT(*), CAST(COALESCE(SUM(length), 0) AS BIGINT) FROM state WHERE principal = ?1 AND name <> ?2",
            &[principal, key],
        )
        .await?;
    let (keys, bytes) = match others {
        Some(mut row) => (row.count(0)?, row.count(1)?),
        None => (0, 0),
    };
    if keys >= STATE_KEYS_MAX as u64 {
        return Ok(Err(format!("{STATE_KEYS_MAX} keys are stored already, and there can be no more")));
    }
    if bytes + *length as u64 > STATE_BYTES_MAX {
        return Ok(Err(format!("all stored values together may have {STATE_BYTES_MAX} bytes")));
    }
    value.keep(connection).await?;
    let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
    connection
        .execute(
            "INSERT INTO state (principal, name, length, expires_unix_ms, value, value_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (principal, name) DO UPDATE SET length = excluded.length, \
             expires_unix_ms = excluded.expires_unix_ms, value = excluded.value, value_hash = excluded.value_hash",
            &[
                principal,
                key,
                Param::size(*length),
                Param::count(now.saturating_add(ttl_ms)),
                value.inline(),
                value.hash(),
            ],
        )
        .await?;
    Ok(Ok(()))
}

async fn load(
    connection: &mut Connection,
    principal: &PrincipalId,
    key: &str,
    now: u64,
) -> Result<Option<Arc<str>>, Trouble> {
    let found = connection
        .one(
            "SELECT s.value, s.value_hash, c.compressed, c.length, c.data \
             FROM state s LEFT JOIN content c ON c.hash = s.value_hash \
             WHERE s.principal = ?1 AND s.name = ?2 AND s.expires_unix_ms > ?3",
            &[Param::Text(principal.as_str()), Param::Bytes(key.as_bytes()), Param::count(now)],
        )
        .await?;
    let Some(mut row) = found else { return Ok(None) };
    let value = unpack(&mut row, 0)?.ok_or_else(|| Trouble::damaged("a key holds no value"))?;
    Ok(Some(text(value)?.into()))
}
