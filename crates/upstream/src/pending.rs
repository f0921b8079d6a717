//! Requests sent and not yet answered on one pipe. An answer goes to the one waiter its id names, once, or nowhere.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::sync::oneshot;

use crate::{link::ProgressSink, wire::RequestId};

/// Why no answer will come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// The connection ended; the request may have been carried out.
    #[error("{0}")]
    Gone(Arc<str>),
    /// The request never left.
    #[error("{0}")]
    NotSent(Arc<str>),
    #[error("the answer is over {0} bytes")]
    TooLarge(u64),
    #[error("{0}")]
    Protocol(Arc<str>),
    /// An HTTP status that is no answer.
    #[error("it answered with HTTP status {status}")]
    Status {
        status: u16,
        retry_after: Option<std::time::Duration>,
        body: Arc<str>,
        /// What to do about it, where the answer says so: a login.
        hint: Option<Arc<str>>,
    },
}

type Answered = Result<Vec<u8>, Lost>;

struct Waiter {
    answer: oneshot::Sender<Answered>,
    progress: Option<Arc<ProgressSink>>,
}

#[derive(Default)]
struct Table {
    waiters: HashMap<RequestId, Waiter>,
    closed: Option<Lost>,
}

#[derive(Default)]
pub(crate) struct Pending {
    table: Mutex<Table>,
    sent: AtomicU32,
}

impl Pending {
    /// A place for one answer. Fails once the connection has ended.
    pub(crate) fn register(
        &self,
        progress: Option<Arc<ProgressSink>>,
    ) -> Result<(RequestId, oneshot::Receiver<Answered>), Lost> {
        let mut table = self.table();
        if let Some(lost) = &table.closed {
            return Err(match lost {
                Lost::Gone(why) => Lost::NotSent(why.clone()),
                other => other.clone(),
            });
        }
        let id = RequestId::mint(self.sent.fetch_add(1, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        table.waiters.insert(id, Waiter { answer, progress });
        Ok((id, answered))
    }

    /// Whether somebody waited for it.
    pub(crate) fn settle(&self, id: RequestId, answered: Answered) -> bool {
        let waiter = self.table().waiters.remove(&id);
        waiter.is_some_and(|w| w.answer.send(answered).is_ok())
    }

    /// Whether the answer was still awaited.
    pub(crate) fn forget(&self, id: RequestId) -> bool {
        self.table().waiters.remove(&id).is_some()
    }

    pub(crate) fn progress(&self, id: RequestId) -> Option<Arc<ProgressSink>> {
        self.table().waiters.get(&id).and_then(|w| w.progress.clone())
    }

    /// Every waiter gets this, and who comes later is refused when `for_good`.
    pub(crate) fn fail_all(&self, lost: &Lost, for_good: bool) {
        let waiters = {
            let mut table = self.table();
            if for_good && table.closed.is_none() {
                table.closed = Some(lost.clone());
            }
            std::mem::take(&mut table.waiters)
        };
        for waiter in waiters.into_values() {
            // A waiter that is gone needs no answer.
            let _ = waiter.answer.send(Err(lost.clone()));
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m02_an_answer_reaches_its_waiter_once_and_nobody_else() {
        let pending = Pending::default();
        let (first, mut first_answer) = pending.register(None).unwrap();
        let (second, mut second_answer) = pending.register(None).unwrap();
        assert_ne!(first, second);
        assert!(!pending.settle(RequestId::mint(900), Ok(b"stray".to_vec())), "an id never sent");
        assert!(pending.settle(second, Ok(b"2".to_vec())));
        assert!(!pending.settle(second, Ok(b"again".to_vec())), "a second answer");
        assert_eq!(second_answer.try_recv().unwrap(), Ok(b"2".to_vec()));
        assert!(first_answer.try_recv().is_err(), "the other waiter got nothing");
        assert!(pending.forget(first));
        assert!(!pending.settle(first, Ok(b"late".to_vec())), "a late answer");
    }

    #[test]
    fn an_ended_connection_fails_all_and_refuses_the_next() {
        let pending = Pending::default();
        let (_, mut answer) = pending.register(None).unwrap();
        pending.fail_all(&Lost::Gone("it ended".into()), true);
        assert_eq!(answer.try_recv().unwrap(), Err(Lost::Gone("it ended".into())));
        assert_eq!(pending.register(None).unwrap_err(), Lost::NotSent("it ended".into()));
    }
}
