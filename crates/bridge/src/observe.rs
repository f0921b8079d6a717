//! Watching a run while it goes on: progress for clients, the demo's live view.

use weir_model::{CallReport, CallSeq, Effect, Language, LogLine, ToolFailure};

use crate::port::Progress;

/// What just happened in a run.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// The run waits for its language's engine, which is compiled once on a machine.
    EngineAwaited(Language),
    CallStarted {
        seq: CallSeq,
        written: &'a str,
        effect: Effect,
        arguments: &'a str,
        line: u32,
    },
    CallProgress {
        seq: CallSeq,
        written: &'a str,
        progress: &'a Progress,
    },
    CallEnded {
        report: &'a CallReport,
        outcome: Result<&'a str, &'a ToolFailure>,
    },
    Log(&'a LogLine),
}

/// Called on the run's own task: must not block.
pub trait Observer: Send + Sync {
    fn event(&self, event: RunEvent<'_>);
}
