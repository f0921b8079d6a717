//! An upstream over Streamable HTTP, in both eras. Each request is its own exchange; dropping it closes its stream.
//!
//! Never follows a redirect, never accepts an encoded body (nothing is decompressed), never prints a header's value.

mod exchange;
pub(crate) mod heading;
mod sse;
mod stream;

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{COOKIE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_model::{Secret, UpstreamName};

use crate::{
    Era, KeyPlace,
    credential::{Keeper, Shown},
    link::{Answer, Ended, Events, Request},
    pending::Lost,
    redact::Redactor,
    wire::{RequestId, notification},
};

const CONNECT: Duration = Duration::from_secs(10);
/// For what weir says without waiting for an answer: notifications, the end of a session.
const COURTESY: Duration = Duration::from_secs(2);
const SESSION_BYTES_MAX: usize = 1024;

/// Dropping it ends its streams.
pub(crate) struct HttpLink {
    inner: Arc<Inner>,
    stop: CancellationToken,
}

struct Inner {
    client: Client,
    url: Url,
    headers: HeaderMap,
    credential: Credential,
    /// Where a call's idempotency key goes, beside `_meta`.
    idempotency: Option<HeaderName>,
    session: RwLock<Option<HeaderValue>>,
    /// The version of a legacy session, once agreed.
    era: RwLock<Option<Era>>,
    sent: AtomicU32,
    events: Events,
    ended: watch::Sender<Option<Ended>>,
    tracker: TaskTracker,
    /// Replies to the upstream's own requests under way.
    replies: AtomicU32,
}

/// Where the credential of every request comes from, and who takes it out of answers.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(crate) upstream: UpstreamName,
    pub(crate) keeper: Keeper,
    /// A person may log in: what an answer says of that is told.
    pub(crate) by_login: bool,
    pub(crate) redactor: Arc<Redactor>,
}

/// Replies to one upstream's requests at once; what is over is not replied to.
const REPLIES_MAX: u32 = 16;

impl HttpLink {
    pub(crate) fn open(
        url: &str,
        headers: &[(String, Secret)],
        idempotency_header: Option<&str>,
        credential: Credential,
        tracker: TaskTracker,
    ) -> Result<Self, Ended> {
        let url = Url::parse(url).map_err(|e| Ended::plain(format!("its URL is none: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Ended::plain(format!(
                "its URL begins with {:?}; only http and https are spoken",
                url.scheme()
            )));
        }
        let client =
            client(&url).map_err(|e| Ended::with_detail("its connection cannot be set up", Some(cause(&e))))?;
        let inner = Inner {
            client,
            url,
            headers: heading::of_config(headers)?,
            credential,
            idempotency: idempotency_header.map(heading::name_of_config).transpose()?,
            session: RwLock::default(),
            era: RwLock::default(),
            sent: AtomicU32::new(0),
            events: Events::default(),
            ended: watch::Sender::new(None),
            tracker,
            replies: AtomicU32::new(0),
        };
        Ok(Self { inner: Arc::new(inner), stop: CancellationToken::new() })
    }

    pub(crate) async fn request(&self, request: Request<'_>) -> Result<Answer, Lost> {
        let inner = &self.inner;
        let id = RequestId::mint(inner.sent.fetch_add(1, Ordering::Relaxed));
        let legacy = request.era.is_some_and(|era| !era.is_modern());
        let mut farewell = Farewell { inner, id, armed: legacy };
        let bytes = exchange::post(inner, id, &request).await;
        farewell.armed = false;
        Ok(Answer { id, bytes: bytes? })
    }

    pub(crate) async fn initialized(&self, era: Era) -> Result<(), Lost> {
        *self.inner.era.write().unwrap_or_else(PoisonError::into_inner) = Some(era);
        self.inner.say(&notification("notifications/initialized", "{}")).await
    }

    pub(crate) fn listen(&self, era: Era, stop: CancellationToken) {
        let (inner, own) = (self.inner.clone(), self.stop.clone());
        self.inner.tracker.spawn(async move {
            tokio::select! {
                () = stream::listen(&inner, era) => {}
                () = stop.cancelled() => {}
                () = own.cancelled() => {}
            }
        });
    }

    pub(crate) async fn ended(&self) -> Ended {
        let mut ended = self.inner.ended.subscribe();
        match ended.wait_for(Option::is_some).await.map(|ended| ended.clone()) {
            Ok(Some(ended)) => ended,
            // The sender lives as long as this does.
            _ => std::future::pending().await,
        }
    }

    /// Takes leave of a session; without one there is nothing to end.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        if let (Some(session), Some(era)) = (self.inner.session(), self.inner.era()) {
            let headers = heading::of_session(&self.inner.headers, era.as_str(), Some(&session));
            let request = self.inner.client.delete(self.inner.url.clone()).headers(headers).timeout(COURTESY);
            // A server may refuse to end sessions; one that is slow to say so is not waited for.
            let _ = tokio::time::timeout(COURTESY, self.inner.send(request)).await;
        }
    }

    pub(crate) fn events(&self) -> &Events {
        &self.inner.events
    }
}

impl Drop for HttpLink {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Inner {
    fn session(&self) -> Option<HeaderValue> {
        self.session.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn era(&self) -> Option<Era> {
        *self.era.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_session(&self, id: &HeaderValue) {
        let plain = id.len() <= SESSION_BYTES_MAX && id.as_bytes().iter().all(|b| (0x21..0x7f).contains(b));
        let mut id = id.clone();
        id.set_sensitive(true);
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = plain.then_some(id);
    }

    fn session_lost(&self) {
        let ended = Ended { renew: true, ..Ended::plain("it ended the session") };
        self.ended.send_if_modified(|now| now.is_none() && now.replace(ended).is_none());
    }

    fn may_reply(&self) -> bool {
        self.replies.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < REPLIES_MAX).then_some(n + 1)).is_ok()
    }

    fn replied(&self) {
        self.replies.fetch_sub(1, Ordering::Relaxed);
    }

    /// A message that expects no answer.
    async fn say(&self, message: &[u8]) -> Result<(), Lost> {
        let request = Request::plain(self.era(), "", &[], "");
        let headers = heading::of_request(self, &request, self.session().as_ref());
        let post = self.client.post(self.url.clone()).headers(headers).timeout(COURTESY).body(message.to_vec());
        let response = self.send(post).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Lost::Status { status: response.status().as_u16(), retry_after: None, body: "".into(), hint: None })
    }

    /// Sends a request with the credential there is. Who was not let in has had nothing done: another credential, if there is one,
    /// is tried once.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Lost> {
        let unsendable = |_| Lost::NotSent("the request cannot be sent".into());
        let request = request.build().map_err(unsendable)?;
        let Some(again) = request.try_clone() else { return Err(Lost::NotSent("the request cannot be sent".into())) };
        let shown = self.shown().await?;
        let response = self.send_with(request, &shown).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        self.credential.keeper.refused();
        let another = self.shown().await?;
        if same(&shown, &another) { Ok(response) } else { self.send_with(again, &another).await }
    }

    async fn send_with(&self, mut request: reqwest::Request, shown: &Shown) -> Result<Response, Lost> {
        let (mut url, mut headers) = (request.url().clone(), std::mem::take(request.headers_mut()));
        put_on(shown, &mut url, &mut headers)
            .ok_or_else(|| Lost::NotSent("its credential holds characters no header may".into()))?;
        (*request.url_mut(), *request.headers_mut()) = (url, headers);
        self.client.execute(request).await.map_err(|error| unreachable(&error))
    }

    async fn shown(&self) -> Result<Shown, Lost> {
        let shown = self.credential.keeper.credential_for(&self.url).await;
        let shown = shown.map_err(|failure| Lost::NotSent(failure.to_string().into()))?;
        shown.secrets.iter().for_each(|secret| self.credential.redactor.learn(secret));
        Ok(shown)
    }
}

/// Tells a legacy upstream that nobody waits any more: there, closing the stream says nothing.
struct Farewell<'a> {
    inner: &'a Arc<Inner>,
    id: RequestId,
    armed: bool,
}

impl Drop for Farewell<'_> {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let params = format!(r#"{{"requestId":{},"reason":"nobody waits for the answer any more"}}"#, self.id);
        let inner = self.inner.clone();
        self.inner.tracker.spawn(async move {
            // The upstream is free to finish the work; the answer is not waited for either way.
            let _ = inner.say(&notification("notifications/cancelled", &params)).await;
        });
    }
}

/// A credential, where it belongs. `None` when a value cannot be sent there.
pub(crate) fn put_on(shown: &Shown, url: &mut Url, headers: &mut HeaderMap) -> Option<()> {
    for (place, name, value) in &shown.sent {
        match place {
            KeyPlace::Header => {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                let mut value = HeaderValue::from_str(value.expose()).ok()?;
                value.set_sensitive(true);
                headers.insert(name, value);
            }
            KeyPlace::Query => {
                url.query_pairs_mut().append_pair(name, value.expose());
            }
            KeyPlace::Cookie => {
                let earlier = headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok());
                let before = earlier.map(|cookies| format!("{cookies}; ")).unwrap_or_default();
                let mut all = HeaderValue::from_str(&format!("{before}{name}={}", value.expose())).ok()?;
                all.set_sensitive(true);
                headers.insert(COOKIE, all);
            }
        }
    }
    Some(())
}

/// Whether the same would be sent.
pub(crate) fn same(one: &Shown, other: &Shown) -> bool {
    one.sent.len() == other.sent.len()
        && one.sent.iter().zip(&other.sent).all(|(a, b)| a.0 == b.0 && a.1 == b.1 && a.2.expose() == b.2.expose())
}

/// Must come before the first [`client`] for HTTPS. Somebody else's provider is as good.
pub(crate) fn provide_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What sends requests to one address, which answers for itself: no redirect is followed.
pub(crate) fn client(url: &Url) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT)
        .referer(false)
        .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")));
    if is_loopback(url) {
        // A proxy could not reach this machine's own servers.
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // No redirect can lead to TLS: reading the system's certificates would only cost time.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some(host) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            host.eq_ignore_ascii_case("localhost")
                || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// Whether the request can have left is what matters to a caller.
fn unreachable(error: &reqwest::Error) -> Lost {
    let why = cause(error);
    if error.is_connect() || error.is_builder() {
        Lost::NotSent(format!("it cannot be reached: {why}").into())
    } else {
        Lost::Gone(format!("the connection to it broke: {why}").into())
    }
}

/// The innermost reason, without the URL, which may hold a credential.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    // Only the outermost error of reqwest prints a URL.
    if std::ptr::addr_eq(inner, error) { "the request failed".to_owned() } else { inner.to_string() }
}

fn is_gone(status: StatusCode, session: Option<&HeaderValue>) -> bool {
    status == StatusCode::NOT_FOUND && session.is_some()
}
