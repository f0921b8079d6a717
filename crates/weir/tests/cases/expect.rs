//! What a case expects of the report, and how a run differs from it, each difference a line for a person.

use serde::Deserialize;
use serde_json::Value;
use weir_model::{CallReport, CallStatus, Fault, RunStatus};

use crate::scene::Left;

/// Marks the line of a snippet where a fault or call is expected.
const MARK: &str = "<-- here";
/// How much of a value a difference shows.
const SHOWN_CHARS_MAX: usize = 1_500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// `completed` unless a fault is expected.
    status: Option<String>,
    /// The returned value. `1` and `1.0` are the same number: languages differ in which they say.
    result: Option<Value>,
    /// What the model sees, when that is not the value: these fields at least.
    shown: Option<Value>,
    fault: Option<FaultExpect>,
    /// Every call of the run; not checked when absent.
    calls: Option<Vec<CallExpect>>,
    /// Calls are compared as a multiset: parallel ones have no order.
    #[serde(default)]
    calls_unordered: bool,
    /// How many calls there were, where listing them says nothing.
    call_count: Option<usize>,
    /// Every log line, whole; not checked when absent.
    logs: Option<Vec<String>>,
    /// Texts that stand somewhere in the log.
    #[serde(default)]
    logs_contain: Vec<String>,
    #[serde(default)]
    logs_truncated: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultExpect {
    kind: String,
    /// Texts that stand in the message.
    #[serde(default)]
    message: Vec<String>,
    /// Texts that stand in the hint.
    #[serde(default)]
    hint: Vec<String>,
    /// The position is the line with the mark.
    #[serde(default)]
    marked: bool,
    /// The failed tool, `upstream/name`.
    tool: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallExpect {
    /// As the report writes it: `github.list_issues`.
    tool: String,
    arguments: Option<Value>,
    /// `ok`, `cancelled`, or the failure's kind.
    #[serde(default = "ok")]
    status: String,
    effect: Option<String>,
    #[serde(default)]
    marked: bool,
    /// Whole; not checked when absent.
    warnings: Option<Vec<String>>,
}

fn ok() -> String {
    "ok".into()
}

fn marked_line(source: &str) -> Option<u32> {
    source.lines().position(|line| line.contains(MARK)).and_then(|at| u32::try_from(at + 1).ok())
}

fn cut(text: String) -> String {
    if text.chars().count() <= SHOWN_CHARS_MAX {
        text
    } else {
        text.chars().take(SHOWN_CHARS_MAX).chain(['…']).collect()
    }
}

/// Whether two JSON values are the same, numbers by value.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || (a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64())),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Whether `value` has all that `part` has.
fn holds(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => {
            part.iter().all(|(key, part)| value.get(key).is_some_and(|value| holds(value, part)))
        }
        (value, part) => same(value, part),
    }
}

fn status_of(call: &CallReport) -> &'static str {
    match &call.status {
        CallStatus::Ok => "ok",
        CallStatus::Failed(failure) => failure.kind.as_str(),
        CallStatus::Cancelled => "cancelled",
        CallStatus::Waiting => "waiting",
    }
}

impl Expect {
    pub(crate) fn differences(&self, left: &Left) -> Vec<String> {
        let mut found = Vec::new();
        let report = &left.report;
        let status = self.status.as_deref().unwrap_or(if self.fault.is_some() { "failed" } else { "completed" });
        if report.status.as_str() != status {
            found.push(format!("status {} instead of {status}: {:?}", report.status.as_str(), report.fault));
        }
        if let (Some(expected), RunStatus::Completed) = (&self.result, report.status) {
            let got: Value = serde_json::from_str(report.result.as_deref().unwrap_or("null")).expect("JSON");
            if !same(expected, &got) {
                found.push(cut(format!("result {got} instead of {expected}")));
            }
        }
        if let (Some(expected), Some(got)) = (&self.shown, &left.shown)
            && !holds(got, expected)
        {
            found.push(cut(format!("shown is {got}, without {expected}")));
        }
        match (&self.fault, &report.fault) {
            (Some(expected), Some(got)) => expected.differences(got, &left.source, &mut found),
            (Some(_), None) => found.push(cut(format!("no fault, but the result {:?}", report.result))),
            (None, _) => {}
        }
        self.calls(left, &mut found);
        self.logs(left, &mut found);
        found
    }

    fn calls(&self, left: &Left, found: &mut Vec<String>) {
        let got = &left.report.calls;
        if let Some(count) = self.call_count
            && got.len() != count
        {
            found.push(format!("{} calls instead of {count}", got.len()));
        }
        let Some(expected) = &self.calls else { return };
        let line = marked_line(&left.source);
        let mut rest: Vec<&CallReport> = got.iter().collect();
        for call in expected {
            let place = rest.iter().position(|got| call.is(got, left, line));
            match place {
                Some(at) if at == 0 || self.calls_unordered => {
                    rest.remove(at);
                }
                _ => {
                    let arguments = call.arguments.as_ref().map(Value::to_string).unwrap_or_default();
                    found.push(format!("no call {}({arguments}) that ended {} at its place", call.tool, call.status));
                }
            }
        }
        for call in rest {
            let sent = left.arguments.iter().find(|(seq, _)| *seq == call.seq).map(|(_, arguments)| arguments);
            let sent = sent.map(Value::to_string).unwrap_or_default();
            let CallReport { written, status, line, warnings, .. } = call;
            found.push(cut(format!("unexpected: {written}({sent}) {status:?} line {line} {warnings:?}")));
        }
    }

    fn logs(&self, left: &Left, found: &mut Vec<String>) {
        let got: Vec<&str> = left.report.logs.iter().map(|line| line.text.as_str()).collect();
        if self.logs.as_ref().is_some_and(|expected| *expected != got) {
            found.push(cut(format!("logs {got:?} instead of {:?}", self.logs.as_deref().unwrap_or_default())));
        }
        for text in &self.logs_contain {
            if !got.iter().any(|line| line.contains(text.as_str())) {
                found.push(cut(format!("no log says {text:?}: {got:?}")));
            }
        }
        if left.report.logs_truncated != self.logs_truncated {
            found.push(format!("logs_truncated is {}", left.report.logs_truncated));
        }
    }
}

impl FaultExpect {
    fn differences(&self, got: &Fault, source: &str, found: &mut Vec<String>) {
        if got.kind.as_str() != self.kind {
            found.push(cut(format!("fault {} instead of {}: {}", got.kind.as_str(), self.kind, got.message)));
        }
        for text in &self.message {
            if !got.message.contains(text.as_str()) {
                found.push(cut(format!("the message does not say {text:?}: {}", got.message)));
            }
        }
        for text in &self.hint {
            if !got.hint.as_deref().unwrap_or_default().contains(text.as_str()) {
                found.push(cut(format!("the hint does not say {text:?}: {:?}", got.hint)));
            }
        }
        let at = got.position.map(|at| at.line);
        if self.marked && (at.is_none() || at != marked_line(source)) {
            found.push(format!("the fault is at line {at:?}, the mark at {:?}", marked_line(source)));
        }
        let tool = got.tool.as_ref().map(|failed| failed.0.to_string());
        if self.tool.is_some() && self.tool != tool {
            found.push(format!("the failed tool is {tool:?} instead of {:?}", self.tool));
        }
    }
}

impl CallExpect {
    fn is(&self, got: &CallReport, left: &Left, marked: Option<u32>) -> bool {
        let sent = left.arguments.iter().find(|(seq, _)| *seq == got.seq).map(|(_, arguments)| arguments);
        got.written == self.tool
            && status_of(got) == self.status
            && self.arguments.as_ref().is_none_or(|expected| sent.is_some_and(|sent| same(expected, sent)))
            && self.effect.as_deref().is_none_or(|effect| got.effect.as_str() == effect)
            && self.warnings.as_ref().is_none_or(|warnings| *warnings == got.warnings)
            && (!self.marked || Some(got.line) == marked)
    }
}
