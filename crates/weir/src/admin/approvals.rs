//! `/v1/approvals`: what waits, one of them with its whole program, and deciding it.

use std::{sync::Arc, time::Duration};

use axum::extract::{Path, RawQuery, Request, State, rejection::PathRejection};
use futures_util::future;
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use weir_model::{ApprovalId, Decision, limits::DENIAL_CHARS_MAX};
use weir_store::{ApprovalState, DecideOutcome};

use super::{Answer, body, lookup, ok, query::Query, refusal::Refusal, view};
use crate::gateway::{ExecuteRequest, Gateway, Program};

/// Approvals in one answer.
const PAGE: u64 = 100;
const PAGE_MAX: u64 = 1_000;
/// Whom the second approver is told of.
const BY: &str = "the admin API";

/// What a console sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    decision: Word,
    /// Of `deny`.
    message: Option<String>,
    /// Of `done`: what the call answered.
    value: Option<Box<RawValue>>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approve,
    ApproveForRun,
    ApproveAlways,
    Deny,
    Done,
}

pub(super) async fn list(State(gateway): State<Arc<Gateway>>, RawQuery(query): RawQuery) -> Answer {
    let limit = Query::parse(query.as_deref(), &["limit"])?.number("limit", PAGE, PAGE_MAX)?;
    let store = gateway.store();
    let all = store.approvals(None).await?;
    let mut waiting = Vec::new();
    for (approval, _) in all.iter().take(limit as usize) {
        // Its source line is the program's; one that was decided meanwhile is left out.
        let Some(shown) = store.approval(&approval.id, None).await? else { continue };
        if shown.state == ApprovalState::Waiting {
            waiting.push(view::approval(&shown.approval, &shown.source));
        }
    }
    ok(json!({ "approvals": waiting, "more": all.len() > limit as usize }))
}

pub(super) async fn one(State(gateway): State<Arc<Gateway>>, approval: Result<Path<String>, PathRejection>) -> Answer {
    let shown = gateway.store().approval(&named(approval)?, None).await?.ok_or_else(Refusal::nothing_waits)?;
    match shown.state {
        ApprovalState::Waiting => ok(view::approval_in_full(&shown.approval, &shown.source, shown.language)),
        ApprovalState::Decided { by, decision, .. } => Err(first(&by, &decision)),
        ApprovalState::Used { .. } | ApprovalState::Expired | ApprovalState::Withdrawn => Err(Refusal::nothing_waits()),
    }
}

pub(super) async fn decide(
    State(gateway): State<Arc<Gateway>>,
    approval: Result<Path<String>, PathRejection>,
    request: Request,
) -> Answer {
    let approval = named(approval)?;
    let decision = body::json::<Decided>(request).await?.into_decision()?;
    let outcome = gateway.decide(&approval, decision.clone(), BY, None).await?;
    match &outcome {
        DecideOutcome::Decided => {
            go_on(&gateway, &approval).await?;
            ok(view::outcome(&approval, &outcome, &decision))
        }
        DecideOutcome::AlreadyDecided { by, decision } => Err(first(by, decision)),
        DecideOutcome::NotWaiting => Err(Refusal::nothing_waits()),
        DecideOutcome::NotInDoubt => Err(Refusal::not_in_doubt()),
    }
}

/// A run that waits for nothing more goes on, also one that parked before this gateway began. Nobody waits for it here.
async fn go_on(gateway: &Arc<Gateway>, approval: &ApprovalId) -> Result<(), Refusal> {
    let Some(decided) = gateway.store().approval(approval, None).await? else { return Ok(()) };
    let run = decided.approval.run;
    if lookup::waiting(gateway.store(), &run).await? > 0 {
        return Ok(());
    }
    let request = ExecuteRequest {
        principal: decided.approval.principal,
        program: Program::GoOn(run),
        wait: Some(Duration::ZERO),
        observer: None,
        cancel: Box::pin(future::pending()),
        traceparent: None,
    };
    // Whatever comes of it is in the store, where everyone looks.
    let _ = gateway.execute(request).await;
    Ok(())
}

fn first(by: &str, decision: &Decision) -> Refusal {
    let mut theirs = view::decision(decision);
    theirs["by"] = by.into();
    Refusal::already_decided(theirs)
}

fn named(approval: Result<Path<String>, PathRejection>) -> Result<ApprovalId, Refusal> {
    // What is no text names nothing.
    approval.map(|Path(id)| ApprovalId::new(id)).map_err(|_| Refusal::nothing_waits())
}

impl Decided {
    /// What does not belong to a decision is refused: whoever sent it meant something else.
    fn into_decision(self) -> Result<Decision, Refusal> {
        if self.message.is_some() && self.decision != Word::Deny {
            return Err(Refusal::invalid("message belongs to deny"));
        }
        if self.value.is_some() && self.decision != Word::Done {
            return Err(Refusal::invalid("value belongs to done"));
        }
        let message = self.message.unwrap_or_default();
        if message.chars().count() > DENIAL_CHARS_MAX {
            return Err(Refusal::invalid(format!("message is longer than {DENIAL_CHARS_MAX} characters")));
        }
        Ok(match self.decision {
            Word::Approve => Decision::Approve,
            Word::ApproveForRun => Decision::ApproveForRun,
            Word::ApproveAlways => Decision::ApproveAlways,
            Word::Deny => Decision::Deny { message: message.trim().to_owned() },
            Word::Done => Decision::Done { value: self.value.map_or("null".into(), |value| value.get().into()) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_as_they_are_sent() {
        let read = |text: &str| serde_json::from_str::<Decided>(text).ok().and_then(|sent| sent.into_decision().ok());
        let deny = |message: &str| Decision::Deny { message: message.into() };
        let done = |value: &str| Decision::Done { value: value.into() };
        for (text, expected) in [
            (r#"{"decision":"approve"}"#, Some(Decision::Approve)),
            (r#"{"decision":"approve_for_run"}"#, Some(Decision::ApproveForRun)),
            (r#"{"decision":"approve_always"}"#, Some(Decision::ApproveAlways)),
            (r#"{"decision":"deny"}"#, Some(deny(""))),
            (r#"{"decision":"deny","message":" no "}"#, Some(deny("no"))),
            (r#"{"decision":"done"}"#, Some(done("null"))),
            (r#"{"decision":"done","value":{"id": 1.0}}"#, Some(done(r#"{"id": 1.0}"#))),
            (r#"{"decision":"approve","message":"no"}"#, None),
            (r#"{"decision":"approve","value":1}"#, None),
            (r#"{"decision":"approve","arguments":{"amount":1}}"#, None),
            (r#"{"decision":"yes"}"#, None),
            ("{}", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        let long = json!({"decision": "deny", "message": "x".repeat(DENIAL_CHARS_MAX + 1)}).to_string();
        assert_eq!(read(&long), None);
    }
}
