//! The thread that starts every worker and lives as long as this process does.
//!
//! The kernel kills a confined worker when the *thread* that started it ends, and threads of the runtime come and go.

use std::{
    io,
    sync::{
        OnceLock,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

type Work = Box<dyn FnOnce() + Send>;

/// Does `work` on that thread and waits for it.
pub(super) fn on_lasting_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    static STARTER: OnceLock<Option<SyncSender<Work>>> = OnceLock::new();
    let gone = || io::Error::other("the thread that starts workers cannot be started");
    let starter = STARTER.get_or_init(|| {
        // A rendezvous: whoever asks waits anyway.
        let (asks, asked) = sync_channel::<Work>(0);
        let serve = move || asked.into_iter().for_each(|work| work());
        thread::Builder::new().name("weir-start".to_owned()).spawn(serve).ok().map(|_runs_on| asks)
    });
    let (answer, answered) = sync_channel(1);
    let work = Box::new(move || {
        // Nobody waits any more only if the asking thread panicked.
        let _heard = answer.send(work());
    });
    starter.as_ref().ok_or_else(gone)?.send(work).map_err(|_ended| gone())?;
    answered.recv().map_err(|_panicked| gone())
}
