//! The answer of `execute`: the value and what was printed, what waits for a person, or what went wrong and where; and always
//! what is already done and how to go on.

mod calls;
mod failure;
mod logs;
mod running;
#[cfg(test)]
pub(crate) mod tests;
pub mod waiting;

use std::fmt::Write;

use weir_model::{HandleId, Report, RunId, RunStatus};

pub use self::running::{running, unknown};
use super::{MARK, escape, resource_uri};

/// Who reads an answer, and so in whose words the next step is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reader {
    #[default]
    Model,
    /// A person at a terminal.
    Person,
}

/// What an answer says besides the report.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The returned value within its budget: JSON text, whole or a summary that names its handle (`bridge::shape`).
    pub shown: Option<&'a str>,
    /// Where the whole of a summarised value is kept.
    pub handle: Option<&'a HandleId>,
    /// The snippet of a parked run.
    pub source: Option<&'a str>,
    /// The run that this one was sent to correct.
    pub resumes: Option<&'a RunId>,
    /// The client has a dialog of its own for decisions.
    pub dialog: bool,
    pub reader: Reader,
}

/// Whether the answer is an error to the client.
pub fn is_error(report: &Report) -> bool {
    matches!(report.status, RunStatus::Failed | RunStatus::Cancelled)
}

/// The text for the model. `tokens_max` bounds value and printed text together.
pub fn text(report: &Report, shown: Option<&str>, tokens_max: usize) -> String {
    full_text(report, &Beside { shown, ..Beside::default() }, tokens_max)
}

/// Like [`text`], with all that a client of its own can make use of.
pub fn full_text(report: &Report, beside: &Beside<'_>, tokens_max: usize) -> String {
    let mut out = String::new();
    match (&report.fault, beside.shown) {
        (Some(fault), _) => failure::write(&mut out, report, fault, beside),
        (None, Some(value)) => completed(&mut out, value, report, beside),
        (None, None) if report.status == RunStatus::Parked => waiting::write(&mut out, report, beside),
        (None, None) => {
            let _ = write!(out, "{MARK} the run was {}", report.status.as_str());
        }
    }
    logs::write(&mut out, report, tokens_max);
    out
}

fn completed(out: &mut String, value: &str, report: &Report, beside: &Beside<'_>) {
    match serde_json::from_str::<String>(value) {
        // A string is shown raw only where it cannot be taken for anything else.
        Ok(string) if !string.is_empty() && escape::is_plain(&string) => out.push_str(&string),
        _ => out.push_str(&escape::json(value)),
    }
    if value == "null" && report.logs.is_empty() {
        let _ = write!(out, "\n{MARK} the program returned nothing; end it with `return value`");
    }
    if let Some(handle) = beside.handle {
        let uri = resource_uri(handle);
        let _ = write!(out, "\n{MARK} the whole value is kept: load(\"{handle}\") in a program, or the resource {uri}");
    }
    calls::taken_over(out, report, &format!("\n{MARK} "));
}
