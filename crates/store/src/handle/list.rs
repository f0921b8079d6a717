//! The handles that one principal holds, without their values.

use weir_bridge::port::StoredKind;
use weir_model::{HandleId, PrincipalId};

use crate::{
    Store, StoreUnavailable,
    connection::{Param, Row},
    text::may_be_id,
    trouble::Trouble,
    value::text,
};

/// A stored value as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandleSummary {
    pub handle: HandleId,
    pub kind: StoredKind,
    /// Bytes.
    pub length: u64,
}

impl Store {
    /// Newest first, at most `limit`: of all, or of those that are older than `before`. The oldest go first, so nothing is
    /// older than a handle that is gone; nor than one of another principal.
    pub async fn handles(
        &self,
        principal: &PrincipalId,
        before: Option<&HandleId>,
        limit: usize,
    ) -> Result<Vec<HandleSummary>, StoreUnavailable> {
        if before.is_some_and(|before| !may_be_id(before.as_str())) {
            return Ok(Vec::new());
        }
        let (principal, before) = (principal.clone(), before.cloned());
        self.read(async move |connection| {
            let rows = connection
                .query(
                    "SELECT id, mime, length FROM handle WHERE principal = ?1 \
                     AND (CAST(?2 AS TEXT) IS NULL OR number < (SELECT earlier.number FROM handle earlier \
                     WHERE earlier.id = ?2 AND earlier.principal = ?1)) ORDER BY number DESC LIMIT ?3",
                    &[
                        Param::Text(principal.as_str()),
                        Param::maybe_text(before.as_ref().map(HandleId::as_str)),
                        Param::size(limit),
                    ],
                )
                .await?;
            rows.into_iter().map(summary).collect()
        })
        .await
    }
}

fn summary(mut row: Row) -> Result<HandleSummary, Trouble> {
    let kind = match row.maybe_bytes(1)? {
        None => StoredKind::Json,
        Some(mime) => StoredKind::Binary(text(mime)?),
    };
    Ok(HandleSummary { handle: HandleId::new(row.text(0)?), kind, length: row.count(2)? })
}
