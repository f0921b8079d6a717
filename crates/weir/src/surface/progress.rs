//! A run's events as progress notifications, for a client that asked for them. Never holds a run back: what a slow client
//! does not take is dropped, and nothing is sent after the answer.

use std::sync::Arc;

use futures_util::future::join;
use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::Peer,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use weir_bridge::{Observer, RunEvent};
use weir_model::limits::PROGRESS_WAITING_MAX;

use crate::answer::escape;

const MESSAGE_CHARS_MAX: usize = 200;

struct Watcher(mpsc::Sender<String>);

impl Observer for Watcher {
    fn event(&self, event: RunEvent<'_>) {
        let message = match event {
            RunEvent::EngineAwaited(language) => {
                format!("waiting for the {language} engine, which is compiled once on a machine")
            }
            RunEvent::CallStarted { seq, written, .. } => format!("call {}: {written}", seq.0),
            RunEvent::CallProgress { seq, written, progress } => match &progress.message {
                Some(message) => format!("call {}: {written}: {message}", seq.0),
                None => format!(
                    "call {}: {written}: {} of {}",
                    seq.0,
                    progress.progress,
                    progress.total.unwrap_or(f64::NAN)
                ),
            },
            RunEvent::CallEnded { .. } | RunEvent::Log(_) => return,
        };
        // Full means that the client is slower than the run: this step goes untold.
        let _ = self.0.try_send(escape::line(&message, MESSAGE_CHARS_MAX));
    }
}

/// Runs `work` with an observer whose events go to the client under its token.
pub(super) async fn told<T, F>(
    peer: Peer<RoleServer>,
    token: ProgressToken,
    work: impl FnOnce(Arc<dyn Observer>) -> F,
) -> T
where
    F: Future<Output = T>,
{
    let (sender, receiver) = mpsc::channel(PROGRESS_WAITING_MAX);
    let ended = CancellationToken::new();
    let telling = tell(peer, token, receiver, ended.clone());
    let working = work(Arc::new(Watcher(sender)));
    let working = async {
        let result = working.await;
        ended.cancel();
        result
    };
    join(working, telling).await.0
}

async fn tell(
    peer: Peer<RoleServer>,
    token: ProgressToken,
    mut steps: mpsc::Receiver<String>,
    ended: CancellationToken,
) {
    let mut told = 0.0;
    loop {
        let step = tokio::select! {
            biased;
            () = ended.cancelled() => return,
            step = steps.recv() => step,
        };
        let Some(step) = step else { return };
        told += 1.0;
        let notification = ProgressNotificationParam::new(token.clone(), told).with_message(step);
        let sent = tokio::select! {
            biased;
            () = ended.cancelled() => return,
            sent = peer.notify_progress(notification) => sent,
        };
        if sent.is_err() {
            return;
        }
    }
}
