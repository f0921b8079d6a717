//! R05, R13: answers that a snippet keeps, or that only wait for it, and how far they take its worker's memory beyond the cap.
//! Linux only: it reads `/proc`.

#![cfg(target_os = "linux")]

use std::{fmt::Write as _, fs, time::Duration};

use weir_bridge::port::{Event, Sandbox as _};
use weir_model::{Delivery, FaultKind as K, Language, Limits, limits::MIB};
use weir_sandbox::Pool;

use super::recording::in_language;
use crate::harness::*;

const CAP: u64 = 128 * MIB;

/// The most memory the worker ever held; `None`: it is gone.
fn peak(worker: u32) -> Option<u64> {
    status(worker, "VmHWM:")
}

/// A figure of `/proc/<worker>/status`, in bytes.
fn status(worker: u32, figure: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{worker}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(figure))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// Ten megabytes of records, as tools answer them.
fn records() -> String {
    let mut json = "[".to_owned();
    for n in 0..80_000 {
        let comma = if n == 0 { "" } else { "," };
        let _written = write!(
            json,
            r#"{comma}{{"id":{n},"title":"record number {n}","state":"open","labels":["a","b"],"body":"some more text of it {n}"}}"#
        );
    }
    json + "]"
}

/// Answers every ask with the same; how it ended, and the worker's peak above what it held before.
async fn run_with(language: Language, source: &str, answered: &str) -> (K, u64) {
    let pool = Pool::new(config(1));
    assert!(run_job(&pool, in_language(language, "1")).await.result.is_ok());
    let worker = pool.worker_ids()[0];
    let resting = peak(worker).unwrap();
    let limits = Limits { memory_bytes: CAP, cpu: Duration::from_secs(100), ..Limits::default() };
    let mut session = pool.start(weir_bridge::port::Job { limits, ..in_language(language, source) }).await.unwrap();
    let mut most = resting;
    let kind = loop {
        let told = tokio::time::timeout(Duration::from_millis(1), session.next()).await;
        most = most.max(peak(worker).unwrap_or_default());
        match told {
            Ok(Event::Ask(ask)) => {
                session.deliver(Delivery { op: ask.op, now_ms: 1, outcome: Ok(answered.to_owned()) });
            }
            Ok(Event::Ended(ended)) => break ended.result.unwrap_err().kind,
            Ok(other) => panic!("{other:?}"),
            Err(_elapsed) => {}
        }
    };
    most = most.max(peak(worker).unwrap_or_default());
    pool.shut_down().await;
    (kind, most - resting)
}

#[test]
fn r13_the_peak_of_answers_kept() {
    let answered = records();
    let rows = [
        (Language::TypeScript, "const a = []; for (;;) a.push(await fake.echo({}))"),
        (
            Language::TypeScript,
            "const a = []; for (;;) a.push(...await Promise.all([1, 2, 3, 4].map(() => fake.echo({}))))",
        ),
        (Language::Python, "a = []\nwhile True: a.append(fake.echo())"),
        (
            Language::Python,
            "import asyncio\na = []\nwhile True: a.append(await asyncio.gather(*[fake.echo.aio() for _ in range(4)]))",
        ),
        (Language::Starlark, "a = []\nfor i in range(100): a.append(fake.echo())"),
        (
            Language::Starlark,
            "a = []\nfor i in range(100): a.append(parallel([fake.echo, fake.echo, fake.echo, fake.echo]))",
        ),
    ];
    within(async {
        for (language, source) in rows {
            let (kind, grown) = run_with(language, source, &answered).await;
            assert_eq!(kind, K::MemoryLimit, "{source}");
            assert!(grown <= CAP + CAP / 5, "{source} took {} MiB over a cap of {} MiB", grown / MIB, CAP / MIB);
        }
    });
}

/// What a run in the process's own memory took goes back to the kernel at its end, not in lumps whenever the allocator sees fit.
#[test]
fn r25_memory_comes_back_starlark() {
    let rows = [
        "a = [[i, str(i)] for i in range(12000)]\nlen(a)",
        "a = [\"x\" * 1000000 for i in range(20)]\nlen(a)",
        "d = {str(i): i for i in range(12000)}\nlen(d)",
        "len([json.decode(\"[\" + \"1,\" * 30000 + \"1]\") for _ in range(3)])",
        "a = [fake.echo(x=\"y\" * 3000000) for i in range(6)]\nlen(a)",
    ];
    within(async {
        let pool = Pool::new(config(1));
        let trivial = in_language(Language::Starlark, "1");
        assert!(run_job(&pool, trivial.clone()).await.result.is_ok());
        let worker = pool.worker_ids()[0];
        let rest = status(worker, "VmRSS:").unwrap();
        for source in rows {
            for _ in 0..2 {
                let outcome = run_job(&pool, in_language(Language::Starlark, source)).await;
                assert!(outcome.result.is_ok(), "{:?}", outcome.result);
            }
            // The next run finds it gone.
            assert!(run_job(&pool, trivial.clone()).await.result.is_ok());
            let kept = status(worker, "VmRSS:").unwrap().saturating_sub(rest);
            assert!(kept < 6 * MIB, "{} KiB are kept after {source}", kept >> 10);
        }
        assert_eq!(pool.worker_ids(), [worker]);
    });
}
