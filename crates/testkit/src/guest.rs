//! A sandbox whose snippet is a Rust closure: everything about a run but the engine.

use std::{
    collections::{HashMap, VecDeque},
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Fuse},
};
use tokio::sync::oneshot;
use weir_bridge::port::{Ask, Ended, Event, Job, Sandbox, Session};
use weir_model::{Delivery, Fault, LogLevel, LogLine, OpId};

type Snippet = Box<dyn Fn(Job, Guest) -> BoxFuture<'static, Result<String, Fault>> + Send + Sync>;

pub struct FakeSandbox(Snippet);

impl FakeSandbox {
    pub fn new<F>(snippet: impl Fn(Job, Guest) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Result<String, Fault>> + Send + 'static,
    {
        Arc::new(Self(Box::new(move |job, guest| snippet(job, guest).boxed())))
    }
}

impl Sandbox for FakeSandbox {
    fn start(&self, job: Job) -> BoxFuture<'_, Result<Box<dyn Session>, Fault>> {
        let guest = Guest::default();
        let snippet = (self.0)(job, guest.clone()).fuse();
        let session: Box<dyn Session> =
            Box::new(FakeSession { guest, snippet, deliveries: VecDeque::new(), settling: false });
        std::future::ready(Ok(session)).boxed()
    }
}

/// What the closure has instead of host imports.
#[derive(Clone, Default)]
pub struct Guest(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    ops: u32,
    events: VecDeque<Event>,
    waiting: HashMap<OpId, oneshot::Sender<Result<String, String>>>,
    failed: Option<OpId>,
}

impl Guest {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts an operation at once; the future is its answer.
    pub fn call(
        &self,
        namespace: &str,
        member: &str,
        arguments: &str,
    ) -> impl Future<Output = Result<String, String>> + Send + use<> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        state.ops += 1;
        let op = OpId(state.ops);
        state.waiting.insert(op, sender);
        let line = state.ops;
        state.events.push_back(Event::Ask(Ask {
            op,
            namespace: namespace.into(),
            member: member.into(),
            arguments: arguments.into(),
            line,
        }));
        receiver.map(|answer| answer.expect("a session answers or is dropped"))
    }

    pub fn log(&self, text: &str) {
        self.state().events.push_back(Event::Log(LogLine { level: LogLevel::Info, text: text.into() }));
    }

    /// The failure the snippet ends with came from this operation.
    pub fn failed_by(&self, op: u32) {
        self.state().failed = Some(OpId(op));
    }
}

struct FakeSession {
    guest: Guest,
    snippet: Fuse<BoxFuture<'static, Result<String, Fault>>>,
    deliveries: VecDeque<Delivery>,
    settling: bool,
}

impl FakeSession {
    /// One answer at a time, in order, and only for what was asked. `false`: the snippet needs another one.
    fn hand_over_next(deliveries: &mut VecDeque<Delivery>, guest: &Guest) -> bool {
        let mut state = guest.state();
        let Some(delivery) = deliveries.pop_front_if(|delivery| delivery.op.0 <= state.ops) else { return false };
        if let Some(waiting) = state.waiting.remove(&delivery.op) {
            // A closure that stopped listening is a snippet that did not await.
            let _ = waiting.send(delivery.outcome);
        }
        true
    }
}

impl Session for FakeSession {
    fn next(&mut self) -> BoxFuture<'_, Event> {
        let Self { guest, snippet, deliveries, settling } = self;
        poll_fn(move |context| {
            loop {
                let ended = snippet.poll_unpin(context);
                let mut state = guest.state();
                if let Some(event) = state.events.pop_front() {
                    if let Poll::Ready(result) = ended {
                        let ended = ended_with(result, state.failed);
                        state.events.push_back(ended);
                    }
                    return Poll::Ready(event);
                }
                if let Poll::Ready(result) = ended {
                    return Poll::Ready(ended_with(result, state.failed));
                }
                drop(state);
                if Self::hand_over_next(deliveries, guest) {
                    continue;
                }
                return if std::mem::take(settling) { Poll::Ready(Event::Settled) } else { Poll::Pending };
            }
        })
        .boxed()
    }

    fn deliver(&mut self, delivery: Delivery) {
        self.deliveries.push_back(delivery);
    }

    fn settle(&mut self) {
        self.settling = true;
    }
}

fn ended_with(result: Result<String, Fault>, failed_op: Option<OpId>) -> Event {
    Event::Ended(Ended { result, failed_op, cpu: Duration::from_millis(1), logs_truncated: false })
}
