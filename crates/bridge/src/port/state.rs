//! Values that snippets keep for later snippets of the same principal.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use weir_model::PrincipalId;

/// Why a value was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateRefused {
    /// Over a size or count of `weir_model::limits`; says which.
    #[error("{0}")]
    Full(String),
    #[error("stored values cannot be reached: {0}")]
    Unavailable(String),
}

pub trait State: Send + Sync {
    /// Replaces what the key held. `value` is JSON text; it is gone after `ttl`.
    fn store<'a>(
        &'a self,
        principal: &'a PrincipalId,
        key: &'a str,
        value: Arc<str>,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StateRefused>>;
    /// JSON text; `None` for a key that holds nothing, or no longer.
    fn load<'a>(
        &'a self,
        principal: &'a PrincipalId,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StateRefused>>;
}
