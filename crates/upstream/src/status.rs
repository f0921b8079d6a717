//! What is known of each upstream at a moment, for the catalog and for people.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::watch;
use weir_model::{Tool, UpstreamName};

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
        era: Era,
        /// What the upstream calls itself: name and version.
        server: String,
        /// In the upstream's own order.
        tools: Arc<[Tool]>,
        took: Duration,
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
