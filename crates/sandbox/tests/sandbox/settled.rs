//! What a bridge that replays or parks a run relies on: when a run says that it waits, and what waits with it.

use std::time::Duration;

use weir_bridge::port::{Event, Sandbox as _};
use weir_model::{Delivery, FaultKind, Language, OpId, limits::MIB};
use weir_sandbox::Pool;

use super::recording::{Said, in_language, next, settled};
use crate::harness::*;

fn answer(op: u32, json: &str) -> Delivery {
    Delivery { op: OpId(op), now_ms: 1_700_000_000_001, outcome: Ok(json.to_owned()) }
}

/// What was said, each in a word or two.
fn words(said: &[Said]) -> Vec<String> {
    said.iter()
        .map(|said| match said {
            Said::Asked(ask) => format!("{} {}", ask.op.0, ask.member),
            Said::Logged(line) => line.text.clone(),
        })
        .collect()
}

/// In each language: a call, some computing, a line in the log, and a call that is never answered.
const COMPUTES: [(Language, &str); 3] = [
    (
        Language::TypeScript,
        "await fake.echo({});\nlet x = 0;\nfor (let i = 0; i < 300000; i++) x += i;\nconsole.log('computed');\nawait fake.never({});\nreturn 'end'",
    ),
    (Language::Python, "fake.echo()\nx = 0\nfor i in range(300_000): x += i\nprint('computed')\nfake.never()\n'end'"),
    (
        Language::Starlark,
        "fake.echo()\nx = []\nfor i in range(50000):\n    x = i\nprint(\"computed\")\nfake.never()\n\"end\"",
    ),
];

#[test]
fn a_run_settles_when_it_waits_and_not_while_it_computes() {
    within(async {
        let pool = Pool::new(config(1));
        for (language, source) in COMPUTES {
            let mut session = pool.start(in_language(language, source)).await.unwrap();
            let (said, ended) = settled(&mut session).await;
            assert_eq!((words(&said), ended), (vec!["1 echo".to_owned()], None), "{language:?}");
            // Again, with nothing new: it still waits.
            assert_eq!(settled(&mut session).await, (Vec::new(), None), "{language:?}");
            session.deliver(answer(1, "{}"));
            let (said, ended) = settled(&mut session).await;
            assert_eq!(
                (words(&said), ended),
                (vec!["computed".to_owned(), "2 never".to_owned()], None),
                "{language:?}"
            );
            session.deliver(answer(2, "{}"));
            let (said, ended) = settled(&mut session).await;
            assert_eq!(ended.expect("it ends, and says nothing else").result.unwrap(), "\"end\"", "{language:?}");
            assert!(said.is_empty(), "{language:?}");
            // Nothing comes after the end, whatever is asked.
            session.settle();
            session.deliver(answer(3, "{}"));
            tokio::task::yield_now().await;
            assert!(futures_util::FutureExt::now_or_never(session.next()).is_none(), "{language:?}");
        }
    });
}

/// What settles is what was delivered before it is said, however the questions lie between the answers.
#[test]
fn settling_covers_every_answer_before_it() {
    within(async {
        let pool = Pool::new(config(1));
        for (language, source) in COMPUTES {
            let mut session = pool.start(in_language(language, source)).await.unwrap();
            session.settle();
            session.settle();
            session.deliver(answer(1, "{}"));
            session.settle();
            let mut said = Vec::new();
            loop {
                match next(&mut session).await {
                    Event::Ask(ask) => said.push(ask.member),
                    Event::Log(line) => said.push(line.text),
                    Event::Settled => break,
                    Event::Ended(ended) => panic!("{ended:?}"),
                }
            }
            assert_eq!(said, ["echo", "computed", "never"], "{language:?}");
            // All those questions had one answer.
            session.deliver(answer(2, "{}"));
            assert!(matches!(next(&mut session).await, Event::Ended(_)), "{language:?}");
        }
    });
}

/// While a call waits for a decision, nothing else the snippet waits for is a deadlock; afterwards it is.
#[test]
fn a_run_that_waits_for_a_call_is_no_deadlock() {
    let rows = [
        (Language::TypeScript, "const call = fake.never({});\nawait new Promise(() => {});\nawait call"),
        (Language::TypeScript, "setTimeout(() => {}, 10);\nconst call = fake.never({});\nawait new Promise(() => {})"),
        (
            Language::Python,
            "import asyncio\ncall = asyncio.ensure_future(fake.never.aio())\nawait asyncio.Event().wait()",
        ),
        (Language::Python, "import asyncio\ncall = fake.never.aio()\nawait asyncio.get_running_loop().create_future()"),
    ];
    within(async {
        let pool = Pool::new(config(1));
        for (language, source) in rows {
            let mut session = pool.start(in_language(language, source)).await.unwrap();
            let (said, ended) = settled(&mut session).await;
            assert_eq!(ended, None, "{source}");
            for op in (1..=said.len()).rev() {
                assert_eq!(settled(&mut session).await, (Vec::new(), None), "{source}");
                session.deliver(answer(u32::try_from(op).unwrap(), "null"));
            }
            let (_, ended) = settled(&mut session).await;
            assert_eq!(ended.expect("it ends").result.unwrap_err().kind, FaultKind::Deadlock, "{source}");
        }
    });
}

/// An answer nobody asks for harms nothing: the run waits, and says so.
#[test]
fn an_answer_that_is_never_asked_for_holds_up_what_is_behind_it() {
    let rows = [
        (Language::TypeScript, "return (await fake.echo({})).x"),
        (Language::Python, "fake.echo()['x']"),
        (Language::Starlark, "fake.echo()[\"x\"]"),
    ];
    within(async {
        let pool = Pool::new(config(1));
        for (language, source) in rows {
            let mut session = pool.start(in_language(language, source)).await.unwrap();
            session.deliver(answer(9, "{}"));
            session.deliver(answer(1, "{\"x\":5}"));
            for _ in 0..2 {
                session.settle();
                while let Event::Ask(ask) = next(&mut session).await {
                    assert_eq!(ask.op, OpId(1), "{language:?}");
                }
                assert_eq!(settled(&mut session).await, (Vec::new(), None), "{language:?}");
            }
        }
    });
}

/// A figure of `/proc/<worker>/status`, in bytes.
#[cfg(target_os = "linux")]
fn status(worker: u32, figure: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// A replay may hold as much as a run may be answered. Little of it is in the worker at any time.
#[cfg(target_os = "linux")]
#[test]
fn a_replay_of_large_answers_takes_little_of_the_worker() {
    let rows = [
        (
            Language::TypeScript,
            "let sum = 0;\nfor (let i = 0; i < 40; i++) sum += (await fake.echo({ i })).x.length;\nreturn sum",
        ),
        (Language::Python, "total = 0\nfor i in range(40): total += len(fake.echo(i=i)['x'])\ntotal"),
        (
            Language::Starlark,
            "total = []\nfor i in range(40):\n    total.append(len(fake.echo(i=i)[\"x\"]))\nsum(total)",
        ),
    ];
    within(async {
        for (language, source) in rows {
            let pool = Pool::new(config(1));
            let mut large = in_language(language, source);
            large.limits.memory_bytes = 512 * MIB;
            assert!(run_job(&pool, in_language(language, "1")).await.result.is_ok());
            let resting = status(pool.worker_ids()[0], "VmHWM");
            let mut session = pool.start(large).await.unwrap();
            let answered = format!("{{\"x\":\"{}\"}}", "x".repeat(3 << 20));
            for op in 1..=40 {
                session.deliver(answer(op, &answered));
            }
            let (said, ended) = settled(&mut session).await;
            assert_eq!(ended.expect("it ends").result.unwrap(), (40 * (3 << 20)).to_string(), "{language:?}");
            assert_eq!(said.len(), 40, "{language:?}");
            let worker = pool.worker_ids()[0];
            let grown = status(worker, "VmHWM") - resting;
            // Starlark frees nothing before its end: its heap holds every text it was given.
            let own = if language == Language::Starlark { 160 * MIB } else { 64 * MIB };
            assert!(grown < own, "{language:?} took {} MiB", grown / MIB);
            pool.shut_down().await;
        }
    });
}

/// Answers for what is never asked end the run when they are too many, not the worker or the gateway.
#[cfg(target_os = "linux")]
#[test]
fn answers_ahead_are_bounded() {
    let rows = [
        (Language::TypeScript, "await fake.echo({});\nreturn 1"),
        (Language::Python, "fake.echo()\n1"),
        (Language::Starlark, "fake.echo()\n1"),
    ];
    within(async {
        let pool = Pool::new(config(1));
        for (language, source) in rows {
            assert!(run_job(&pool, in_language(language, source)).await.result.is_ok());
            let workers = pool.worker_ids();
            let mut session = pool.start(in_language(language, source)).await.unwrap();
            let resting: u64 = workers.iter().map(|worker| status(*worker, "VmHWM")).sum();
            let (mut delivered, large) = (0, format!("\"{}\"", "x".repeat(8 << 20)));
            for op in 1_000..1_040 {
                session.deliver(answer(op, &large));
                delivered += 8;
            }
            assert_eq!(words(&settled(&mut session).await.0), ["1 echo"], "{language:?} after {delivered} MiB");
            let grown = workers.iter().map(|worker| status(*worker, "VmHWM")).sum::<u64>() - resting;
            assert!(grown < 32 * MIB, "{language:?} took {} MiB", grown / MIB);
            for op in 1_040..1_060 {
                session.deliver(answer(op, &large));
            }
            let Event::Ended(ended) = next(&mut session).await else { panic!("{language:?} goes on") };
            let fault = ended.result.unwrap_err();
            assert_eq!(fault.kind, FaultKind::MemoryLimit, "{language:?}");
            assert!(fault.message.contains("352 MiB"), "{}", fault.message);
            drop(session);
            assert!(run_job(&pool, in_language(language, source)).await.result.is_ok());
            assert_eq!(pool.worker_ids(), workers, "{language:?}: the workers lived on");
        }
    });
}

/// Many small ones as well, in a run that does ask for them: more asks than may wait at once.
#[test]
fn a_long_replay_is_read_late_and_whole() {
    let rows = [
        (
            Language::TypeScript,
            "let sum = 0;\nfor (let i = 0; i < 10500; i++) sum += await fake.echo({ i });\nreturn sum",
        ),
        (Language::Python, "sum(fake.echo(i=i) for i in range(10_500))"),
        (
            Language::Starlark,
            "def run():\n    t = 0\n    for i in range(10500):\n        t += fake.echo(i=i)\n    return t\nrun()",
        ),
    ];
    within(async {
        let pool = Pool::new(config(1));
        for (language, source) in rows {
            let mut long = in_language(language, source);
            long.limits.cpu = Duration::from_secs(60);
            let mut session = pool.start(long).await.unwrap();
            for op in 1..=10_500 {
                session.deliver(answer(op, "2"));
            }
            // Nobody reads for as long as another run takes.
            assert!(run_job(&pool, in_language(language, "1")).await.result.is_ok());
            let (said, ended) = settled(&mut session).await;
            assert_eq!(
                (said.len(), ended.expect("it ends").result.unwrap().as_str()),
                (10_500, "21000"),
                "{language:?}"
            );
        }
    });
}
