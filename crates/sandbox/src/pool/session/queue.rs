//! Answers on their way to a worker: held here, in order, and sent as fast as the worker takes them.
//!
//! A replay hands over everything at once, long before the snippet asks. What waits in a worker stays small all the same, and so does
//! what the worker asks before the bridge has read it.

use std::collections::VecDeque;

use weir_model::{Delivery, OpId, limits};

use crate::frame;

/// Answers sent for operations that nobody has read of yet.
pub(in crate::pool) const AHEAD_MAX: usize = 64;
/// Weight of the answers waiting in a worker beyond which it is sent no further one.
const WINDOW: u64 = 4 * limits::MIB;
/// Weight of all that is held for one run: whatever a run can be answered, and as much again as one direction of a channel holds.
pub(super) const HELD_MAX: u64 = limits::RUN_RESPONSE_BYTES_MAX + limits::FRAME_QUEUE_BYTES_MAX;

/// More answers than can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch;

#[derive(Debug, Default)]
pub(super) struct Queue {
    held: VecDeque<Delivery>,
    held_weight: u64,
    /// Weight of what was sent and not taken.
    sent_weight: u64,
    /// Operations of what was sent before their asks were read, in the order of the answers.
    ahead: VecDeque<OpId>,
    /// The last operation whose ask was read.
    read: Option<OpId>,
}

fn weight(delivery: &Delivery) -> u64 {
    let (Ok(json) | Err(json)) = &delivery.outcome;
    frame::delivery_weight(json.len())
}

impl Queue {
    pub(super) fn push(&mut self, delivery: Delivery) -> Result<(), TooMuch> {
        self.held_weight = self.held_weight.saturating_add(weight(&delivery));
        self.held.push_back(delivery);
        if self.held_weight > HELD_MAX { Err(TooMuch) } else { Ok(()) }
    }

    /// The next answer to send now, if there is one.
    pub(super) fn next(&mut self) -> Option<Delivery> {
        if self.sent_weight >= WINDOW || self.ahead.len() >= AHEAD_MAX {
            return None;
        }
        let delivery = self.held.pop_front()?;
        let weight = weight(&delivery);
        self.held_weight = self.held_weight.saturating_sub(weight);
        self.sent_weight = self.sent_weight.saturating_add(weight);
        if Some(delivery.op) > self.read {
            self.ahead.push_back(delivery.op);
        }
        Some(delivery)
    }

    /// The worker took answers of this weight in.
    pub(super) fn taken(&mut self, weight: u64) {
        self.sent_weight = self.sent_weight.saturating_sub(weight);
    }

    /// The ask of this operation was read, and those of all before it.
    pub(super) fn asked(&mut self, op: OpId) {
        self.read = self.read.max(Some(op));
        while self.ahead.pop_front_if(|ahead| Some(*ahead) <= self.read).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(op: u32, bytes: usize) -> Delivery {
        Delivery { op: OpId(op), now_ms: 0, outcome: Ok("x".repeat(bytes)) }
    }

    fn sent(queue: &mut Queue) -> Vec<u32> {
        std::iter::from_fn(|| queue.next()).map(|delivery| delivery.op.0).collect()
    }

    #[test]
    fn answers_go_out_as_operations_are_asked() {
        let mut queue = Queue::default();
        for op in 1..=100 {
            queue.push(answer(op, 1)).unwrap();
        }
        assert_eq!(sent(&mut queue), (1..=64).collect::<Vec<_>>());
        queue.asked(OpId(3));
        assert_eq!(sent(&mut queue), [65, 66, 67]);
        queue.asked(OpId(100));
        assert_eq!(sent(&mut queue), (68..=100).collect::<Vec<_>>());
    }

    /// The worker hands over in order: what was asked stays behind what was not.
    #[test]
    fn an_answer_nobody_asks_for_holds_up_the_others() {
        let mut queue = Queue::default();
        queue.push(answer(1_000, 1)).unwrap();
        for op in 1..=100 {
            queue.push(answer(op, 1)).unwrap();
        }
        assert_eq!(sent(&mut queue).len(), AHEAD_MAX);
        queue.asked(OpId(50));
        assert_eq!(sent(&mut queue), [0_u32; 0]);
    }

    #[test]
    fn a_worker_is_sent_no_more_than_it_takes() {
        let mut queue = Queue::default();
        queue.asked(OpId(10));
        for op in 1..=10 {
            queue.push(answer(op, 3 * 1024 * 1024)).unwrap();
        }
        assert_eq!(sent(&mut queue), [1, 2]);
        queue.taken(frame::delivery_weight(3 * 1024 * 1024));
        assert_eq!(sent(&mut queue), [3]);
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut queue = Queue::default();
        let mut pushed = 0;
        while queue.push(answer(7, 32 * 1024 * 1024)).is_ok() {
            pushed += 1;
            assert!(pushed < 100, "no end");
        }
        assert_eq!(pushed, 10, "the eleventh is over 352 MiB");
    }
}
