//! Why a run failed. One closed list of stable codes; every edge maps it once.

use crate::{Position, ToolFailure, ToolId};

/// The stable codes of a run's end other than success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The source is not a program.
    Syntax,
    /// The source uses what the engine does not offer (imports, enums, …).
    Unsupported,
    /// Preflight: the source names a tool that is not there. Nothing has happened.
    UnknownTool,
    /// The source is over its limit, or is no text.
    SourceInvalid,
    /// An exception nobody caught.
    Exception,
    /// A failed tool call nobody caught.
    ToolFailed,
    CpuLimit,
    WallLimit,
    MemoryLimit,
    StackOverflow,
    /// More tool calls, or more timers at once, than a run may have.
    CallLimit,
    /// The snippet waits for something nothing will settle.
    Deadlock,
    /// The returned value cannot be said in JSON.
    ResultNotSerializable,
    ResultTooLarge,
    /// The worker process died.
    WorkerLost,
    /// Too many runs wait already.
    Busy,
    Cancelled,
    /// The snippet did something else than its journal says it did.
    ReplayDiverged,
    /// A fault of weir's own.
    Internal,
}

impl FaultKind {
    pub const ALL: [Self; 19] = [
        Self::Syntax,
        Self::Unsupported,
        Self::UnknownTool,
        Self::SourceInvalid,
        Self::Exception,
        Self::ToolFailed,
        Self::CpuLimit,
        Self::WallLimit,
        Self::MemoryLimit,
        Self::StackOverflow,
        Self::CallLimit,
        Self::Deadlock,
        Self::ResultNotSerializable,
        Self::ResultTooLarge,
        Self::WorkerLost,
        Self::Busy,
        Self::Cancelled,
        Self::ReplayDiverged,
        Self::Internal,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Unsupported => "unsupported",
            Self::UnknownTool => "unknown_tool",
            Self::SourceInvalid => "source_invalid",
            Self::Exception => "exception",
            Self::ToolFailed => "tool_failed",
            Self::CpuLimit => "cpu_limit",
            Self::WallLimit => "wall_limit",
            Self::MemoryLimit => "memory_limit",
            Self::StackOverflow => "stack_overflow",
            Self::CallLimit => "call_limit",
            Self::Deadlock => "deadlock",
            Self::ResultNotSerializable => "result_not_serializable",
            Self::ResultTooLarge => "result_too_large",
            Self::WorkerLost => "worker_lost",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::ReplayDiverged => "replay_diverged",
            Self::Internal => "internal",
        }
    }

    /// Whether the same snippet may succeed if sent again unchanged.
    pub fn retryable(self) -> bool {
        matches!(self, Self::WorkerLost | Self::Busy)
    }
}

/// A run's end other than success, told to the agent: no host path, no secret, no stack of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// One sentence.
    pub message: String,
    /// What to do next, when weir knows.
    pub hint: Option<String>,
    /// Where in the snippet.
    pub position: Option<Position>,
    /// The source line at `position`, cut to [`crate::limits::SOURCE_LINE_CHARS_MAX`].
    pub source_line: Option<String>,
    /// The failed call behind a `ToolFailed`.
    pub tool: Option<Box<(ToolId, ToolFailure)>>,
}

impl Fault {
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, position: None, source_line: None, tool: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn at(mut self, position: Option<Position>) -> Self {
        self.position = position;
        self
    }
}
