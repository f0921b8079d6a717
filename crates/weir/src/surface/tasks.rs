//! The tasks extension, for clients that speak it: a run that takes longer than its request may is a task from then on.
//!
//! A task has no state of its own. It is named by its run, and where it is, the gateway and the store say: so it outlives this
//! process. What a client sends about one is looked up for its principal and nobody else.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::SecondsFormat;
use futures_util::{FutureExt, future};
use rmcp::{
    ErrorData, RoleServer,
    model::{
        CallToolResult, CreateTaskResult, DetailedTask, GetTaskResult, InputResponses, JsonObject, Task, TaskPayload,
        TaskStatus,
    },
    service::RequestContext,
};
use serde_json::Value;
use weir_model::{Approval, ApprovalId, RunId, RunStatus};
use weir_store::{ApprovalState, Cancellation};

use super::{
    dialog::{self, Dialog, FORMS_MAX},
    execute::{decide, reported},
    handler::{Shared, is_modern, unavailable},
};
use crate::{
    answer::{escape, execute::Beside},
    gateway::{ExecuteRequest, Executed, Program, Ran},
    instant::{now_unix_ms, utc},
};

/// How long a client that knows tasks waits for an answer before it gets one.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// How long one look at a task waits for it to stop; a client looks again.
const LOOKS_FOR: Duration = Duration::from_secs(2);
const POLL_MS: u64 = 500;
/// Questions that people turned away; of older ones they are asked again.
const TURNED_AWAY_MAX: usize = 1_024;
const TASK_ID_BYTES_MAX: usize = 96;

/// Approvals whose form was closed without a decision: their task ends with plain words instead of asking for ever.
#[derive(Default)]
pub(super) struct TurnedAway(Mutex<VecDeque<ApprovalId>>);

impl TurnedAway {
    fn add(&self, id: ApprovalId) {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= TURNED_AWAY_MAX {
            ids.pop_front();
        }
        ids.push_back(id);
    }

    fn has(&self, id: &ApprovalId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

pub(super) fn spoken(context: &RequestContext<RoleServer>) -> bool {
    is_modern(context) && context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks())
}

/// The task that a run under way becomes.
pub(super) fn created(run: &RunId) -> CreateTaskResult {
    let now_ms = now_unix_ms();
    CreateTaskResult::new(Named { run: run.clone(), created_ms: now_ms }.task(TaskStatus::Working, now_ms))
}

/// Where a task is. Answers at once when it stopped or waits for a person, else a moment later.
pub(super) async fn get(
    shared: &Shared,
    id: &str,
    context: &RequestContext<RoleServer>,
) -> Result<GetTaskResult, ErrorData> {
    let named = Named::of(id)?;
    let dialog = Dialog::of(context, true);
    let waiting = waiting(shared, &named.run).await?;
    let payload = match questions(shared, dialog, &waiting).await {
        Some(payload) => payload,
        None => going_on(shared, &named, dialog).await?,
    };
    let task = named.task(payload.status(), now_unix_ms());
    Ok(GetTaskResult::new(DetailedTask::new(task, payload)))
}

/// What the person behind this client can still be asked.
async fn questions(shared: &Shared, dialog: Dialog, waiting: &[Approval]) -> Option<TaskPayload> {
    let open = waiting.iter().filter(|approval| !shared.turned_away.has(&approval.id)).take(FORMS_MAX);
    let open: Vec<Approval> = open.cloned().collect();
    if open.is_empty() || dialog == Dialog::Nowhere {
        return None;
    }
    let source = source(shared, &open).await;
    Some(TaskPayload::InputRequired { input_requests: dialog::forms(&open, source.as_deref()) })
}

/// The snippet that asked.
async fn source(shared: &Shared, approvals: &[Approval]) -> Option<Arc<str>> {
    let view = shared.gateway.store().approval(&approvals.first()?.id, Some(&shared.principal)).await;
    view.ok().flatten().map(|view| view.source)
}

/// Where a run is that no question keeps from going on.
async fn going_on(shared: &Shared, named: &Named, dialog: Dialog) -> Result<TaskPayload, ErrorData> {
    let request = ExecuteRequest {
        principal: shared.principal.clone(),
        program: Program::GoOn(named.run.clone()),
        wait: Some(LOOKS_FOR),
        observer: None,
        cancel: future::pending().boxed(),
        traceparent: None,
    };
    match shared.gateway.execute(request).await {
        Executed::Ran(ran) => match ran.report.status {
            RunStatus::Cancelled => Ok(TaskPayload::Cancelled),
            // Its questions were turned away, or cannot be asked: the words say how it is decided and gone on with.
            RunStatus::Parked => match questions(shared, dialog, &ran.report.approvals).await {
                Some(payload) => Ok(payload),
                None => Ok(TaskPayload::Completed { result: object(&result(shared, &ran).await)? }),
            },
            RunStatus::Completed | RunStatus::Failed => {
                Ok(TaskPayload::Completed { result: object(&result(shared, &ran).await)? })
            }
        },
        Executed::Running { .. } => Ok(TaskPayload::Working),
        Executed::Unknown { .. } => Err(unknown()),
        Executed::Refused { why } => Err(ErrorData::internal_error(escape::line(&why, 500), None)),
    }
}

async fn result(shared: &Shared, ran: &Ran) -> CallToolResult {
    let source = source(shared, &ran.report.approvals).await;
    let beside = Beside {
        shown: ran.shown.as_deref(),
        handle: ran.handle.as_ref(),
        source: source.as_deref(),
        ..Beside::default()
    };
    reported(shared, ran, &beside, &[])
}

fn object(result: &CallToolResult) -> Result<JsonObject, ErrorData> {
    match serde_json::to_value(result) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(ErrorData::internal_error("the result cannot be written", None)),
    }
}

/// What the person said to forms of [`get`]. Answers to what does not wait, or not in this task, decide nothing.
pub(super) async fn update(
    shared: &Shared,
    id: &str,
    responses: &InputResponses,
    context: &RequestContext<RoleServer>,
) -> Result<(), ErrorData> {
    let named = Named::of(id)?;
    let waiting = waiting(shared, &named.run).await?;
    for approval in &waiting {
        let Some(response) = responses.get(approval.id.as_str()) else { continue };
        match dialog::decision_in(approval, response) {
            Some(decision) => {
                if let Some(note) = decide(shared, context, &approval.id, decision).await {
                    tracing::info!("{note}");
                }
            }
            None => shared.turned_away.add(approval.id.clone()),
        }
    }
    if waiting.is_empty() && !exists(shared, &named.run).await? { Err(unknown()) } else { Ok(()) }
}

/// A task that is over is left as it is.
pub(super) async fn cancel(shared: &Shared, id: &str) -> Result<(), ErrorData> {
    let named = Named::of(id)?;
    match shared.gateway.cancel_run(&named.run, Some(&shared.principal)).await.map_err(unavailable)? {
        Cancellation::Cancelled(_) | Cancellation::Asked | Cancellation::Ended => Ok(()),
        Cancellation::Unknown => Err(unknown()),
    }
}

async fn waiting(shared: &Shared, run: &RunId) -> Result<Vec<Approval>, ErrorData> {
    let all = shared.gateway.store().approvals_of(run, Some(&shared.principal)).await.map_err(unavailable)?;
    Ok(all.into_iter().filter(|(_, state)| *state == ApprovalState::Waiting).map(|(approval, _)| approval).collect())
}

async fn exists(shared: &Shared, run: &RunId) -> Result<bool, ErrorData> {
    let recorded = shared.gateway.store().recorded(run, Some(&shared.principal)).await.map_err(unavailable)?;
    Ok(recorded.is_some())
}

/// One answer for a task that never was, was removed, or is somebody else's.
fn unknown() -> ErrorData {
    ErrorData::invalid_params("there is no such task", None)
}

/// A task's name: its run, and when it became a task, which the protocol wants repeated and nothing else depends on.
#[derive(Debug, PartialEq)]
struct Named {
    run: RunId,
    created_ms: u64,
}

impl Named {
    fn of(id: &str) -> Result<Self, ErrorData> {
        let parts = id.rsplit_once('.').filter(|_| id.len() <= TASK_ID_BYTES_MAX);
        let (run, created) = parts.ok_or_else(unknown)?;
        let created_ms = created.parse().map_err(|_| unknown())?;
        Ok(Self { run: RunId::new(run), created_ms })
    }

    fn task(&self, status: TaskStatus, now_ms: u64) -> Task {
        let id = format!("{}.{}", self.run, self.created_ms);
        Task::new(id, status, iso(self.created_ms), iso(now_ms)).with_poll_interval_ms(POLL_MS)
    }
}

/// ISO 8601.
fn iso(unix_ms: u64) -> String {
    utc(unix_ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tasks_name_says_its_run() {
        let named = Named { run: RunId::new("run_1"), created_ms: 1_000 };
        let task = named.task(TaskStatus::Working, 2_500);
        assert_eq!(Named::of(&task.task_id).expect("a name"), named);
        assert_eq!(
            (&*task.created_at, &*task.last_updated_at),
            ("1970-01-01T00:00:01.000Z", "1970-01-01T00:00:02.500Z")
        );
        let long = format!("{}.1", "r".repeat(200));
        for id in ["", "run_1", "run_1.", "run_1.x", "run_1.-1", "run_1.99999999999999999999999", &long] {
            assert_eq!(Named::of(id).expect_err(id), unknown());
        }
    }

    #[test]
    fn instants_as_the_protocol_writes_them() {
        let rows = [
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_782_864_000_123, "2026-07-01T00:00:00.123Z"),
            (1_798_761_599_000, "2026-12-31T23:59:59.000Z"),
        ];
        for (unix_ms, expected) in rows {
            assert_eq!(iso(unix_ms), expected);
        }
        // Whatever a client puts into a name.
        assert!(iso(u64::MAX).ends_with('Z'));
    }

    #[test]
    fn what_was_turned_away_is_bounded() {
        let away = TurnedAway::default();
        let id = |n: usize| ApprovalId::new(format!("apr_{n}"));
        (0..=TURNED_AWAY_MAX).for_each(|n| away.add(id(n)));
        assert!(!away.has(&id(0)) && away.has(&id(1)) && away.has(&id(TURNED_AWAY_MAX)));
    }
}
