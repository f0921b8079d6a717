//! One run, from snippet to report: the loop between a sandbox session and the calls it starts.
//!
//! One task owns the run, so the order in which answers go back into the sandbox is one sequence, and it is journaled.

mod live;
mod wall;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use weir_catalog::{Access, Catalog};
use weir_model::{Fault, FaultKind, Language, Limits, PrincipalId, Report, RunId};

use crate::{
    Observer,
    call::CallContext,
    port::{Clock, Handles, Job, Journal, RunClosed, RunOpened, Sandbox, Upstreams},
};

/// The ports, wired once by the gateway.
pub struct Bridge {
    pub sandbox: Arc<dyn Sandbox>,
    pub upstreams: Arc<dyn Upstreams>,
    pub journal: Arc<dyn Journal>,
    pub handles: Arc<dyn Handles>,
    pub clock: Arc<dyn Clock>,
}

pub struct RunRequest {
    /// Fresh and unguessable.
    pub run: RunId,
    pub principal: PrincipalId,
    /// The snapshot this run keeps to its end.
    pub catalog: Arc<Catalog>,
    pub access: Arc<dyn Access>,
    pub source: Arc<str>,
    pub language: Language,
    pub limits: Limits,
    /// Seeds everything random in the snippet.
    pub seed: u64,
    /// W3C trace context of the client's request.
    pub traceparent: Option<String>,
    pub observer: Option<Arc<dyn Observer>>,
    /// Resolves when nobody waits for the run any more.
    pub cancel: BoxFuture<'static, ()>,
}

impl Bridge {
    /// Runs a snippet to its end. Always a report; a failed run is an ordinary outcome.
    pub async fn run(&self, request: RunRequest) -> Report {
        let opened = RunOpened {
            run: request.run.clone(),
            principal: request.principal.clone(),
            language: request.language,
            source: request.source.clone(),
            seed: request.seed,
            started_unix_ms: self.clock.unix_ms(),
            catalog_version: request.catalog.version(),
        };
        let (run, language) = (request.run.clone(), request.language);
        let job = Job {
            principal: request.principal.clone(),
            source: request.source.clone(),
            language,
            limits: request.limits.clone(),
            seed: request.seed,
            now_ms: opened.started_unix_ms,
            bindings: request.catalog.bindings(&*request.access),
        };
        if let Err(error) = self.journal.opened(opened).await {
            return Report::unstarted(
                run,
                language,
                Fault::new(FaultKind::Internal, format!("{error}; the run was not started")),
            );
        }
        let context = Arc::new(self.context(&request));
        let report = match live::start(&*self.sandbox, job, request.cancel).await {
            Ok(started) => live::Live::new(context, language, started).report_at_end().await,
            Err(fault) => Report::unstarted(run.clone(), language, fault),
        };
        let closed = RunClosed { run, report: Arc::new(report) };
        let report = closed.report.clone();
        match self.journal.closed(closed).await {
            Ok(()) => Arc::unwrap_or_clone(report),
            Err(error) => {
                let mut report = Arc::unwrap_or_clone(report);
                report
                    .logs
                    .push(weir_model::LogLine { level: weir_model::LogLevel::Warn, text: format!("weir: {error}") });
                report
            }
        }
    }

    fn context(&self, request: &RunRequest) -> CallContext {
        CallContext {
            run: request.run.clone(),
            principal: request.principal.clone(),
            catalog: request.catalog.clone(),
            access: request.access.clone(),
            limits: request.limits.clone(),
            traceparent: request.traceparent.clone(),
            observer: request.observer.clone(),
            upstreams: self.upstreams.clone(),
            journal: self.journal.clone(),
            handles: self.handles.clone(),
            clock: self.clock.clone(),
            response_bytes: 0.into(),
        }
    }
}
