//! Word of changes to runs and approvals, made here or by another process.
//!
//! PostgreSQL notifies. A file cannot, so its counter of changes is looked at while somebody waits, and only then.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time};

use crate::{Store, location::Location};

/// How often the counter is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Everything that changes after it was made ([`Store::changes`]).
pub struct Changes {
    store: Arc<Store>,
    seen: watch::Receiver<u64>,
}

impl Changes {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        let mut seen = store.shared.changes.subscribe();
        seen.mark_unchanged();
        Self { store, seen }
    }

    /// Resolves when runs or approvals may have changed since the last time, or since this was made. Cancel-safe.
    pub async fn next(&mut self) {
        let looks = matches!(self.store.location, Location::Sqlite(_));
        while !self.seen.has_changed().unwrap_or(true) {
            if !looks {
                // The sender lives in the store that is held here.
                let _ = self.seen.changed().await;
                return;
            }
            if time::timeout(LOOK_EVERY, self.seen.changed()).await.is_ok() {
                return;
            }
            self.store.look().await;
        }
        self.seen.mark_unchanged();
    }
}

impl Store {
    /// Subscribe first, then look, then wait: so no change is missed.
    pub fn changes(self: &Arc<Self>) -> Changes {
        Changes::new(self.clone())
    }

    /// Publishes the file's counter. Several who wait share one look.
    async fn look(&self) {
        let Ok(_only) = self.looking.try_lock() else { return };
        let counted = self
            .glance(async |connection| {
                let row = connection.one("SELECT value FROM meta WHERE name = 'changes'", &[]).await?;
                row.map_or(Ok(0), |mut row| row.count(0))
            })
            .await;
        if let Ok(counted) = counted {
            self.shared.publish(counted);
        }
    }
}
