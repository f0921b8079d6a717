//! The suite's own teeth: whatever a report says otherwise than its case expects is told.

use std::time::Duration;

use serde_json::{Value, json};
use weir_model::{
    CallReport, CallSeq, CallStatus, Effect, Fault, FaultKind, Language, LogLevel, LogLine, Position, Report, RunId,
    RunStatus, Usage,
};

use crate::{
    expect::{Expect, same},
    scene::Left,
};

fn completed() -> Left {
    let call = CallReport {
        seq: CallSeq(1),
        tool: None,
        written: "mail.send".into(),
        effect: Effect::Write,
        status: CallStatus::Ok,
        took: Duration::ZERO,
        line: 2,
        response_bytes: 2,
        reused: false,
        warnings: Vec::new(),
    };
    let report = Report {
        run: RunId::new("run_1"),
        language: Language::TypeScript,
        status: RunStatus::Completed,
        result: Some(r#"{"n":1,"list":[1.5]}"#.into()),
        logs: vec![LogLine { level: LogLevel::Info, text: "hello".into() }],
        logs_truncated: false,
        fault: None,
        calls: vec![call],
        approvals: Vec::new(),
        not_asked_again: Vec::new(),
        usage: Usage::default(),
    };
    let arguments = vec![(CallSeq(1), json!({ "to": "ada" }))];
    Left { source: "one\ntwo // <-- here".into(), shown: Some(json!({ "n": 1 })), report, arguments, replayed: None }
}

fn failed() -> Left {
    let mut left = completed();
    left.report.status = RunStatus::Failed;
    left.report.result = None;
    let at = Some(Position { line: 1, column: 1 });
    left.report.fault = Some(Fault::new(FaultKind::Exception, "no such thing").hint("look again").at(at));
    left
}

#[track_caller]
fn check(left: &Left, expect: Value, differences: usize) {
    let found = serde_json::from_value::<Expect>(expect.clone()).expect("an expectation").differences(left);
    assert_eq!(found.len(), differences, "{expect}: {found:?}");
}

#[test]
fn what_is_as_expected_passes() {
    let call = json!({ "tool": "mail.send", "arguments": { "to": "ada" }, "effect": "write", "marked": true });
    check(
        &completed(),
        json!({ "result": { "list": [1.5], "n": 1.0 }, "calls": [call], "logs": ["hello"], "call_count": 1 }),
        0,
    );
    check(&completed(), json!({ "shown": { "n": 1 }, "logs_contain": ["hell"] }), 0);
    check(&failed(), json!({ "fault": { "kind": "exception", "message": ["no such"], "hint": ["again"] } }), 0);
}

#[test]
fn every_difference_is_told() {
    for (expect, differences) in [
        (json!({ "result": { "n": 2, "list": [1.5] } }), 1),
        (json!({ "result": { "n": 1, "list": [1.5], "more": null } }), 1),
        (json!({ "result": { "n": true, "list": [1.5] } }), 1),
        (json!({ "shown": { "m": 1 } }), 1),
        (json!({ "fault": { "kind": "exception" } }), 2),
        (json!({ "calls": [] }), 1),
        (json!({ "calls": [{ "tool": "mail.send" }, { "tool": "mail.send" }] }), 1),
        (json!({ "calls": [{ "tool": "mail.sent" }] }), 2),
        (json!({ "calls": [{ "tool": "mail.send", "arguments": {} }] }), 2),
        (json!({ "calls": [{ "tool": "mail.send", "status": "tool_error" }], "calls_unordered": true }), 2),
        (json!({ "calls": [{ "tool": "mail.send", "effect": "read" }] }), 2),
        (json!({ "call_count": 0 }), 1),
        (json!({ "logs": [] }), 1),
        (json!({ "logs_contain": ["bye"] }), 1),
        (json!({ "logs_truncated": true }), 1),
        (json!({ "status": "cancelled" }), 1),
    ] {
        check(&completed(), expect, differences);
    }
    for (expect, differences) in [
        (json!({}), 1),
        (json!({ "fault": { "kind": "cpu_limit" } }), 1),
        (json!({ "fault": { "kind": "exception", "message": ["other"], "hint": ["other"] } }), 2),
        (json!({ "fault": { "kind": "exception", "marked": true } }), 1),
        (json!({ "fault": { "kind": "exception", "tool": "mail/send" } }), 1),
    ] {
        check(&failed(), expect, differences);
    }
}

#[test]
fn numbers_are_compared_by_value_and_large_ones_exactly() {
    assert!(same(&json!(1), &json!(1.0)));
    assert!(!same(&json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)));
    assert!(!same(&json!(1), &json!("1")));
}
