//! What is known of each upstream at a moment, for the catalog and for people.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::watch;
use weir_model::{Tool, UpstreamName};
use weir_openapi::Skipped;

/// The protocol version spoken with an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Era(&'static str);

impl Era {
    pub(crate) const MODERN: Self = Self("2026-07-28");
    /// The newest version that opens with `initialize`.
    pub(crate) const LEGACY: Self = Self("2025-11-25");
    const KNOWN: [Self; 5] = [Self::MODERN, Self::LEGACY, Self("2025-06-18"), Self("2025-03-26"), Self("2024-11-05")];

    pub(crate) fn legacy(version: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|e| e.0 == version && !e.is_modern())
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub fn is_modern(self) -> bool {
        self == Self::MODERN
    }
}

impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What is spoken with an upstream. Printed as people say it: `2026-07-28`, `OpenAPI 3.0.3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    Mcp(Era),
    /// HTTP, by a description that says it is of this version.
    OpenApi(Arc<str>),
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mcp(era) => era.fmt(f),
            Self::OpenApi(version) => write!(f, "OpenAPI {version}"),
        }
    }
}

/// What became of an API's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescriptionStatus {
    /// Operations that are tools.
    pub operations: usize,
    /// Operations the config leaves out.
    pub left_out: usize,
    /// Operations that cannot be used, and why; at most [`weir_model::limits::SKIPPED_TOLD_MAX`].
    pub skipped: Vec<Skipped>,
    /// All of those, the ones not told too.
    pub skipped_count: usize,
    /// The parsed form was on disk already.
    pub kept: bool,
}

/// One credential of an upstream, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialStatus {
    /// The description's name of the scheme; `None` for the one credential of all requests.
    pub scheme: Option<String>,
    /// Whether the config has one for it.
    pub configured: bool,
    /// Of which kind, from where, and whether it is there: for people.
    pub told: String,
}

#[derive(Debug, Clone)]
pub struct UpstreamStatus {
    pub name: UpstreamName,
    pub state: UpstreamState,
    /// Sentences for people, bounded in number and length.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone)]
pub enum UpstreamState {
    Starting,
    Ready {
        protocol: Spoken,
        /// What the upstream calls itself: name and version.
        server: String,
        /// In the upstream's own order.
        tools: Arc<[Tool]>,
        took: Duration,
        /// Of an API with a description.
        description: Option<Arc<DescriptionStatus>>,
        credentials: Arc<[CredentialStatus]>,
    },
    /// Not there now; weir keeps trying.
    Absent {
        /// A sentence for people, with the last lines the process printed. Not for agents: it may name host paths.
        reason: String,
    },
}

/// Where supervisors report, and everybody else looks.
#[derive(Debug)]
pub(crate) struct Board(watch::Sender<Arc<[UpstreamStatus]>>);

impl Board {
    pub(crate) fn new(names: impl IntoIterator<Item = UpstreamName>) -> Self {
        let statuses: Arc<[UpstreamStatus]> = names
            .into_iter()
            .map(|name| UpstreamStatus { name, state: UpstreamState::Starting, warnings: Vec::new() })
            .collect();
        Self(watch::Sender::new(statuses))
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<[UpstreamStatus]>> {
        self.0.subscribe()
    }

    pub(crate) fn report(&self, index: usize, state: UpstreamState, warnings: Vec<String>) {
        self.0.send_modify(|statuses| {
            let mut changed = statuses.to_vec();
            changed[index].state = state;
            changed[index].warnings = warnings;
            *statuses = changed.into();
        });
    }

    /// The warnings alone: the tools stay as they are.
    pub(crate) fn warn(&self, index: usize, warnings: Vec<String>) {
        let state = self.0.borrow()[index].state.clone();
        self.report(index, state, warnings);
    }
}
