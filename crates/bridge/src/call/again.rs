//! Whether a call that failed is sent once more, and when. A decision over facts: nothing is sent from here.
//!
//! Only reads, whatever a tool says of itself: what may have had an effect is for the snippet, or a person, to repeat.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use weir_model::{
    CallSeq, Effect, FailureKind, RunId, ToolFailure,
    limits::{READ_RETRIES_MAX, RETRY_AFTER_MAX},
};

/// Before the first retry of what does not say when; twice that before the second.
const FIRST: Duration = Duration::from_millis(250);

/// How long to wait; `None`: the failure stands. `retries` is how often it was sent again already, `jitter` between 0 and 1.
pub(super) fn after(effect: Effect, failure: &ToolFailure, retries: u32, jitter: f64) -> Option<Duration> {
    if effect != Effect::Read || !failure.retryable {
        return None;
    }
    // A call without an answer only once: a kept connection may have been closed just then; an upstream that is gone is not back in a moment.
    let times = match (failure.status, failure.kind) {
        (Some(_), _) => READ_RETRIES_MAX,
        (None, FailureKind::UpstreamUnavailable) => 1,
        (None, _) => 0,
    };
    let own = FIRST * 2_u32.pow(retries.min(READ_RETRIES_MAX));
    match failure.retry_after {
        // Never sooner than asked; the jitter keeps many from coming back in one moment.
        Some(asked) => (retries == 0 && asked <= RETRY_AFTER_MAX).then(|| asked + FIRST.mul_f64(jitter)),
        None => (retries < times).then(|| own / 2 + (own / 2).mul_f64(jitter)),
    }
}

/// Between 0 and 1, and another for every run, call and retry.
pub(super) fn jitter(run: &RunId, seq: CallSeq, retries: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (run.as_str(), seq.0, retries).hash(&mut hasher);
    f64::from(hasher.finish() as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_that_may_succeed_later_are_sent_again() {
        let (read, write) = (Effect::Read, Effect::Write);
        let (gone, refused) = (FailureKind::UpstreamUnavailable, FailureKind::ToolError);
        for (effect, kind, status, asked_ms, retries, expected_ms) in [
            (read, gone, Some(503), None, 0, Some(250)),
            (read, gone, Some(503), None, 1, Some(500)),
            (read, gone, Some(503), None, 2, None),
            (read, refused, Some(429), Some(3_000), 0, Some(3_250)),
            (read, refused, Some(429), Some(3_000), 1, None),
            (read, refused, Some(429), Some(10_000), 0, Some(10_250)),
            (read, refused, Some(429), Some(10_001), 0, None),
            (read, refused, None, Some(1_000), 0, Some(1_250)),
            (read, gone, None, None, 0, Some(250)),
            (read, gone, None, None, 1, None),
            (read, refused, None, None, 0, None),
            (read, gone, Some(503), None, u32::MAX, None),
            (write, gone, Some(503), None, 0, None),
            (write, gone, None, None, 0, None),
            (write, refused, Some(429), Some(1), 0, None),
            (Effect::Destructive, refused, Some(429), Some(1), 0, None),
        ] {
            let mut failure = ToolFailure::new(kind, "");
            failure.retryable = true;
            failure.status = status;
            failure.retry_after = asked_ms.map(Duration::from_millis);
            let after_ms =
                |failure: &ToolFailure, jitter| after(effect, failure, retries, jitter).map(|wait| wait.as_millis());
            assert_eq!(after_ms(&failure, 1.0), expected_ms, "{effect:?} {status:?} {asked_ms:?} {retries}");
            assert!(after_ms(&failure, 0.0) <= expected_ms);
            failure.retryable = false;
            assert_eq!(after_ms(&failure, 1.0), None);
        }
    }

    #[test]
    fn many_do_not_come_back_in_one_moment() {
        let spread: Vec<f64> = (1..=100).map(|seq| jitter(&RunId::new("run_1"), CallSeq(seq), 0)).collect();
        assert!(spread.iter().all(|jitter| (0.0..=1.0).contains(jitter)));
        assert!(spread.iter().filter(|jitter| **jitter < 0.5).count().abs_diff(50) < 25, "{spread:?}");
    }
}
