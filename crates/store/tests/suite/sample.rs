//! Runs, records and reports to write.

use std::{sync::Arc, time::Duration};

use weir_bridge::port::{
    CallIntent, CallOutcome, Durability, FunctionOutcome, Journal, Record, Recorded, RunClosed, RunOpened,
};
use weir_model::{
    Approval, ApprovalId, AskReason, Bindings, CallReport, CallSeq, CallStatus, Effect, FailureKind, Fault, FaultKind,
    Language, Limits, LogLevel, LogLine, Member, Namespace, OpId, Position, PrincipalId, Report, RunId, RunStatus,
    ToolFailure, ToolId, UpstreamName, Usage,
};
use weir_store::{Claim, Store};

pub(crate) fn principal() -> PrincipalId {
    PrincipalId::new("victim")
}

pub(crate) fn tool(name: &str) -> ToolId {
    ToolId { upstream: UpstreamName::new("hub").expect("a name"), name: name.into() }
}

pub(crate) fn opened(run: &str) -> RunOpened {
    let members = vec![Member { identifier: "close".to_owned(), raw: "close-it".to_owned() }];
    RunOpened {
        run: RunId::new(run),
        principal: principal(),
        language: Language::Python,
        source: "\n  hub.close(n=1)\nhub.close(n=2)".into(),
        seed: u64::MAX - 1,
        started_unix_ms: 500,
        limits: Limits { calls: 7, ..Limits::default() },
        bindings: Arc::new(Bindings {
            version: u64::MAX,
            namespaces: vec![Namespace { identifier: "hub".to_owned(), raw: "the hub".to_owned(), members }],
        }),
        plan: true,
        resumes: None,
    }
}

pub(crate) fn intent(seq: u32) -> CallIntent {
    CallIntent {
        seq: CallSeq(seq),
        op: OpId(seq),
        tool: Some(tool("close-it")),
        written: "hub.close".to_owned(),
        effect: Effect::Write,
        arguments: format!(r#"{{"n":{seq}}}"#).into(),
        line: 2,
        paged: seq == 2,
    }
}

pub(crate) fn failure() -> ToolFailure {
    ToolFailure {
        status: Some(503),
        code: Some("down".to_owned()),
        body: Some("{}".to_owned()),
        retry_after: Some(Duration::from_millis(1_500)),
        ..ToolFailure::new(FailureKind::UpstreamUnavailable, "it is down")
    }
}

/// One of every kind and shape that needs no approval.
pub(crate) fn records() -> Vec<Record> {
    let large: Arc<str> = format!("[{}0]", "1,".repeat(40_000)).into();
    let outcome = |seq, outcome| CallOutcome {
        seq: CallSeq(seq),
        outcome,
        next: (seq == 3).then(|| r#"{"page":2}"#.into()),
        warnings: if seq == 1 { vec!["odd".to_owned(), "é".to_owned()] } else { Vec::new() },
        took: Duration::from_micros(7),
        reused: seq == 2,
    };
    let function = |op, outcome| FunctionOutcome {
        op: OpId(op),
        member: "search".to_owned(),
        arguments_hash: [op as u8; 16],
        outcome,
    };
    vec![
        Record::Intent(intent(1)),
        Record::Intent(CallIntent { tool: None, arguments: large.clone(), effect: Effect::Destructive, ..intent(2) }),
        Record::Outcome(outcome(1, Ok(large.clone()))),
        Record::Delivered { op: OpId(1), now_ms: u64::MAX },
        Record::Outcome(outcome(2, Err(failure()))),
        Record::Outcome(outcome(3, Ok("".into()))),
        Record::Function(function(3, Ok(large))),
        Record::Function(function(4, Err("\"no\"".into()))),
    ]
}

/// Of the run's call, as it waits for somebody.
pub(crate) fn approval(run: &str, seq: u32) -> Approval {
    Approval {
        id: ApprovalId::new(format!("apr_{run}_{seq}")),
        run: RunId::new(run),
        principal: principal(),
        seq: CallSeq(seq),
        op: OpId(seq),
        tool: tool("close-it"),
        written: "hub.close".to_owned(),
        effect: Effect::Destructive,
        arguments: format!(r#"{{"n":{seq}}}"#).into(),
        line: 3,
        reason: AskReason::Policy,
        asked_unix_ms: 1_000,
        expires_unix_ms: 9_000,
    }
}

pub(crate) fn call_report(seq: u32, status: CallStatus) -> CallReport {
    CallReport {
        seq: CallSeq(seq),
        tool: Some(tool("close-it")),
        written: "hub.close".to_owned(),
        effect: Effect::Write,
        status,
        took: Duration::from_micros(7),
        line: 2,
        response_bytes: 3,
        reused: false,
        warnings: vec!["odd".to_owned()],
    }
}

/// With something in every field.
pub(crate) fn report(run: &str) -> Report {
    Report {
        run: RunId::new(run),
        language: Language::Python,
        status: RunStatus::Failed,
        result: Some(format!("[{}0]", "2,".repeat(40_000))),
        logs: vec![LogLine { level: LogLevel::Warn, text: "hm\0".to_owned() }],
        logs_truncated: true,
        fault: Some(Fault {
            hint: Some("less".to_owned()),
            position: Some(Position { line: 1, column: 2 }),
            source_line: Some("x".to_owned()),
            tool: Some(Box::new((tool("close-it"), failure()))),
            ..Fault::new(FaultKind::ToolFailed, "it failed")
        }),
        calls: vec![
            call_report(1, CallStatus::Ok),
            call_report(2, CallStatus::Failed(failure())),
            CallReport { tool: None, ..call_report(3, CallStatus::Cancelled) },
            call_report(4, CallStatus::Waiting),
        ],
        approvals: vec![approval(run, 4)],
        not_asked_again: vec![call_report(1, CallStatus::Ok)],
        usage: Usage {
            cpu: Duration::from_nanos(1),
            wall: Duration::from_secs(2),
            bytes_processed: 3,
            bytes_returned: 4,
        },
    }
}

/// A run with these records behind it.
pub(crate) async fn written(store: &Store, run: &str, records: Vec<Record>) {
    store.opened(opened(run)).await.expect("opened");
    for record in records {
        store.append(&RunId::new(run), record, Durability::Soon).await.expect("appended");
    }
}

/// A run that waits for these of its calls.
pub(crate) async fn parked(store: &Store, run: &str, waiting: &[u32]) {
    written(store, run, waiting.iter().map(|seq| Record::Intent(intent(*seq))).collect()).await;
    let approvals: Vec<_> = waiting.iter().map(|seq| approval(run, *seq)).collect();
    store.parked(&RunId::new(run), &approvals).await.expect("parked");
}

pub(crate) async fn closed(store: &Store, run: &str) {
    let report = Arc::new(Report { status: RunStatus::Completed, fault: None, ..report(run) });
    store.closed(RunClosed { run: RunId::new(run), report }).await.expect("closed");
}

pub(crate) async fn recorded(store: &Store, run: &str) -> Recorded {
    store.recorded(&RunId::new(run), None).await.expect("readable").expect("there")
}

pub(crate) async fn claimed(store: &Store, run: &str) -> Recorded {
    match store.claim(&RunId::new(run), &principal()).await.expect("claimable") {
        Claim::Claimed(recorded) => *recorded,
        other => panic!("not claimed: {other:?}"),
    }
}
