//! A run's history: what it asked and logged, in order, and what it was answered, in order. Recorded once, then compared with replays.

use std::time::Duration;

use weir_bridge::port::{Ask, Ended, Event, Job, Sandbox as _, Session};
use weir_model::{Delivery, Fault, Language, LogLine, OpId};
use weir_sandbox::Pool;

use crate::harness::{answer, job};

/// Far beyond what any run here needs; only a bug reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Asked(Ask),
    Logged(LogLine),
}

/// How a run ended; `None`: it waits for what nobody answers.
pub(crate) type End = Option<(Result<String, Fault>, Option<OpId>, bool)>;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recording {
    pub(crate) said: Vec<Said>,
    pub(crate) deliveries: Vec<Delivery>,
    /// How much had been said when each delivery was made.
    pub(crate) said_before: Vec<usize>,
    pub(crate) end: End,
}

/// When the first run is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Whatever is asked, as soon as it is: several answers may wait in the worker.
    AtOnce,
    /// One at a time, once the run waits, in an order that these decide.
    Picked(&'static [u8]),
}

pub(crate) fn in_language(language: Language, source: &str) -> Job {
    Job { language, ..job(source) }
}

pub(crate) async fn next(session: &mut Box<dyn Session>) -> Event {
    tokio::time::timeout(PATIENCE, session.next()).await.expect("the run should have said something long ago")
}

/// What is said until the run waits or ends.
pub(crate) async fn settled(session: &mut Box<dyn Session>) -> (Vec<Said>, Option<Ended>) {
    session.settle();
    let mut said = Vec::new();
    loop {
        match next(session).await {
            Event::Ask(ask) => said.push(Said::Asked(ask)),
            Event::Log(line) => said.push(Said::Logged(line)),
            Event::Settled => return (said, None),
            Event::Ended(ended) => return (said, Some(ended)),
        }
    }
}

fn end(ended: Ended) -> End {
    Some((ended.result, ended.failed_op, ended.logs_truncated))
}

/// Runs it for the first time. `fake.never` is never answered.
pub(crate) async fn record(pool: &Pool, job: Job, answered: Answered) -> Recording {
    match answered {
        Answered::AtOnce => at_once(pool, job).await,
        Answered::Picked(picks) => picked(pool, job, picks).await,
    }
}

async fn at_once(pool: &Pool, job: Job) -> Recording {
    let mut now_ms = job.now_ms;
    let mut session = pool.start(job).await.unwrap();
    let mut recording = Recording { said: Vec::new(), deliveries: Vec::new(), said_before: Vec::new(), end: None };
    loop {
        match next(&mut session).await {
            Event::Ask(ask) => {
                recording.said.push(Said::Asked(ask.clone()));
                let delivery = answer(&ask, &mut now_ms).expect("everything is answered here");
                recording.deliveries.push(delivery.clone());
                session.deliver(delivery);
            }
            Event::Log(line) => recording.said.push(Said::Logged(line)),
            Event::Settled => panic!("it settled, and nobody asked"),
            Event::Ended(ended) => return Recording { end: end(ended), ..recording },
        }
    }
}

pub(crate) async fn picked(pool: &Pool, job: Job, picks: &[u8]) -> Recording {
    let mut now_ms = job.now_ms;
    let mut session = pool.start(job).await.unwrap();
    let mut recording = Recording { said: Vec::new(), deliveries: Vec::new(), said_before: Vec::new(), end: None };
    let mut waiting: Vec<Ask> = Vec::new();
    loop {
        let (said, ended) = settled(&mut session).await;
        waiting.extend(said.iter().filter_map(|said| match said {
            Said::Asked(ask) if ask.member != "never" => Some(ask.clone()),
            _ => None,
        }));
        recording.said.extend(said);
        if let Some(ended) = ended {
            return Recording { end: end(ended), ..recording };
        }
        if waiting.is_empty() {
            return recording;
        }
        let pick = picks.get(recording.deliveries.len() % picks.len().max(1)).copied().unwrap_or_default();
        let ask = waiting.remove(usize::from(pick) % waiting.len());
        now_ms += 3;
        let delivery = answer(&ask, &mut now_ms).expect("what waits is answered");
        recording.said_before.push(recording.said.len());
        recording.deliveries.push(delivery.clone());
        session.deliver(delivery);
    }
}

/// Runs it again with the first `ahead` deliveries handed over before anything was asked, and the others as in the first run.
pub(crate) async fn replay(pool: &Pool, job: Job, first: &Recording, ahead: usize) -> Recording {
    let mut session = pool.start(job).await.unwrap();
    let mut coming = first.deliveries.iter().cloned();
    coming.by_ref().take(ahead).for_each(|delivery| session.deliver(delivery));
    let mut again = Recording { said: Vec::new(), deliveries: Vec::new(), said_before: Vec::new(), end: None };
    loop {
        let (said, ended) = settled(&mut session).await;
        again.said.extend(said);
        again.end = ended.and_then(end);
        again.said_before.push(again.said.len());
        match coming.next() {
            Some(delivery) if again.end.is_none() => session.deliver(delivery),
            _ => return again,
        }
    }
}

/// Whether a run and its replays, from wherever they go on, are the same. `Err` tells the difference.
pub(crate) async fn compare(pool: &Pool, job: &Job, first: &Recording) -> Result<(), String> {
    let all = first.deliveries.len();
    for ahead in [all, all / 2, 0] {
        let again = replay(pool, job.clone(), first, ahead).await;
        if (&again.said, &again.end) != (&first.said, &first.end) {
            return Err(format!("with {ahead} of {all} ahead\nfirst {first:#?}\nagain {again:#?}\n{}", job.source));
        }
        // When the answers were used up, it had said what it had said then.
        if let (Some(&then), Some(&now)) = (first.said_before.get(ahead), again.said_before.first())
            && now != then
        {
            return Err(format!("with {ahead} of {all} ahead it said {now}, not {then}, and settled\n{}", job.source));
        }
    }
    Ok(())
}
