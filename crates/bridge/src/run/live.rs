//! A run under way: its session, the operations it started, and what they amount to.
//!
//! A run that was under way before first goes through its history: recorded deliveries go into the sandbox at once, what the
//! snippet asks for is compared with the journal, and nothing new starts before all of it has been asked for again.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Fuse},
    select_biased,
    stream::FuturesUnordered,
};
use weir_model::{
    Approval, CallReport, CallSeq, Delivery, Fault, FaultKind, Language, OpId, Report, limits::OPS_WAITING_MAX,
};

use super::{
    history::{History, Past},
    start::{Signal, Started, cancelled},
    tally::Tally,
    wall::Wall,
};
use crate::{
    call::{self, CallContext, CallEnd, Earlier},
    failure_json,
    function::function,
    page::Asked,
    port::{Ask, Durability, Ended, Event, Record, Session},
};

/// How a run stopped.
pub(super) enum Left {
    Report(Box<Report>),
    /// Its worker is gone, and every call it had under way has ended: it can go on from its journal.
    WorkerLost(Box<Report>),
    /// Offline: it did as its journal says, and needs more than that holds.
    JournalUsedUp(Box<Report>),
}

impl Left {
    pub(super) fn into_report(self) -> Report {
        match self {
            Self::Report(report) | Self::WorkerLost(report) | Self::JournalUsedUp(report) => *report,
        }
    }
}

/// One operation's end, on its way back into the sandbox.
struct Settled {
    op: OpId,
    outcome: Result<String, String>,
    call: Option<CallReport>,
}

/// How far an operation got.
enum Finished {
    Settled(Settled),
    /// A call that somebody must decide about.
    Waits(CallReport, Box<Approval>),
    /// A call of a run that is let go of.
    Unbegun,
    /// A call or a function's answer could not be journaled.
    Unrecorded(Option<CallReport>, String),
}

/// What is not started before the history is used up.
enum Held {
    Function(Ask),
    Call(CallSeq, Asked, Earlier),
    Settled(Settled),
}

enum Step {
    Cancelled,
    Leave,
    WallOver,
    Session(Event),
    Finished(Finished),
}

/// Why the loop ends.
enum Stop {
    Ended(Ended),
    Parked,
    JournalUsedUp,
}

pub(super) struct Live {
    context: Arc<CallContext>,
    language: Language,
    session: Box<dyn Session>,
    cancel: Fuse<Signal>,
    leave: Fuse<Signal>,
    wall: Wall,
    history: History,
    held: Vec<Held>,
    running: FuturesUnordered<BoxFuture<'static, Finished>>,
    /// Calls beyond the number that may be under way at once, in the order they were asked for.
    queued: VecDeque<(CallSeq, Asked, Earlier)>,
    calls_in_flight: u32,
    /// The session was asked to say when the snippet can go on no further.
    settling: bool,
    /// Nothing new may start: the journal is all there is.
    offline: bool,
    tally: Tally,
    /// The clock the snippet saw last; it never goes back.
    now_ms: u64,
}

impl Live {
    pub(super) fn new(context: Arc<CallContext>, language: Language, history: History, started: Started) -> Self {
        let mut this = Self {
            wall: Wall::new(context.clock.clone(), context.limits.wall),
            context,
            language,
            session: started.session,
            cancel: started.cancel,
            leave: started.leave,
            history,
            held: Vec::new(),
            running: FuturesUnordered::new(),
            queued: VecDeque::new(),
            calls_in_flight: 0,
            settling: false,
            offline: false,
            tally: Tally::default(),
            now_ms: 0,
        };
        for delivery in this.history.deliveries() {
            this.now_ms = delivery.now_ms;
            this.session.deliver(delivery);
        }
        this
    }

    pub(super) fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    pub(super) async fn until_it_stops(mut self) -> Left {
        loop {
            if !self.settling && self.can_only_wait() {
                self.settling = true;
                self.session.settle();
            }
            let stop = match self.step().await {
                Step::Cancelled => Some(self.stopped(cancelled())),
                Step::Leave => return self.let_go().await,
                Step::WallOver => Some(self.wall_over()),
                Step::Session(Event::Ended(ended)) => Some(self.ended(ended)),
                Step::Session(Event::Settled) => self.session_settled(),
                Step::Session(Event::Log(line)) => {
                    self.tally.log(&self.context, line);
                    None
                }
                Step::Session(Event::Ask(ask)) => self.asked(ask),
                Step::Finished(finished) => self.finished(finished).await,
            };
            match stop {
                None => {}
                Some(Stop::Parked) => return Left::Report(Box::new(self.parked())),
                Some(Stop::JournalUsedUp) => {
                    let fault =
                        Fault::new(FaultKind::ReplayDiverged, "the snippet waits for more than its journal holds");
                    return Left::JournalUsedUp(Box::new(self.report(ended_by(fault))));
                }
                Some(Stop::Ended(ended)) => return self.left(ended).await,
            }
        }
    }

    async fn step(&mut self) -> Step {
        let mut finished = if self.running.is_empty() { Fuse::terminated() } else { self.running.next().fuse() };
        select_biased! {
            () = &mut self.cancel => Step::Cancelled,
            () = &mut self.leave => Step::Leave,
            () = &mut self.wall.over => Step::WallOver,
            event = self.session.next().fuse() => Step::Session(event),
            finished = finished => Step::Finished(finished.expect("the stream is not empty")),
        }
    }

    /// Nothing is under way, and the snippet needs what only its history or a person can give.
    fn can_only_wait(&self) -> bool {
        self.running.is_empty()
            && (self.offline
                || !self.history.is_used_up()
                || (self.queued.is_empty() && !self.tally.approvals.is_empty()))
    }

    /// The snippet can go on no further.
    fn session_settled(&mut self) -> Option<Stop> {
        self.settling = false;
        if !self.can_only_wait() {
            return None;
        }
        if !self.history.is_used_up() {
            return Some(self.stopped(self.history.cut_short("nothing further")));
        }
        Some(if self.offline { Stop::JournalUsedUp } else { Stop::Parked })
    }

    /// The session is over.
    fn ended(&self, ended: Ended) -> Stop {
        let finished = match &ended.result {
            Ok(_) => true,
            Err(fault) => matches!(fault.kind, FaultKind::Exception | FaultKind::ToolFailed | FaultKind::Deadlock),
        };
        if finished && !self.history.is_used_up() {
            return self.stopped(self.history.cut_short("the end of the program"));
        }
        Stop::Ended(ended)
    }

    /// Starts an operation. `Some` when the run has gone over what it may start, or does something else than it did.
    fn asked(&mut self, ask: Ask) -> Option<Stop> {
        let waiting = self.running.len() + self.queued.len() + self.held.len() + self.tally.approvals.len();
        if waiting >= OPS_WAITING_MAX {
            return Some(self.over_limit(format!("the snippet waits for more than {OPS_WAITING_MAX} things at once")));
        }
        let asked = Asked::of(ask);
        let call = match asked.ask.namespace.is_empty() {
            true => None,
            false => {
                let calls_max = self.context.limits.calls;
                if self.tally.calls() as u64 >= u64::from(calls_max) {
                    return Some(self.over_limit(format!("the snippet made more than {calls_max} tool calls")));
                }
                Some(self.tally.attempted(&self.context, &asked.ask))
            }
        };
        let seq = call.map(|call| call.seq);
        let named = call.map(|call| (call.seq, call.tool.as_ref()));
        let past = match self.history.asked(named, &asked) {
            Ok(past) => past,
            Err(diverged) => return Some(self.stopped(*diverged)),
        };
        match (past, seq) {
            (Past::Delivered(report), _) => report.into_iter().for_each(|report| self.tally.reported(report)),
            (Past::Ended(call, outcome), _) => {
                self.held.push(Held::Settled(Settled { op: asked.ask.op, outcome, call }));
            }
            (Past::Nothing, Some(seq)) => self.held.push(Held::Call(seq, asked, Earlier::default())),
            (Past::Unfinished(earlier), Some(seq)) => self.held.push(Held::Call(seq, asked, earlier)),
            // A function leaves no trace before it has ended.
            (Past::Nothing | Past::Unfinished(_), None) => self.held.push(Held::Function(asked.ask)),
        }
        if self.history.is_used_up() && !self.offline {
            for held in std::mem::take(&mut self.held) {
                self.begin(held);
            }
        }
        None
    }

    fn begin(&mut self, held: Held) {
        match held {
            Held::Function(ask) => {
                let (context, language) = (self.context.clone(), self.language);
                self.running.push(Box::pin(async move { answered(&context, language, ask).await }));
            }
            Held::Call(seq, asked, earlier) => {
                self.queued.push_back((seq, asked, earlier));
                self.start_queued();
            }
            Held::Settled(settled) => self.running.push(Box::pin(std::future::ready(Finished::Settled(settled)))),
        }
    }

    fn start_queued(&mut self) {
        while self.calls_in_flight < self.context.limits.calls_in_flight {
            let Some((seq, asked, earlier)) = self.queued.pop_front() else { return };
            if self.calls_in_flight == 0 {
                self.wall.pause();
            }
            self.calls_in_flight += 1;
            let (context, attempted) = (self.context.clone(), self.tally.call(seq).clone());
            self.running.push(Box::pin(async move {
                let (report, end) = call::call(&context, attempted, &asked, &earlier).await;
                match end {
                    CallEnd::Waits(approval) => Finished::Waits(report, approval),
                    CallEnd::Unbegun => Finished::Unbegun,
                    CallEnd::Unrecorded(why) => Finished::Unrecorded(Some(report), why),
                    CallEnd::Settled(outcome) => {
                        Finished::Settled(Settled { op: asked.ask.op, outcome, call: Some(report) })
                    }
                }
            }));
        }
    }

    /// A call is no longer under way.
    fn call_finished(&mut self, report: CallReport) {
        self.tally.reported(report);
        self.calls_in_flight = self.calls_in_flight.saturating_sub(1);
        self.start_queued();
        if self.calls_in_flight == 0 {
            self.wall.resume();
        }
    }

    async fn finished(&mut self, finished: Finished) -> Option<Stop> {
        match finished {
            Finished::Settled(settled) => self.settled(settled).await,
            Finished::Waits(report, approval) => {
                self.tally.approvals.push(*approval);
                self.call_finished(report);
                None
            }
            Finished::Unrecorded(call, why) => {
                call.into_iter().for_each(|report| self.tally.reported(report));
                Some(self.stopped(Fault::new(FaultKind::Internal, why)))
            }
            Finished::Unbegun => unreachable!("a run that is let go of is in `let_go`"),
        }
    }

    /// Hands an answer back. `Some` when its place in the order cannot be journaled: the run must not go on.
    async fn settled(&mut self, settled: Settled) -> Option<Stop> {
        let Settled { op, outcome, call } = settled;
        if let Some(report) = call {
            self.call_finished(report);
        }
        self.now_ms = self.now_ms.max(self.context.clock.unix_ms());
        let delivered = Record::Delivered { op, now_ms: self.now_ms };
        if let Err(error) = self.context.journal.append(&self.context.run, delivered, Durability::Soon).await {
            return Some(self.stopped(Fault::new(FaultKind::Internal, error.to_string())));
        }
        self.session.deliver(Delivery { op, now_ms: self.now_ms, outcome });
        None
    }

    fn over_limit(&self, what: String) -> Stop {
        self.stopped(
            Fault::new(FaultKind::CallLimit, what)
                .hint("do the work in several runs, or ask the tools for more at a time"),
        )
    }

    fn wall_over(&self) -> Stop {
        let limit = self.context.limits.wall.as_millis();
        self.stopped(
            Fault::new(
                FaultKind::WallLimit,
                format!("the snippet ran longer than {limit} ms, time in tools not counted"),
            )
            .hint("wait less between calls, or do the work in several runs"),
        )
    }

    fn stopped(&self, fault: Fault) -> Stop {
        Stop::Ended(ended_by(fault))
    }

    /// A lost worker takes no call with it: those under way end first, and the journal has them.
    async fn left(mut self, ended: Ended) -> Left {
        let lost = matches!(&ended.result, Err(fault) if fault.kind == FaultKind::WorkerLost);
        if !lost || self.offline {
            return Left::Report(Box::new(self.report(ended)));
        }
        loop {
            let finished = select_biased! {
                () = &mut self.cancel => break,
                finished = self.running.next().fuse() => finished,
            };
            match finished {
                None => break,
                Some(Finished::Settled(Settled { call, .. }) | Finished::Unrecorded(call, _)) => {
                    call.into_iter().for_each(|report| self.tally.reported(report));
                }
                Some(Finished::Waits(report, _)) => self.tally.reported(report),
                Some(Finished::Unbegun) => {}
            }
        }
        Left::WorkerLost(Box::new(self.report(ended)))
    }

    /// Nothing further begins. The calls under way end, and the journal has them; whoever goes on with the run goes on from there.
    async fn let_go(mut self) -> Left {
        self.context.leaving.store(true, Ordering::Release);
        self.queued.clear();
        while self.calls_in_flight > 0 {
            let finished = select_biased! {
                () = &mut self.cancel => {
                    let report = self.report(ended_by(cancelled()));
                    return Left::Report(Box::new(report));
                }
                finished = self.running.next().fuse() => finished,
            };
            match finished {
                None => break,
                Some(Finished::Settled(Settled { call, .. }) | Finished::Unrecorded(call, _)) => {
                    call.into_iter().for_each(|report| self.call_finished(report));
                }
                Some(Finished::Waits(report, approval)) => {
                    self.tally.approvals.push(*approval);
                    self.call_finished(report);
                }
                Some(Finished::Unbegun) => self.calls_in_flight = self.calls_in_flight.saturating_sub(1),
            }
        }
        Left::Report(Box::new(self.parked()))
    }

    fn parked(self) -> Report {
        self.tally.parked(&self.context, self.language, self.wall.elapsed())
    }

    fn report(self, ended: Ended) -> Report {
        self.tally.report(&self.context, self.language, self.wall.elapsed(), ended)
    }
}

fn ended_by(fault: Fault) -> Ended {
    Ended { result: Err(fault), failed_op: None, cpu: Duration::ZERO, logs_truncated: false }
}

/// One of weir's own functions, and its answer into the journal.
async fn answered(context: &CallContext, language: Language, ask: Ask) -> Finished {
    let outcome = function(context, language, &ask).await;
    let outcome = outcome.map_err(|failure| failure_json(&ask.member, &failure));
    let record = crate::function::record(&ask, outcome.as_deref().map_err(String::as_str));
    match context.journal.append(&context.run, Record::Function(record), Durability::Soon).await {
        Ok(()) => Finished::Settled(Settled { op: ask.op, outcome, call: None }),
        Err(error) => Finished::Unrecorded(None, error.to_string()),
    }
}
