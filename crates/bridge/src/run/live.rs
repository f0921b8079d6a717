//! A run under way: its session, the operations it started, and what they amount to.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Fuse},
    select_biased,
    stream::FuturesUnordered,
};
use weir_model::{
    CallReport, CallSeq, CallStatus, Delivery, Fault, FaultKind, Language, LogLine, OpId, Report, RunStatus,
    ToolFailure, Usage, limits::OPS_WAITING_MAX,
};

use super::wall::Wall;
use crate::{
    RunEvent,
    call::{self, CallContext},
    failure_json,
    function::function,
    port::{Ask, Ended, Event, Job, Sandbox, Session},
};

/// A session, and the signal that ends it.
pub(super) struct Started {
    session: Box<dyn Session>,
    cancel: Fuse<BoxFuture<'static, ()>>,
}

/// Waits for a place in a sandbox, unless the run is cancelled first.
pub(super) async fn start(sandbox: &dyn Sandbox, job: Job, cancel: BoxFuture<'static, ()>) -> Result<Started, Fault> {
    let mut cancel = cancel.fuse();
    let session = select_biased! {
        () = cancel => Err(cancelled()),
        session = sandbox.start(job).fuse() => session,
    }?;
    Ok(Started { session, cancel })
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled, "the run was cancelled")
}

/// One operation's end, on its way back into the sandbox.
struct Settled {
    op: OpId,
    outcome: Result<String, String>,
    call: Option<CallReport>,
}

enum Step {
    Cancelled,
    WallOver,
    Session(Event),
    Settled(Settled),
}

pub(super) struct Live {
    context: Arc<CallContext>,
    language: Language,
    session: Box<dyn Session>,
    cancel: Fuse<BoxFuture<'static, ()>>,
    wall: Wall,
    running: FuturesUnordered<BoxFuture<'static, Settled>>,
    /// Calls beyond the number that may be under way at once, in the order they were asked for.
    queued: VecDeque<(CallSeq, Ask)>,
    calls_in_flight: u32,
    calls: Vec<CallReport>,
    /// The operation behind each call, in the same order as `calls`.
    ops: Vec<OpId>,
    logs: Vec<LogLine>,
    log_bytes: u64,
    logs_truncated: bool,
}

impl Live {
    pub(super) fn new(context: Arc<CallContext>, language: Language, started: Started) -> Self {
        Self {
            wall: Wall::new(context.clock.clone(), context.limits.wall),
            context,
            language,
            session: started.session,
            cancel: started.cancel,
            running: FuturesUnordered::new(),
            queued: VecDeque::new(),
            calls_in_flight: 0,
            calls: Vec::new(),
            ops: Vec::new(),
            logs: Vec::new(),
            log_bytes: 0,
            logs_truncated: false,
        }
    }

    pub(super) async fn report_at_end(mut self) -> Report {
        loop {
            let ended = match self.step().await {
                Step::Cancelled => Some(self.stopped(cancelled())),
                Step::WallOver => Some(self.wall_over()),
                Step::Session(Event::Ended(ended)) => Some(ended),
                Step::Session(Event::Log(line)) => {
                    self.log(line);
                    None
                }
                Step::Session(Event::Ask(ask)) => self.asked(ask),
                Step::Settled(settled) => self.settled(settled).await,
            };
            if let Some(ended) = ended {
                return self.report(ended);
            }
        }
    }

    async fn step(&mut self) -> Step {
        let mut settled = if self.running.is_empty() { Fuse::terminated() } else { self.running.next().fuse() };
        select_biased! {
            () = &mut self.cancel => Step::Cancelled,
            () = &mut self.wall.over => Step::WallOver,
            event = self.session.next().fuse() => Step::Session(event),
            settled = settled => Step::Settled(settled.expect("the stream is not empty")),
        }
    }

    /// Starts an operation. `Some` when the run has gone over what it may start.
    fn asked(&mut self, ask: Ask) -> Option<Ended> {
        if self.running.len() + self.queued.len() >= OPS_WAITING_MAX {
            return Some(self.over_limit(format!("the snippet waits for more than {OPS_WAITING_MAX} things at once")));
        }
        if ask.namespace.is_empty() {
            let (context, language) = (self.context.clone(), self.language);
            self.running.push(Box::pin(async move {
                let outcome = function(&context, language, &ask).await;
                Settled {
                    op: ask.op,
                    outcome: outcome.map_err(|failure| failure_json(&ask.member, &failure)),
                    call: None,
                }
            }));
            return None;
        }
        let calls_max = self.context.limits.calls;
        if self.calls.len() as u64 >= u64::from(calls_max) {
            return Some(self.over_limit(format!("the snippet made more than {calls_max} tool calls")));
        }
        let seq = CallSeq(self.calls.len() as u32 + 1);
        self.calls.push(call::attempted(&self.context, seq, &ask));
        self.ops.push(ask.op);
        self.queued.push_back((seq, ask));
        self.start_queued();
        None
    }

    fn start_queued(&mut self) {
        while self.calls_in_flight < self.context.limits.calls_in_flight {
            let Some((seq, ask)) = self.queued.pop_front() else { return };
            if self.calls_in_flight == 0 {
                self.wall.pause();
            }
            self.calls_in_flight += 1;
            let (context, attempted) = (self.context.clone(), self.calls[seq.0 as usize - 1].clone());
            self.running.push(Box::pin(async move {
                let (report, outcome) = call::call(&context, attempted, &ask).await;
                let outcome = outcome.map_err(|failure| failure_json(&report.written, &failure));
                Settled { op: ask.op, outcome, call: Some(report) }
            }));
        }
    }

    /// Hands an answer back. `Some` when its place in the order cannot be journaled: the run must not go on.
    async fn settled(&mut self, settled: Settled) -> Option<Ended> {
        if let Some(report) = settled.call {
            let at = report.seq.0 as usize - 1;
            self.calls[at] = report;
            self.calls_in_flight -= 1;
            self.start_queued();
            if self.calls_in_flight == 0 {
                self.wall.resume();
            }
        }
        let now_ms = self.context.clock.unix_ms();
        if let Err(error) = self.context.journal.delivered(&self.context.run, settled.op, now_ms).await {
            return Some(self.stopped(Fault::new(FaultKind::Internal, error.to_string())));
        }
        self.session.deliver(Delivery { op: settled.op, now_ms, outcome: settled.outcome });
        None
    }

    fn log(&mut self, line: LogLine) {
        self.log_bytes += line.text.len() as u64;
        if self.log_bytes > self.context.limits.log_bytes {
            self.logs_truncated = true;
            return;
        }
        self.context.observe(RunEvent::Log(&line));
        self.logs.push(line);
    }

    fn over_limit(&self, what: String) -> Ended {
        self.stopped(
            Fault::new(FaultKind::CallLimit, what)
                .hint("do the work in several runs, or ask the tools for more at a time"),
        )
    }

    fn wall_over(&self) -> Ended {
        let limit = self.context.limits.wall.as_millis();
        self.stopped(
            Fault::new(
                FaultKind::WallLimit,
                format!("the snippet ran longer than {limit} ms, time in tools not counted"),
            )
            .hint("wait less between calls, or do the work in several runs"),
        )
    }

    fn stopped(&self, fault: Fault) -> Ended {
        Ended { result: Err(fault), failed_op: None, cpu: Duration::ZERO, logs_truncated: false }
    }

    fn report(self, ended: Ended) -> Report {
        let Self { context, language, wall, calls, ops, mut logs, .. } = self;
        let wall = wall.elapsed();
        let (result, fault) = match ended.result {
            Ok(value) => (Some(value), None),
            Err(fault) => (None, Some(explain(&context, fault, failure_of(ended.failed_op, &ops, &calls)))),
        };
        logs.shrink_to_fit();
        let returned = result.as_ref().map_or(0, String::len) + logs.iter().map(|line| line.text.len()).sum::<usize>();
        Report {
            run: context.run.clone(),
            language,
            status: match &fault {
                None => RunStatus::Completed,
                Some(fault) if fault.kind == FaultKind::Cancelled => RunStatus::Cancelled,
                Some(_) => RunStatus::Failed,
            },
            result,
            logs,
            logs_truncated: self.logs_truncated || ended.logs_truncated,
            fault,
            usage: Usage {
                cpu: ended.cpu,
                wall,
                bytes_processed: calls.iter().map(|call| call.response_bytes).sum(),
                bytes_returned: returned as u64,
            },
            calls,
        }
    }
}

fn failure_of<'a>(
    op: Option<OpId>,
    ops: &[OpId],
    calls: &'a [CallReport],
) -> Option<(&'a CallReport, &'a ToolFailure)> {
    let call = &calls[ops.iter().position(|known| Some(*known) == op)?];
    match &call.status {
        CallStatus::Failed(failure) => Some((call, failure)),
        CallStatus::Ok | CallStatus::Cancelled => None,
    }
}

/// Adds what only the bridge knows: the failed call, and the names nearest to a wrong one.
fn explain(context: &CallContext, mut fault: Fault, failed: Option<(&CallReport, &ToolFailure)>) -> Fault {
    if let Some((call, failure)) = failed {
        fault.kind = FaultKind::ToolFailed;
        fault.tool = call.tool.clone().map(|tool| Box::new((tool, failure.clone())));
    }
    if fault.kind == FaultKind::UnknownTool {
        let written = std::mem::take(&mut fault.message);
        fault.message = context.absence(&written).unwrap_or_else(|| format!("there is no tool {written}"));
        fault.message.push_str("; nothing has been called");
        fault.hint.get_or_insert_with(|| context.instead(&written));
    }
    fault
}
