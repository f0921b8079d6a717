//! Why one call failed: what the snippet's exception carries.

use std::time::Duration;

/// The closed list of a call's failure codes; stable, they are the exception's `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No visible tool has that name.
    UnknownTool,
    /// Policy said no.
    Denied,
    /// The arguments do not fit the input schema; nothing was sent.
    InvalidArguments,
    /// A limit of the run was met: all answers together are over their size.
    LimitExceeded,
    /// The tool itself answered with an error.
    ToolError,
    /// The upstream cannot be reached or went away.
    UpstreamUnavailable,
    /// No answer within the call's deadline; it may still have had its effect.
    DeadlineExceeded,
    /// The upstream answered something its protocol does not allow.
    UpstreamProtocol,
    /// The answer is over the size a call may return.
    ResponseTooLarge,
    /// The run was cancelled.
    Cancelled,
    /// A fault of weir's own.
    Internal,
}

impl FailureKind {
    pub const ALL: [Self; 11] = [
        Self::UnknownTool,
        Self::Denied,
        Self::InvalidArguments,
        Self::LimitExceeded,
        Self::ToolError,
        Self::UpstreamUnavailable,
        Self::DeadlineExceeded,
        Self::UpstreamProtocol,
        Self::ResponseTooLarge,
        Self::Cancelled,
        Self::Internal,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownTool => "unknown_tool",
            Self::Denied => "denied",
            Self::InvalidArguments => "invalid_arguments",
            Self::LimitExceeded => "limit_exceeded",
            Self::ToolError => "tool_error",
            Self::UpstreamUnavailable => "upstream_unavailable",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::UpstreamProtocol => "upstream_protocol",
            Self::ResponseTooLarge => "response_too_large",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }
}

impl FailureKind {
    /// Whether a call that ended so may have had its effect all the same: it was sent, and no answer came.
    pub fn leaves_doubt(self) -> bool {
        matches!(
            self,
            Self::DeadlineExceeded
                | Self::UpstreamUnavailable
                | Self::UpstreamProtocol
                | Self::ResponseTooLarge
                | Self::Cancelled
        )
    }
}

/// A failed call. Agents read every field: no secret, no host path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFailure {
    pub kind: FailureKind,
    /// One sentence.
    pub message: String,
    /// HTTP status, where there is one.
    pub status: Option<u16>,
    /// The upstream's own error code (a JSON-RPC code, an API's `code`), as text.
    pub code: Option<String>,
    /// The upstream's error body: JSON text when it parses, else a JSON string; at most [`crate::limits::ERROR_BODY_BYTES_MAX`].
    pub body: Option<String>,
    /// How long the upstream asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
}

impl ToolFailure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            code: None,
            body: None,
            retry_after: None,
            retryable: matches!(kind, FailureKind::UpstreamUnavailable),
        }
    }
}
