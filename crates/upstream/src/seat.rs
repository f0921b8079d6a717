//! One upstream's place in the fleet: its config, and the session calls go through while there is one.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use weir_model::ToolId;

use crate::{
    Era, UpstreamConfig,
    link::{Ended, Link},
    listing::Facts,
    openapi::Service,
    redact::Redactor,
};

pub(crate) struct Seat {
    /// Position on the board.
    pub(crate) index: usize,
    pub(crate) config: UpstreamConfig,
    pub(crate) redactor: Arc<Redactor>,
    standing: RwLock<Standing>,
}

#[derive(Clone)]
pub(crate) enum Standing {
    Starting,
    Up(Arc<Session>),
    /// An API whose description was read.
    Open(Arc<Service>),
    Down(Ended),
}

/// A connection whose handshake is done and whose tools are known.
pub(crate) struct Session {
    pub(crate) link: Link,
    pub(crate) era: Era,
    /// `_meta` members of every request, as JSON text; empty in the older era.
    pub(crate) meta: String,
    facts: RwLock<Arc<HashMap<Arc<str>, Facts>>>,
}

impl Session {
    pub(crate) fn new(link: Link, era: Era, meta: String, facts: HashMap<Arc<str>, Facts>) -> Self {
        Self { link, era, meta, facts: RwLock::new(Arc::new(facts)) }
    }

    /// `None`: the upstream offers no such tool (any more), or the config leaves it out.
    pub(crate) fn facts(&self, tool: &ToolId) -> Option<Facts> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).get(&tool.name).cloned()
    }

    pub(crate) fn learn(&self, facts: HashMap<Arc<str>, Facts>) {
        *self.facts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(facts);
    }
}

impl Seat {
    pub(crate) fn new(index: usize, config: UpstreamConfig) -> Arc<Self> {
        let redactor = Arc::new(Redactor::new(&config.transport));
        Arc::new(Self { index, config, redactor, standing: RwLock::new(Standing::Starting) })
    }

    pub(crate) fn standing(&self) -> Standing {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn stand(&self, standing: Standing) {
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    pub(crate) fn deadline(&self, asked: Duration) -> Duration {
        self.config.call_deadline.map_or(asked, |cap| cap.min(asked))
    }
}
