//! Answers about runs that left no report: one that still goes on, one that is not there.

use std::fmt::Write;

use weir_bridge::port::{Record, Recorded};
use weir_model::{Effect, RunId};

use super::{MARK, calls::plural, escape};

const RUN_CHARS_MAX: usize = 64;

/// A run whose client asked for an answer before its end. `recorded`: its journal so far, where it can be read.
pub fn running(run: &RunId, recorded: Option<&Recorded>) -> String {
    let run = escape::line(run.as_str(), RUN_CHARS_MAX);
    let mut out = format!("{MARK} run {run} is still running");
    if let Some(recorded) = recorded {
        let (mut sent, mut writes, mut ended) = (0, 0, 0);
        for record in &recorded.records {
            match record {
                Record::Intent(intent) => {
                    sent += 1;
                    writes += usize::from(intent.effect != Effect::Read);
                }
                Record::Outcome(_) => ended += 1,
                Record::Function(_) | Record::Delivered { .. } | Record::Decided { .. } => {}
            }
        }
        let open = sent - ended.min(sent);
        let _ =
            write!(out, ": {sent} call{} so far, {writes} with an effect, {open} without an answer yet", plural(sent));
    }
    let _ = write!(
        out,
        "\nWait on with execute {{\"resume\": \"{run}\"}}, with wait_ms for another answer like this one. Nothing is started twice."
    );
    out
}

/// The same words for a run that never was, one that was removed and one of somebody else's.
pub fn unknown(run: &RunId) -> String {
    let run = escape::line(run.as_str(), RUN_CHARS_MAX);
    format!(
        "{MARK} there is no run \"{run}\" to go on with; the answer that told of a run names its id, run_ and 32 digits. \
         Nothing was called."
    )
}
