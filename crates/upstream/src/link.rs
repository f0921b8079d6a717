//! One connection to an upstream, whatever it runs over: a request out, the bytes of its answer back.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;
use weir_bridge::port::Progress;

use crate::{
    Era,
    http::HttpLink,
    pending::Lost,
    redact::Redactor,
    stdio::StdioLink,
    wire::{Outgoing, ProgressNote, RequestId},
};

/// What the rest of the crate needs from stdio and HTTP alike.
pub(crate) enum Link {
    Stdio(StdioLink),
    Http(HttpLink),
}

/// A request, before its link gives it an id.
pub(crate) struct Request<'a> {
    /// Before the era is agreed on there is none.
    pub(crate) era: Option<Era>,
    pub(crate) outgoing: Outgoing<'a>,
    pub(crate) progress: Option<Arc<ProgressSink>>,
    /// The tool's name, for the `Mcp-Name` header.
    pub(crate) name: Option<&'a str>,
    /// `Mcp-Param-*` headers: name without the prefix, value.
    pub(crate) param_headers: Vec<(String, String)>,
}

impl<'a> Request<'a> {
    pub(crate) fn plain(era: Option<Era>, method: &'a str, members: &'a [&'a str], meta: &'a str) -> Self {
        let outgoing = Outgoing::plain(method, members, meta);
        Self { era, outgoing, progress: None, name: None, param_headers: Vec::new() }
    }
}

/// An answer as it came, with the id it must bear.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) id: RequestId,
    pub(crate) bytes: Vec<u8>,
}

impl Link {
    /// Sends once. Dropping the future tells the upstream that nobody waits any more.
    pub(crate) async fn request(&self, request: Request<'_>) -> Result<Answer, Lost> {
        match self {
            Self::Stdio(link) => link.request(request).await,
            Self::Http(link) => link.request(request).await,
        }
    }

    /// Tells a legacy upstream that the handshake is done.
    pub(crate) async fn initialized(&self, era: Era) -> Result<(), Lost> {
        match self {
            Self::Stdio(link) => link.initialized(),
            Self::Http(link) => link.initialized(era).await,
        }
    }

    /// Opens whatever the older era needs besides requests to hear of changes; until `stop`.
    pub(crate) fn listen(&self, era: Era, stop: CancellationToken) {
        if let (Self::Http(link), false) = (self, era.is_modern()) {
            link.listen(era, stop);
        }
    }

    /// Resolves whenever the upstream has said that its tools changed; many times become one.
    pub(crate) async fn tools_changed(&self) {
        self.events().changed.notified().await;
    }

    /// Resolves when the connection has ended, with the reason.
    pub(crate) async fn ended(&self) -> Ended {
        match self {
            Self::Stdio(link) => link.ended().await,
            Self::Http(link) => link.ended().await,
        }
    }

    /// Ends the connection and everything that belongs to it. `patient`: the upstream may take a moment to leave.
    pub(crate) async fn end(&self, patient: bool) {
        match self {
            Self::Stdio(link) => link.end(patient).await,
            Self::Http(link) => link.end().await,
        }
    }

    pub(crate) fn events(&self) -> &Events {
        match self {
            Self::Stdio(link) => link.events(),
            Self::Http(link) => link.events(),
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// For agents: no path, no output of the process.
    pub(crate) cause: String,
    /// More, for people.
    pub(crate) detail: Option<String>,
    /// Nothing is broken: connecting again at once is in order.
    pub(crate) renew: bool,
}

impl Ended {
    pub(crate) fn plain(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), detail: None, renew: false }
    }

    pub(crate) fn with_detail(cause: impl Into<String>, detail: Option<String>) -> Self {
        Self { cause: cause.into(), detail, renew: false }
    }

    /// The whole, for people.
    pub(crate) fn told(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{} ({detail})", self.cause),
            None => self.cause.clone(),
        }
    }
}

/// What an upstream says without being asked, reduced to what weir acts on.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Holds one permit at most: a storm of changes is one change.
    pub(crate) changed: Notify,
    oddities: Mutex<Oddities>,
    pub(crate) odd: Notify,
}

/// Counts of what should not have come, told as warnings.
#[derive(Debug, Default, Clone)]
struct Oddities {
    noise: u64,
    first_noise: String,
    stray: u64,
    oversize: u64,
    dropped: u64,
}

impl Events {
    pub(crate) fn noise(&self, line: &[u8]) {
        self.note(|o| {
            if o.noise == 0 {
                let text = String::from_utf8_lossy(&line[..line.len().min(400)]);
                o.first_noise = text.chars().filter(|c| !c.is_control()).take(80).collect();
            }
            &mut o.noise
        });
    }

    pub(crate) fn stray(&self) {
        self.note(|o| &mut o.stray);
    }

    pub(crate) fn oversize(&self) {
        self.note(|o| &mut o.oversize);
    }

    pub(crate) fn dropped(&self) {
        self.note(|o| &mut o.dropped);
    }

    /// Counts. Only the first, the tenth, the hundredth … is news, so that a flood wakes nobody.
    fn note(&self, of_kind: impl FnOnce(&mut Oddities) -> &mut u64) {
        let news = {
            let mut oddities = self.oddities.lock().unwrap_or_else(PoisonError::into_inner);
            let count = of_kind(&mut oddities);
            *count += 1;
            10_u64.pow(count.ilog10()) == *count
        };
        if news {
            self.odd.notify_one();
        }
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let o = self.oddities.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let noise = format!("lines on its output that are no JSON-RPC messages, the first being {:?}", o.first_noise);
        [
            (o.noise, noise.as_str()),
            (o.stray, "answers nobody waited for, dropped"),
            (o.oversize, "messages over the size limit, skipped"),
            (o.dropped, "replies to its requests dropped, as it asks faster than it reads"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{what} (so far {count})"))
        .collect()
    }
}

/// Passes progress on, but not faster than anybody can look.
pub(crate) struct ProgressSink {
    sink: Arc<dyn Fn(Progress) + Send + Sync>,
    redactor: Arc<Redactor>,
    last: Mutex<Option<Instant>>,
}

impl ProgressSink {
    const APART: Duration = Duration::from_millis(50);
    const MESSAGE_CHARS_MAX: usize = 500;

    pub(crate) fn new(sink: Arc<dyn Fn(Progress) + Send + Sync>, redactor: Arc<Redactor>) -> Arc<Self> {
        Arc::new(Self { sink, redactor, last: Mutex::new(None) })
    }

    /// Drops what comes too soon after the one before.
    pub(crate) fn pass(&self, note: &ProgressNote<'_>) {
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if last.is_some_and(|at| now.duration_since(at) < Self::APART) {
                return;
            }
            *last = Some(now);
        }
        let message =
            note.message.as_deref().map(|m| self.redactor.text(m).chars().take(Self::MESSAGE_CHARS_MAX).collect());
        (self.sink)(Progress { progress: note.progress, total: note.total, message });
    }
}
