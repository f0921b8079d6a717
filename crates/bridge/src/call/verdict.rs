//! Whether a call may leave: the policy, what people decided, and what is in doubt.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use weir_catalog::Entry;
use weir_model::{ApprovalId, AskReason, CallReport, CallSeq, Decision, Effect, Rule, ToolId};

use super::{CallContext, Earlier};
use crate::{
    approval_id,
    port::{Record, Recorded},
};

/// What happens to a call.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Send,
    Ask(AskReason),
    /// With this message, and nothing is sent.
    Deny(String),
    /// Not sent either: somebody says that it was done and answered this.
    Done(Arc<str>),
}

#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) action: Action,
    /// The decision behind it, which cannot be used again.
    pub(super) used: Option<(ApprovalId, Decision)>,
}

impl From<Action> for Verdict {
    fn from(action: Action) -> Self {
        Self { action, used: None }
    }
}

/// What people decided of one run's calls.
#[derive(Default)]
pub(crate) struct Decisions {
    unused: Mutex<HashMap<ApprovalId, Decision>>,
    /// Tools that may be called in this run with any arguments.
    granted: HashSet<ToolId>,
}

impl Decisions {
    pub(crate) fn of(recorded: &Recorded) -> Self {
        let mut tools: HashMap<CallSeq, &ToolId> = HashMap::new();
        let mut granted: HashSet<ToolId> = HashSet::new();
        let wide = |decision: &Decision| matches!(decision, Decision::ApproveForRun | Decision::ApproveAlways);
        for record in &recorded.records {
            if let Record::Intent(intent) = record
                && let Some(tool) = &intent.tool
            {
                tools.insert(intent.seq, tool);
            }
        }
        for record in &recorded.records {
            if let Record::Decided { seq, decision, .. } = record
                && wide(decision)
                && let Some(tool) = tools.get(seq)
            {
                granted.insert((*tool).clone());
            }
        }
        let mut unused = HashMap::new();
        for (approval, decision) in &recorded.decisions {
            if wide(decision) {
                granted.insert(approval.tool.clone());
            }
            unused.insert(approval.id.clone(), decision.clone());
        }
        Self { unused: Mutex::new(unused), granted }
    }

    fn take(&self, id: &ApprovalId) -> Option<Decision> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }
}

/// The name of the approval that this attempt at a call needs.
pub(super) fn approval(
    run: &CallContext,
    entry: &Entry,
    report: &CallReport,
    arguments: &str,
    attempt: u32,
) -> ApprovalId {
    approval_id(&entry.tool().id, arguments, &run.principal, (&run.run, report.seq), attempt)
}

/// `doubt`: the call was sent before, and nobody knows whether it had its effect.
pub(super) fn verdict(
    run: &CallContext,
    entry: &Entry,
    report: &CallReport,
    arguments: &str,
    earlier: &Earlier,
    doubt: bool,
) -> Verdict {
    let rule = run.policy.rule(&entry.tool().id, report.effect);
    if rule == Rule::Deny {
        let said = if doubt { "it was sent once already, and may have had its effect" } else { "nothing was sent" };
        return Action::Deny(format!("the policy denies {}; {said}", report.written)).into();
    }
    if let Some(decision) = earlier.decision() {
        return decided(report, decision).into();
    }
    let reason = if doubt {
        (!entry.repeatable()).then_some(AskReason::InDoubt)
    } else if run.plan && report.effect != Effect::Read {
        Some(AskReason::Plan)
    } else {
        (rule == Rule::Ask).then_some(AskReason::Policy)
    };
    let Some(reason) = reason else { return Action::Send.into() };
    let id = approval(run, entry, report, arguments, earlier.decided);
    match run.decisions.take(&id) {
        Some(decision) => Verdict { action: decided(report, &decision), used: Some((id, decision)) },
        None if reason == AskReason::Policy && run.decisions.granted.contains(&entry.tool().id) => Action::Send.into(),
        None => Action::Ask(reason).into(),
    }
}

fn decided(report: &CallReport, decision: &Decision) -> Action {
    match decision {
        Decision::Approve | Decision::ApproveForRun | Decision::ApproveAlways => Action::Send,
        Decision::Deny { message } if message.is_empty() => {
            Action::Deny(format!("{} was denied; nothing was sent", report.written))
        }
        Decision::Deny { message } => Action::Deny(format!("{} was denied: {message}", report.written)),
        Decision::Done { value } => Action::Done(value.clone()),
    }
}
