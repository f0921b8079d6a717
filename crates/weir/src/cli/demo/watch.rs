//! Watches the demo's run and hands on each finished call, without ever holding the run up.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use weir_bridge::{Observer, RunEvent};
use weir_model::{CallSeq, Effect};

/// More than the demo's program makes; a call over it would be missing from the figures, and the demo would say so.
const CALLS_MAX: usize = 64;

/// One finished call.
#[derive(Debug)]
pub(super) struct Call {
    pub written: String,
    pub effect: Effect,
    pub arguments: String,
    /// What came back, whole: what a model that calls tools directly would have read.
    pub outcome: Result<String, String>,
    pub took: std::time::Duration,
    pub line: u32,
}

pub(super) struct Watch {
    calls: mpsc::Sender<Call>,
    started: Mutex<Vec<(CallSeq, String)>>,
}

impl Watch {
    pub(super) fn new() -> (Arc<Self>, mpsc::Receiver<Call>) {
        let (calls, finished) = mpsc::channel(CALLS_MAX);
        (Arc::new(Self { calls, started: Mutex::default() }), finished)
    }
}

impl Observer for Watch {
    fn event(&self, event: RunEvent<'_>) {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            RunEvent::CallStarted { seq, arguments, .. } if started.len() < CALLS_MAX => {
                started.push((seq, arguments.to_owned()));
            }
            RunEvent::CallEnded { report, outcome } => {
                let arguments = started.iter().find(|(seq, _)| *seq == report.seq);
                // A full channel means that nobody looks any more.
                let _ = self.calls.try_send(Call {
                    written: report.written.clone(),
                    effect: report.effect,
                    arguments: arguments.map(|(_, arguments)| arguments.clone()).unwrap_or_default(),
                    outcome: outcome.map(str::to_owned).map_err(|failure| failure.message.clone()),
                    took: report.took,
                    line: report.line,
                });
            }
            _ => {}
        }
    }
}
