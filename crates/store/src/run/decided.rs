//! Runs that wait for nothing more: everything about them is decided, and nobody has gone on with them yet.

use weir_model::{PrincipalId, RunId};

use crate::{Store, StoreUnavailable, connection::Param};

/// Runs in one list.
const LISTED_MAX: usize = 1_000;

impl Store {
    /// Parked runs with decisions to act on and none to make; oldest first, at most 1 000.
    pub async fn decided(&self) -> Result<Vec<(RunId, PrincipalId)>, StoreUnavailable> {
        let now = self.now();
        self.read(async move |connection| {
            let rows = connection
                .query(
                    "SELECT run.id, run.principal FROM run JOIN approval a ON a.run = run.number \
                     WHERE a.state = 'decided' AND a.expires_unix_ms > ?1 AND run.state = 'parked' \
                     AND NOT EXISTS (SELECT 1 FROM approval w WHERE w.run = run.number AND w.state = 'waiting' \
                     AND w.expires_unix_ms > ?1) \
                     GROUP BY run.number, run.id, run.principal ORDER BY run.number LIMIT ?2",
                    &[Param::count(now), Param::size(LISTED_MAX)],
                )
                .await?;
            rows.into_iter().map(|mut row| Ok((RunId::new(row.text(0)?), PrincipalId::new(row.text(1)?)))).collect()
        })
        .await
    }
}
