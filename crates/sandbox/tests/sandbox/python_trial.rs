//! Hostile Python, tried: it ends as it should and in time, what is said of it names nothing outside it, and the same worker
//! then runs a benign snippet as if nothing had been.

use std::time::Duration;

use weir_bridge::port::Job;
use weir_model::{FaultKind, Language, Limits};
use weir_sandbox::Pool;

use crate::harness::*;

/// What a run gets beyond its limit.
const GRACE: Duration = Duration::from_secs(1);

/// Touches what hostile snippets change: builtins, the standard library, the event loop, tools, streams.
const BENIGN: &str = r#"
import asyncio, dataclasses, json, sys
@dataclasses.dataclass
class Point:
    x: int
print("benign", len(sys.modules) > 100)
result = [json.dumps({"a": [1]}), await asyncio.gather(fake.echo.aio(a=1)), fake.echo(b=Point(2)), open.__name__, sum([20, 22])]
"#;
const BENIGN_GIVES: &str = r#"["{\"a\": [1]}",[{"a":1}],{"b":{"x":2}},"open",42]"#;

/// Words of what lies around a snippet.
const OUTSIDE: [&str; 10] =
    ["wasm", "/work", "/root", "/python/", "/0/", "weir_guest", "wit_world", "componentize", ".rs", "target/"];

pub(crate) fn snippet(source: &str) -> Job {
    let limits = Limits { cpu: Duration::from_secs(3), ..Limits::default() };
    Job { language: Language::Python, limits, ..job(source) }
}

/// A snippet that computes without end.
pub(crate) fn brief(source: &str) -> Job {
    let limits = Limits { cpu: Duration::from_millis(300), ..Limits::default() };
    Job { limits, ..snippet(source) }
}

/// A pool with one worker for Python that has run something.
pub(crate) async fn warm() -> Pool {
    let pool = Pool::new(config(1));
    benign(&pool).await;
    pool
}

pub(crate) async fn benign(pool: &Pool) {
    let outcome = run_job(pool, snippet(BENIGN)).await;
    assert_eq!((outcome.json(), outcome.logs.len()), (BENIGN_GIVES, 1), "a benign run");
    assert_eq!(outcome.logs[0].text, "benign True");
}

/// Tries one after the other in one worker.
pub(crate) fn tried(jobs: Vec<Job>) -> Vec<Outcome> {
    within(async {
        let pool = warm().await;
        let worker = pool.worker_ids();
        let mut outcomes = Vec::new();
        for job in jobs {
            let (source, limit) = (job.source.clone(), job.limits.cpu);
            let outcome = run_job(&pool, job).await;
            assert!(outcome.ended.cpu <= limit + GRACE, "{source} computed for {:?}", outcome.ended.cpu);
            assert!(
                outcome.kind_or_none() != Some(FaultKind::WorkerLost),
                "{source} took its worker with it: {:?}",
                outcome.result
            );
            discreet(&source, &outcome);
            benign(&pool).await;
            assert_eq!(pool.worker_ids(), worker, "the worker lived on after {source}");
            outcomes.push(outcome);
        }
        pool.shut_down().await;
        outcomes
    })
}

/// Each row's snippet ends by one of its kinds.
pub(crate) fn ends(rows: &[(Job, &[FaultKind])]) {
    let outcomes = tried(rows.iter().map(|(job, _)| again(job)).collect());
    for ((job, kinds), outcome) in rows.iter().zip(&outcomes) {
        let Err(fault) = &outcome.result else { panic!("{} gave {:.300}", job.source, outcome.json()) };
        assert!(kinds.contains(&fault.kind), "{} ended with {fault:?}", job.source);
    }
}

/// Each row's snippet gives its JSON.
pub(crate) fn gives(rows: &[(&str, &str)]) {
    for ((source, json), outcome) in rows.iter().zip(&tried(rows.iter().map(|(source, _)| snippet(source)).collect())) {
        assert_eq!(outcome.json(), *json, "{source}");
    }
}

/// Each row's snippet fails with a kind, and a message that holds a text.
pub(crate) fn refuses(rows: &[(&str, FaultKind, &str)]) {
    let outcomes = tried(rows.iter().map(|(source, ..)| snippet(source)).collect());
    for ((source, kind, text), outcome) in rows.iter().zip(&outcomes) {
        let fault = outcome.fault();
        assert!(fault.kind == *kind && fault.message.contains(text), "{source} ended with {fault:?}");
    }
}

fn again(job: &Job) -> Job {
    Job { limits: job.limits.clone(), ..snippet(&job.source) }
}

/// Says nothing of the host, the guest or the engine that the snippet did not say itself.
pub(crate) fn discreet(source: &str, outcome: &Outcome) {
    let Err(fault) = &outcome.result else { return };
    for text in [Some(&fault.message), fault.hint.as_ref()].into_iter().flatten() {
        for word in OUTSIDE.into_iter().filter(|word| !source.contains(word)) {
            assert!(!text.contains(word), "{source} was told {text}");
        }
        assert!(text.chars().count() <= weir_model::limits::ERROR_MESSAGE_CHARS_MAX, "{source}");
    }
}

impl Outcome {
    pub(crate) fn kind_or_none(&self) -> Option<FaultKind> {
        self.result.as_ref().err().map(|fault| fault.kind)
    }
}
