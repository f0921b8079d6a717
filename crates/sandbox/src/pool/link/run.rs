//! One run on a worker, as its link sees it: what it may still say.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::{
    sync::mpsc::{Sender, error::TrySendError},
    time::Instant,
};
use weir_bridge::port::{Ask, Event, Job};
use weir_model::{LogLine, limits};

use super::{Hostile, Seat};
use crate::{
    frame::{self, TAKEN_TOLD},
    worker::LOG_LINE_BYTES_MIN,
};

/// What the session is told.
pub(in crate::pool) enum News {
    Event(Event),
    /// Answers of this weight no longer wait in the worker.
    Taken(u64),
}

pub(super) struct Run {
    pub(super) events: Sender<News>,
    pub(super) cpu_limit: Duration,
    pub(super) cancelled: Option<Instant>,
    last_op: u32,
    /// Operations that were asked for and not answered, and the size of their arguments.
    waiting: HashMap<u32, usize>,
    waiting_bytes: usize,
    /// Operations that were answered and not asked for yet.
    answered: HashSet<u32>,
    settling: bool,
    /// Weight of the answers that the worker was sent and has not taken.
    untaken: u64,
    log_bytes_left: u64,
    /// Given back when the worker no longer hosts the run.
    _seat: Seat,
}

impl Run {
    pub(super) fn new(job: &Job, events: Sender<News>, seat: Seat) -> Self {
        Self {
            events,
            cpu_limit: job.limits.cpu,
            cancelled: None,
            last_op: 0,
            waiting: HashMap::new(),
            waiting_bytes: 0,
            answered: HashSet::new(),
            settling: false,
            untaken: 0,
            log_bytes_left: job.limits.log_bytes,
            _seat: seat,
        }
    }

    /// The worker is about to be sent the answer to `op`.
    pub(super) fn answered(&mut self, op: u32, bytes: usize) {
        self.untaken = self.untaken.saturating_add(frame::delivery_weight(bytes));
        if let Some(arguments) = self.waiting.remove(&op) {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(arguments);
        } else if op > self.last_op {
            self.answered.insert(op);
        }
    }

    /// The worker is about to be asked whether the run waits.
    pub(super) fn settle(&mut self) {
        self.settling = true;
    }

    pub(super) fn asked(&mut self, ask: Ask) -> Result<(), Hostile> {
        if ask.op.0 <= self.last_op {
            return Err(Hostile::OpOrder);
        }
        self.last_op = ask.op.0;
        let (names, arguments) = (ask.namespace.len().max(ask.member.len()), ask.arguments.len());
        if names > limits::NAME_BYTES_MAX || arguments as u64 > limits::ASK_BYTES_MAX + 1 {
            return Err(Hostile::Ops);
        }
        if !self.answered.remove(&ask.op.0) {
            self.waiting.insert(ask.op.0, arguments);
            self.waiting_bytes = self.waiting_bytes.saturating_add(arguments);
        }
        if self.waiting.len() > limits::OPS_WAITING_MAX || self.waiting_bytes > limits::OP_BYTES_WAITING_MAX {
            return Err(Hostile::Ops);
        }
        self.tell(Event::Ask(ask))
    }

    pub(super) fn settled(&mut self) -> Result<(), Hostile> {
        if !std::mem::take(&mut self.settling) {
            return Err(Hostile::Settled);
        }
        self.tell(Event::Settled)
    }

    pub(super) fn taken(&mut self, weight: u64) -> Result<(), Hostile> {
        if weight < TAKEN_TOLD || weight > self.untaken {
            return Err(Hostile::Taken);
        }
        self.untaken -= weight;
        self.send(News::Taken(weight))
    }

    pub(super) fn logged(&mut self, line: LogLine) -> Result<(), Hostile> {
        let bytes = line.text.len() as u64;
        if bytes > self.log_bytes_left || self.log_bytes_left == 0 {
            return Err(Hostile::Logs);
        }
        self.log_bytes_left = self.log_bytes_left.saturating_sub(bytes.max(LOG_LINE_BYTES_MIN));
        self.tell(Event::Log(line))
    }

    pub(super) fn tell(&self, event: Event) -> Result<(), Hostile> {
        self.send(News::Event(event))
    }

    fn send(&self, news: News) -> Result<(), Hostile> {
        match self.events.try_send(news) {
            // Closed: the session was dropped, its cancellation is on the way.
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full(_)) => Err(Hostile::Events),
        }
    }
}
