//! Where snippets run. One session is one run of one snippet.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use weir_model::{Bindings, Delivery, Fault, Language, Limits, LogLine, OpId, PrincipalId};

/// Everything a run is a function of, but for the deliveries.
#[derive(Debug, Clone)]
pub struct Job {
    pub principal: PrincipalId,
    pub source: Arc<str>,
    pub language: Language,
    pub limits: Limits,
    pub seed: u64,
    /// The snippet's clock until the first delivery.
    pub now_ms: u64,
    pub bindings: Arc<Bindings>,
}

/// An operation the snippet started and will wait for. Hostile input: every field is what a guest chose to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub op: OpId,
    /// An upstream's identifier or raw name; empty for weir's own functions (`sleep`, `search`, `describe`, `load`).
    pub namespace: String,
    /// A tool's identifier or raw name, or the function's name.
    pub member: String,
    /// JSON text as the guest wrote it, not yet parsed.
    pub arguments: String,
    /// One-based line of the call in the snippet; 0 when unknown.
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Ask(Ask),
    Log(LogLine),
    /// The answer to [`Session::settle`]: everything delivered so far is taken in, and the snippet waits for more.
    Settled,
    Ended(Ended),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// JSON text of the returned value, syntactically valid (checked by the adapter: a worker is hostile).
    /// A fault of kind `UnknownTool` means preflight: the message names what was written, the bridge adds the nearest names.
    pub result: Result<String, Fault>,
    /// An exception that began as a failed call: the operation that failed.
    pub failed_op: Option<OpId>,
    pub cpu: Duration,
    pub logs_truncated: bool,
}

/// A run under way. Dropping it ends the run at once.
pub trait Session: Send {
    /// What the snippet does next. Cancel-safe. After `Ended` it never resolves again.
    /// A worker that dies, stalls beyond its limits or sends nonsense is an `Ended` too.
    fn next(&mut self) -> BoxFuture<'_, Event>;
    /// Answers an operation; never blocks. The order of deliveries is the order the snippet sees them. One for an operation that
    /// was not asked for yet waits in the sandbox, and those after it too, until the snippet asks: a replay hands over all it has.
    fn deliver(&mut self, delivery: Delivery);
    /// Asks for an [`Event::Settled`] once the snippet cannot go on without a further delivery. A run that ends first says so instead.
    fn settle(&mut self);
}

pub trait Sandbox: Send + Sync {
    /// Waits for a place in a worker. Fails with `Busy`, `SourceInvalid` or `WorkerLost`.
    fn start(&self, job: Job) -> BoxFuture<'_, Result<Box<dyn Session>, Fault>>;
}
