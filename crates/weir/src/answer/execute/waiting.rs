//! What waits for a person: each call with its exact arguments and place, why it waits, how it is decided, how to go on.

use std::fmt::Write;

use weir_model::{Approval, AskReason, Report, limits::SOURCE_LINE_CHARS_MAX};

use super::{Beside, MARK, Reader, calls, escape};

/// Waiting calls told one by one; the report and `weir approvals` have all.
const TOLD_MAX: usize = 20;
/// Characters of one call's arguments in an answer, and of all of them together.
const ARGUMENT_CHARS_MAX: usize = 2_000;
const ALL_ARGUMENT_CHARS_MAX: usize = 12_000;

pub(super) fn write(out: &mut String, report: &Report, beside: &Beside<'_>) {
    let run = escape::line(report.run.as_str(), 64);
    let count = report.approvals.len();
    let plan = report.approvals.iter().all(|approval| approval.reason == AskReason::Plan);
    let _ = match count {
        0 => write!(out, "{MARK} run {run} was interrupted and waits to be gone on with"),
        _ if plan => write!(
            out,
            "{MARK} plan {run}: {count} effect{} come{} next; nothing of it was done",
            calls::plural(count),
            if count == 1 { "s" } else { "" }
        ),
        _ => write!(out, "{MARK} run {run} waits for a person to decide about {count} call{}", calls::plural(count)),
    };
    let room = (ALL_ARGUMENT_CHARS_MAX / count.clamp(1, TOLD_MAX)).min(ARGUMENT_CHARS_MAX);
    for approval in report.approvals.iter().take(TOLD_MAX) {
        one(out, approval, beside.source, room, plan);
    }
    if count > TOLD_MAX {
        let _ = write!(out, "\n{} more wait; `weir approvals` shows them", count - TOLD_MAX);
    }
    calls::done(out, report);
    calls::taken_over(out, report, "\n");
    let _ = write!(out, "\n{}", next_step(&run, count, plan, beside));
}

fn one(out: &mut String, approval: &Approval, source: Option<&str>, room: usize, plan: bool) {
    let head = if plan { "next" } else { "waits" };
    let _ = write!(out, "\n{head}: {}", place(approval, source));
    let _ = write!(out, "\n  arguments: {}", arguments(approval, room));
    if !plan {
        let _ = write!(out, "\n  why: {}", why(approval.reason));
    }
    let id = escape::line(approval.id.as_str(), 64);
    let _ = match approval.reason {
        AskReason::InDoubt => write!(
            out,
            "\n  decide: `weir approve {id}` sends it again, `weir done {id} --value JSON` if it happened, `weir deny {id} --why TEXT`"
        ),
        AskReason::Policy | AskReason::Plan => {
            write!(out, "\n  decide: `weir approve {id}` or `weir deny {id} --why TEXT`")
        }
    };
}

/// `mail.send (write) at line 7: await mail.send({to})`.
pub fn place(approval: &Approval, source: Option<&str>) -> String {
    let mut out = format!("{} ({}) at line {}", escape::line(&approval.written, 200), approval.effect, approval.line);
    let line = (approval.line as usize).checked_sub(1).and_then(|at| source?.lines().nth(at));
    if let Some(line) = line {
        let _ = write!(out, ": {}", escape::line(line.trim(), SOURCE_LINE_CHARS_MAX));
    }
    out
}

/// The exact bytes that would be sent, hidden characters as JSON's escapes; what is longer than `chars_max` says so.
pub fn arguments(approval: &Approval, chars_max: usize) -> String {
    let all = escape::json(&approval.arguments);
    let shown = escape::line(&all, chars_max);
    if all.chars().nth(chars_max).is_some() {
        format!("{shown} (cut: {} bytes in all, `weir approvals --json` has them)", approval.arguments.len())
    } else {
        shown
    }
}

pub fn why(reason: AskReason) -> &'static str {
    match reason {
        AskReason::Policy => "the policy asks a person before this tool is called",
        AskReason::Plan => "the run is a plan, which stops before every write",
        AskReason::InDoubt => "it was sent and weir ended before an answer came: it may have had its effect",
    }
}

fn next_step(run: &str, count: usize, plan: bool, beside: &Beside<'_>) -> String {
    let go_on = match beside.reader {
        Reader::Model => format!("execute {{\"resume\": \"{run}\"}}"),
        Reader::Person => format!("`weir run --resume {run}`"),
    };
    if count == 0 {
        return format!("Go on with {go_on}: nothing that is done is repeated.");
    }
    let all = if count > 1 { format!(" (`weir approve {run}` approves all)") } else { String::new() };
    let then = if beside.dialog { "asks here and goes on" } else { "goes on" };
    match (beside.reader, plan) {
        (Reader::Person, _) => format!("Decide{all}; then {go_on} {then}. Nothing that is done is repeated."),
        (Reader::Model, plan) => {
            let decides = if plan { "approves exactly these calls" } else { "decides" };
            format!(
                "Show this to the person, who {decides} in a terminal{all}; then {go_on} {then}. Nothing that is done is \
                 repeated. Only a person may decide."
            )
        }
    }
}
