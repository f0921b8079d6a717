//! One upstream's life: connected, watched, its list kept current, connected again after a pause. For as long as weir runs.

use std::{
    convert::Infallible,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_model::{Tool, limits};

use crate::{
    Auth, Client, CredentialStatus, Era, Protocol, Spoken, Transport, UpstreamState,
    backoff::Backoff,
    credential::{self, Keeper},
    handshake::{self, Discovery, Greeting, Initialization},
    http::{Credential, HttpLink},
    link::{Ended, Link, Request},
    listing::{self, Asked, Listing},
    openapi,
    seat::{Seat, Session, Standing},
    status::Board,
    stdio::{LastWords, Program, StdioLink, Surroundings},
    verdict::{Verdict, Verdicts},
    warden::Warden,
    wire,
};

/// Why connections end when weir does.
pub(crate) const LEAVING: &str = "weir is shutting down";
/// Changes within this become one.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// The list is fetched again no more often than this.
const REFRESH_APART: Duration = Duration::from_secs(1);
/// One that was up so long has earned a fresh start of the waits.
const STEADY: Duration = Duration::from_secs(30);

/// What all supervisors share.
pub(crate) struct Ground {
    pub(crate) client: Client,
    pub(crate) descriptions: Arc<openapi::Kept>,
    pub(crate) tokens: Option<PathBuf>,
    pub(crate) verdicts: Verdicts,
    pub(crate) board: Arc<Board>,
    pub(crate) warden: Arc<Warden>,
    pub(crate) stop: CancellationToken,
    pub(crate) tracker: TaskTracker,
}

pub(crate) async fn supervise(seat: Arc<Seat>, ground: Arc<Ground>) {
    match &seat.config.transport {
        Transport::OpenApi(api) => {
            let desk = openapi::Desk::new(&seat, &ground, api);
            again_and_again(&seat, &ground, || desk.life()).await;
        }
        Transport::Stdio { .. } | Transport::Http { .. } => {
            let surroundings = credential::Surroundings::of(&seat.config, ground.tokens.as_deref(), &ground.tracker);
            let keeper = match &seat.config.auth {
                Some(auth) => Keeper::new(auth, None, &surroundings),
                None => Keeper::if_logged_in(&surroundings),
            };
            let life = Life { seat: &seat, ground: &ground, keeper: &keeper };
            again_and_again(&seat, &ground, || life.whole()).await;
        }
    }
}

/// One life after the other, with a pause between them that grows.
async fn again_and_again<F: Future<Output = Ended>>(seat: &Seat, ground: &Ground, life: impl Fn() -> F) {
    let mut backoff = Backoff::default();
    let mut said = String::new();
    loop {
        let started = Instant::now();
        let ended = life().await;
        let ended = Ended { detail: ended.detail.map(|d| seat.redactor.text(&d).into_owned()), ..ended };
        seat.stand(Standing::Down(ended.clone()));
        ground.board.report(seat.index, UpstreamState::Absent { reason: ended.told() }, Vec::new());
        if ground.stop.is_cancelled() {
            return;
        }
        if said != ended.told() {
            said = ended.told();
            tracing::warn!(upstream = %seat.config.name, reason = %said, "upstream absent");
        }
        let steady = started.elapsed() >= STEADY;
        if steady {
            backoff.reset();
        }
        let wait = if ended.renew && steady { Duration::ZERO } else { backoff.next() };
        tokio::select! {
            () = sleep(wait) => {}
            () = ground.stop.cancelled() => return,
        }
    }
}

/// What is known when an upstream has just come up.
struct Up {
    greeting: Greeting,
    tools: Arc<[Tool]>,
    warnings: Vec<String>,
}

#[derive(Clone, Copy)]
struct Life<'a> {
    seat: &'a Seat,
    ground: &'a Ground,
    /// The credential of requests over HTTP; it outlives connections.
    keeper: &'a Keeper,
}

/// Where a connection attempt stands, for the sentence should it take too long.
#[derive(Default)]
struct Attempt {
    stage: Mutex<&'static str>,
    last_words: Mutex<Option<Arc<LastWords>>>,
}

impl Attempt {
    fn at(&self, stage: &'static str) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn last_words(&self) -> Option<Arc<LastWords>> {
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn timed_out(&self, after: Duration) -> Ended {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let words = self.last_words().and_then(|words| words.told());
        Ended::with_detail(format!("{stage} within {after:?}"), words.map(|w| format!("its last output: {w}")))
    }
}

impl Life<'_> {
    /// From the connection's start to its end.
    async fn whole(self) -> Ended {
        let started = Instant::now();
        tokio::select! {
            connected = self.connect() => match connected {
                Ok((session, up)) => self.live(&session, up, started).await,
                Err(ended) => ended,
            },
            () = self.ground.stop.cancelled() => Ended::plain(LEAVING),
        }
    }

    async fn connect(self) -> Result<(Arc<Session>, Up), Ended> {
        let attempt = Attempt::default();
        let within = self.seat.config.start_timeout;
        match timeout(within, self.attempt(&attempt)).await {
            Ok(connected) => connected,
            Err(_) => Err(attempt.timed_out(within)),
        }
    }

    async fn attempt(self, attempt: &Attempt) -> Result<(Arc<Session>, Up), Ended> {
        let (link, greeting) = self.greet(attempt).await?;
        attempt.at("its tool list was not answered");
        let era = greeting.era;
        let meta = if era.is_modern() { self.modern_meta() } else { String::new() };
        let listing = listing::list(self.asked(&link, era, &meta)).await;
        let Listing { tools, facts, warnings } = listing?;
        let session = Arc::new(Session::new(link, era, meta, facts));
        Ok((session, Up { greeting, tools, warnings }))
    }

    /// A connection on which the era is settled.
    async fn greet(self, attempt: &Attempt) -> Result<(Link, Greeting), Ended> {
        let transport = &self.seat.config.transport;
        let remembered = self.ground.verdicts.of(transport);
        match (self.seat.config.protocol, remembered) {
            (Protocol::Legacy, _) => match self.initialize(self.open(attempt)?, attempt).await {
                Greeted::Yes(link, greeting) => Ok((link, greeting)),
                Greeted::No(ended) => Err(ended),
                Greeted::OtherEra(_) => {
                    Err(Ended::plain("it speaks only the stateless era, and the config says protocol = \"legacy\""))
                }
            },
            (Protocol::Modern, _) => match self.discover(self.open(attempt)?, attempt, None).await {
                Greeted::Yes(link, greeting) => Ok((link, greeting)),
                Greeted::No(ended) => Err(ended),
                Greeted::OtherEra(link) => Err(self.not_modern(link).await),
            },
            (Protocol::Auto, Some(Verdict::Legacy)) => match self.initialize(self.open(attempt)?, attempt).await {
                Greeted::Yes(link, greeting) => Ok((link, greeting)),
                // What was remembered does not hold: ask afresh.
                Greeted::No(_) | Greeted::OtherEra(_) => self.probe(attempt).await,
            },
            (Protocol::Auto, _) => self.probe(attempt).await,
        }
    }

    async fn not_modern(self, link: Link) -> Ended {
        let cause = "it does not speak the stateless era, and the config says protocol = \"modern\"";
        // A process that has ended says more.
        match timeout(Duration::from_millis(50), link.ended()).await {
            Ok(ended) => ended,
            Err(_) => Ended::plain(cause),
        }
    }

    async fn probe(self, attempt: &Attempt) -> Result<(Link, Greeting), Ended> {
        let link = match self.discover(self.open(attempt)?, attempt, Some(self.seat.config.probe_timeout)).await {
            Greeted::Yes(link, greeting) => {
                self.ground.verdicts.remember(&self.seat.config.transport, Verdict::Modern);
                return Ok((link, greeting));
            }
            Greeted::No(ended) => return Err(ended),
            Greeted::OtherEra(link) => self.fresh(link, attempt).await?,
        };
        match self.initialize(link, attempt).await {
            Greeted::Yes(link, greeting) => {
                self.ground.verdicts.remember(&self.seat.config.transport, Verdict::Legacy);
                Ok((link, greeting))
            }
            Greeted::No(ended) => Err(ended),
            // It was only too slow to be found modern the first time.
            Greeted::OtherEra(link) => match self.discover(self.fresh(link, attempt).await?, attempt, None).await {
                Greeted::Yes(link, greeting) => Ok((link, greeting)),
                Greeted::No(ended) => Err(ended),
                Greeted::OtherEra(_) => Err(Ended::plain("it refuses both protocol eras")),
            },
        }
    }

    async fn discover(self, link: Link, attempt: &Attempt, limit: Option<Duration>) -> Greeted {
        attempt.at("it did not answer server/discover");
        let meta = self.modern_meta();
        let discovery = match limit {
            None => Some(handshake::discover(&link, &meta).await),
            Some(limit) => patiently(handshake::discover(&link, &meta), limit, attempt).await,
        };
        match discovery {
            Some(Discovery::Modern(greeting)) => Greeted::Yes(link, greeting),
            Some(Discovery::Hopeless(ended)) => Greeted::No(ended),
            Some(Discovery::NotModern) | None => Greeted::OtherEra(link),
        }
    }

    async fn initialize(self, link: Link, attempt: &Attempt) -> Greeted {
        attempt.at("it did not answer initialize");
        match handshake::initialize(&link, &self.ground.client).await {
            Initialization::Legacy(greeting) => Greeted::Yes(link, greeting),
            Initialization::ModernOnly => Greeted::OtherEra(link),
            Initialization::Failed(ended) => Greeted::No(ended),
        }
    }

    fn open(self, attempt: &Attempt) -> Result<Link, Ended> {
        match &self.seat.config.transport {
            Transport::Stdio { command, args, env, cwd } => {
                let program = Program { command, args, env, cwd: cwd.as_ref() };
                let surroundings = Surroundings {
                    name: self.seat.config.name.clone(),
                    redactor: self.seat.redactor.clone(),
                    warden: self.ground.warden.clone(),
                    tracker: self.ground.tracker.clone(),
                };
                let link = StdioLink::open(program, &surroundings)?;
                *attempt.last_words.lock().unwrap_or_else(PoisonError::into_inner) = Some(link.last_words());
                Ok(Link::Stdio(link))
            }
            Transport::Http { url, headers } => HttpLink::open(
                url,
                headers,
                self.seat.config.idempotency_header.as_deref(),
                Credential {
                    upstream: self.seat.config.name.clone(),
                    keeper: self.keeper.clone(),
                    by_login: matches!(self.seat.config.auth, None | Some(Auth::Login(_))),
                    redactor: self.seat.redactor.clone(),
                },
                self.ground.tracker.clone(),
            )
            .map(Link::Http),
            Transport::OpenApi(_) => Err(Ended::plain("an API with a description is no MCP server")),
        }
    }

    /// Some servers hold a connection to the era of its first message, so the other era gets a new one.
    async fn fresh(self, link: Link, attempt: &Attempt) -> Result<Link, Ended> {
        match link {
            Link::Stdio(_) => {
                link.end(false).await;
                self.open(attempt)
            }
            // Over HTTP every request stands alone.
            Link::Http(_) => Ok(link),
        }
    }

    fn modern_meta(self) -> String {
        wire::client_members(&self.ground.client)
    }

    fn asked<'b>(self, link: &'b Link, era: Era, meta: &'b str) -> Asked<'b>
    where
        Self: 'b,
    {
        let config = &self.seat.config;
        Asked { link, era, meta, name: &config.name, filter: &config.tools, redactor: &self.seat.redactor }
    }

    /// Until the connection ends.
    async fn live(self, session: &Arc<Session>, up: Up, started: Instant) -> Ended {
        let Up { greeting, tools, warnings } = up;
        let took = started.elapsed();
        let server = self.seat.redactor.text(&greeting.server).into_owned();
        let credentials = self.credentials().await;
        let ready = |tools| UpstreamState::Ready {
            protocol: Spoken::Mcp(greeting.era),
            server: server.clone(),
            tools,
            took,
            description: None,
            credentials: credentials.clone(),
        };
        self.seat.stand(Standing::Up(session.clone()));
        self.ground.board.report(self.seat.index, ready(tools), self.told(&warnings, session));
        if greeting.announces_changes {
            session.link.listen(session.era, self.ground.stop.child_token());
        }
        tokio::select! {
            ended = session.link.ended() => ended,
            () = self.ground.stop.cancelled() => {
                session.link.end(true).await;
                Ended::plain(LEAVING)
            }
            never = self.keep_current(session, warnings, ready) => match never {},
            never = self.subscribe(session, greeting.announces_changes) => match never {},
        }
    }

    /// The one credential, when requests bear one.
    async fn credentials(self) -> Arc<[CredentialStatus]> {
        if !matches!(self.seat.config.transport, Transport::Http { .. }) {
            return Arc::default();
        }
        let shown = self.keeper.credential().await.is_ok_and(|shown| !shown.sent.is_empty());
        let configured = self.seat.config.auth.is_some();
        let status = CredentialStatus { scheme: None, configured, told: self.keeper.described() };
        (shown || configured).then_some(status).into_iter().collect()
    }

    /// The list's warnings and what has been odd since, as people may see them.
    fn told(self, listed: &[String], session: &Session) -> Vec<String> {
        let odd = session.link.events().warnings();
        listed.iter().chain(&odd).map(|warning| self.seat.redactor.text(warning).into_owned()).collect()
    }

    /// Fetches the list again after changes, and passes warnings on.
    async fn keep_current(
        self,
        session: &Session,
        listed: Vec<String>,
        ready: impl Fn(Arc<[Tool]>) -> UpstreamState,
    ) -> Infallible {
        let mut listed = listed;
        loop {
            tokio::select! {
                () = session.link.tools_changed() => {}
                () = session.link.events().odd.notified() => {
                    self.ground.board.warn(self.seat.index, self.told(&listed, session));
                    continue;
                }
            }
            sleep(DEBOUNCE).await;
            let asked = self.asked(&session.link, session.era, &session.meta);
            match timeout(self.seat.config.start_timeout, listing::list(asked)).await {
                Ok(Ok(Listing { tools, facts, warnings })) => {
                    session.learn(facts);
                    listed = warnings;
                    self.ground.board.report(self.seat.index, ready(tools), self.told(&listed, session));
                }
                Ok(Err(ended)) => listed.push(format!("its tools changed, but: {}", ended.told())),
                Err(_) => listed.push("its tools changed, but the new list was not answered".into()),
            }
            listed.truncate(limits::WARNINGS_MAX);
            self.ground.board.warn(self.seat.index, self.told(&listed, session));
            sleep(REFRESH_APART).await;
        }
    }

    /// Stays subscribed to changes in the stateless era, where an upstream says nothing unasked.
    async fn subscribe(self, session: &Session, announced: bool) -> Infallible {
        let mut backoff = Backoff::default();
        while announced && session.era.is_modern() {
            let since = Instant::now();
            let members = [r#""notifications":{"toolsListChanged":true}"#];
            let request = Request::plain(Some(session.era), "subscriptions/listen", &members, &session.meta);
            let refused = match session.link.request(request).await {
                Ok(answer) => wire::answer::<serde::de::IgnoredAny>(&answer.bytes, answer.id).is_err(),
                Err(_) => false,
            };
            if refused {
                break;
            }
            if since.elapsed() >= STEADY {
                backoff.reset();
            }
            sleep(backoff.next()).await;
            // What changed meanwhile went unheard.
            session.link.events().changed.notify_one();
        }
        std::future::pending().await
    }
}

enum Greeted {
    Yes(Link, Greeting),
    /// This connection speaks the other era, or nothing.
    OtherEra(Link),
    No(Ended),
}

/// Waits `limit`, and once more for an upstream that has printed nothing yet: it may still be loading.
async fn patiently(
    discovery: impl Future<Output = Discovery>,
    limit: Duration,
    attempt: &Attempt,
) -> Option<Discovery> {
    tokio::pin!(discovery);
    if let Ok(found) = timeout(limit, &mut discovery).await {
        return Some(found);
    }
    if attempt.last_words().is_none_or(|words| words.spoke()) {
        return None;
    }
    timeout(limit, &mut discovery).await.ok()
}
