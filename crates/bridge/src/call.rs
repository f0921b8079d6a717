//! One call, from what the guest asked to what the snippet gets. The only way out of a sandbox.

mod verdict;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use weir_catalog::{Access, Catalog, Entry, Problem, Upstream};
use weir_model::{
    Approval, ApprovalId, AskReason, CallReport, CallSeq, CallStatus, Decision, Effect, FailureKind, Limits, Policy,
    PrincipalId, RunId, ToolFailure, ToolId, ToolReply,
    limits::{RETRY_AFTER_MAX, RUN_RESPONSE_BYTES_MAX},
};

use self::verdict::Action;
pub(crate) use self::verdict::Decisions;
use crate::{
    Observer, RunEvent,
    approval::idempotency_key,
    canonical_arguments,
    port::{
        Ask, CallIntent, CallOutcome, Clock, Durability, Handles, Journal, JournalUnavailable, Record, State,
        UpstreamCall, Upstreams,
    },
    run::reuse::{Reuse, TakenOver},
    unwrap::unwrap,
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
    /// Bytes of all answers so far, against [`RUN_RESPONSE_BYTES_MAX`].
    pub(crate) response_bytes: AtomicU64,
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
    /// JSON text for the snippet, or the failure.
    Settled(Result<String, ToolFailure>),
    /// Somebody must decide first; nothing was sent.
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
    }
}

/// Carries out one call. The report says everything.
pub(crate) async fn call(
    run: &CallContext,
    mut report: CallReport,
    ask: &Ask,
    earlier: &Earlier,
) -> (CallReport, CallEnd) {
    let began = run.clock.monotonic();
    let end = match decide_and_send(run, &mut report, ask, earlier, began).await {
        Ok(end) => end,
        Err(failure) => CallEnd::Settled(Err(failure)),
    };
    report.took = took(run, began);
    match &end {
        CallEnd::Waits(_) => report.status = CallStatus::Waiting,
        CallEnd::Settled(outcome) => {
            report.response_bytes = outcome.as_ref().map_or(0, |value| value.len() as u64);
            report.status = match outcome {
                Ok(_) => CallStatus::Ok,
                Err(failure) => CallStatus::Failed(failure.clone()),
            };
            run.observe(RunEvent::CallEnded { report: &report, outcome: outcome.as_deref() });
        }
    }
    (report, end)
}

async fn decide_and_send(
    run: &CallContext,
    report: &mut CallReport,
    ask: &Ask,
    earlier: &Earlier,
    began: Duration,
) -> Result<CallEnd, ToolFailure> {
    let journal = Entries { run, began };
    let (entry, arguments) = match fitting(run, ask) {
        Ok(fitting) => fitting,
        Err(refused) => return journal.refused(report, ask, refused).await,
    };
    let taken_over = if earlier.sent { TakenOver::Nothing } else { run.take_over(&entry.tool().id, &arguments) };
    if let TakenOver::Value(value) = taken_over {
        report.reused = true;
        journal.intent(report, ask, &arguments, Durability::Soon).await?;
        return journal.settled(report, Ok(value.to_string()), Durability::Soon).await;
    }
    let doubt = earlier.sent || taken_over == TakenOver::InDoubt;
    let verdict = verdict::verdict(run, entry, report, &arguments, earlier, doubt);
    if let Some((approval, decision)) = verdict.used {
        let record = Record::Decided { seq: report.seq, approval, decision };
        journal.append(record, Durability::Soon).await.map_err(unsent)?;
    }
    match verdict.action {
        Action::Ask(reason) => {
            let id = verdict::approval(run, entry, report, &arguments, earlier.decided);
            Ok(CallEnd::Waits(Box::new(asked(run, report, ask, &arguments, (id, reason)))))
        }
        Action::Deny(message) => {
            let refused = ToolFailure::new(FailureKind::Denied, message);
            journal.refused(report, ask, refused).await
        }
        Action::Done(value) => {
            journal.intent(report, ask, &arguments, Durability::Soon).await?;
            journal.settled(report, Ok(value.to_string()), Durability::Now).await
        }
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
            journal.intent(report, ask, &arguments, durability).await?;
            let outcome = match send(run, entry, report, &arguments).await {
                Ok(reply) => received(run, reply).await,
                Err(failure) => Err(failure),
            };
            journal.settled(report, outcome, durability).await
        }
    }
}

fn took(run: &CallContext, began: Duration) -> Duration {
    run.clock.monotonic().saturating_sub(began)
}

fn unsent(error: JournalUnavailable) -> ToolFailure {
    ToolFailure::new(FailureKind::Internal, format!("{error}; the call was not sent"))
}

/// Writes one call's lines of the journal.
struct Entries<'a> {
    run: &'a CallContext,
    began: Duration,
}

impl Entries<'_> {
    async fn append(&self, record: Record, durability: Durability) -> Result<(), JournalUnavailable> {
        self.run.journal.append(&self.run.run, record, durability).await
    }

    async fn intent(
        &self,
        report: &CallReport,
        ask: &Ask,
        arguments: &Arc<str>,
        durability: Durability,
    ) -> Result<(), ToolFailure> {
        let intent = CallIntent {
            seq: report.seq,
            op: ask.op,
            tool: report.tool.clone(),
            written: report.written.clone(),
            effect: report.effect,
            arguments: arguments.clone(),
            line: report.line,
        };
        self.append(Record::Intent(intent), durability).await.map_err(unsent)
    }

    /// A call that weir itself answers, and nothing leaves.
    async fn refused(&self, report: &CallReport, ask: &Ask, refused: ToolFailure) -> Result<CallEnd, ToolFailure> {
        self.intent(report, ask, &journaled_arguments(ask), Durability::Soon).await?;
        self.settled(report, Err(refused), Durability::Soon).await
    }

    async fn settled(
        &self,
        report: &CallReport,
        outcome: Result<String, ToolFailure>,
        durability: Durability,
    ) -> Result<CallEnd, ToolFailure> {
        let record = CallOutcome {
            seq: report.seq,
            outcome: outcome.as_deref().map(Arc::from).map_err(Clone::clone),
            took: took(self.run, self.began),
            reused: report.reused,
        };
        self.append(Record::Outcome(record), durability).await.map_err(|error| {
            let message = format!("{error}; the call was carried out, its answer is not recorded");
            ToolFailure::new(FailureKind::Internal, message)
        })?;
        Ok(CallEnd::Settled(outcome))
    }
}

fn asked(
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

/// Sends the call; a read whose upstream said when to come back is sent once more. Nothing else is ever repeated.
async fn send(
    run: &CallContext,
    entry: &Entry,
    report: &CallReport,
    arguments: &Arc<str>,
) -> Result<ToolReply, ToolFailure> {
    let first = run.upstreams.call(upstream_call(run, entry, report, arguments)).await;
    let wait = match &first {
        Err(failure) if failure.retryable && report.effect == Effect::Read => failure.retry_after,
        _ => None,
    };
    match wait {
        Some(wait) if wait <= RETRY_AFTER_MAX => {
            run.clock.sleep(wait).await;
            run.upstreams.call(upstream_call(run, entry, report, arguments)).await
        }
        _ => first,
    }
}

fn upstream_call(run: &CallContext, entry: &Entry, report: &CallReport, arguments: &Arc<str>) -> UpstreamCall {
    let progress = run.observer.clone().map(|observer| {
        let (seq, written) = (report.seq, report.written.clone());
        Arc::new(move |progress: crate::port::Progress| {
            observer.event(RunEvent::CallProgress { seq, written: &written, progress: &progress });
        }) as Arc<dyn Fn(crate::port::Progress) + Send + Sync>
    });
    UpstreamCall {
        tool: entry.tool().id.clone(),
        arguments: arguments.clone(),
        deadline: run.limits.call_deadline,
        idempotency_key: (report.effect != Effect::Read).then(|| idempotency_key(&run.run, report.seq).into()),
        traceparent: run.traceparent.clone(),
        progress,
    }
}

/// The answer as one JSON value, counted against what a run may take in.
async fn received(run: &CallContext, reply: ToolReply) -> Result<String, ToolFailure> {
    let value = unwrap(&*run.handles, &run.principal, reply).await?;
    let total = run.response_bytes.fetch_add(value.len() as u64, Ordering::Relaxed) + value.len() as u64;
    if total > RUN_RESPONSE_BYTES_MAX {
        let message = format!(
            "all answers of this run together are over {RUN_RESPONSE_BYTES_MAX} bytes; ask for less, or use several runs"
        );
        return Err(ToolFailure::new(FailureKind::LimitExceeded, message));
    }
    Ok(value)
}
