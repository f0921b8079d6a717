//! What a run's calls left behind, as far as weir can know: done, possibly done, taken over, left out.

use std::fmt::Write;

use weir_model::{CallReport, CallStatus, Effect, Report};

use super::escape;

/// Calls named one by one; the report names all.
const NAMED_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trace {
    Done,
    /// It was sent, and no answer came: it may have had its effect.
    InDoubt,
    Nothing,
}

fn trace(call: &CallReport) -> Trace {
    match &call.status {
        CallStatus::Ok => Trace::Done,
        CallStatus::Cancelled => Trace::InDoubt,
        CallStatus::Failed(failure) if failure.kind.leaves_doubt() => Trace::InDoubt,
        CallStatus::Failed(_) | CallStatus::Waiting => Trace::Nothing,
    }
}

fn writes(report: &Report, wanted: Trace) -> impl Iterator<Item = &CallReport> {
    report.calls.iter().filter(move |call| call.effect != Effect::Read && trace(call) == wanted)
}

/// Whether a write of this run's own was done, or may have been.
pub(super) fn wrote_anew(report: &Report) -> bool {
    writes(report, Trace::Done).chain(writes(report, Trace::InDoubt)).any(|call| !call.reused)
}

/// Whether there is anything for another program to take over.
pub(super) fn left_something(report: &Report) -> bool {
    report.calls.iter().any(|call| call.status == CallStatus::Ok) || writes(report, Trace::InDoubt).next().is_some()
}

/// One line for each write, reads only counted.
pub(super) fn done(out: &mut String, report: &Report) {
    let reads = report.calls.iter().filter(|call| call.effect == Effect::Read && call.status == CallStatus::Ok).count();
    if reads > 0 {
        let _ = write!(out, "\n{reads} read{} done", plural(reads));
    }
    for (head, tail, wanted) in [
        ("already done", "", Trace::Done),
        (
            "may have happened",
            " — no answer came; a program that resumes this run waits for a person before it sends this again",
            Trace::InDoubt,
        ),
    ] {
        for call in writes(report, wanted).take(NAMED_MAX) {
            let _ = write!(out, "\n{head}: {}{tail}", named(call));
        }
        let more = writes(report, wanted).skip(NAMED_MAX).count();
        if more > 0 {
            let _ = write!(out, "\n{head}: {more} more, in the run's report{tail}");
        }
    }
}

/// What came from the run that this one resumed, and what of it this program left out. Each line begins with `begin`.
pub(super) fn taken_over(out: &mut String, report: &Report, begin: &str) {
    let reused = report.calls.iter().filter(|call| call.reused).count();
    if reused > 0 {
        let _ = write!(out, "{begin}taken over and not sent again: {reused} call{}", plural(reused));
    }
    for call in report.not_asked_again.iter().take(NAMED_MAX) {
        let _ = write!(out, "{begin}done by the earlier run, and not in this program: {}", named(call));
    }
    let more = report.not_asked_again.len().saturating_sub(NAMED_MAX);
    if more > 0 {
        let _ =
            write!(out, "{begin}done by the earlier run, and not in this program: {more} more, in the run's report");
    }
}

/// `mail.send (write) at line 7`.
fn named(call: &CallReport) -> String {
    format!("{} ({}) at line {}", escape::line(&call.written, NAME_CHARS_MAX), call.effect, call.line)
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
