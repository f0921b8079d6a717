//! R14–R25 for Python: logs, results, waiting, endings, neighbours and sources.

use std::time::Duration;

use weir_bridge::port::{Event, Job, Sandbox as _};
use weir_model::{FaultKind as K, Limits, limits::MIB};
use weir_sandbox::Pool;

use super::python_trial::{benign, brief, ends, gives, refuses, snippet, tried, warm};
use crate::harness::*;

#[test]
fn r14_log_flood_python() {
    let outcomes = tried(vec![
        snippet("line = 'x' * 1000\nfor i in range(20_000): print(line)\n1"),
        snippet("for i in range(20_000): print()\n1"),
        snippet("print('x' * 50_000_000)\n1"),
        snippet("import sys\nfor i in range(200_000): sys.stdout.write('x' * 100)\n1"),
        snippet("import logging\nfor i in range(5_000): logging.error('%s', 'x' * 1000)\n1"),
        snippet(
            "import sys\nhost = sys.modules['weir_guest.host']\nfor i in range(20): host.say(host.ERROR, 'x' * 10_000_000)\n1",
        ),
        snippet("import warnings\nfor i in range(5_000): warnings.warn('x' * 1000 + str(i))\n1"),
    ]);
    for outcome in &outcomes {
        assert_eq!(outcome.json(), "1");
        let bytes: usize = outcome.logs.iter().map(|line| line.text.len()).sum();
        assert!(bytes <= 64 * 1024 && outcome.logs.len() <= 4096, "{bytes} bytes in {} lines", outcome.logs.len());
    }
    for flood in [0, 1, 4, 5, 6] {
        assert!(outcomes[flood].ended.logs_truncated, "{flood} is marked as cut");
    }
    for long in [2, 3] {
        assert!(outcomes[long].logs[0].text.ends_with("(entry cut at 16 KiB)"), "{long}");
    }
}

#[test]
fn r15_results_python() {
    refuses(&[
        ("'x' * 50_000_000", K::ResultTooLarge, "larger than"),
        ("a = ['x' * 1000] * 1000\nfor _ in range(6): a = [a] * 10\na", K::ResultTooLarge, "larger than"),
        ("a = [1]\nfor _ in range(100): a = [a, a]\na", K::ResultTooLarge, "larger than"),
        (
            "class F:\n    def __iter__(self): return self\n    def __next__(self): return 1\nF()",
            K::ResultTooLarge,
            "more than 1000000 items",
        ),
        ("a = {}\na['self'] = a\na", K::ResultNotSerializable, "cycle"),
        ("class N: pass\na = N()\na.next = N()\na.next.next = a\na", K::ResultNotSerializable, "cycle"),
        (
            "import dataclasses\n@dataclasses.dataclass\nclass A:\n    a: object\nx = None\nfor _ in range(100_000): x = A(x)\nx",
            K::ResultNotSerializable,
            "nested more than",
        ),
        (
            "class A:\n    __slots__ = ('a',)\n    def __getattr__(self, name): raise KeyboardInterrupt\nA()",
            K::ResultNotSerializable,
            "KeyboardInterrupt",
        ),
        (
            "class A:\n    @property\n    def __dict__(self): raise SystemExit(0)\nA()",
            K::ResultNotSerializable,
            "SystemExit",
        ),
        ("class A:\n    def __await__(self):\n        while True: yield\nA()", K::ResultNotSerializable, "await it"),
        ("lambda: 1", K::ResultNotSerializable, "code"),
    ]);
    ends(&[
        (
            brief(
                "class F:\n    def __iter__(self): return self\n    def __next__(self):\n        while True: pass\nF()",
            ),
            &[K::CpuLimit],
        ),
        (
            brief(
                "from collections.abc import Mapping\nclass M(Mapping):\n    def __getitem__(self, key): return 1\n    def __iter__(self):\n        while True: yield 1\n    def __len__(self): return 1\nM()",
            ),
            &[K::CpuLimit, K::MemoryLimit],
        ),
        (
            snippet("class F:\n    def __iter__(self):\n        while True: yield 'x' * 1_000_000\nF()"),
            &[K::MemoryLimit],
        ),
        (
            snippet("class D(dict):\n    def items(self):\n        while True: yield ('a', 1)\nD(a=1)"),
            &[K::MemoryLimit, K::CpuLimit],
        ),
        (snippet("a = []\nfor _ in range(100_000): a = [a]\na"), &[K::ResultNotSerializable, K::StackOverflow]),
    ]);
    // Counted in characters it fits, as bytes it does not.
    let mut wide = snippet("'é' * 20_000_000");
    wide.limits.memory_bytes = 512 * MIB;
    ends(&[(wide, &[K::ResultTooLarge])]);
    gives(&[("[float('nan'), float('inf'), 1e400]", "[null,null,null]")]);
}

#[test]
fn r16_calls_one_after_the_other_python() {
    let outcome = &tried(vec![brief("for i in range(1_000_000): fake.echo(i=i)")])[0];
    assert_eq!(outcome.kind(), K::CpuLimit);
    assert!(
        outcome.asks.len() > 100 && outcome.asks.iter().zip(1..).all(|(ask, op)| ask.op.0 == op),
        "{}",
        outcome.asks.len()
    );
}

#[test]
fn r17_waiting_for_nothing_python() {
    ends(&[
        (snippet("import asyncio\nawait asyncio.Event().wait()"), &[K::Deadlock]),
        (
            snippet("import asyncio\nwhile True:\n    try: await asyncio.Future()\n    except BaseException: pass"),
            &[K::Deadlock],
        ),
        (
            snippet(
                "import asyncio\nlock = asyncio.Lock()\nasync def a():\n    async with lock: await b()\nasync def b():\n    async with lock: pass\nawait a()",
            ),
            &[K::Deadlock],
        ),
        (
            snippet(
                "import asyncio\nasync def f():\n    while True:\n        try: await asyncio.Event().wait()\n        except BaseException: pass\nt = asyncio.create_task(f())\nawait asyncio.sleep(0)\n1",
            ),
            &[K::Deadlock, K::CpuLimit],
        ),
        (snippet("import sys\nsys.modules['weir_guest.host'].wait()"), &[K::Deadlock]),
    ]);
    let outcome = &tried(vec![snippet("import time\ntime.sleep(1e300)\n1")])[0];
    assert_eq!(
        (outcome.json(), outcome.asks[0].arguments.as_str()),
        ("1", r#"{"ms":1000000000000.0}"#),
        "how long is the host's to decide"
    );
}

#[test]
fn r18_calls_nobody_awaits_python() {
    let outcomes = tried(vec![
        snippet("fake.echo.aio(a=1)\n1"),
        snippet("async def f(): fake.echo(a=1)\nf()\n1"),
        snippet(
            "import asyncio\nasync def f(): await fake.echo.aio(a=1); await fake.echo.aio(a=2)\nasyncio.create_task(f())\nawait asyncio.sleep(0)\n1",
        ),
    ]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.asks.len()).collect::<Vec<_>>(), [1, 0, 2]);
    for outcome in &outcomes[..2] {
        assert!(outcome.json() == "1" && outcome.logs[0].text.contains("never awaited"), "{:?}", outcome.logs);
    }
}

#[test]
fn r20_swallowed_limits_python() {
    ends(&[
        (brief("while True:\n    try:\n        while True: pass\n    except BaseException: pass"), &[K::CpuLimit]),
        (
            snippet(
                "while True:\n    try:\n        a = []\n        while True: a.append('x' * 1_000_000)\n    except BaseException: pass",
            ),
            &[K::MemoryLimit],
        ),
        (
            snippet(
                "keep = []\nwhile True:\n    try:\n        while True: keep.append([keep])\n    except BaseException: pass",
            ),
            &[K::MemoryLimit, K::CpuLimit],
        ),
        (brief("def f():\n    try: f()\n    except BaseException: pass\nwhile True: f()"), &[K::CpuLimit]),
        (
            brief(
                "import contextlib\nwhile True:\n    with contextlib.suppress(BaseException): raise KeyboardInterrupt",
            ),
            &[K::CpuLimit],
        ),
        (brief("while True:\n    try: [0] * 10 ** 9\n    except MemoryError: pass"), &[K::CpuLimit, K::MemoryLimit]),
    ]);
}

#[test]
fn r21_endless_endings_python() {
    ends(&[
        (brief("try:\n    while True: pass\nfinally:\n    while True: pass"), &[K::CpuLimit]),
        (brief("try: 1 / 0\nfinally:\n    while True: pass"), &[K::CpuLimit]),
        (brief("class A:\n    def __del__(self):\n        while True: pass\na = A()\ndel a"), &[K::CpuLimit]),
        (
            brief("class A:\n    def __del__(self): A()\nwhile True: A()"),
            &[K::CpuLimit, K::MemoryLimit, K::StackOverflow],
        ),
        (
            brief(
                "class A:\n    def __exit__(self, *error):\n        while True: pass\n    def __enter__(self): pass\nwith A(): 1 / 0",
            ),
            &[K::CpuLimit],
        ),
        (
            brief(
                "import asyncio\nasync def f():\n    try: await asyncio.sleep(0)\n    finally:\n        while True: pass\nawait asyncio.wait_for(f(), 1)",
            ),
            &[K::CpuLimit],
        ),
        (
            brief(
                "import sys\nsys.modules['gc'].callbacks.append(lambda *values: [None for _ in iter(int, 1)])\nwhile True: a = []; a.append(a)",
            ),
            &[K::CpuLimit, K::MemoryLimit],
        ),
    ]);
    // The interpreter is thrown away, not wound up: what waits for its end never runs, and calls nothing.
    let late = tried(vec![
        snippet("class A:\n    def __del__(self): fake.echo(late=1)\nkeep = A()\n1"),
        snippet("import sys\nsys.modules['atexit'].register(lambda: fake.echo(late=1))\n1"),
        snippet("import weakref\nclass A: pass\na = A()\nweakref.finalize(a, lambda: fake.echo(late=1))\n1"),
    ]);
    for outcome in late {
        assert_eq!((outcome.json(), outcome.asks.len()), ("1", 0));
    }
}

/// A short snippet beside many that never stop: it is answered while they all still run.
#[test]
fn r22_a_benign_run_beside_hostile_ones_python() {
    within(async {
        let pool = Pool::new(config(2));
        let mut hogs = Vec::new();
        for source in ["while True: pass", "import re\nre.match('(a+)+$', 'a' * 50 + '!')"].repeat(10) {
            let mut endless = snippet(source);
            endless.limits.cpu = Duration::from_secs(600);
            hogs.push(pool.start(endless).await.unwrap());
        }
        benign(&pool).await;
        for hog in &mut hogs {
            assert!(futures_util::FutureExt::now_or_never(hog.next()).is_none(), "a hog ended early");
        }
    });
}

#[test]
fn r23_a_killed_worker_python() {
    within(async {
        let pool = warm().await;
        let mut session = pool.start(snippet("fake.never()")).await.unwrap();
        assert!(matches!(session.next().await, Event::Ask(_)));
        let worker = rustix::process::Pid::from_raw(i32::try_from(pool.worker_ids()[0]).unwrap()).unwrap();
        rustix::process::kill_process(worker, rustix::process::Signal::KILL).unwrap();
        assert_eq!(finish(session).await.kind(), K::WorkerLost);
        benign(&pool).await;
    });
}

#[test]
fn r24_hostile_shapes_of_source_python() {
    let nested = |open: &str, close: &str, times| format!("{}1{}", open.repeat(times), close.repeat(times));
    let shapes = [
        vec!["1"; 100_000].join("+"),
        vec!["1"; 60_000].join("<"),
        vec!["1"; 60_000].join("**"),
        vec!["a"; 60_000].join("."),
        vec!["a"; 60_000].join(" and "),
        format!("{} = 1", "a".repeat(1_000_000)),
        (0..50_000).map(|n| format!("def f{n}(): pass\n")).collect(),
        (0..50_000).map(|n| format!("a{n} = {n}\n")).collect(),
        nested("(", ")", 30_000),
        nested("[", "]", 30_000),
        nested("{1:", "}", 30_000),
        nested("(", ")", 190),
        "[".repeat(60_000),
        format!("{}1", "-".repeat(60_000)),
        format!("{}1", "not ".repeat(15_000)),
        format!("{}1", "lambda: ".repeat(9_000)),
        format!("{}1", "a = ".repeat(15_000)),
        format!("{}1", "await ".repeat(9_000)),
        format!("f{}", "()".repeat(30_000)),
        format!("f{}", "[0]".repeat(30_000)),
        (0..100).map(|n| format!("{}if 1:\n", " ".repeat(n))).collect::<String>() + &" ".repeat(100) + "pass",
        (0..20_000).map(|n| if n == 0 { "if 0: pass\n".to_owned() } else { "elif 0: pass\n".to_owned() }).collect(),
        format!("match 1:\n  case {}1{}: pass", "[".repeat(5_000), "]".repeat(5_000)),
        format!("x: {}int{}", "list[".repeat(9_000), "]".repeat(9_000)),
        format!("{}1{}", "f'{".repeat(150), "}'".repeat(150)),
        format!("@{}\ndef f(): pass", vec!["a"; 10_000].join("\n@")),
        "\\\n".repeat(60_000),
        "\"".repeat(60_001),
        "'''".to_owned() + &"\\N{".repeat(10_000),
        "\t".repeat(60_000) + "1",
        "1".repeat(60_000),
        "0x".to_owned() + &"f".repeat(1_000_000),
        "1_".repeat(30_000),
        format!("global {}", (0..5_000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(", ")),
        format!("def f({}): pass\nf()", (0..20_000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(", ")),
        format!("from __future__ import annotations\nimport {}", vec!["json"; 9_000].join(", ")),
    ];
    let long = |source: &String| {
        let limits = Limits { cpu: Duration::from_secs(20), source_bytes: 4 * MIB, ..Limits::default() };
        Job { limits, ..snippet(source) }
    };
    for (source, outcome) in shapes.iter().zip(tried(shapes.iter().map(long).collect())) {
        let known = [K::Syntax, K::StackOverflow, K::MemoryLimit, K::CpuLimit, K::Exception, K::ResultNotSerializable];
        if let Some(kind) = outcome.kind_or_none() {
            assert!(known.contains(&kind), "{:.80} ended with {:?}", source, outcome.fault());
        }
    }
}

#[test]
fn r24_sources_over_the_limit_python() {
    let sources = ["x".repeat(50_000_000), String::new(), "1\0".to_owned()];
    for source in sources {
        assert_eq!(alone_with(snippet(&source)).kind(), K::SourceInvalid);
    }
}
