//! A run that failed: what went wrong and where, what is done, and the one next step that repeats nothing.

use std::fmt::Write;

use weir_model::{
    Fault, FaultKind, Report, ToolFailure,
    limits::{ERROR_MESSAGE_CHARS_MAX, SOURCE_LINE_CHARS_MAX},
};

use super::{Beside, MARK, Reader, calls, escape};

/// Characters of an upstream's error body in a failure's text.
const BODY_CHARS_MAX: usize = 600;

pub(super) fn write(out: &mut String, report: &Report, fault: &Fault, beside: &Beside<'_>) {
    let message = escape::line(&fault.message, ERROR_MESSAGE_CHARS_MAX);
    let _ = write!(out, "{MARK} run {}: {}: {message}", report.status.as_str(), fault.kind.as_str());
    if let Some(at) = fault.position {
        let _ = write!(out, "\nat {}:{}", at.line, at.column);
        if let Some(source) = &fault.source_line {
            let _ = write!(out, ": {}", escape::line(source.trim(), SOURCE_LINE_CHARS_MAX));
        }
    }
    if let Some((tool, cause)) = fault.tool.as_deref() {
        let _ = write!(out, "\ntool {}: {}", escape::line(&tool.to_string(), 200), cause_text(cause));
    }
    if let Some(hint) = &fault.hint {
        let _ = write!(out, "\nhint: {}", escape::line(hint, ERROR_MESSAGE_CHARS_MAX));
    }
    calls::done(out, report);
    calls::taken_over(out, report, "\n");
    let _ = write!(out, "\n{}", next_step(report, fault, beside));
}

/// `tool_error, status 422, code "missing_field", body {...}`.
fn cause_text(cause: &ToolFailure) -> String {
    let mut out = cause.kind.as_str().to_owned();
    if let Some(status) = cause.status {
        let _ = write!(out, ", status {status}");
    }
    if let Some(code) = &cause.code {
        let _ = write!(out, ", code {}", escape::line(code, 80));
    }
    if let Some(wait) = cause.retry_after {
        let _ = write!(out, ", asks to wait {} ms", wait.as_millis());
    }
    if cause.retryable {
        out.push_str(", may succeed later");
    }
    if let Some(body) = &cause.body {
        let _ = write!(out, ", body {}", escape::line(body, BODY_CHARS_MAX));
    }
    out
}

fn next_step(report: &Report, fault: &Fault, beside: &Beside<'_>) -> String {
    let which = if fault.kind.retryable() { "same" } else { "corrected" };
    let from = match beside.resumes {
        // All that was written is that run's: this one may not even have begun.
        Some(earlier) if !calls::wrote_anew(report) => Some(earlier),
        _ => calls::left_something(report).then_some(&report.run),
    };
    if let Some(run) = from {
        let send = match beside.reader {
            Reader::Model => format!("Send the {which} program with resume: \"{run}\""),
            Reader::Person => format!("Run the {which} program with --resume {run}"),
        };
        return format!("{send}: what is done is taken over and not repeated, so leave it in the program.");
    }
    match fault.kind {
        FaultKind::Syntax | FaultKind::Unsupported | FaultKind::UnknownTool | FaultKind::SourceInvalid => {
            "Nothing was called. Correct the program and send it again.".to_owned()
        }
        FaultKind::Cancelled => "Nothing was written.".to_owned(),
        _ => format!("Nothing was written. Send the {which} program again."),
    }
}
