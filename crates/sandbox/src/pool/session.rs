//! One run as the bridge holds it: events come in from the worker, answers go out to it, dropping it cancels the run.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use weir_bridge::port::{Ended, Event, Job, Session};
use weir_model::{Delivery, Fault, FaultKind};

use super::{Admission, link::Link};
use crate::frame::RunKey;

pub(super) struct WorkerSession {
    link: Arc<Link>,
    run: RunKey,
    events: mpsc::Receiver<Event>,
    ended: bool,
    _admission: Admission,
}

impl WorkerSession {
    pub(super) fn new(link: Arc<Link>, run: RunKey, events: mpsc::Receiver<Event>, admission: Admission) -> Self {
        Self { link, run, events, ended: false, _admission: admission }
    }
}

impl Session for WorkerSession {
    fn next(&mut self) -> BoxFuture<'_, Event> {
        Box::pin(async move {
            if self.ended {
                return std::future::pending().await;
            }
            let event = self.events.recv().await.unwrap_or_else(lost);
            self.ended = matches!(event, Event::Ended(_));
            event
        })
    }

    fn deliver(&mut self, delivery: Delivery) {
        if !self.ended {
            self.link.deliver(self.run, delivery);
        }
    }
}

impl Drop for WorkerSession {
    fn drop(&mut self) {
        if !self.ended {
            self.link.cancel(self.run);
        }
    }
}

/// The worker's side of the channel is gone without a word.
fn lost() -> Event {
    let fault =
        Fault::new(FaultKind::WorkerLost, "The worker process running the snippet ended.").hint("Run it again.");
    Event::Ended(Ended { result: Err(fault), failed_op: None, cpu: std::time::Duration::ZERO, logs_truncated: false })
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
