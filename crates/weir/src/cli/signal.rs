//! SIGINT and SIGTERM: the first asks to finish, the second no longer asks.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::exit::{Exit, Stopped};

/// Cancelled at the first signal. From the second on, the process ends at once.
pub(super) fn stop_asked() -> Result<CancellationToken, Stopped> {
    let failed = |error: std::io::Error| Stopped::internal(format!("signals cannot be received: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let asked = CancellationToken::new();
    let tell = asked.clone();
    tokio::task::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if first {
                tell.cancel();
            }
        }
        std::process::exit(Exit::Interrupted as i32);
    });
    Ok(asked)
}
