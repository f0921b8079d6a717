//! Runs snippets in a real pool, answering their calls by a fixed rule.
//!
//! The tools of the fake bridge: `fake.echo(x)` answers `x`, `fake.fail(x)` fails, `fake.never()` is never answered;
//! `sleep` is answered at once and moves the clock.

use std::{path::PathBuf, sync::Arc, time::Duration};

use weir_bridge::port::{Ask, Ended, Event, Job, Sandbox as _, Session};
use weir_model::{
    Bindings, Delivery, Fault, FaultKind, Language, Limits, LogLine, Member, Namespace, OpId, Position, PrincipalId,
};
use weir_sandbox::{Pool, PoolConfig, WorkerCommand};

/// Far beyond what any run here needs; only a bug reaches it.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn config(workers: usize) -> PoolConfig {
    let command = WorkerCommand { program: PathBuf::from(env!("CARGO_BIN_EXE_weir-sandbox-worker")), args: Vec::new() };
    // Compiled guests are found by content: sharing them between tests shares nothing else.
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled-guests");
    PoolConfig {
        workers,
        workers_max: workers * 2,
        cache_dir: Some(cache),
        worker_stderr: true,
        ..PoolConfig::new(command)
    }
}

pub(crate) fn bindings() -> Arc<Bindings> {
    let member = |identifier: &str, raw: &str| Member { identifier: identifier.into(), raw: raw.into() };
    Arc::new(Bindings {
        version: 1,
        namespaces: vec![
            Namespace {
                identifier: "fake".into(),
                raw: "fake".into(),
                members: vec![
                    member("echo", "echo"),
                    member("fail", "fail"),
                    member("never", "never"),
                    member("odd_name", "odd-name"),
                ],
            },
            Namespace { identifier: "my_server".into(), raw: "my-server".into(), members: vec![member("go", "go")] },
        ],
    })
}

pub(crate) fn job(source: &str) -> Job {
    Job {
        principal: PrincipalId::new("somebody"),
        source: source.into(),
        language: Language::TypeScript,
        limits: Limits { cpu: Duration::from_secs(5), ..Limits::default() },
        seed: 7,
        now_ms: 1_700_000_000_000,
        bindings: bindings(),
    }
}

/// How a run went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<String, Fault>,
    pub(crate) asks: Vec<Ask>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) ended: Ended,
}

impl Outcome {
    pub(crate) fn json(&self) -> &str {
        match &self.result {
            Ok(json) => json,
            Err(fault) => panic!("the run failed: {fault:?}"),
        }
    }

    pub(crate) fn fault(&self) -> &Fault {
        match &self.result {
            Ok(json) => panic!("the run succeeded: {}", json.chars().take(500).collect::<String>()),
            Err(fault) => fault,
        }
    }

    pub(crate) fn kind(&self) -> FaultKind {
        self.fault().kind
    }
}

pub(crate) fn at(line: u32, column: u32) -> Option<Position> {
    Some(Position { line, column })
}

/// The fake bridge.
pub(crate) fn answer(ask: &Ask, now_ms: &mut u64) -> Option<Delivery> {
    let outcome = match (ask.namespace.as_str(), ask.member.as_str()) {
        ("fake", "echo" | "odd_name" | "odd-name") => Ok(ask.arguments.clone()),
        ("fake", "never") => return None,
        ("", "sleep") => {
            *now_ms += 1_000;
            Ok("null".to_owned())
        }
        (namespace, member) => Err(format!(
            r#"{{"kind":"tool_error","message":"{namespace}.{member} says no","status":500,"retryable":false}}"#
        )),
    };
    Some(Delivery { op: ask.op, now_ms: *now_ms, outcome })
}

/// Drives a session to its end.
pub(crate) async fn finish(mut session: Box<dyn Session>) -> Outcome {
    let (mut asks, mut logs) = (Vec::new(), Vec::new());
    let mut now_ms = 1_700_000_000_000;
    loop {
        match tokio::time::timeout(PATIENCE, session.next()).await.expect("the run should have ended long ago") {
            Event::Ask(ask) => {
                if let Some(delivery) = answer(&ask, &mut now_ms) {
                    session.deliver(delivery);
                }
                asks.push(ask);
            }
            Event::Log(line) => logs.push(line),
            Event::Settled => panic!("it settled, and nobody asked"),
            Event::Ended(ended) => return Outcome { result: ended.result.clone(), asks, logs, ended },
        }
    }
}

pub(crate) async fn run_job(pool: &Pool, job: Job) -> Outcome {
    match pool.start(job).await {
        Ok(session) => finish(session).await,
        Err(fault) => Outcome {
            result: Err(fault.clone()),
            asks: Vec::new(),
            logs: Vec::new(),
            ended: Ended { result: Err(fault), failed_op: None::<OpId>, cpu: Duration::ZERO, logs_truncated: false },
        },
    }
}

pub(crate) async fn run(pool: &Pool, source: &str) -> Outcome {
    run_job(pool, job(source)).await
}

/// One snippet in a pool of its own.
pub(crate) fn alone(source: &str) -> Outcome {
    alone_with(job(source))
}

pub(crate) fn alone_with(job: Job) -> Outcome {
    within(async {
        let pool = Pool::new(config(1));
        let outcome = run_job(&pool, job).await;
        pool.shut_down().await;
        outcome
    })
}

pub(crate) fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts").block_on(work)
}
