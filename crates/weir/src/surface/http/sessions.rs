//! Sessions of clients from before 2026-07-28. Their ids are random (UUID v4, 122 bits), their number is bounded: the one
//! unused for longest gives way, and its client opens a new one as after any 404.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::Stream;
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::{
        WorkerTransport,
        streamable_http_server::{
            SessionId, SessionManager,
            session::{
                ServerSseMessage,
                local::{LocalSessionManager, LocalSessionManagerError, LocalSessionWorker},
            },
        },
    },
};
use tokio_util::sync::{CancellationToken, DropGuard};
use weir_model::limits::{HEADER_READ_TIMEOUT, SESSION_IDLE_MAX, SESSIONS_MAX};

pub(super) struct Sessions {
    local: LocalSessionManager,
    used: Mutex<Used>,
}

/// When each session was used last, counted in uses.
#[derive(Default)]
struct Used {
    now: u64,
    last: HashMap<SessionId, Session>,
}

struct Session {
    used: u64,
    ended: DropGuard,
}

impl Default for Sessions {
    fn default() -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(SESSION_IDLE_MAX);
        local.session_config.init_timeout = Some(HEADER_READ_TIMEOUT);
        Self { local, used: Mutex::default() }
    }
}

impl Used {
    fn open(&mut self, id: SessionId) {
        self.now += 1;
        self.last.insert(id, Session { used: self.now, ended: CancellationToken::new().drop_guard() });
    }

    fn touch(&mut self, id: &str) {
        if let Some(session) = self.last.get_mut(id) {
            self.now += 1;
            session.used = self.now;
        }
    }

    /// The session that gives way to one more.
    fn spare(&self) -> Option<SessionId> {
        let full = self.last.len() >= SESSIONS_MAX;
        full.then(|| self.last.iter().min_by_key(|(_, session)| session.used).map(|(id, _)| id.clone())).flatten()
    }
}

impl Sessions {
    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cancelled when the session ends; `None` when there is no such session. rmcp gives a closed session's requests
    /// seconds to finish, but nobody can read their answers any more.
    pub(super) fn end_of(&self, id: &str) -> Option<CancellationToken> {
        self.used().last.get(id).map(|session| session.ended.token().clone())
    }
}

impl SessionManager for Sessions {
    type Error = LocalSessionManagerError;
    type Transport = WorkerTransport<LocalSessionWorker>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        let spare = self.used().spare();
        if let Some(spare) = spare {
            self.close_session(&spare).await?;
        }
        let (id, transport) = self.local.create_session().await?;
        self.used().open(id.clone());
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        self.local.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        self.local.has_session(id).await
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        self.used().last.remove(id);
        self.local.close_session(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.used().touch(id);
        self.local.create_stream(id, message).await
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        self.used().touch(id);
        self.local.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.used().touch(id);
        self.local.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.used().touch(id);
        self.local.resume(id, last_event_id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn m16_ids_are_random_and_the_session_unused_longest_gives_way() {
        let sessions = Sessions::default();
        let (first, _transport) = sessions.create_session().await.expect("room");
        let (second, _transport) = sessions.create_session().await.expect("room");
        assert_eq!(first.len(), 36);
        assert_ne!(first, second);
        sessions.used().touch(&first);
        for _ in 2..=SESSIONS_MAX {
            sessions.create_session().await.expect("the oldest gives way");
        }
        assert!(sessions.has_session(&first).await.expect("answers"));
        assert!(!sessions.has_session(&second).await.expect("answers"));
        assert_eq!(sessions.used().last.len(), SESSIONS_MAX);
        let end = sessions.end_of(&first).expect("it is there");
        sessions.close_session(&first).await.expect("closes");
        assert!(end.is_cancelled());
        assert!(!sessions.has_session(&first).await.expect("answers"));
    }
}
