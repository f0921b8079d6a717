//! Tells people that calls wait for them: by a command of theirs, or a webhook.
//!
//! One message at a time; what begins to wait meanwhile goes into the next. A message that cannot be delivered is traced
//! and not tried again: what waits is listed by `weir approvals` all the same. Nobody ever waits for a notification.

mod command;
mod message;

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use weir_model::{Approval, ApprovalId, Secret};

/// From starting the command, or connecting, to its end.
const DEADLINE: Duration = Duration::from_secs(10);
/// Approvals in one message; further ones are counted.
const MESSAGE_APPROVALS_MAX: usize = 100;
/// Approvals that are known to have been told of.
const TOLD_MAX: usize = 10_000;

/// How somebody hears that calls wait.
#[derive(Debug, Clone)]
pub enum Notify {
    Command(NotifyCommand),
    /// Who knows the address may post to it.
    Webhook(Secret),
}

/// A program that is started without a shell and reads the message on its standard input.
#[derive(Clone, PartialEq, Eq)]
pub struct NotifyCommand {
    pub program: String,
    pub args: Vec<String>,
    pub cwd: PathBuf,
    /// All it sees of the environment.
    pub env: Vec<(String, String)>,
}

impl fmt::Debug for NotifyCommand {
    /// Arguments may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotifyCommand").field("program", &self.program).finish_non_exhaustive()
    }
}

/// Why a message was not delivered.
#[derive(Debug, thiserror::Error)]
enum NotDelivered {
    #[error(transparent)]
    Command(#[from] command::CommandFailed),
    #[error("the webhook: {0}")]
    Webhook(#[from] weir_upstream::NotPosted),
}

/// Dropping it ends it once what is waiting has been told; [`Notifier::shutdown`] waits for that.
pub struct Notifier {
    queue: Arc<Queue>,
    tracker: TaskTracker,
}

impl Notifier {
    /// Must be called within a tokio runtime.
    pub fn start(how: Notify) -> Self {
        Self::with_deadline(how, DEADLINE)
    }

    fn with_deadline(how: Notify, deadline: Duration) -> Self {
        let (queue, tracker) = (Arc::new(Queue::default()), TaskTracker::new());
        tracker.spawn(deliver(how, deadline, queue.clone()));
        Self { queue, tracker }
    }

    /// These have begun to wait. Returns at once; each is told of once.
    pub fn waiting(&self, approvals: &[Approval]) {
        self.queue.add(approvals);
    }

    /// Tells what is still to be told, for as long as two messages may take.
    pub async fn shutdown(&self) {
        self.queue.close();
        self.tracker.close();
        if timeout(DEADLINE * 2, self.tracker.wait()).await.is_err() {
            tracing::warn!("not all notifications of waiting calls were delivered");
        }
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.queue.close();
    }
}

async fn deliver(how: Notify, deadline: Duration, queue: Arc<Queue>) {
    while let Some(batch) = queue.next().await {
        let waiting = batch.approvals.len() + batch.more;
        let message = message::json(&batch);
        let delivered = match &how {
            Notify::Command(command) => command::run(command, &message, deadline).await.map_err(NotDelivered::from),
            Notify::Webhook(url) => weir_upstream::post_json(url, message, deadline).await.map_err(NotDelivered::from),
        };
        match delivered {
            Ok(()) => tracing::debug!(waiting, "somebody was told that calls wait"),
            Err(reason) => tracing::warn!(waiting, %reason, "nobody could be told that calls wait"),
        }
    }
}

/// What one message tells of.
#[derive(Debug, Default)]
struct Batch {
    approvals: Vec<Approval>,
    /// Those beyond what a message has room for.
    more: usize,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: tokio::sync::Notify,
}

#[derive(Default)]
struct State {
    next: Batch,
    told: Told,
    closed: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, approvals: &[Approval]) {
        let mut state = self.state();
        for approval in approvals {
            if !state.told.add(&approval.id) {
                continue;
            }
            if state.next.approvals.len() < MESSAGE_APPROVALS_MAX {
                state.next.approvals.push(approval.clone());
            } else {
                state.next.more += 1;
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// All there is to tell, as soon as there is anything. `None`: there will be nothing more.
    async fn next(&self) -> Option<Batch> {
        loop {
            {
                let mut state = self.state();
                if !state.next.approvals.is_empty() {
                    return Some(std::mem::take(&mut state.next));
                }
                if state.closed {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }
}

/// The last approvals told of: a run that parks again may still wait for some of them.
#[derive(Default)]
struct Told {
    known: HashSet<ApprovalId>,
    order: VecDeque<ApprovalId>,
}

impl Told {
    /// `false` when it was there.
    fn add(&mut self, id: &ApprovalId) -> bool {
        if !self.known.insert(id.clone()) {
            return false;
        }
        self.order.push_back(id.clone());
        if self.order.len() > TOLD_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests;
