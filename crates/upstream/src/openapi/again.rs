//! Whether a call that failed is sent once more, and when. A decision over facts: nothing is sent from here.

use std::time::Duration;

use weir_model::limits::{RETRIES_MAX, RETRY_AFTER_MAX};

const FIRST: Duration = Duration::from_millis(250);

/// How an attempt ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// No connection came about: nothing was sent.
    NotSent,
    Answered {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Anything else: what was wrong will be wrong again, or it may have been carried out.
    Final,
}

/// What is known of the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// Carried out twice it does no more than once.
    pub(super) repeatable: bool,
    /// The bridge sends a read once more by itself when the answer says when: it is not done twice.
    pub(super) waited_for_elsewhere: bool,
    /// How often it was sent again already.
    pub(super) retries: u32,
}

/// How long to wait before it is sent again; `None`: it is not. `jitter` is between 0 and 1.
pub(super) fn after(failed: Failed, call: Call, jitter: f64) -> Option<Duration> {
    if !call.repeatable || call.retries >= RETRIES_MAX {
        return None;
    }
    let asked = match failed {
        Failed::NotSent => None,
        Failed::Answered { status: 408 | 425 | 429 | 500 | 502 | 503 | 504, retry_after } => retry_after,
        Failed::Answered { .. } | Failed::Final => return None,
    };
    let whole = FIRST * 2_u32.pow(call.retries);
    let own = whole / 2 + (whole / 2).mul_f64(jitter.clamp(0.0, 1.0));
    match asked {
        Some(wait) if wait > RETRY_AFTER_MAX || call.waited_for_elsewhere => None,
        // Never sooner than asked; the jitter keeps many from coming back in one moment.
        Some(wait) => Some(wait + own),
        None => Some(own),
    }
}

/// Between 0 and 1. Without randomness there is no jitter, which is no reason to stop.
pub(super) fn jitter() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Call = Call { repeatable: true, waited_for_elsewhere: false, retries: 0 };

    fn answered(status: u16, retry_after: Option<u64>) -> Failed {
        Failed::Answered { status, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn only_what_does_no_harm_twice_and_may_pass_is_sent_again() {
        let write = Call { repeatable: false, ..CALL };
        let spent = Call { retries: RETRIES_MAX, ..CALL };
        let read = Call { waited_for_elsewhere: true, ..CALL };
        for (failed, call, expected) in [
            (Failed::NotSent, CALL, Some(250)),
            (Failed::NotSent, Call { retries: 1, ..CALL }, Some(500)),
            (Failed::NotSent, write, None),
            (Failed::NotSent, spent, None),
            (Failed::Final, CALL, None),
            (answered(500, None), CALL, Some(250)),
            (answered(503, None), write, None),
            (answered(404, None), CALL, None),
            (answered(501, None), CALL, None),
            (answered(301, Some(1)), CALL, None),
            (answered(429, None), CALL, Some(250)),
            (answered(429, Some(3)), CALL, Some(3_250)),
            (answered(429, Some(3)), read, None),
            (answered(429, Some(10)), CALL, Some(10_250)),
            (answered(429, Some(11)), CALL, None),
            (answered(429, Some(999_999)), CALL, None),
            (answered(408, None), spent, None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(after(failed, call, 1.0), expected, "{failed:?} {call:?}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(after(answered(status, None), CALL, 0.0), Some(Duration::from_millis(125)), "{status}");
        }
    }
}
