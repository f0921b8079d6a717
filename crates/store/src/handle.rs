//! Handles: values kept under a name for one principal, bounded for each; the oldest go first.

mod list;

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{Handles, HandlesUnavailable, Stored, StoredKind};
use weir_model::{
    HandleId, PrincipalId,
    limits::{HANDLE_BYTES_MAX, HANDLES_MAX},
};

pub use self::list::HandleSummary;
use crate::{
    Problem, Store, StoreUnavailable,
    connection::{Connection, Mode, Param},
    text::{may_be_id, random_hex},
    trouble::Trouble,
    value::{Packed, text, unpack},
};

/// A part of a stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlePage {
    pub kind: StoredKind,
    /// Of the whole value.
    pub length: u64,
    pub offset: u64,
    pub bytes: Vec<u8>,
}

impl Handles for Store {
    fn put<'a>(
        &'a self,
        principal: &'a PrincipalId,
        value: Stored,
    ) -> BoxFuture<'a, Result<HandleId, HandlesUnavailable>> {
        async move {
            if value.bytes.len() as u64 > HANDLE_BYTES_MAX {
                return Err(HandlesUnavailable(format!("it is over {HANDLE_BYTES_MAX} bytes")));
            }
            let random = random_hex().map_err(|error| HandlesUnavailable(format!("no randomness: {error}")))?;
            let handle = HandleId::new(format!("h_{random}"));
            let told = |problem: Problem| HandlesUnavailable(problem.to_string());
            let length = value.bytes.len();
            let kept = Kept {
                id: handle.clone(),
                principal: principal.clone(),
                kind: value.kind,
                length,
                value: Packed::aside(value.bytes).await.map_err(told)?,
            };
            let put = self.write(Mode::Soon, async move |connection| put(connection, &kept).await);
            put.await.map_err(|unavailable| told(unavailable.problem))?;
            Ok(handle)
        }
        .boxed()
    }

    fn get<'a>(
        &'a self,
        principal: &'a PrincipalId,
        handle: &'a HandleId,
    ) -> BoxFuture<'a, Result<Option<Stored>, HandlesUnavailable>> {
        async move {
            let found = self.handle(principal, handle).await;
            found.map_err(|unavailable| HandlesUnavailable(unavailable.problem.to_string()))
        }
        .boxed()
    }
}

impl Store {
    /// `None` also for a handle of another principal.
    async fn handle(&self, principal: &PrincipalId, handle: &HandleId) -> Result<Option<Stored>, StoreUnavailable> {
        if !may_be_id(handle.as_str()) {
            return Ok(None);
        }
        let (principal, handle) = (principal.clone(), handle.clone());
        self.read(async move |connection| get(connection, &principal, &handle).await).await
    }

    /// At most `length` bytes from `offset` on; none behind the end. `None` also for a handle of another principal.
    pub async fn handle_page(
        &self,
        principal: &PrincipalId,
        handle: &HandleId,
        offset: u64,
        length: usize,
    ) -> Result<Option<HandlePage>, StoreUnavailable> {
        let Some(Stored { kind, bytes }) = self.handle(principal, handle).await? else { return Ok(None) };
        let from = usize::try_from(offset).map_or(bytes.len(), |offset| offset.min(bytes.len()));
        let to = from.saturating_add(length).min(bytes.len());
        Ok(Some(HandlePage { kind, length: bytes.len() as u64, offset, bytes: bytes[from..to].to_vec() }))
    }
}

struct Kept {
    id: HandleId,
    principal: PrincipalId,
    kind: StoredKind,
    length: usize,
    value: Packed,
}

async fn put(connection: &mut Connection, kept: &Kept) -> Result<(), Trouble> {
    connection.alone(kept.principal.as_str()).await?;
    kept.value.keep(connection).await?;
    let mime = match &kept.kind {
        StoredKind::Json => Param::Null,
        StoredKind::Binary(mime) => Param::Bytes(mime.as_bytes()),
    };
    connection
        .execute(
            "INSERT INTO handle (id, principal, mime, length, value, value_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                Param::Text(kept.id.as_str()),
                Param::Text(kept.principal.as_str()),
                mime,
                Param::size(kept.length),
                kept.value.inline(),
                kept.value.hash(),
            ],
        )
        .await?;
    drop_oldest(connection, &kept.principal).await
}

/// Whatever the newest leave no room for.
async fn drop_oldest(connection: &mut Connection, principal: &PrincipalId) -> Result<(), Trouble> {
    let newest = connection
        .query(
            "SELECT number, length FROM handle WHERE principal = ?1 ORDER BY number DESC",
            &[Param::Text(principal.as_str())],
        )
        .await?;
    let (mut kept, mut bytes) = (0, 0u64);
    for mut row in newest {
        kept += 1;
        bytes = bytes.saturating_add(row.count(1)?);
        if kept <= HANDLES_MAX && bytes <= HANDLE_BYTES_MAX {
            continue;
        }
        let number = row.int(0)?;
        connection.execute("DELETE FROM handle WHERE number = ?1", &[Param::Int(number)]).await?;
    }
    Ok(())
}

async fn get(
    connection: &mut Connection,
    principal: &PrincipalId,
    handle: &HandleId,
) -> Result<Option<Stored>, Trouble> {
    let found = connection
        .one(
            "SELECT h.mime, h.value, h.value_hash, c.compressed, c.length, c.data \
             FROM handle h LEFT JOIN content c ON c.hash = h.value_hash WHERE h.id = ?1 AND h.principal = ?2",
            &[Param::Text(handle.as_str()), Param::Text(principal.as_str())],
        )
        .await?;
    let Some(mut row) = found else { return Ok(None) };
    let kind = match row.maybe_bytes(0)? {
        None => StoredKind::Json,
        Some(mime) => StoredKind::Binary(text(mime)?),
    };
    let bytes = unpack(&mut row, 1)?.ok_or_else(|| Trouble::damaged("a handle has no value"))?;
    Ok(Some(Stored { kind, bytes: bytes.into() }))
}
