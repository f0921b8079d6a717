//! The report of a run as JSON: what `_meta["weir/run"]` and `--json` carry. Never part of a model's context.

use serde_json::{Map, Value, json};
use weir_model::{
    Approval, CallReport, CallStatus, Fault, LogLine, Report, RunId, ToolFailure, limits::REPORT_RESULT_BYTES_MAX,
};

/// The key under which an MCP result carries the report.
pub const META_KEY: &str = "weir/run";

/// Arguments of a waiting call as the report repeats them; larger ones are left out there.
const ARGUMENT_BYTES_MAX: usize = 16 * 1024;

/// The report's public shape: run, status, result, logs, error, calls, approvals, not_asked_again, usage. A result over
/// [`REPORT_RESULT_BYTES_MAX`] is left out and `result_omitted_bytes` says how large it was.
pub fn json(report: &Report) -> Value {
    let mut map = Map::new();
    map.insert("run".into(), report.run.as_str().into());
    map.insert("status".into(), report.status.as_str().into());
    map.insert("language".into(), report.language.as_str().into());
    if let Some(result) = &report.result {
        insert_result(&mut map, result);
    }
    map.insert("logs".into(), report.logs.iter().map(log).collect());
    if report.logs_truncated {
        map.insert("logs_truncated".into(), true.into());
    }
    if let Some(fault) = &report.fault {
        map.insert("error".into(), error(fault));
    }
    map.insert("calls".into(), report.calls.iter().map(call).collect());
    if !report.approvals.is_empty() {
        map.insert("approvals".into(), report.approvals.iter().map(approval).collect());
    }
    if !report.not_asked_again.is_empty() {
        map.insert("not_asked_again".into(), report.not_asked_again.iter().map(call).collect());
    }
    let usage = &report.usage;
    map.insert(
        "usage".into(),
        json!({
            "cpu_ms": millis(usage.cpu),
            "wall_ms": millis(usage.wall),
            "bytes_processed": usage.bytes_processed,
            "bytes_returned": usage.bytes_returned,
        }),
    );
    Value::Object(map)
}

/// What there is to say of a run that has no report yet.
pub fn running(run: &RunId) -> Value {
    json!({"run": run.as_str(), "status": "running"})
}

/// JSON text as `result`; over [`REPORT_RESULT_BYTES_MAX`] it is left out, and `result_omitted_bytes` says how large it was.
pub(crate) fn insert_result(map: &mut Map<String, Value>, result: &str) {
    let small = result.len() <= REPORT_RESULT_BYTES_MAX;
    match small.then(|| serde_json::from_str(result)) {
        Some(Ok(value)) => map.insert("result".into(), value),
        _ => map.insert("result_omitted_bytes".into(), result.len().into()),
    };
}

fn log(line: &LogLine) -> Value {
    json!({"level": line.level.as_str(), "text": line.text})
}

fn call(call: &CallReport) -> Value {
    let (status, failure) = match &call.status {
        CallStatus::Ok => ("ok", None),
        CallStatus::Failed(failure) => ("failed", Some(failure)),
        CallStatus::Cancelled => ("cancelled", None),
        CallStatus::Waiting => ("waiting", None),
    };
    let mut value = json!({
        "seq": call.seq.0,
        "tool": call.tool.as_ref().map_or_else(|| call.written.clone(), ToString::to_string),
        "status": status,
        "ms": millis(call.took),
        "line": call.line,
        "effect": call.effect.as_str(),
        "bytes": call.response_bytes,
    });
    if call.reused {
        value["reused"] = true.into();
    }
    if !call.warnings.is_empty() {
        value["warnings"] = call.warnings.as_slice().into();
    }
    if let Some(failure) = failure {
        value["error"] = tool_failure(failure);
    }
    value
}

fn approval(approval: &Approval) -> Value {
    let mut value = json!({
        "id": approval.id.as_str(),
        "seq": approval.seq.0,
        "tool": approval.tool.to_string(),
        "effect": approval.effect.as_str(),
        "line": approval.line,
        "reason": approval.reason.as_str(),
        "expires_unix_ms": approval.expires_unix_ms,
    });
    // Parsed only where that is cheap, and never to be sent: what is sent are the bytes in the journal.
    let small = approval.arguments.len() <= ARGUMENT_BYTES_MAX;
    match small.then(|| serde_json::from_str::<Value>(&approval.arguments)) {
        Some(Ok(arguments)) => value["arguments"] = arguments,
        _ => value["arguments_omitted_bytes"] = approval.arguments.len().into(),
    }
    value
}

fn error(fault: &Fault) -> Value {
    let mut map = Map::new();
    map.insert("kind".into(), fault.kind.as_str().into());
    map.insert("message".into(), fault.message.as_str().into());
    map.insert("retryable".into(), fault.kind.retryable().into());
    if let Some(hint) = &fault.hint {
        map.insert("hint".into(), hint.as_str().into());
    }
    if let Some(position) = fault.position {
        map.insert("line".into(), position.line.into());
        map.insert("column".into(), position.column.into());
    }
    if let Some(source) = &fault.source_line {
        map.insert("source".into(), source.as_str().into());
    }
    if let Some((tool, failure)) = fault.tool.as_deref() {
        map.insert("tool".into(), tool.to_string().into());
        map.insert("failure".into(), tool_failure(failure));
    }
    Value::Object(map)
}

fn tool_failure(failure: &ToolFailure) -> Value {
    let mut map = Map::new();
    map.insert("kind".into(), failure.kind.as_str().into());
    map.insert("message".into(), failure.message.as_str().into());
    map.insert("retryable".into(), failure.retryable.into());
    if let Some(status) = failure.status {
        map.insert("status".into(), status.into());
    }
    if let Some(code) = &failure.code {
        map.insert("code".into(), code.as_str().into());
    }
    if let Some(body) = failure.body.as_deref().and_then(|body| serde_json::from_str(body).ok()) {
        map.insert("body".into(), body);
    }
    if let Some(wait) = failure.retry_after {
        map.insert("retry_after_ms".into(), millis(wait));
    }
    Value::Object(map)
}

/// Milliseconds with three decimals at most, so that a run of half a millisecond does not cost 0.
pub(crate) fn millis(time: std::time::Duration) -> Value {
    let micros = u32::try_from(time.as_micros()).map_or_else(|_| time.as_secs_f64() * 1e6, f64::from);
    (micros / 1e3).into()
}

#[cfg(test)]
mod tests {
    use weir_model::{AskReason, CallStatus, Effect};

    use super::super::execute::tests::{self, completed, failed, parked};
    use super::*;

    #[test]
    fn a_completed_run() {
        insta::assert_snapshot!(json(&completed(r#"{"open":3}"#)).to_string(), @r#"{"run":"run_0","status":"completed","language":"typescript","result":{"open":3},"logs":[],"calls":[{"seq":1,"tool":"github/list_issues","status":"ok","ms":5.0,"line":1,"effect":"read","bytes":120}],"usage":{"cpu_ms":1.5,"wall_ms":12.0,"bytes_processed":40000,"bytes_returned":10}}"#);
    }

    #[test]
    fn a_failed_run() {
        let report = json(&failed());
        insta::assert_snapshot!(report["error"].to_string(), @r#"{"kind":"tool_failed","message":"github.create_issue failed: title is missing","retryable":false,"hint":"pass title","line":9,"column":7,"source":"const made = await github.create_issue({owner, repo});","tool":"github/create_issue","failure":{"kind":"tool_error","message":"title is missing","retryable":false,"status":422,"code":"missing_field","body":{"field":"title"}}}"#);
        insta::assert_snapshot!(report["calls"][1].to_string(), @r#"{"seq":2,"tool":"mail/send","status":"ok","ms":5.0,"line":7,"effect":"write","bytes":120}"#);
        insta::assert_snapshot!(report["calls"][2]["error"].to_string(), @r#"{"kind":"deadline_exceeded","message":"no answer","retryable":false}"#);
    }

    #[test]
    fn a_parked_run() {
        let mut report = parked(vec![
            tests::approval(AskReason::Policy, r#"{"to":"ann"}"#),
            tests::approval(AskReason::InDoubt, &format!("\"{}\"", "x".repeat(ARGUMENT_BYTES_MAX))),
        ]);
        report.calls[0].reused = true;
        report.calls[1].warnings = vec!["it is odd".to_owned()];
        report.not_asked_again = vec![tests::call(9, "mail.send", Effect::Write, CallStatus::Ok, 4)];
        let report = json(&report);
        assert_eq!(report["status"], "parked");
        insta::assert_snapshot!(report["approvals"].to_string(), @r#"[{"id":"apr_1","seq":2,"tool":"mail/send","effect":"destructive","line":2,"reason":"policy","expires_unix_ms":1,"arguments":{"to":"ann"}},{"id":"apr_1","seq":2,"tool":"mail/send","effect":"destructive","line":2,"reason":"in_doubt","expires_unix_ms":1,"arguments_omitted_bytes":16386}]"#);
        insta::assert_snapshot!(report["calls"].to_string(), @r#"[{"seq":1,"tool":"github/list_issues","status":"ok","ms":5.0,"line":1,"effect":"read","bytes":120,"reused":true},{"seq":2,"tool":"mail/send","status":"waiting","ms":5.0,"line":2,"effect":"destructive","bytes":120,"warnings":["it is odd"]}]"#);
        insta::assert_snapshot!(report["not_asked_again"].to_string(), @r#"[{"seq":9,"tool":"mail/send","status":"ok","ms":5.0,"line":4,"effect":"write","bytes":120}]"#);
    }

    #[test]
    fn a_large_result_is_left_out_and_said_so() {
        let text = format!("\"{}\"", "x".repeat(REPORT_RESULT_BYTES_MAX));
        let value = json(&completed(&text));
        assert_eq!(value.get("result"), None);
        assert_eq!(value["result_omitted_bytes"], text.len());
    }
}
