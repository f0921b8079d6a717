//! One tool call: where it stands in the source, what comes back.

use crate::ToolFailure;

/// A one-based place in the snippet, as the user wrote it. Columns count UTF-16 units, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Names one operation (call, sleep, search, …) a snippet started, unique within its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u32);

/// The answer to one operation, on its way back into the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub op: OpId,
    /// The run's clock at delivery, in milliseconds since the Unix epoch: the snippet's `Date.now()` from here on.
    pub now_ms: u64,
    /// JSON text: the value, or an object describing the failure (`bridge::failure_json`).
    pub outcome: Result<String, String>,
}

/// One part of what a tool answered, before it is unwrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// JSON text, syntactically valid, as the upstream sent it.
    Json(String),
    Text(String),
    /// Binary content: stays with the host, the snippet gets a handle.
    Blob {
        mime: String,
        bytes: Vec<u8>,
    },
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolReply {
    pub parts: Vec<Part>,
    /// JSON text of an object: the arguments that would fetch the next page, where there is one.
    pub next: Option<String>,
    /// What is odd about it, a sentence each: for the run's report, and no part of the value.
    pub warnings: Vec<String>,
}

impl From<Vec<Part>> for ToolReply {
    fn from(parts: Vec<Part>) -> Self {
        Self { parts, ..Self::default() }
    }
}

/// How a call ended, as the report tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallStatus {
    Ok,
    Failed(ToolFailure),
    /// The run ended first; the upstream was told to stop.
    Cancelled,
    /// Somebody must decide before it is sent.
    Waiting,
}
