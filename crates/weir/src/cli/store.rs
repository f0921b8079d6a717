//! The store of the configuration, for commands that look into it while a gateway runs in another process.

use std::sync::Arc;

use weir_store::{Location, Store, StoreUnavailable};

use super::{
    Global,
    exit::{Exit, Stopped},
    start,
};
use crate::config::Effective;

pub(super) async fn open(global: &Global) -> Result<Arc<Store>, Stopped> {
    of(&start::configured(global)?.effective).await
}

/// A store in memory belongs to one process, and this one has just begun.
pub(super) async fn of(effective: &Effective) -> Result<Arc<Store>, Stopped> {
    if effective.store.place == Location::Memory {
        let message = "error: runs are kept in the memory of the gateway that made them, where nobody else can look";
        return Err(Stopped::new(Exit::Usage, message).hint("give [store] a path in weir.toml"));
    }
    start::store(effective).await
}

/// A store that does not do what was asked of it: its own sentence says what to do.
pub(super) fn unavailable(error: StoreUnavailable) -> Stopped {
    Stopped::new(Exit::Unavailable, format!("error: {error}"))
}
