//! One call, from what the guest asked to what the snippet gets. The only way out of a sandbox.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use weir_catalog::{Access, Catalog, Entry, Problem, Upstream};
use weir_model::{
    CallReport, CallSeq, CallStatus, Effect, FailureKind, Limits, PrincipalId, RunId, ToolFailure, ToolReply,
    limits::{RETRY_AFTER_MAX, RUN_RESPONSE_BYTES_MAX},
};

use crate::{
    Observer, RunEvent, canonical_arguments,
    port::{Ask, CallIntent, CallOutcome, Clock, Handles, Journal, UpstreamCall, Upstreams},
    unwrap::unwrap,
};

/// Names a failure lists at the most when a tool is unknown.
const NEAREST_MAX: usize = 3;

/// What every call of one run shares.
pub(crate) struct CallContext {
    pub(crate) run: RunId,
    pub(crate) principal: PrincipalId,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) access: Arc<dyn Access>,
    pub(crate) limits: Limits,
    pub(crate) traceparent: Option<String>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) upstreams: Arc<dyn Upstreams>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) handles: Arc<dyn Handles>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Bytes of all answers so far, against [`RUN_RESPONSE_BYTES_MAX`].
    pub(crate) response_bytes: AtomicU64,
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
    }
}

/// Carries out one call. The report says everything; the outcome is JSON text for the snippet.
pub(crate) async fn call(
    run: &CallContext,
    mut report: CallReport,
    ask: &Ask,
) -> (CallReport, Result<String, ToolFailure>) {
    let began = run.clock.monotonic();
    let outcome = decide_and_send(run, &report, ask).await;
    report.took = run.clock.monotonic().saturating_sub(began);
    report.response_bytes = outcome.as_ref().map_or(0, |value| value.len() as u64);
    report.status = match &outcome {
        Ok(_) => CallStatus::Ok,
        Err(failure) => CallStatus::Failed(failure.clone()),
    };
    run.observe(RunEvent::CallEnded { report: &report, outcome: outcome.as_deref() });
    (report, outcome)
}

async fn decide_and_send(run: &CallContext, report: &CallReport, ask: &Ask) -> Result<String, ToolFailure> {
    let entry = run.resolve(&ask.namespace, &ask.member).ok_or_else(|| unknown_tool(run, ask))?;
    let arguments = fitting_arguments(entry, &ask.arguments)?;
    run.observe(RunEvent::CallStarted {
        seq: report.seq,
        written: &report.written,
        effect: report.effect,
        arguments: &arguments,
        line: report.line,
    });
    let intent = CallIntent {
        seq: report.seq,
        op: ask.op,
        tool: entry.tool().id.clone(),
        effect: report.effect,
        arguments: arguments.clone(),
        line: report.line,
    };
    run.journal
        .intent(&run.run, intent)
        .await
        .map_err(|error| ToolFailure::new(FailureKind::Internal, format!("{error}; the call was not sent")))?;
    let outcome = match send(run, entry, report, &arguments).await {
        Ok(reply) => received(run, reply).await,
        Err(failure) => Err(failure),
    };
    let recorded = CallOutcome { seq: report.seq, outcome: outcome.as_deref() };
    run.journal.outcome(&run.run, recorded).await.map_err(|error| {
        ToolFailure::new(
            FailureKind::Internal,
            format!("{error}; the call was carried out, its answer is not recorded"),
        )
    })?;
    outcome
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

fn as_written(ask: &Ask) -> String {
    let cut = |text: &str| text.chars().take(100).collect::<String>();
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
