//! `execute`, from request to answer: a run is started or gone on with, and where it stops for a person, the person is asked in
//! the way the client can: in the answer, by a request of weir's own, or with plain words that say how to go on.
//!
//! It decides nothing: a decision is a person's, the run is the gateway's. A person who does not decide leaves the run parked.

use std::sync::Arc;

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use rmcp::{
    RoleServer,
    model::{CallToolRequestParams, CallToolResponse, CallToolResult, InputRequiredResult, InputResponses, MetaObject},
    service::RequestContext,
};
use serde_json::Value;
use weir_bridge::Observer;
use weir_model::{Approval, ApprovalId, Decision, Report, RunId, RunStatus};
use weir_store::{ApprovalState, DecideOutcome};

use super::{
    arguments::{self, Asked as Wanted},
    dialog::{self, Dialog, FORMS_MAX},
    handler::{Shared, abandoned, error, is_modern, success},
    progress,
    request_state::{Asked, RequestDigest},
    tasks, tools,
    trace_context::traceparent,
};
use crate::{
    answer::{
        self, MARK, escape,
        execute::{Beside, full_text, is_error},
        report::META_KEY,
    },
    gateway::{ExecuteRequest, Executed, Program, Ran},
};

/// The one answer to every state that does not count, whatever is wrong with it.
const STATE_REFUSED: &str = "this requestState belongs to no question that is open for this request: it may have been used, be too old, or be from \
     before weir was restarted. Nothing was decided and nothing was called. Send the request without it, or go on with the run by \
     its id";

/// One request of a client, with what it is answered from.
struct Exchange<'a> {
    shared: &'a Shared,
    context: &'a RequestContext<RoleServer>,
    dialog: Dialog,
    digest: RequestDigest,
    wanted: arguments::Execute,
    /// A run that takes longer than its request may is told as a task.
    task: bool,
    /// The run is this client's own: when it goes away, so does the run, unless it waits for a decision.
    owned: bool,
    /// What the person was asked and left open; not asked again here.
    left_open: Vec<ApprovalId>,
    /// What became of decisions, where that is not plain from the run.
    notes: Vec<String>,
    observer: Option<Arc<dyn Observer>>,
}

pub(super) async fn answer(
    shared: &Shared,
    params: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> CallToolResponse {
    let digest = RequestDigest::of(tools::EXECUTE, params.arguments.as_ref());
    let wanted = match arguments::execute(params.arguments, shared.gateway.language()) {
        Ok(wanted) => wanted,
        Err(invalid) => return error(invalid.to_string()).into(),
    };
    let decided = match (params.request_state, params.input_responses) {
        (None, None) => None,
        (Some(state), responses) => match shared.states.take(&state, &shared.principal, &digest) {
            Some(asked) => Some((asked, responses.unwrap_or_default())),
            None => return error(format!("{MARK} {STATE_REFUSED}")).into(),
        },
        // Taken for a new request, the program would run a second time.
        (None, Some(_)) => return error(format!("{MARK} {STATE_REFUSED}")).into(),
    };
    let mut exchange = Exchange {
        shared,
        context: &context,
        dialog: Dialog::of(&context, is_modern(&context)),
        task: tasks::spoken(&context),
        owned: matches!(wanted.asked, Wanted::New { .. }) && wanted.wait.is_none(),
        digest,
        wanted,
        left_open: Vec::new(),
        notes: Vec::new(),
        observer: None,
    };
    match context.meta.get_progress_token() {
        None => exchange.answered(decided).await,
        Some(token) => {
            progress::told(context.peer.clone(), token, |observer| {
                exchange.observer = Some(observer);
                exchange.answered(decided)
            })
            .await
        }
    }
}

impl Exchange<'_> {
    async fn answered(mut self, decided: Option<(Asked, InputResponses)>) -> CallToolResponse {
        let mut program = match decided {
            None => self.wanted.asked.program(),
            Some((asked, responses)) => Program::GoOn(self.take(asked, &responses).await),
        };
        loop {
            let ran = match self.execute(program).await {
                Executed::Ran(ran) => ran,
                Executed::Running { run } if self.task => return tasks::created(&run).into(),
                other => return self.without_report(other).await.into(),
            };
            let source = self.source(&ran.report).await;
            let open = self.open(&ran.report);
            match self.dialog {
                Dialog::InAnswer if !open.is_empty() => {
                    if let Some(asking) = self.input_required(&ran.report, &open, source.as_deref()) {
                        return asking.into();
                    }
                }
                Dialog::InRequest if !open.is_empty() => {
                    if self.ask(&open, source.as_deref()).await {
                        program = Program::GoOn(ran.report.run.clone());
                        continue;
                    }
                }
                Dialog::InAnswer | Dialog::InRequest | Dialog::Nowhere => {}
            }
            return self.with_report(&ran, source.as_deref()).into();
        }
    }

    async fn execute(&self, program: Program) -> Executed {
        let executed = self
            .shared
            .gateway
            .execute(ExecuteRequest {
                principal: self.shared.principal.clone(),
                program,
                wait: self.wanted.wait.or(self.task.then_some(tasks::ANSWERED_WITHIN)),
                observer: self.observer.clone(),
                cancel: abandoned(self.context),
                traceparent: traceparent(self.context),
            })
            .await;
        // The gateway ends a new run with its client; this one is new to the client's exchange, if not to the gateway.
        if let Executed::Running { run } = &executed
            && self.owned
            && abandoned(self.context).now_or_never().is_some()
            && let Err(error) = self.shared.gateway.cancel_run(run, Some(&self.shared.principal)).await
        {
            tracing::warn!(%error, "a run goes on without its client");
        }
        executed
    }

    /// The snippet of a run that waits.
    async fn source(&self, report: &Report) -> Option<Arc<str>> {
        let first = report.approvals.first().filter(|_| report.status == RunStatus::Parked)?;
        self.shared
            .gateway
            .store()
            .approval(&first.id, Some(&self.shared.principal))
            .await
            .ok()?
            .map(|view| view.source)
    }

    fn open(&self, report: &Report) -> Vec<Approval> {
        let waiting = if report.status == RunStatus::Parked { &report.approvals[..] } else { &[] };
        waiting.iter().filter(|approval| !self.left_open.contains(&approval.id)).take(FORMS_MAX).cloned().collect()
    }

    /// The forms, and the state that brings the decisions back. `None` when no state can be made.
    fn input_required(&self, report: &Report, open: &[Approval], source: Option<&str>) -> Option<InputRequiredResult> {
        let asked = Asked {
            run: report.run.clone(),
            approvals: open.iter().map(|approval| approval.id.clone()).collect(),
            left_open: self.left_open.clone(),
            owned: self.owned,
        };
        let state = self.shared.states.seal(&asked, &self.shared.principal, &self.digest)?;
        Some(
            InputRequiredResult::new(Some(dialog::forms(open, source)), Some(state))
                .with_meta(meta(answer::report::json(report))),
        )
    }

    /// What the person said to the forms of an earlier answer; gives the run they were about. A form that was not answered at
    /// all is shown again.
    async fn take(&mut self, asked: Asked, responses: &InputResponses) -> RunId {
        self.left_open = asked.left_open;
        self.owned = asked.owned;
        for id in asked.approvals {
            let Some(response) = responses.get(id.as_str()) else { continue };
            let Ok(Some(view)) = self.shared.gateway.store().approval(&id, Some(&self.shared.principal)).await else {
                continue;
            };
            match dialog::decision_in(&view.approval, response) {
                Some(decision) => self.decide(&id, decision).await,
                None => self.left_open.push(id),
            }
        }
        asked.run
    }

    /// Asks about each call while the request stays open. Whether anything was decided, here or meanwhile elsewhere.
    async fn ask(&mut self, open: &[Approval], source: Option<&str>) -> bool {
        let mut decided = false;
        for approval in open {
            let over = future::select(abandoned(self.context), self.decided_elsewhere(approval.id.clone()));
            let said = dialog::ask(&self.context.peer, dialog::form(approval, source), over.map(|_| ()).boxed()).await;
            if abandoned(self.context).now_or_never().is_some() {
                return false;
            }
            match said.and_then(|said| dialog::decision(approval, &said)) {
                Some(decision) => {
                    self.decide(&approval.id, decision).await;
                    decided = true;
                }
                None if self.is_waiting(&approval.id).await => self.left_open.push(approval.id.clone()),
                None => decided = true,
            }
        }
        decided
    }

    fn decided_elsewhere(&self, approval: ApprovalId) -> BoxFuture<'static, ()> {
        let (store, principal) = (self.shared.gateway.store().clone(), self.shared.principal.clone());
        async move {
            let mut changes = store.changes();
            loop {
                match store.approval(&approval, Some(&principal)).await {
                    Ok(Some(view)) if view.state == ApprovalState::Waiting => changes.next().await,
                    // It cannot be read now: the dialog stays as it is.
                    Err(_) => future::pending().await,
                    Ok(_) => return,
                }
            }
        }
        .boxed()
    }

    async fn is_waiting(&self, approval: &ApprovalId) -> bool {
        let view = self.shared.gateway.store().approval(approval, Some(&self.shared.principal)).await;
        !matches!(view, Ok(Some(view)) if view.state != ApprovalState::Waiting)
    }

    async fn decide(&mut self, approval: &ApprovalId, decision: Decision) {
        self.notes.extend(decide(self.shared, self.context, approval, decision).await);
    }

    fn with_report(&self, ran: &Ran, source: Option<&str>) -> CallToolResult {
        let resumes = match &self.wanted.asked {
            Wanted::New { resumes, .. } => resumes.as_ref().map(|resumes| &resumes.run),
            Wanted::GoOn(_) => None,
        };
        let beside = Beside {
            shown: ran.shown.as_deref(),
            handle: ran.handle.as_ref(),
            source,
            resumes,
            dialog: self.dialog != Dialog::Nowhere,
            ..Beside::default()
        };
        reported(self.shared, ran, &beside, &self.notes)
    }

    async fn without_report(&self, executed: Executed) -> CallToolResult {
        match executed {
            Executed::Running { run } => {
                let recorded = self.shared.gateway.store().recorded(&run, Some(&self.shared.principal)).await;
                let text = answer::execute::running(&run, recorded.ok().flatten().as_ref());
                let mut result = success(noted(&self.notes, text));
                result.meta = Some(meta(answer::report::running(&run)));
                result
            }
            Executed::Unknown { run } => error(noted(&self.notes, answer::execute::unknown(&run))),
            Executed::Refused { why } => error(noted(&self.notes, format!("{MARK} {}", escape::line(&why, 2_000)))),
            Executed::Ran(ran) => self.with_report(&ran, None),
        }
    }
}

/// The answer about a run that ended or parked.
pub(super) fn reported(shared: &Shared, ran: &Ran, beside: &Beside<'_>, notes: &[String]) -> CallToolResult {
    let tokens_max = shared.gateway.limits().result_tokens as usize;
    let text = noted(notes, full_text(&ran.report, beside, tokens_max));
    let mut result = if is_error(&ran.report) { error(text) } else { success(text) };
    result.meta = Some(meta(answer::report::json(&ran.report)));
    result
}

/// Hands on what the person behind a client decided; gives a word about it where that did not count.
pub(super) async fn decide(
    shared: &Shared,
    context: &RequestContext<RoleServer>,
    approval: &ApprovalId,
    decision: Decision,
) -> Option<String> {
    let client = context.client_info().map_or_else(|| "a client".to_owned(), |client| escape::line(&client.name, 80));
    let by = format!("{client}'s dialog");
    match shared.gateway.decide(approval, decision, &by, Some(&shared.principal)).await {
        Ok(DecideOutcome::Decided) => None,
        Ok(DecideOutcome::AlreadyDecided { by, decision }) => {
            Some(format!("{approval} was decided before, by {}: {}", escape::line(&by, 80), decision.as_str()))
        }
        // Only a call in doubt has a form that offers to call it done.
        Ok(DecideOutcome::NotWaiting | DecideOutcome::NotInDoubt) => Some(format!("{approval} waits for no decision")),
        Err(error) => {
            Some(format!("the decision about {approval} was not kept: {}", escape::line(&error.to_string(), 500)))
        }
    }
}

fn noted(notes: &[String], text: String) -> String {
    notes.iter().map(|note| format!("{MARK} {note}\n")).collect::<String>() + &text
}

fn meta(report: Value) -> MetaObject {
    let mut meta = MetaObject::new();
    meta.0.insert(META_KEY.into(), report);
    meta
}
