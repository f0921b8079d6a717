//! One run as text: what it is, everything it did, its program, and what it waits for.

use std::fmt::Write;

use weir_bridge::port::{FunctionOutcome, Recorded};
use weir_model::{
    Decision, Effect, LogLevel, Report,
    limits::{CALL_WARNING_CHARS_MAX, DENIAL_CHARS_MAX, ERROR_MESSAGE_CHARS_MAX},
};
use weir_store::RunState;

use super::when;
use crate::{
    admin::{
        lookup::Found,
        timeline::{self, Call, End, Step},
    },
    answer::escape,
    cli::{
        approvals::how_to_decide,
        screen::{BAD, BOLD, DIM, GOOD, NAME, NOTE, styled},
    },
};

/// Characters of a call's arguments, and of its result; `--json` has more.
const VALUE_CHARS_MAX: usize = 300;
const NAME_CHARS_MAX: usize = 200;
/// Lines of what a run printed; `--json` has them all.
const LOG_LINES_MAX: usize = 50;

pub(super) fn text(found: &Found, now: u64) -> String {
    let Found { recorded, state, approvals } = found;
    let waiting = found.waiting();
    let mut out = head(recorded, *state, waiting.len(), now);
    let steps = timeline::steps(&recorded.records, approvals);
    let _ = write!(out, "\n{}\n", styled(BOLD, if steps.is_empty() { "It called nothing" } else { "What it did" }));
    for one in &steps {
        match one {
            Step::Call(call) => call_text(&mut out, call, now),
            Step::Function(function) => function_text(&mut out, function),
        }
    }
    if let Some(report) = &recorded.report {
        end(&mut out, report);
    }
    out.push_str(&program(&recorded.opened.source));
    if !waiting.is_empty() {
        let _ = write!(out, "\n{}", how_to_decide(&waiting));
    } else if *state == RunState::Parked {
        let _ = write!(
            out,
            "\nNothing of it waits for a decision any more. To go on with it:\n  weir run --resume {}\n",
            recorded.opened.run
        );
    }
    out
}

fn head(recorded: &Recorded, state: RunState, waiting: usize, now: u64) -> String {
    let opened = &recorded.opened;
    let mut out = format!("{}\n", styled(NAME, opened.run.as_str()));
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(out, "  {label:<10} {value}");
    };
    let waits = match waiting {
        0 => String::new(),
        1 => ", waits for a decision".to_owned(),
        many => format!(", waits for {many} decisions"),
    };
    line("status", &format!("{}{waits}", state_text(state)));
    line("started", &format!("{}, {}", when::date(opened.started_unix_ms), when::ago(opened.started_unix_ms, now)));
    line("language", opened.language.as_str());
    line("principal", &escape::line(opened.principal.as_str(), NAME_CHARS_MAX));
    if opened.plan {
        line("plan", "it stops at every write");
    }
    if let Some(resumes) = &opened.resumes {
        let fresh = if resumes.fresh { ", asking reads again" } else { "" };
        line("resumes", &format!("{}{fresh}", resumes.run));
    }
    if let Some(report) = &recorded.report {
        let usage = &report.usage;
        line("took", &format!("{}, {} of it computing", when::took(usage.wall), when::took(usage.cpu)));
    }
    out
}

pub(super) fn state_text(state: RunState) -> String {
    let style = match state {
        RunState::Completed => GOOD,
        RunState::Failed => BAD,
        RunState::Parked | RunState::Running => NOTE,
        RunState::Cancelled => DIM,
    };
    styled(style, state.as_str())
}

fn call_text(out: &mut String, call: &Call<'_>, now: u64) {
    let name = call.tool.map_or_else(|| call.written.to_owned(), ToString::to_string);
    let pages = if call.paged { ".pages" } else { "" };
    let name = styled(BOLD, &format!("{}{pages}", escape::line(&name, NAME_CHARS_MAX)));
    let effect =
        if call.effect == Effect::Read { call.effect.as_str().to_owned() } else { styled(NOTE, call.effect.as_str()) };
    let line = if call.line == 0 { String::new() } else { format!(", line {}", call.line) };
    let took = match &call.end {
        End::Answered { reused: true, .. } => ", taken over, nothing was sent".to_owned(),
        End::Answered { took, .. } | End::Failed { took, .. } => format!(", {}", when::took(*took)),
        End::Waits(_) | End::Decided | End::Expired | End::Withdrawn | End::Unanswered => String::new(),
    };
    let _ = writeln!(out, "{:>3}  {name}  {effect}{line}{took}", call.seq.0);
    let _ = writeln!(out, "     {}", bounded(call.arguments));
    for said in call.asked.iter().filter_map(|asked| asked.said.as_ref()) {
        let (by, when) = (escape::line(said.by, NAME_CHARS_MAX), when::ago(said.unix_ms, now));
        let _ = writeln!(out, "     {by}, {when}: {}", self::said(said.decision));
    }
    let end = match &call.end {
        End::Answered { value, .. } => format!("{} {}", styled(GOOD, "->"), bounded(value)),
        End::Failed { failure, .. } => {
            let message = escape::line(&failure.message, ERROR_MESSAGE_CHARS_MAX);
            format!("{} {}: {message}", styled(BAD, "failed"), failure.kind.as_str())
        }
        End::Waits(approval) => {
            let asked = when::ago(approval.asked_unix_ms, now);
            let expires = when::until(approval.expires_unix_ms, now);
            format!("{} {}, asked {asked}, expires {expires}", styled(NOTE, "waits"), approval.id)
        }
        End::Decided => "the run has not gone on yet".to_owned(),
        End::Expired => "nobody decided in time; it is asked again when the run goes on".to_owned(),
        End::Withdrawn => "the run ended before anybody decided".to_owned(),
        End::Unanswered => "sent, and no answer is recorded".to_owned(),
    };
    let _ = writeln!(out, "     {end}");
    if let End::Answered { warnings, .. } = &call.end {
        for warning in *warnings {
            let warning = escape::line(warning, CALL_WARNING_CHARS_MAX);
            let _ = writeln!(out, "     {} {warning}", styled(NOTE, "warning:"));
        }
    }
}

fn function_text(out: &mut String, function: &FunctionOutcome) {
    let name = styled(BOLD, &escape::line(&function.member, NAME_CHARS_MAX));
    let end = match &function.outcome {
        Ok(value) => format!("{} {}", styled(GOOD, "->"), bounded(value)),
        Err(failure) => format!("{} {}", styled(BAD, "failed"), bounded(failure)),
    };
    let _ = writeln!(out, "  -  {name}\n     {end}");
}

/// What somebody said of a call.
pub(in crate::cli) fn said(decision: &Decision) -> String {
    match decision {
        Decision::Approve => "approved".to_owned(),
        Decision::ApproveForRun => "approved, and the tool for this run".to_owned(),
        Decision::ApproveAlways => "approved, and the tool always".to_owned(),
        Decision::Deny { message } if message.is_empty() => "denied".to_owned(),
        Decision::Deny { message } => format!("denied: {}", escape::line(message, DENIAL_CHARS_MAX)),
        Decision::Done { value } => format!("said to be done, with the answer {}", bounded(value)),
    }
}

fn bounded(json: &str) -> String {
    let over = json.len().saturating_sub(VALUE_CHARS_MAX);
    let shown = escape::line(json, VALUE_CHARS_MAX);
    if over > 0 { format!("{shown} ({} bytes in all)", json.len()) } else { shown }
}

fn end(out: &mut String, report: &Report) {
    if let Some(fault) = &report.fault {
        let message = escape::line(&fault.message, ERROR_MESSAGE_CHARS_MAX);
        let at = fault.position.map(|at| format!(" (at {}:{})", at.line, at.column)).unwrap_or_default();
        let _ = write!(out, "\n{}\n  {}{at}: {message}\n", styled(BOLD, "How it ended"), fault.kind.as_str());
    }
    if let Some(result) = &report.result {
        let _ = write!(out, "\n{}\n  {}\n", styled(BOLD, "Result"), bounded(result));
    }
    if report.logs.is_empty() {
        return;
    }
    let _ = write!(out, "\n{}\n", styled(BOLD, "What it printed"));
    for line in report.logs.iter().take(LOG_LINES_MAX) {
        let level = match line.level {
            LogLevel::Info | LogLevel::Debug => String::new(),
            level => format!("{}: ", level.as_str()),
        };
        let _ = writeln!(out, "  {level}{}", escape::line(&line.text, VALUE_CHARS_MAX));
    }
    if let Some(more @ 1..) = report.logs.len().checked_sub(LOG_LINES_MAX) {
        let _ = writeln!(out, "  … {more} more lines");
    }
}

/// Its lines, with their numbers.
pub(in crate::cli) fn program(source: &str) -> String {
    let mut out = format!("\n{}\n", styled(BOLD, "Program"));
    for (at, line) in escape::block(source.trim_end()).split('\n').enumerate() {
        let number = styled(DIM, &format!("{:>3}", at + 1));
        let _ = writeln!(out, "{}", format!("{number}  {line}").trim_end());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::timeline::tests::parked;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_parked_run() {
        insta::assert_snapshot!(plain(&text(&parked(), 1_200_000)), @r#"
        run_0123456789abcdef0123456789abcdef
          status     parked, waits for a decision
          started    1970-01-01 00:16:30 UTC, 3 min ago
          language   typescript
          principal  local

        What it did
          1  shop/list_orders.pages  read, line 1, 12 ms
             {"id":1}
             -> {"orders":[]}
             warning: the answer has no `next`\u{1b}[31m
          -  load
             -> null
          2  shop/update_order_status  write, line 2, 12 ms
             {"id":1}
             failed tool_error: there is no order 1\u{1b}[31m
          3  shop/create_mail_draft  write, line 3
             {"id":1}
             ann at a terminal, 100 s ago: approved, and the tool for this run
             sent, and no answer is recorded
          4  shop/cancel_order  destructive, line 3
             {"order_id":"ord_0001","reason":"asked\u001b[2J"}
             ann at a terminal, 100 s ago: denied: not today
             the run has not gone on yet
          5  shop/cancel_order  destructive, line 3
             {"order_id":"ord_0001","reason":"asked\u001b[2J"}
             waits apr_00000000000000000000000000000005, asked 3 min ago, expires in 7 d

        Program
          1  const orders = await shop.list_orders({id: 1});
          2
          3  await shop.cancel_order({order_id: "ord_0001", reason: "asked"});

        To decide:
          weir approve ID               send it, once
          weir deny ID --why TEXT       do not send it
        "#);
    }

    /// R14: nothing of an upstream's or a model's moves the cursor.
    #[test]
    fn r14_nothing_foreign_reaches_the_terminal_raw() {
        let shown = plain(&text(&parked(), 1_200_000));
        assert!(!shown.contains('\u{1b}') && shown.contains("\\u{1b}[31m"), "{shown}");
    }

    #[test]
    fn without_anything_to_decide_it_says_how_to_go_on() {
        let found = Found { approvals: Vec::new(), ..parked() };
        assert!(text(&found, 0).contains("weir run --resume run_0123456789abcdef"));
    }
}
