//! How many connections are open, and which of them gives way when there are too many: the oldest idle one first, then the
//! oldest that only listens for changes; one that is working never. A thousand idle clients lock nobody out. The newest
//! connections count as idle last: their request is on its way.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{Router, body::Body, http::Method, response::Response};
use futures_util::future::BoxFuture;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use weir_model::limits::CONNECTIONS_MAX;

/// One in so many places is for connections that may not have sent their first request yet.
const NEWEST_SHARE: usize = 16;

pub(super) struct Connections {
    open: Mutex<VecDeque<Arc<Open>>>,
    max: usize,
    /// Something ended: a connection, or the work of one.
    freed: Notify,
}

#[derive(Default)]
struct Open {
    /// Requests being answered, streams included.
    working: AtomicUsize,
    /// Of those, the ones that only wait for changes.
    listening: AtomicUsize,
    closed: CancellationToken,
}

/// A place for one connection; leaving it frees the place.
pub(super) struct Connection {
    connections: Arc<Connections>,
    open: Arc<Open>,
}

impl Connections {
    /// Half of the descriptors a process may have are left to upstreams and workers.
    pub(super) fn new() -> Arc<Self> {
        let descriptors = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
        let max = descriptors.map_or(CONNECTIONS_MAX, |limit| (limit / 2).clamp(8, CONNECTIONS_MAX));
        Arc::new(Self::with_max(max))
    }

    fn with_max(max: usize) -> Self {
        Self { open: Mutex::default(), max, freed: Notify::new() }
    }

    /// Waits for a place; one that can give way does so at once.
    pub(super) async fn admit(self: &Arc<Self>) -> Connection {
        loop {
            let freed = self.freed.notified();
            if let Some(open) = self.try_admit() {
                return Connection { connections: self.clone(), open };
            }
            freed.await;
        }
    }

    fn try_admit(&self) -> Option<Arc<Open>> {
        let mut open = self.open();
        if open.len() >= self.max {
            let settled = open.len() - self.max / NEWEST_SHARE;
            close_first(&mut open, settled, Open::is_idle)
                .or_else(|| close_first(&mut open, self.max, Open::only_listens))
                .or_else(|| close_first(&mut open, self.max, Open::is_idle))?;
        }
        let new = Arc::new(Open::default());
        open.push_back(new.clone());
        Some(new)
    }

    pub(super) fn close_idle(&self) {
        let _ = close_first(&mut self.open(), usize::MAX, Open::is_idle);
    }

    pub(super) fn close_listening(&self) {
        let mut open = self.open();
        while close_first(&mut open, usize::MAX, Open::only_listens).is_some() {}
    }

    fn open(&self) -> MutexGuard<'_, VecDeque<Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the oldest connection of a kind among the `oldest`, if there is one.
fn close_first(open: &mut VecDeque<Arc<Open>>, oldest: usize, of_kind: impl Fn(&Open) -> bool) -> Option<()> {
    let at = open.iter().take(oldest).position(|open| of_kind(open))?;
    open.remove(at)?.closed.cancel();
    Some(())
}

impl Open {
    fn is_idle(&self) -> bool {
        self.working.load(Ordering::Acquire) == 0
    }

    fn only_listens(&self) -> bool {
        let working = self.working.load(Ordering::Acquire);
        working > 0 && self.listening.load(Ordering::Acquire) == working
    }
}

impl Connection {
    /// Cancelled when the connection has to give way.
    pub(super) fn closed(&self) -> CancellationToken {
        self.open.closed.clone()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.open().retain(|open| !Arc::ptr_eq(open, &self.open));
        self.connections.freed.notify_waiters();
    }
}

/// A request being answered, until the last byte of the answer's body.
struct Work {
    connection: Arc<Connection>,
    listens: bool,
}

impl Work {
    fn begin(connection: Arc<Connection>, listens: bool) -> Self {
        if listens {
            connection.open.listening.fetch_add(1, Ordering::AcqRel);
        }
        connection.open.working.fetch_add(1, Ordering::AcqRel);
        Self { connection, listens }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.connection.open.working.fetch_sub(1, Ordering::AcqRel);
        if self.listens {
            self.connection.open.listening.fetch_sub(1, Ordering::AcqRel);
        }
        self.connection.connections.freed.notify_waiters();
    }
}

/// One connection's service: the router, and the count of what it is answering.
#[derive(Clone)]
pub(super) struct Counted {
    router: TowerToHyperService<Router>,
    connection: Arc<Connection>,
}

impl Counted {
    pub(super) fn new(router: Router, connection: Connection) -> Self {
        Self { router: TowerToHyperService::new(router), connection: Arc::new(connection) }
    }
}

impl hyper::service::Service<hyper::Request<Incoming>> for Counted {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        let work = Work::begin(self.connection.clone(), listens(&request));
        let answering = hyper::service::Service::call(&self.router, request.map(Body::new));
        Box::pin(async move { Ok(answering.await?.map(|body| Body::new(WorkingBody { body, _work: work }))) })
    }
}

/// A stream that tells of changes and nothing else. `Mcp-Method` may be believed: the endpoint refuses a request whose
/// header and body differ.
fn listens<B>(request: &hyper::Request<B>) -> bool {
    request.method() == Method::GET
        || request.headers().get("mcp-method").is_some_and(|method| method == "subscriptions/listen")
}

struct WorkingBody {
    body: Body,
    _work: Work,
}

impl HttpBody for WorkingBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn m18_the_oldest_idle_connection_gives_way_and_a_working_one_never() {
        let connections = Arc::new(Connections::with_max(3));
        let admit = || connections.admit().now_or_never();
        let working = Arc::new(admit().expect("room"));
        let listening = Arc::new(admit().expect("room"));
        let idle = admit().expect("room");
        let _work = Work::begin(working.clone(), false);
        let _listen = Work::begin(listening.clone(), true);

        let fourth = Arc::new(admit().expect("the idle one gives way"));
        assert!(idle.closed().is_cancelled());
        drop(idle);
        let fourth_works = Work::begin(fourth.clone(), false);
        let _fifth = admit().map(Arc::new).map(|fifth| Work::begin(fifth, false)).expect("the listening one gives way");
        assert!(listening.closed().is_cancelled());

        assert!(admit().is_none(), "all three work");
        assert!(!working.closed().is_cancelled() && !fourth.closed().is_cancelled());
        drop(fourth_works);
        admit().expect("the fourth is idle now");
        assert!(fourth.closed().is_cancelled());
    }

    #[tokio::test]
    async fn waiting_for_a_place_ends_when_one_is_left() {
        let connections = Arc::new(Connections::with_max(1));
        let first = Arc::new(connections.admit().await);
        let work = Work::begin(first, false);
        let (_, ()) = tokio::join!(connections.admit(), async { drop(work) });
    }
}
