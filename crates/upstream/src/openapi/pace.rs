//! How fast an upstream may be asked: requests evenly spaced, so that no second ever has more of them than it may.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

pub(super) struct Pace {
    apart: Duration,
    /// When the next request may leave.
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// None: as fast as they come.
    pub(super) fn new(per_second: Option<NonZeroU32>) -> Self {
        let apart = per_second.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.get());
        Self { apart, next: Mutex::new(None) }
    }

    /// How long to wait; the turn is taken. `None` when it would be after `by`: then no turn is taken.
    pub(super) fn turn(&self, now: Instant, by: Instant) -> Option<Duration> {
        if self.apart.is_zero() {
            return Some(Duration::ZERO);
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        if at >= by {
            return None;
        }
        *next = Some(at + self.apart);
        Some(at - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_evenly_apart_and_none_is_promised_too_late() {
        let pace = Pace::new(NonZeroU32::new(4));
        let now = Instant::now();
        let millis = |ms: u64| Duration::from_millis(ms);
        let by = now + millis(700);
        let turns: Vec<Option<Duration>> = (0..5).map(|_| pace.turn(now, by)).collect();
        assert_eq!(turns, [Some(millis(0)), Some(millis(250)), Some(millis(500)), None, None]);
        // A turn that was refused is still there for who can wait; a quiet second saves nothing up.
        assert_eq!(pace.turn(now, now + millis(9_000)), Some(millis(750)));
        let later = now + millis(5_000);
        assert_eq!(pace.turn(later, later + millis(9_000)), Some(millis(0)));
        assert_eq!(pace.turn(later, later + millis(9_000)), Some(millis(250)));
    }

    #[test]
    fn without_a_rate_nobody_waits() {
        let pace = Pace::new(None);
        let now = Instant::now();
        assert!((0..1_000).all(|_| pace.turn(now, now) == Some(Duration::ZERO)));
    }
}
