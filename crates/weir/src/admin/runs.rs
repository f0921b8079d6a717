//! `/v1/runs`.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::StatusCode,
};
use serde_json::json;
use weir_model::RunId;
use weir_store::{Cancellation, RunFilter, RunState};

use super::{Answer, answer, lookup, ok, query::Query, refusal::Refusal, view};
use crate::gateway::Gateway;

/// Runs in one answer.
const PAGE: u64 = 100;
const PAGE_MAX: u64 = 1_000;

pub(super) async fn list(State(gateway): State<Arc<Gateway>>, RawQuery(query): RawQuery) -> Answer {
    let query = Query::parse(query.as_deref(), &["status", "limit", "before"])?;
    let limit = query.number("limit", PAGE, PAGE_MAX)?;
    let states = match query.text("status") {
        None => Vec::new(),
        Some(asked) => states(asked)?,
    };
    let before = query.text("before").map(RunId::new);
    let filter = RunFilter { principal: None, states, limit: limit as u32, before };
    let runs = gateway.store().runs(filter).await?;
    let next = (runs.len() as u64 == limit).then(|| runs.last().map(|run| run.run.as_str())).flatten();
    ok(json!({ "runs": runs.iter().map(view::summary).collect::<Vec<_>>(), "next": next }))
}

/// `parked,running`.
fn states(asked: &str) -> Result<Vec<RunState>, Refusal> {
    let known = |word: &str| RunState::ALL.into_iter().find(|state| state.as_str() == word);
    asked.split(',').map(known).collect::<Option<Vec<_>>>().ok_or_else(|| {
        let all: Vec<&str> = RunState::ALL.iter().map(|state| state.as_str()).collect();
        Refusal::invalid(format!("status is one or several of {}, with commas between", all.join(", ")))
    })
}

pub(super) async fn one(State(gateway): State<Arc<Gateway>>, run: Result<Path<String>, PathRejection>) -> Answer {
    let run = named(run)?;
    let found = lookup::run(gateway.store(), &run).await?.ok_or_else(Refusal::no_such_run)?;
    ok(view::run(&found))
}

pub(super) async fn cancel(State(gateway): State<Arc<Gateway>>, run: Result<Path<String>, PathRejection>) -> Answer {
    let run = named(run)?;
    let cancellation = match gateway.cancel_run(&run, None).await? {
        Cancellation::Cancelled(_) => "cancelled",
        Cancellation::Asked => "asked",
        Cancellation::Ended => return Err(Refusal::ended()),
        Cancellation::Unknown => return Err(Refusal::no_such_run()),
    };
    Ok(answer(StatusCode::ACCEPTED, &json!({ "run": run.as_str(), "cancellation": cancellation })))
}

fn named(run: Result<Path<String>, PathRejection>) -> Result<RunId, Refusal> {
    // What is no text names nothing.
    run.map(|Path(run)| RunId::new(run)).map_err(|_| Refusal::no_such_run())
}
