//! What gateway and worker say to each other: length-prefixed frames, a small postcard head and one body of raw bytes.
//!
//! The big string of a frame (source, arguments, answer, result) is its body, so it is copied once and never escaped.
//! The gateway treats everything it decodes here as hostile: sizes are bounded before anything is allocated.

mod decoder;
mod outbox;

use serde::{Deserialize, Serialize};
use weir_model::{Fault, FaultKind, LogLevel, Position, limits};

pub(crate) use decoder::{Decoder, FrameInvalid};
pub(crate) use outbox::{Outbox, TooLarge};

/// Length prefix: body bytes (u32, little endian), then head bytes (u16).
const PREFIX_BYTES: usize = 6;
/// A head holds names and one message; what could be larger is a body.
pub(crate) const HEAD_BYTES_MAX: usize = u16::MAX as usize;

/// Names one run on one worker's channel.
pub(crate) type RunKey = u32;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// Body: postcard of [`Names`].
    Bindings {
        version: u64,
    },
    /// Body: the source.
    Start {
        run: RunKey,
        job: JobHead,
    },
    /// Body: the outcome's JSON text.
    Deliver {
        run: RunKey,
        op: u32,
        now_ms: u64,
        ok: bool,
    },
    Cancel {
        run: RunKey,
    },
    /// Asks for [`FromWorker::Settled`].
    Settle {
        run: RunKey,
    },
    /// Asks whether the worker's loop still turns.
    Ping,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobHead {
    pub(crate) typescript: bool,
    pub(crate) bindings: u64,
    pub(crate) seed: u64,
    pub(crate) now_ms: u64,
    pub(crate) cpu_ns: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) log_bytes: u64,
}

/// The identifiers of one catalog snapshot: `(identifier, raw name, members)`, a member being `(identifier, raw name)`.
pub(crate) type Names = Vec<(String, String, Vec<(String, String)>)>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FromWorker {
    /// The engine is loaded.
    Ready,
    /// The worker cannot load what it was given and exits. Body: why, for the operator.
    Unfit,
    Pong,
    /// Body: the arguments' JSON text.
    Ask {
        run: RunKey,
        op: u32,
        line: u32,
        namespace: String,
        member: String,
    },
    /// Body: the text.
    Log {
        run: RunKey,
        level: Level,
    },
    /// Body: the result's JSON text, empty when there is a fault.
    Ended {
        run: RunKey,
        cpu_ns: u64,
        logs_truncated: bool,
        failed_op: Option<u32>,
        fault: Option<FaultHead>,
    },
    /// The run whose end is told next takes the worker with it.
    Overrun,
    /// The run waits, and nothing it was sent would make it go on.
    Settled {
        run: RunKey,
    },
    /// Answers of this weight (see [`delivery_weight`]) no longer wait to be handed over.
    Taken {
        run: RunKey,
        weight: u64,
    },
}

/// What an answer of `bytes` counts for while it waits in a worker: also one without content takes room.
pub(crate) fn delivery_weight(bytes: usize) -> u64 {
    const EACH: u64 = 256;
    bytes as u64 + EACH
}

/// A worker tells what it took once it comes to this.
pub(crate) const TAKEN_TOLD: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

/// A fault as a worker tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FaultHead {
    /// Index into [`FaultKind::ALL`].
    kind: u8,
    message: String,
    hint: Option<String>,
    position: Option<(u32, u32)>,
    source_line: Option<String>,
}

impl FaultHead {
    pub(crate) fn new(fault: &Fault) -> Self {
        let kind = FaultKind::ALL.iter().position(|kind| *kind == fault.kind).unwrap_or_default();
        Self {
            kind: u8::try_from(kind).unwrap_or_default(),
            message: cut(&fault.message, limits::ERROR_MESSAGE_CHARS_MAX),
            hint: fault.hint.as_deref().map(|hint| cut(hint, limits::ERROR_MESSAGE_CHARS_MAX)),
            position: fault.position.map(|at| (at.line, at.column)),
            source_line: fault.source_line.as_deref().map(|line| cut(line, limits::SOURCE_LINE_CHARS_MAX)),
        }
    }

    /// Back to the model's type, with every text cut again: the sender may be lying.
    pub(crate) fn into_fault(self) -> Fault {
        let kind = FaultKind::ALL.get(usize::from(self.kind)).copied().unwrap_or(FaultKind::Internal);
        let mut fault = Fault::new(kind, cut(&self.message, limits::ERROR_MESSAGE_CHARS_MAX));
        fault.hint = self.hint.map(|hint| cut(&hint, limits::ERROR_MESSAGE_CHARS_MAX));
        fault.position = self.position.map(|(line, column)| Position { line, column });
        fault.source_line = self.source_line.map(|line| cut(&line, limits::SOURCE_LINE_CHARS_MAX));
        fault
    }
}

/// At most `chars_max` characters of `text`, with "…" in place of what was cut.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests;
