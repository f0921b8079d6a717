//! One call, from what the guest asked to what the snippet gets. The only way out of a sandbox.

mod again;
mod answer;
mod entries;
mod verdict;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use weir_catalog::{Access, Catalog, Entry, Problem, Upstream};
use weir_model::{
    Approval, ApprovalId, AskReason, CallReport, CallSeq, CallStatus, Decision, Effect, FailureKind, Limits, Policy,
    PrincipalId, RunId, ToolFailure, ToolId, ToolReply,
};

pub(crate) use self::verdict::Decisions;
use self::{
    answer::{Answer, received},
    entries::{Entries, Unrecorded},
    verdict::Action,
};
use crate::{
    Observer, RunEvent,
    approval::idempotency_key,
    canonical_arguments, failure_json,
    page::{self, Asked},
    port::{Ask, Clock, Durability, Handles, Journal, Record, State, UpstreamCall, Upstreams},
    run::reuse::{Reuse, TakenOver},
};

/// Names a failure lists at the most when a tool is unknown.
const NEAREST_MAX: usize = 3;
/// Characters of each part of a name as a snippet wrote it.
const NAME_CHARS_MAX: usize = 200;

/// What every call of one run shares.
pub(crate) struct CallContext {
    pub(crate) run: RunId,
    pub(crate) principal: PrincipalId,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) access: Arc<dyn Access>,
    pub(crate) policy: Policy,
    /// It stops at every write.
    pub(crate) plan: bool,
    pub(crate) limits: Limits,
    pub(crate) traceparent: Option<String>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) upstreams: Arc<dyn Upstreams>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) handles: Arc<dyn Handles>,
    pub(crate) state: Arc<dyn State>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) approval_ttl: Duration,
    /// What people decided of this run's calls.
    pub(crate) decisions: Decisions,
    /// What the run it resumes has done already.
    pub(crate) reuse: Mutex<Reuse>,
    /// Bytes of all answers so far, against `limits::RUN_RESPONSE_BYTES_MAX`.
    pub(crate) response_bytes: AtomicU64,
    /// This process lets go of the run: nothing further begins.
    pub(crate) leaving: AtomicBool,
}

/// What the journal already says of a call that did not end.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Earlier {
    /// It was on its way out: it may have had its effect.
    pub(crate) sent: bool,
    /// How often somebody decided about it.
    pub(crate) decided: u32,
    pub(crate) last: Option<Decision>,
}

/// How far a call got.
pub(crate) enum CallEnd {
    /// What the snippet gets: JSON text of the value, or of the failure.
    Settled(Result<String, String>),
    /// Somebody must decide first; nothing was sent.
    Waits(Box<Approval>),
    /// It did not begin: its run is let go of.
    Unbegun,
    /// It could not be journaled, and its run must not go on: how far it got.
    Unrecorded(String),
}

/// As far, before it is told to anybody.
enum End {
    Settled(Result<Answer, ToolFailure>, Arc<str>),
    Waits(Box<Approval>),
}

impl CallContext {
    pub(crate) fn observe(&self, event: RunEvent<'_>) {
        if let Some(observer) = &self.observer {
            observer.event(event);
        }
    }

    /// The tool a guest named, when this principal may see it: hidden and absent are the same.
    pub(crate) fn resolve(&self, namespace: &str, member: &str) -> Option<&Arc<Entry>> {
        self.catalog.resolve(namespace, member).filter(|entry| self.access.sees(&entry.tool().id))
    }

    /// Why a tool cannot be there: its whole upstream is absent. `written` is `upstream.tool`.
    pub(crate) fn absence(&self, written: &str) -> Option<String> {
        let namespace = written.split('.').next()?;
        let named = |upstream: &&Upstream| upstream.identifier == namespace || upstream.name.as_str() == namespace;
        let upstream = self.catalog.upstreams().iter().find(named)?;
        let reason = upstream.absent.as_ref()?;
        Some(format!("{written} is not available: the upstream {} is absent: {reason}", upstream.name))
    }

    fn take_over(&self, tool: &ToolId, arguments: &Arc<str>) -> TakenOver {
        self.reuse.lock().unwrap_or_else(PoisonError::into_inner).take(tool, arguments)
    }

    /// What to do about a name that is no tool's.
    pub(crate) fn instead(&self, written: &str) -> String {
        let nearest = self.catalog.nearest(written, &*self.access, NEAREST_MAX);
        if nearest.is_empty() {
            return "find one with search".to_owned();
        }
        format!("did you mean {}?", nearest.join(", "))
    }
}

/// The record of a call that was asked for and has not ended.
pub(crate) fn attempted(run: &CallContext, seq: CallSeq, ask: &Ask) -> CallReport {
    let entry = run.resolve(&ask.namespace, &ask.member);
    CallReport {
        seq,
        tool: entry.map(|entry| entry.tool().id.clone()),
        written: entry.map_or_else(|| as_written(ask), |entry| entry.path().to_owned()),
        effect: entry.map_or(Effect::Write, |entry| entry.effect()),
        status: CallStatus::Cancelled,
        took: Duration::ZERO,
        line: ask.line,
        response_bytes: 0,
        reused: false,
        warnings: Vec::new(),
    }
}

/// Carries out one call. The report says everything.
pub(crate) async fn call(
    run: &CallContext,
    mut report: CallReport,
    asked: &Asked,
    earlier: &Earlier,
) -> (CallReport, CallEnd) {
    if run.leaving.load(Ordering::Acquire) {
        return (report, CallEnd::Unbegun);
    }
    let began = run.clock.monotonic();
    let decided = decide_and_send(run, &mut report, asked, earlier, began).await;
    report.took = took(run, began);
    let end = match decided {
        Ok(End::Waits(approval)) => {
            report.status = CallStatus::Waiting;
            CallEnd::Waits(approval)
        }
        Ok(End::Settled(Ok(answer), arguments)) => {
            CallEnd::Settled(Ok(answered(run, &mut report, asked, answer, &arguments)))
        }
        Ok(End::Settled(Err(failure), _)) => {
            failed(run, &mut report, &failure);
            CallEnd::Settled(Err(failure_json(&report.written, &failure)))
        }
        Err(unrecorded) => {
            let failure = unrecorded.failure();
            failed(run, &mut report, &failure);
            CallEnd::Unrecorded(failure.message)
        }
    };
    (report, end)
}

/// The value of a call, for the report, for whoever watches, and as the snippet gets it.
fn answered(run: &CallContext, report: &mut CallReport, asked: &Asked, answer: Answer, arguments: &str) -> String {
    let Answer { value, next, warnings } = answer;
    report.response_bytes = value.len() as u64;
    report.status = CallStatus::Ok;
    report.warnings = warnings;
    run.observe(RunEvent::CallEnded { report, outcome: Ok(&value) });
    if asked.paged { page::page(&value, arguments, next.as_deref()) } else { value }
}

/// The failure of a call, for the report and for whoever watches.
fn failed(run: &CallContext, report: &mut CallReport, failure: &ToolFailure) {
    report.status = CallStatus::Failed(failure.clone());
    run.observe(RunEvent::CallEnded { report, outcome: Err(failure) });
}

async fn decide_and_send(
    run: &CallContext,
    report: &mut CallReport,
    asked: &Asked,
    earlier: &Earlier,
    began: Duration,
) -> Result<End, Unrecorded> {
    let journal = Entries { run, began, asked };
    let ask = &asked.ask;
    let (entry, arguments) = match fitting(run, ask) {
        Ok(fitting) => fitting,
        Err(refused) => return journal.refused(report, refused).await,
    };
    let taken_over = if earlier.sent { TakenOver::Nothing } else { run.take_over(&entry.tool().id, &arguments) };
    let in_doubt = match taken_over {
        TakenOver::Answer { value, next, warnings } => {
            report.reused = true;
            let answer = Answer { value: value.to_string(), next, warnings };
            return journal.answered(report, arguments, answer, Durability::Soon).await;
        }
        TakenOver::InDoubt => true,
        TakenOver::Nothing => false,
    };
    let verdict = verdict::verdict(run, entry, report, &arguments, earlier, earlier.sent || in_doubt);
    if let Some((approval, decision)) = verdict.used {
        let record = Record::Decided { seq: report.seq, approval, decision };
        journal.append(record, Durability::Soon).await?;
    }
    match verdict.action {
        Action::Ask(reason) => {
            let id = verdict::approval(run, entry, report, &arguments, earlier.decided);
            Ok(End::Waits(Box::new(waiting(run, report, ask, &arguments, (id, reason)))))
        }
        Action::Deny(message) => {
            let refused = ToolFailure::new(FailureKind::Denied, message);
            journal.refused(report, refused).await
        }
        Action::Done(value) => journal.answered(report, arguments, Answer::of(&value), Durability::Now).await,
        Action::Send => {
            run.observe(RunEvent::CallStarted {
                seq: report.seq,
                written: &report.written,
                effect: report.effect,
                arguments: &arguments,
                line: report.line,
            });
            // What changes nothing may be lost with the process: it is asked again.
            let durability = if report.effect == Effect::Read { Durability::Soon } else { Durability::Now };
            journal.intent(report, &arguments, durability).await?;
            let outcome = match send(run, entry, report, &arguments).await {
                Ok(reply) => received(run, entry, reply).await,
                Err(failure) => Err(failure),
            };
            journal.settled(report, arguments, outcome, durability).await
        }
    }
}

fn took(run: &CallContext, began: Duration) -> Duration {
    run.clock.monotonic().saturating_sub(began)
}

fn waiting(
    run: &CallContext,
    report: &CallReport,
    ask: &Ask,
    arguments: &Arc<str>,
    (id, reason): (ApprovalId, AskReason),
) -> Approval {
    let now = run.clock.unix_ms();
    Approval {
        id,
        run: run.run.clone(),
        principal: run.principal.clone(),
        seq: report.seq,
        op: ask.op,
        tool: report.tool.clone().expect("only a tool is asked for"),
        written: report.written.clone(),
        effect: report.effect,
        arguments: arguments.clone(),
        line: report.line,
        reason,
        asked_unix_ms: now,
        expires_unix_ms: now.saturating_add(run.approval_ttl.as_millis() as u64),
    }
}

/// The tool, and the arguments when they fit it.
fn fitting<'a>(run: &'a CallContext, ask: &Ask) -> Result<(&'a Arc<Entry>, Arc<str>), ToolFailure> {
    let entry = run.resolve(&ask.namespace, &ask.member).ok_or_else(|| unknown_tool(run, ask))?;
    Ok((entry, fitting_arguments(entry, &ask.arguments)?))
}

/// The arguments as a journal keeps them: canonical where they can be, else as the snippet wrote them.
pub(crate) fn journaled_arguments(ask: &Ask) -> Arc<str> {
    match canonical_arguments(&ask.arguments) {
        Ok((_, canonical)) => canonical.into(),
        Err(_) => ask.arguments.as_str().into(),
    }
}

/// The arguments as the one canonical byte string, and only when they fit the tool's schema.
fn fitting_arguments(entry: &Entry, text: &str) -> Result<Arc<str>, ToolFailure> {
    let refused = |message: String| ToolFailure::new(FailureKind::InvalidArguments, message);
    let (value, canonical) =
        canonical_arguments(text).map_err(|error| refused(format!("{}: {error}", entry.path())))?;
    entry.validate(&value).map_err(|problems| refused(misfit(entry, &problems)))?;
    Ok(canonical.into())
}

fn misfit(entry: &Entry, problems: &[Problem]) -> String {
    let listed: Vec<_> = problems.iter().map(Problem::to_string).collect();
    format!("the arguments of {} do not fit its schema: {}. Nothing was sent", entry.path(), listed.join("; "))
}

fn unknown_tool(run: &CallContext, ask: &Ask) -> ToolFailure {
    let written = as_written(ask);
    if let Some(absent) = run.absence(&written) {
        return ToolFailure::new(FailureKind::UpstreamUnavailable, absent);
    }
    ToolFailure::new(FailureKind::UnknownTool, format!("there is no tool {written}; {}", run.instead(&written)))
}

pub(crate) fn as_written(ask: &Ask) -> String {
    let cut = |text: &str| text.chars().take(NAME_CHARS_MAX).collect::<String>();
    format!("{}.{}", cut(&ask.namespace), cut(&ask.member))
}

/// Sends the call; a read once more, or a few times, where that may help. Nothing else is ever repeated.
async fn send(
    run: &CallContext,
    entry: &Entry,
    report: &CallReport,
    arguments: &Arc<str>,
) -> Result<ToolReply, ToolFailure> {
    let began = run.clock.monotonic();
    let left = || run.limits.call_deadline.saturating_sub(took(run, began));
    let mut retries = 0;
    loop {
        let failure = match run.upstreams.call(upstream_call(run, entry, report, arguments, left())).await {
            Ok(reply) => return Ok(reply),
            Err(failure) => failure,
        };
        let jitter = again::jitter(&run.run, report.seq, retries);
        match again::after(report.effect, &failure, retries, jitter).filter(|wait| *wait < left()) {
            Some(wait) => run.clock.sleep(wait).await,
            None => return Err(failure),
        }
        retries += 1;
    }
}

fn upstream_call(
    run: &CallContext,
    entry: &Entry,
    report: &CallReport,
    arguments: &Arc<str>,
    deadline: Duration,
) -> UpstreamCall {
    let progress = run.observer.clone().map(|observer| {
        let (seq, written) = (report.seq, report.written.clone());
        Arc::new(move |progress: crate::port::Progress| {
            observer.event(RunEvent::CallProgress { seq, written: &written, progress: &progress });
        }) as Arc<dyn Fn(crate::port::Progress) + Send + Sync>
    });
    UpstreamCall {
        tool: entry.tool().id.clone(),
        arguments: arguments.clone(),
        deadline,
        idempotency_key: (report.effect != Effect::Read).then(|| idempotency_key(&run.run, report.seq).into()),
        traceparent: run.traceparent.clone(),
        progress,
    }
}
