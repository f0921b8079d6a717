//! One run as the bridge holds it: events come in from the worker, answers go out to it, dropping it cancels the run.

mod queue;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use weir_bridge::port::{Ended, Event, Job, Session};
use weir_model::{Delivery, Fault, FaultKind, limits};

use super::{
    Admission,
    link::{Link, News},
};
use crate::frame::RunKey;
pub(super) use queue::AHEAD_MAX;
use queue::{HELD_MAX, Queue, TooMuch};

/// What is known of the last [`Session::settle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settling {
    No,
    Asked,
    /// An answer was sent since: what the worker says next does not cover it.
    Outdated,
}

pub(super) struct WorkerSession {
    link: Arc<Link>,
    run: RunKey,
    news: mpsc::Receiver<News>,
    queue: Queue,
    settling: Settling,
    /// It was handed more than can be held: ends as soon as somebody asks.
    overfull: bool,
    ended: bool,
    _admission: Admission,
}

impl WorkerSession {
    pub(super) fn new(link: Arc<Link>, run: RunKey, news: mpsc::Receiver<News>, admission: Admission) -> Self {
        Self {
            link,
            run,
            news,
            queue: Queue::default(),
            settling: Settling::No,
            overfull: false,
            ended: false,
            _admission: admission,
        }
    }

    /// Sends what may be sent now.
    fn send(&mut self) {
        while let Some(delivery) = self.queue.next() {
            if self.settling == Settling::Asked {
                self.settling = Settling::Outdated;
            }
            self.link.deliver(self.run, delivery);
        }
    }

    /// What the bridge is told of this, if anything.
    fn heed(&mut self, news: News) -> Option<Event> {
        match news {
            News::Taken(weight) => {
                self.queue.taken(weight);
                self.send();
                None
            }
            News::Event(Event::Settled) => match std::mem::replace(&mut self.settling, Settling::No) {
                Settling::Asked => Some(Event::Settled),
                Settling::Outdated => {
                    self.settle();
                    None
                }
                Settling::No => None,
            },
            News::Event(event) => {
                if let Event::Ask(ask) = &event {
                    self.queue.asked(ask.op);
                    self.send();
                }
                Some(event)
            }
        }
    }

    async fn heard(&mut self) -> Event {
        loop {
            if self.overfull {
                return Event::Ended(failed(too_much()));
            }
            let Some(news) = self.news.recv().await else { return Event::Ended(failed(lost())) };
            if let Some(event) = self.heed(news) {
                return event;
            }
        }
    }
}

impl Session for WorkerSession {
    fn next(&mut self) -> BoxFuture<'_, Event> {
        Box::pin(async move {
            if self.ended {
                return std::future::pending().await;
            }
            let event = self.heard().await;
            self.ended = matches!(event, Event::Ended(_));
            event
        })
    }

    fn deliver(&mut self, delivery: Delivery) {
        if self.ended || self.overfull {
            return;
        }
        if let Err(TooMuch) = self.queue.push(delivery) {
            self.overfull = true;
            self.queue = Queue::default();
            self.link.cancel(self.run);
            return;
        }
        self.send();
    }

    fn settle(&mut self) {
        if self.ended || self.overfull || self.settling != Settling::No {
            return;
        }
        self.settling = Settling::Asked;
        self.link.settle(self.run);
    }
}

impl Drop for WorkerSession {
    fn drop(&mut self) {
        if !self.ended && !self.overfull {
            self.link.cancel(self.run);
        }
    }
}

fn failed(fault: Fault) -> Ended {
    Ended { result: Err(fault), failed_op: None, cpu: std::time::Duration::ZERO, logs_truncated: false }
}

/// The worker's side of the channel is gone without a word.
fn lost() -> Fault {
    Fault::new(FaultKind::WorkerLost, "The worker process running the snippet ended.").hint("Run it again.")
}

fn too_much() -> Fault {
    let message =
        format!("More than {} MiB of answers wait for the snippet; the run was ended.", HELD_MAX / limits::MIB);
    Fault::new(FaultKind::MemoryLimit, message)
        .hint("Ask the tools for less at once: fewer calls at the same time, smaller pages, fewer fields.")
}

/// Refuses what no worker needs to see.
pub(super) fn check_source(job: &Job) -> Result<(), Fault> {
    let bytes = job.source.len() as u64;
    if bytes > job.limits.source_bytes {
        let message = format!("The source is {bytes} bytes; at most {} are accepted.", job.limits.source_bytes);
        return Err(Fault::new(FaultKind::SourceInvalid, message)
            .hint("Send a shorter program: data belongs in tool calls, not in the source."));
    }
    if job.source.trim().is_empty() {
        return Err(
            Fault::new(FaultKind::SourceInvalid, "The source is empty.").hint("Send a program that returns a value.")
        );
    }
    if let Some(at) = job.source.find('\0') {
        let message = format!("The source is not text: it holds a NUL character at byte {at}.");
        return Err(Fault::new(FaultKind::SourceInvalid, message));
    }
    Ok(())
}
