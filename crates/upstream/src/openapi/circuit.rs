//! Leaves an upstream alone that fails again and again: open for 5 s, then 10, up to a minute; one probe at a time closes it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use weir_model::limits::CIRCUIT_FAILURES_MAX;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed {
        failures: u32,
    },
    /// Nothing leaves before `until`.
    Open {
        until: Instant,
        wait: Duration,
    },
    /// One request is on its way to find out.
    Probing {
        wait: Duration,
    },
}

pub(super) struct Circuit(Mutex<State>);

/// The leave to send one request. Dropped without a word, it has shown nothing.
pub(super) struct Pass<'a> {
    circuit: &'a Circuit,
    probe: bool,
}

/// How long the upstream is left alone yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftAlone(pub(super) Duration);

impl Circuit {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::Closed { failures: 0 }))
    }

    pub(super) fn enter(&self, now: Instant) -> Result<Pass<'_>, LeftAlone> {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Ok(Pass { circuit: self, probe: false }),
            State::Open { until, .. } if now < until => Err(LeftAlone(until - now)),
            State::Open { wait, .. } => {
                *state = State::Probing { wait };
                Ok(Pass { circuit: self, probe: true })
            }
            State::Probing { .. } => Err(LeftAlone(Duration::from_secs(1))),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// It answered, whatever it said.
    pub(super) fn answered(mut self) {
        self.probe = false;
        *self.circuit.state() = State::Closed { failures: 0 };
    }

    /// It cannot be reached, broke off, or is out of service.
    pub(super) fn failed(mut self, now: Instant) {
        let mut state = self.circuit.state();
        *state = match *state {
            State::Closed { failures } if failures + 1 >= CIRCUIT_FAILURES_MAX => {
                State::Open { until: now + FIRST, wait: FIRST }
            }
            State::Closed { failures } => State::Closed { failures: failures + 1 },
            State::Probing { wait } if self.probe => {
                let wait = (wait * 2).min(LONGEST);
                State::Open { until: now + wait, wait }
            }
            // Sent before the circuit opened: known already.
            other => other,
        };
        self.probe = false;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.probe {
            return;
        }
        let mut state = self.circuit.state();
        if let State::Probing { wait } = *state {
            // Nobody waited for the probe's answer: the next one may probe at once.
            *state = State::Open { until: Instant::now(), wait };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(circuit: &Circuit, now: Instant) {
        for _ in 0..CIRCUIT_FAILURES_MAX {
            circuit.enter(now).unwrap_or_else(|_| panic!("it is open already")).failed(now);
        }
    }

    fn left_alone(circuit: &Circuit, now: Instant) -> Option<Duration> {
        circuit.enter(now).err().map(|left| left.0)
    }

    #[test]
    fn ten_failures_in_a_row_open_it_and_one_answer_between_them_does_not() {
        let (circuit, now) = (Circuit::new(), Instant::now());
        for _ in 0..5 {
            for _ in 1..CIRCUIT_FAILURES_MAX {
                circuit.enter(now).ok().unwrap().failed(now);
            }
            circuit.enter(now).ok().unwrap().answered();
        }
        open(&circuit, now);
        assert_eq!(left_alone(&circuit, now), Some(Duration::from_secs(5)));
        assert_eq!(left_alone(&circuit, now + Duration::from_secs(4)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn the_waits_double_to_a_minute_and_one_probe_closes_it() {
        let (circuit, mut now) = (Circuit::new(), Instant::now());
        open(&circuit, now);
        for seconds in [5, 10, 20, 40, 60, 60] {
            let wait = Duration::from_secs(seconds);
            assert_eq!(left_alone(&circuit, now), Some(wait));
            now += wait;
            let probe = circuit.enter(now).ok().unwrap();
            assert_eq!(left_alone(&circuit, now), Some(Duration::from_secs(1)), "one probe at a time");
            probe.failed(now);
        }
        now += Duration::from_secs(60);
        circuit.enter(now).ok().unwrap().answered();
        assert_eq!(left_alone(&circuit, now), None);
        open(&circuit, now);
        assert_eq!(left_alone(&circuit, now), Some(Duration::from_secs(5)), "and it starts over");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_nobody_waited_for_is_probed_again_and_late_failures_change_nothing() {
        let (circuit, now) = (Circuit::new(), Instant::now());
        let late = circuit.enter(now).ok().unwrap();
        open(&circuit, now);
        late.failed(now);
        assert_eq!(left_alone(&circuit, now), Some(Duration::from_secs(5)));
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(circuit.enter(Instant::now()).ok().unwrap());
        circuit.enter(Instant::now()).ok().unwrap().answered();
        assert_eq!(left_alone(&circuit, Instant::now()), None);
    }
}
