//! Upstreams that are one closure, and remember what reached them.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::port::{UpstreamCall, Upstreams};
use weir_model::{ToolFailure, ToolReply};

type Answer = Box<dyn Fn(UpstreamCall) -> BoxFuture<'static, Result<ToolReply, ToolFailure>> + Send + Sync>;

pub struct FakeUpstreams {
    answer: Answer,
    seen: Mutex<Vec<String>>,
}

impl FakeUpstreams {
    pub fn new<F>(answer: impl Fn(UpstreamCall) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Result<ToolReply, ToolFailure>> + Send + 'static,
    {
        let answer: Answer = Box::new(move |call| answer(call).boxed());
        Arc::new(Self { answer, seen: Mutex::default() })
    }

    /// Every call that arrived, as `upstream/tool arguments`, in order.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Upstreams for FakeUpstreams {
    fn call(&self, call: UpstreamCall) -> BoxFuture<'static, Result<ToolReply, ToolFailure>> {
        let line = format!("{} {}", call.tool, call.arguments);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        (self.answer)(call)
    }
}
