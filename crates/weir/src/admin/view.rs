//! Runs, calls and approvals as JSON: what the admin API answers and what `--json` prints. One shape for both; documented in
//! `docs/reference/admin.md`.

use serde_json::{Map, Value, json};
use weir_bridge::{failure_json, port::FunctionOutcome};
use weir_model::{Approval, ApprovalId, CallSeq, Decision, Language, limits::SOURCE_LINE_CHARS_MAX};
use weir_store::{DecideOutcome, RunSummary, SavedSnippet};

use super::{
    lookup::Found,
    timeline::{self, Call, End, Said, Step},
};
use crate::answer::report::{self, insert_result, millis};

/// A run in a list.
pub fn summary(run: &RunSummary) -> Value {
    let mut value = json!({
        "run": run.run.as_str(),
        "status": run.state.as_str(),
        "language": run.language.as_str(),
        "principal": run.principal.as_str(),
        "started_unix_ms": run.started_unix_ms,
        "changed_unix_ms": run.changed_unix_ms,
        "calls": run.calls,
        "waiting": run.waiting,
        "decided": run.decided,
        "plan": run.plan,
        "first_line": run.first_line,
    });
    if let Some(resumes) = &run.resumes {
        value["resumes"] = resumes.as_str().into();
    }
    if let Some(fault) = run.fault {
        value["fault"] = fault.as_str().into();
    }
    value
}

/// A run with all it did.
pub fn run(found: &Found) -> Value {
    let Found { recorded, state, approvals } = found;
    let opened = &recorded.opened;
    let mut value = json!({
        "run": opened.run.as_str(),
        "status": state.as_str(),
        "language": opened.language.as_str(),
        "principal": opened.principal.as_str(),
        "started_unix_ms": opened.started_unix_ms,
        "plan": opened.plan,
        "source": &*opened.source,
        "steps": timeline::steps(&recorded.records, approvals).iter().map(step).collect::<Value>(),
        "waiting": found.waiting().into_iter().map(|one| approval(one, &opened.source)).collect::<Value>(),
    });
    if let Some(resumes) = &opened.resumes {
        value["resumes"] = json!({ "run": resumes.run.as_str(), "fresh": resumes.fresh });
    }
    if let Some(ended) = &recorded.report {
        value["report"] = report::json(ended);
    }
    value
}

fn step(step: &Step<'_>) -> Value {
    match step {
        Step::Function(function) => function_step(function),
        Step::Call(call) => call_step(call),
    }
}

fn function_step(function: &FunctionOutcome) -> Value {
    let mut map = Map::new();
    map.insert("function".into(), function.member.as_str().into());
    match &function.outcome {
        Ok(value) => insert_result(&mut map, value),
        Err(failure) => insert_error(&mut map, failure),
    }
    Value::Object(map)
}

fn call_step(call: &Call<'_>) -> Value {
    let mut map = Map::new();
    map.insert("seq".into(), call.seq.0.into());
    map.insert("tool".into(), call.tool.map_or_else(|| call.written.to_owned(), ToString::to_string).into());
    map.insert("effect".into(), call.effect.as_str().into());
    if call.paged {
        map.insert("paged".into(), true.into());
    }
    map.insert("line".into(), call.line.into());
    map.insert("arguments".into(), call.arguments.into());
    let decisions: Value = call.asked.iter().filter_map(|asked| asked.said.as_ref()).map(said).collect();
    if decisions.as_array().is_some_and(|all| !all.is_empty()) {
        map.insert("decisions".into(), decisions);
    }
    let status = match &call.end {
        End::Answered { value, warnings, took, reused } => {
            map.insert("ms".into(), millis(*took));
            if *reused {
                map.insert("reused".into(), true.into());
            }
            if !warnings.is_empty() {
                map.insert("warnings".into(), (*warnings).into());
            }
            insert_result(&mut map, value);
            "ok"
        }
        End::Failed { failure, took } => {
            map.insert("ms".into(), millis(*took));
            insert_error(&mut map, &failure_json(call.written, failure));
            "failed"
        }
        End::Waits(approval) => {
            map.insert("approval".into(), approval.id.as_str().into());
            "waiting"
        }
        End::Decided => "decided",
        End::Expired => "expired",
        End::Withdrawn => "withdrawn",
        End::Unanswered => "unanswered",
    };
    map.insert("status".into(), status.into());
    Value::Object(map)
}

fn said(said: &Said<'_>) -> Value {
    let mut value = decision(said.decision);
    value["by"] = said.by.into();
    value["unix_ms"] = said.unix_ms.into();
    value
}

fn insert_error(map: &mut Map<String, Value>, failure: &str) {
    map.insert("error".into(), serde_json::from_str(failure).unwrap_or_else(|_| failure.into()));
}

/// A call that waits. Its arguments are text: exactly the bytes that will be sent.
pub fn approval(approval: &Approval, source: &str) -> Value {
    let line = timeline::source_line(source, approval.line);
    json!({
        "id": approval.id.as_str(),
        "run": approval.run.as_str(),
        "principal": approval.principal.as_str(),
        "tool": approval.tool.to_string(),
        "effect": approval.effect.as_str(),
        "reason": approval.reason.as_str(),
        "arguments": &*approval.arguments,
        "line": approval.line,
        "source_line": line.map(|line| line.chars().take(SOURCE_LINE_CHARS_MAX).collect::<String>()),
        "asked_unix_ms": approval.asked_unix_ms,
        "expires_unix_ms": approval.expires_unix_ms,
    })
}

/// A call that waits, with the whole program around it.
pub fn approval_in_full(one: &Approval, source: &str, language: Language) -> Value {
    let mut value = approval(one, source);
    let CallSeq(seq) = one.seq;
    value["seq"] = seq.into();
    value["language"] = language.as_str().into();
    value["source"] = source.into();
    value
}

/// What somebody said, as text: `deny` with its message, `done` with its value.
pub fn decision(decision: &Decision) -> Value {
    let mut value = json!({ "decision": decision.as_str() });
    match decision {
        Decision::Approve | Decision::ApproveForRun | Decision::ApproveAlways => {}
        Decision::Deny { message } => value["message"] = message.as_str().into(),
        Decision::Done { value: done } => {
            let mut map = Map::new();
            insert_result(&mut map, done);
            value["value"] = map.remove("result").unwrap_or_default();
        }
    }
    value
}

/// What came of a decision: ours, or who was first and what they said.
pub fn outcome(approval: &ApprovalId, outcome: &DecideOutcome, ours: &Decision) -> Value {
    let mut value = match outcome {
        DecideOutcome::Decided => decision(ours),
        DecideOutcome::AlreadyDecided { decision: theirs, .. } => decision(theirs),
        DecideOutcome::NotWaiting | DecideOutcome::NotInDoubt => json!({}),
    };
    value["id"] = approval.as_str().into();
    value["outcome"] = match outcome {
        DecideOutcome::Decided => "decided".into(),
        DecideOutcome::AlreadyDecided { by, .. } => {
            value["by"] = by.as_str().into();
            "already_decided".into()
        }
        DecideOutcome::NotWaiting => "not_waiting".into(),
        DecideOutcome::NotInDoubt => "not_in_doubt".into(),
    };
    value
}

pub fn snippet(snippet: &SavedSnippet) -> Value {
    json!({
        "name": snippet.name,
        "language": snippet.language.as_str(),
        "description": snippet.description,
        "tools": snippet.tools.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "version": snippet.version,
        "saved_unix_ms": snippet.saved_unix_ms,
    })
}
