//! Values too large or too binary for a model, kept under a name for the principal they belong to.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use weir_model::{HandleId, PrincipalId};

#[derive(Debug, Clone, thiserror::Error)]
#[error("the value cannot be kept: {0}")]
pub struct HandlesUnavailable(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredKind {
    /// JSON text.
    Json,
    /// Bytes of this MIME type.
    Binary(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub kind: StoredKind,
    pub bytes: Arc<[u8]>,
}

pub trait Handles: Send + Sync {
    fn put<'a>(
        &'a self,
        principal: &'a PrincipalId,
        value: Stored,
    ) -> BoxFuture<'a, Result<HandleId, HandlesUnavailable>>;
    /// `None` also for a handle of another principal: same as absent.
    fn get<'a>(
        &'a self,
        principal: &'a PrincipalId,
        handle: &'a HandleId,
    ) -> BoxFuture<'a, Result<Option<Stored>, HandlesUnavailable>>;
}
