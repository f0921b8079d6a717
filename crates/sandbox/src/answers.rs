//! Answers on their way to a run, whatever its engine: handed over one at a time, in the order they came.
//!
//! What a snippet observes depends on that order alone, never on how answers happened to arrive together. One that came before its
//! operation was started holds up those behind it until it is: so a replay, which has all answers from the start, does what the run did.

use std::collections::VecDeque;

use crate::frame;

/// Answers handed over in one step of a run before others get their turn.
pub(crate) const ANSWERS_PER_STEP: u32 = 16;

#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) op: u32,
    pub(crate) now_ms: u64,
    /// JSON text of the value, or of the failure.
    pub(crate) outcome: Result<String, String>,
}

#[derive(Debug, Default)]
pub(crate) struct Answers {
    waiting: VecDeque<Delivery>,
    /// Weight of those handed over since somebody asked.
    taken: u64,
}

impl Answers {
    pub(crate) fn push(&mut self, delivery: Delivery) {
        self.waiting.push_back(delivery);
    }

    /// The next one to hand over. `None`: there is none, or its operation was not started yet.
    pub(crate) fn next(&mut self, has_begun: impl FnOnce(u32) -> bool) -> Option<Delivery> {
        let delivery = self.waiting.pop_front_if(|delivery| has_begun(delivery.op))?;
        let (Ok(json) | Err(json)) = &delivery.outcome;
        self.taken += frame::delivery_weight(json.len());
        Some(delivery)
    }

    /// Weight of those that were handed over since this was last asked.
    pub(crate) fn taken(&mut self) -> u64 {
        std::mem::take(&mut self.taken)
    }
}
