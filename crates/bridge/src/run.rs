//! One run, from snippet to report: the loop between a sandbox session and the calls it starts.
//!
//! One task owns the run, so the order in which answers go back into the sandbox is one sequence, and it is journaled. With the
//! source that journal is the run's whole state: whoever has it goes on with the run, wherever it stopped.

mod history;
mod live;
mod offline;
pub(crate) mod reuse;
mod start;
mod tally;
mod wall;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use weir_catalog::{Access, Catalog};
use weir_model::{
    CallReport, Fault, FaultKind, Language, Limits, LogLevel, LogLine, Policy, PrincipalId, Report, RunId, RunStatus,
};

use self::{
    history::History,
    live::{Left, Live},
    offline::{NoJournal, NoUpstreams},
    reuse::Reuse,
    start::{Stops, start},
};
use crate::{
    Observer,
    call::{CallContext, Decisions},
    port::{
        Clock, Handles, Job, Journal, JournalUnavailable, Record, Recorded, Resumes, RunClosed, RunOpened, Sandbox,
        State, Upstreams,
    },
};

/// The ports, wired once by the gateway.
pub struct Bridge {
    pub sandbox: Arc<dyn Sandbox>,
    pub upstreams: Arc<dyn Upstreams>,
    pub journal: Arc<dyn Journal>,
    pub handles: Arc<dyn Handles>,
    pub state: Arc<dyn State>,
    pub clock: Arc<dyn Clock>,
    /// From asking to the last moment of deciding.
    pub approval_ttl: Duration,
}

/// A new run.
pub struct RunRequest {
    /// Fresh and unguessable.
    pub run: RunId,
    pub principal: PrincipalId,
    pub source: Arc<str>,
    pub language: Language,
    pub limits: Limits,
    /// Seeds everything random in the snippet.
    pub seed: u64,
    /// Stop at every write.
    pub plan: bool,
    /// Take over the finished calls of this run, and of those it took calls over from: all of them, oldest first.
    pub resumes: Option<(Resumes, Vec<Arc<Recorded>>)>,
    pub around: Around,
}

/// What a run has around it, which may be another thing each time it goes on.
pub struct Around {
    /// The snapshot it keeps until it ends or parks.
    pub catalog: Arc<Catalog>,
    pub access: Arc<dyn Access>,
    pub policy: Policy,
    /// W3C trace context of the client's request.
    pub traceparent: Option<String>,
    pub observer: Option<Arc<dyn Observer>>,
    /// Resolves when nobody waits for the run any more.
    pub cancel: BoxFuture<'static, ()>,
    /// Resolves when this process lets go of the run: nothing further begins, and once the calls under way have ended it parks, for
    /// whoever goes on with it.
    pub leave: BoxFuture<'static, ()>,
}

/// What a replay came to.
#[derive(Debug)]
pub struct Replayed {
    pub report: Report,
    /// It did the same as far as the journal goes, and waits for more.
    pub journal_used_up: bool,
}

/// A run at one of its beginnings: what it has behind it, and the runs it takes calls over from, oldest first.
struct Beginning {
    recorded: Recorded,
    earlier: Vec<Arc<Recorded>>,
}

/// What may come to a run while it goes on.
struct Surroundings {
    catalog: Arc<Catalog>,
    access: Arc<dyn Access>,
    policy: Policy,
    traceparent: Option<String>,
    observer: Option<Arc<dyn Observer>>,
    stops: Stops,
}

impl From<Around> for Surroundings {
    fn from(around: Around) -> Self {
        let Around { catalog, access, policy, traceparent, observer, cancel, leave } = around;
        let stops = Stops { cancel: cancel.shared(), leave: leave.shared() };
        Self { catalog, access, policy, traceparent, observer, stops }
    }
}

impl Bridge {
    /// Runs a snippet until it ends or parks. Always a report; a failed run is an ordinary outcome.
    pub async fn run(&self, request: RunRequest) -> Report {
        let RunRequest { run, principal, source, language, limits, seed, plan, resumes, around } = request;
        let (resumes, earlier) = resumes.unzip();
        let earlier = earlier.unwrap_or_default();
        let opened = RunOpened {
            run,
            principal,
            language,
            source,
            seed,
            started_unix_ms: self.clock.unix_ms(),
            limits,
            bindings: around.catalog.bindings(&*around.access),
            plan,
            resumes,
        };
        if let Err(error) = self.journal.opened(opened.clone()).await {
            let fault = Fault::new(FaultKind::Internal, format!("{error}; the run was not started"));
            return Report::unstarted(opened.run, language, fault);
        }
        let recorded = Recorded { opened, records: Vec::new(), decisions: Vec::new(), report: None };
        let beginning = Beginning { recorded, earlier };
        self.conclude(beginning, around.into()).await
    }

    /// Goes on with a run that was claimed: where its journal ends. `earlier` is as in [`RunRequest::resumes`].
    pub async fn resume(&self, recorded: Recorded, earlier: Vec<Arc<Recorded>>, around: Around) -> Report {
        self.conclude(Beginning { recorded, earlier }, around.into()).await
    }

    /// Runs a recorded run once more from its journal alone: nothing leaves and nothing is written.
    pub async fn replay(&self, recorded: Recorded, around: Around) -> Replayed {
        let surroundings: Surroundings = around.into();
        let beginning = Beginning { recorded, earlier: Vec::new() };
        let mut context = self.context(&beginning, &surroundings);
        context.upstreams = Arc::new(NoUpstreams);
        context.journal = Arc::new(NoJournal);
        context.observer = None;
        let Recorded { opened, records, .. } = beginning.recorded;
        let (run, language) = (opened.run.clone(), opened.language);
        match start(&*self.sandbox, job(&opened), surroundings.stops).await {
            Ok(started) => {
                let live = Live::new(Arc::new(context), language, History::new(records), started);
                match live.offline().until_it_stops().await {
                    Left::JournalUsedUp(report) => Replayed { report: *report, journal_used_up: true },
                    left => Replayed { report: left.into_report(), journal_used_up: false },
                }
            }
            Err(unstarted) => Replayed { report: unstarted.report(run, language), journal_used_up: false },
        }
    }

    /// Ends a claimed run as this report says, without going on with it.
    pub async fn close(&self, report: Report) -> Result<(), JournalUnavailable> {
        let closed = RunClosed { run: report.run.clone(), report: Arc::new(report) };
        self.journal.closed(closed).await
    }

    /// To the end or the next stop, and that into the journal.
    async fn conclude(&self, beginning: Beginning, surroundings: Surroundings) -> Report {
        let begun_before = !beginning.recorded.records.is_empty();
        let run = beginning.recorded.opened.run.clone();
        let mut report = self.go_on(beginning, &surroundings).await;
        if begun_before && found_no_sandbox(&report) {
            // What has a journal and found no sandbox is not over: it waits like any other.
            report.status = RunStatus::Parked;
        }
        if report.status == RunStatus::Parked {
            return match self.journal.parked(&run, &report.approvals).await {
                Ok(()) => report,
                Err(error) => unrecorded(report, &error),
            };
        }
        let closed = RunClosed { run, report: Arc::new(report) };
        let report = closed.report.clone();
        match self.journal.closed(closed).await {
            Ok(()) => Arc::unwrap_or_clone(report),
            Err(error) => unrecorded(Arc::unwrap_or_clone(report), &error),
        }
    }

    /// A worker that dies costs a run nothing but a replay, once.
    async fn go_on(&self, beginning: Beginning, surroundings: &Surroundings) -> Report {
        let (run, earlier) = (beginning.recorded.opened.run.clone(), beginning.earlier.clone());
        let report = match self.attempt(beginning, surroundings).await {
            Left::WorkerLost(report) => *report,
            left => return left.into_report(),
        };
        match self.journal.recorded(&run).await {
            Ok(Some(recorded)) => {
                let again = self.attempt(Beginning { recorded, earlier }, surroundings).await.into_report();
                // The first attempt's report tells what was done.
                if found_no_sandbox(&again) { report } else { again }
            }
            // Without its journal the run ends as it did.
            Ok(None) | Err(_) => report,
        }
    }

    async fn attempt(&self, beginning: Beginning, surroundings: &Surroundings) -> Left {
        let context = Arc::new(self.context(&beginning, surroundings));
        let Recorded { opened, records, .. } = beginning.recorded;
        let (run, language) = (opened.run.clone(), opened.language);
        match start(&*self.sandbox, job(&opened), surroundings.stops.clone()).await {
            Ok(started) => Live::new(context, language, History::new(records), started).until_it_stops().await,
            Err(unstarted) => Left::Report(Box::new(unstarted.report(run, language))),
        }
    }

    fn context(&self, beginning: &Beginning, surroundings: &Surroundings) -> CallContext {
        let Beginning { recorded, earlier } = beginning;
        let Recorded { opened, records, .. } = recorded;
        let mut reuse = Reuse::of(earlier, opened.resumes.as_ref().is_some_and(|resumes| resumes.fresh));
        reuse.forget(records);
        CallContext {
            run: opened.run.clone(),
            principal: opened.principal.clone(),
            catalog: surroundings.catalog.clone(),
            access: surroundings.access.clone(),
            policy: surroundings.policy.clone(),
            plan: opened.plan,
            limits: opened.limits.clone(),
            traceparent: surroundings.traceparent.clone(),
            observer: surroundings.observer.clone(),
            upstreams: self.upstreams.clone(),
            journal: self.journal.clone(),
            handles: self.handles.clone(),
            state: self.state.clone(),
            clock: self.clock.clone(),
            approval_ttl: self.approval_ttl,
            decisions: Decisions::of(recorded),
            reuse: Mutex::new(reuse),
            response_bytes: response_bytes(records).into(),
            leaving: false.into(),
        }
    }
}

impl CallContext {
    /// Writes of the resumed run that this one did not ask for.
    fn left_writes(&self) -> Vec<CallReport> {
        self.reuse.lock().unwrap_or_else(PoisonError::into_inner).left_writes()
    }
}

fn job(opened: &RunOpened) -> Job {
    Job {
        principal: opened.principal.clone(),
        source: opened.source.clone(),
        language: opened.language,
        limits: opened.limits.clone(),
        seed: opened.seed,
        now_ms: opened.started_unix_ms,
        bindings: opened.bindings.clone(),
    }
}

/// It did not begin, or not begin again; another time it may.
fn found_no_sandbox(report: &Report) -> bool {
    report.calls.is_empty() && report.fault.as_ref().is_some_and(|fault| fault.kind.retryable())
}

fn response_bytes(records: &[Record]) -> u64 {
    records
        .iter()
        .map(|record| match record {
            Record::Outcome(outcome) => outcome.outcome.as_ref().map_or(0, |value| value.len() as u64),
            _ => 0,
        })
        .sum()
}

fn unrecorded(mut report: Report, error: &JournalUnavailable) -> Report {
    report.logs.push(LogLine { level: LogLevel::Warn, text: format!("weir: {error}") });
    report
}
