//! Where calls go.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use weir_model::{ToolFailure, ToolId, ToolReply};

/// What an upstream says of a call under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub progress: f64,
    pub total: Option<f64>,
    pub message: Option<String>,
}

pub struct UpstreamCall {
    pub tool: ToolId,
    /// Canonical bytes of a JSON object: sent exactly so.
    pub arguments: Arc<str>,
    /// From now to the answer.
    pub deadline: Duration,
    /// The same for every attempt at one call, for upstreams that then carry it out once.
    pub idempotency_key: Option<Arc<str>>,
    /// W3C trace context of the client's request, if it sent one.
    pub traceparent: Option<String>,
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

pub trait Upstreams: Send + Sync {
    /// Sends the call once. Whether it is sent again, and when, is for whoever calls this, by what the failure says. Only a call that
    /// was not let in, and so had no effect, goes out a second time by itself, when there is another credential for it.
    /// Dropping the future cancels the call at the upstream.
    fn call(&self, call: UpstreamCall) -> BoxFuture<'static, Result<ToolReply, ToolFailure>>;
}
