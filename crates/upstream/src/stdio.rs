//! An upstream as a child process: one pipe in, one out, everything it starts ended with it.
//!
//! Never passes on more environment than the allowlist and the config name; never uses a shell.

mod child;
mod environment;
mod last_words;
mod line;
mod outbox;
mod reader;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_model::{Secret, UpstreamName};

use self::outbox::{Outbox, Refusal};
pub(crate) use self::{environment::inherited, last_words::LastWords};
use crate::{
    link::{Answer, Ended, Events, Request},
    pending::{Lost, Pending},
    redact::Redactor,
    warden::Warden,
    wire::{RequestId, notification},
};

/// What to start.
#[derive(Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) command: &'a str,
    pub(crate) args: &'a [String],
    pub(crate) env: &'a [(String, Secret)],
    pub(crate) cwd: Option<&'a PathBuf>,
}

/// What a child needs from the rest of the gateway.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) name: UpstreamName,
    pub(crate) redactor: Arc<Redactor>,
    pub(crate) warden: Arc<Warden>,
    pub(crate) tracker: TaskTracker,
}

/// State shared by the tasks around one child.
#[derive(Default)]
struct Pipe {
    pending: Pending,
    outbox: Outbox,
    events: Events,
    last_words: Arc<LastWords>,
}

/// The life of a child, as its keeper tells it.
#[derive(Debug, Clone)]
enum Phase {
    Running,
    /// No answer will come any more.
    Ended(Ended),
    /// No process of its group is left.
    Gone(Ended),
}

/// Dropping it ends the child in the background.
pub(crate) struct StdioLink {
    pipe: Arc<Pipe>,
    phase: watch::Receiver<Phase>,
    stop: CancellationToken,
    patient: Arc<AtomicBool>,
}

impl StdioLink {
    pub(crate) fn open(program: Program<'_>, surroundings: &Surroundings) -> Result<Self, Ended> {
        let pipe = Arc::new(Pipe::default());
        let patient = Arc::new(AtomicBool::new(true));
        let stop = CancellationToken::new();
        let phase = child::start(program, surroundings, &pipe, &stop, &patient)?;
        Ok(Self { pipe, phase, stop, patient })
    }

    pub(crate) async fn request(&self, request: Request<'_>) -> Result<Answer, Lost> {
        let pipe = &self.pipe;
        let (id, answered) = pipe.pending.register(request.progress)?;
        // The spec forbids to cancel `initialize`; the child is ended instead.
        let waiting = Waiting { pipe, id, cancellable: request.outgoing.method != "initialize" };
        pipe.outbox.push(|out| request.outgoing.write(id, out)).map_err(not_sent)?;
        let answered = answered.await;
        drop(waiting);
        let bytes = answered.unwrap_or_else(|_| Err(Lost::Gone("the connection to it ended".into())))?;
        Ok(Answer { id, bytes })
    }

    pub(crate) fn initialized(&self) -> Result<(), Lost> {
        let message = notification("notifications/initialized", "{}");
        self.pipe.outbox.push(|out| out.extend_from_slice(&message)).map_err(not_sent)
    }

    pub(crate) async fn ended(&self) -> Ended {
        self.reached(|phase| match phase {
            Phase::Running => None,
            Phase::Ended(ended) | Phase::Gone(ended) => Some(ended.clone()),
        })
        .await
    }

    pub(crate) async fn end(&self, patient: bool) {
        self.patient.store(patient, Ordering::Relaxed);
        self.stop.cancel();
        self.reached(|phase| if let Phase::Gone(ended) = phase { Some(ended.clone()) } else { None }).await;
    }

    pub(crate) fn events(&self) -> &Events {
        &self.pipe.events
    }

    pub(crate) fn last_words(&self) -> Arc<LastWords> {
        self.pipe.last_words.clone()
    }

    async fn reached(&self, pick: impl Fn(&Phase) -> Option<Ended>) -> Ended {
        let mut phase = self.phase.clone();
        loop {
            if let Some(ended) = pick(&phase.borrow_and_update()) {
                return ended;
            }
            if phase.changed().await.is_err() {
                return Ended::plain("weir stopped watching its process");
            }
        }
    }
}

impl Drop for StdioLink {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Tells the child when nobody waits for an answer any more.
struct Waiting<'a> {
    pipe: &'a Pipe,
    id: RequestId,
    cancellable: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.pipe.pending.forget(self.id) && self.cancellable {
            let params = format!(r#"{{"requestId":{},"reason":"nobody waits for the answer any more"}}"#, self.id);
            let message = notification("notifications/cancelled", &params);
            // A child that takes no more messages is about to be ended anyway.
            let _ = self.pipe.outbox.push(|out| out.extend_from_slice(&message));
        }
    }
}

fn not_sent(refusal: Refusal) -> Lost {
    Lost::NotSent(
        match refusal {
            Refusal::Full => "it does not read what is sent to it",
            Refusal::Closed => "the connection to it ended",
        }
        .into(),
    )
}
