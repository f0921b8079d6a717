//! The one way all requests to an upstream take: at most so many at once, no faster than allowed, none while it is left alone.

use std::sync::Arc;

use reqwest::Client;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep, timeout_at},
};

use super::{
    circuit::{Circuit, LeftAlone, Pass},
    pace::Pace,
};
use crate::{OpenApi, egress, egress::Rules};

/// Lives as long as the upstream is configured, whatever becomes of its description.
pub(super) struct Lane {
    pub(super) client: Client,
    pub(super) rules: Rules,
    slots: Semaphore,
    pace: Pace,
    circuit: Circuit,
}

/// The right to send one request now.
pub(super) struct Place<'a> {
    pub(super) pass: Pass<'a>,
    _slot: SemaphorePermit<'a>,
}

/// Why a request does not leave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// So many others are under way, or waiting for their turn.
    Crowded,
    LeftAlone(LeftAlone),
}

impl Lane {
    pub(super) fn new(config: &OpenApi, rules: Rules) -> Result<Arc<Self>, reqwest::Error> {
        Ok(Arc::new(Self {
            client: egress::client(rules)?,
            rules,
            slots: Semaphore::new(config.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            pace: Pace::new(config.rate),
            circuit: Circuit::new(),
        }))
    }

    pub(super) async fn place(&self, by: Instant) -> Result<Place<'_>, NoPlace> {
        let slot = match timeout_at(by, self.slots.acquire()).await {
            Ok(Ok(slot)) => slot,
            // It is never closed.
            Ok(Err(_)) | Err(_) => return Err(NoPlace::Crowded),
        };
        let wait = self.pace.turn(Instant::now(), by).ok_or(NoPlace::Crowded)?;
        if !wait.is_zero() {
            sleep(wait).await;
        }
        let pass = self.circuit.enter(Instant::now()).map_err(NoPlace::LeftAlone)?;
        Ok(Place { pass, _slot: slot })
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use super::*;
    use crate::DescriptionAt;

    fn lane(concurrency: usize, rate: Option<u32>) -> Arc<Lane> {
        let api = OpenApi::new(DescriptionAt::Url(String::new()));
        let config = OpenApi { concurrency, rate: rate.and_then(NonZeroU32::new), ..api };
        Lane::new(&config, Rules::default()).unwrap()
    }

    fn within(millis: u64) -> Instant {
        Instant::now() + Duration::from_millis(millis)
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_and_no_more() {
        let lane = lane(2, None);
        let (first, _second) = (lane.place(within(0)).await.unwrap(), lane.place(within(0)).await.unwrap());
        assert_eq!(lane.place(within(100)).await.err(), Some(NoPlace::Crowded));
        drop(first);
        assert!(lane.place(within(100)).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_faster_than_allowed() {
        let lane = lane(100, Some(10));
        let began = Instant::now();
        for _ in 0..11 {
            lane.place(within(60_000)).await.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::from_secs(1));
        assert_eq!(lane.place(within(50)).await.err(), Some(NoPlace::Crowded));
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_again_and_again_is_left_alone() {
        let lane = lane(100, None);
        for _ in 0..weir_model::limits::CIRCUIT_FAILURES_MAX {
            lane.place(within(0)).await.unwrap().pass.failed(Instant::now());
        }
        assert_eq!(lane.place(within(0)).await.err(), Some(NoPlace::LeftAlone(LeftAlone(Duration::from_secs(5)))));
        tokio::time::advance(Duration::from_secs(5)).await;
        lane.place(within(0)).await.unwrap().pass.answered();
        assert!(lane.place(within(0)).await.is_ok());
    }
}
