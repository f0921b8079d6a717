//! P09–P14, R01–R24 in Starlark, an engine that lives in the worker process itself: what a snippet may use up.
//!
//! Two kinds of end. Most bombs are refused or ended inside the worker, which goes on. The few that nothing looks into end with
//! the process: the run at fault is told its limit, whoever ran beside it is told why it was lost.

use std::time::Duration;

use weir_bridge::port::{Event, Sandbox as _};
use weir_model::{FaultKind, Language, Limits, limits::MIB};
use weir_sandbox::Pool;

use super::{
    recording::{Said, settled},
    starlark::{star, star_alone, tells_nothing_of_the_host, with_cpu},
};
use crate::harness::*;

/// What becomes of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worker {
    LivesOn,
    MayEnd,
}

/// What a bomb may take, unless its row says otherwise.
const CPU: Duration = Duration::from_secs(2);
/// What a hundred thousand steps of the interpreter may take: one is 20 µs where nothing is optimised, on a host with nothing else to do.
const CPU_OF_MANY_STEPS: Duration = Duration::from_secs(20);

/// The run ends by one of these in time, tells nothing, and the next one is well.
fn ends_by(source: &str, kinds: &[FaultKind], worker: Worker, cpu: Duration) {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let mut bomb = with_cpu(source, cpu);
        bomb.limits.memory_bytes = 32 * MIB;
        let outcome = run_job(&pool, bomb).await;
        assert!(kinds.contains(&outcome.kind()), "{:?}", outcome.fault());
        tells_nothing_of_the_host(outcome.fault());
        assert!(outcome.ended.cpu < cpu + Duration::from_secs(1), "{:?}", outcome.ended.cpu);
        let before = pool.worker_ids();
        assert_eq!(run_job(&pool, star("[n * 2 for n in range(3)]")).await.json(), "[0,2,4]");
        if worker == Worker::LivesOn {
            assert_eq!(pool.worker_ids(), before, "the worker lived on");
        }
    });
}

macro_rules! bombs {
    ($worker:ident, $cpu:ident; $($name:ident: $source:expr => $($kind:ident)|+;)*) => {
        $(#[test]
        fn $name() {
            ends_by($source, &[$(FaultKind::$kind),+], Worker::$worker, $cpu);
        })*
    };
}

bombs! { LivesOn, CPU;
    p09_long_text: "\"a\" * 2147483647" => MemoryLimit;
    p09_long_text_by_a_big_number: "\"a\" * 10000000000" => Exception | MemoryLimit;
    p09_long_list: "[0] * 2147483647" => MemoryLimit;
    p09_power: "x = 10\nfor _ in range(60):\n    x *= x" => Exception;
    p09_shift: "1 << (1 << 40)" => Exception;
    p09_wide_format: "\"%0999999999d\" % 1" => Exception;
    p11_recursion: "def f():\n    return f()\nf()" => StackOverflow;
    p11_mutual_recursion: "def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nf(1)" => StackOverflow;
    p12_load: "load(\"//x\", \"y\")" => Unsupported;
    p12_while: "while True:\n    pass" => Syntax;
    p12_wide_comprehension: "[x for x in range(1000000000)]" => Exception;
    p12_nested_comprehension: "[0 for x in range(10000) for y in range(10000) if x > y + 20000]" => CpuLimit;
    p12_dict_comprehension: "{x: y for x in range(10000) for y in range(10000)}" => CpuLimit;
    r01_nested_loops: "for x in range(10000000):\n    for y in range(10000000):\n        pass" => CpuLimit;
    r01_calls: "f = lambda g, n: g(g, n - 1) or g(g, n - 1) if n else False\nf(f, 100)" => CpuLimit;
    r01_loops_of_long_steps: "for _ in range(1000000):\n    max(range(1000000))" => CpuLimit;
    r01_sorting_with_a_key: "for _ in range(1000000):\n    sorted(range(10000), key=lambda x: -x)" => CpuLimit | MemoryLimit;
    r01_texts: "x = \"ab\" * 1000\nfor _ in range(10000000):\n    x.replace(\"b\", \"c\").upper().find(\"zz\")" => CpuLimit | MemoryLimit;
    r04_deep_decode: "json.decode(\"[\" * 1000000)" => Exception;
    r05_lists_of_lists: "a = []\nfor _ in range(10000000):\n    a.append(list(a))" => MemoryLimit;
    r05_doubling_list: "rows = [\"some text\"]\nfor _ in range(100):\n    rows = rows + rows" => MemoryLimit;
    r05_doubling_in_place: "rows = [\"some text\"]\nfor _ in range(100):\n    rows += rows" => MemoryLimit;
    r05_doubling_tuple: "rows = (1, 2)\nfor _ in range(100):\n    rows = rows + rows" => MemoryLimit;
    r06_doubling_text: "s = \"x\"\nfor _ in range(100):\n    s += s" => MemoryLimit;
    r06_doubling_text_by_sum: "s = \"x\"\nfor _ in range(100):\n    s = s + s" => MemoryLimit;
    r06_large_text_grown_by_little: "s = \"x\" * 10000000\nfor _ in range(10000000):\n    s += \"y\"" => MemoryLimit;
    r08_lists_of_ranges: "a = []\nfor i in range(100):\n    a.append(list(range(10000000)))" => MemoryLimit | CpuLimit;
    r09_keys: "d = {}\nfor a in range(10000000):\n    for b in range(1000):\n        d[str(a) + \"k\" + str(b)] = 1" => MemoryLimit | CpuLimit;
    r10_closures: "a = []\nfor x in range(10000000):\n    for y in range(1000):\n        a.append(lambda: a)" => MemoryLimit | CpuLimit;
    r11_product: "x = 3\nfor _ in range(1000000):\n    x = x * x" => Exception;
    r15_large_result: "\"x\" * 50000000" => ResultTooLarge | MemoryLimit;
    r20_swallowed_memory: "for _ in range(10000000):\n    attempt(lambda: [0] * 2147483647)" => MemoryLimit;
    r20_swallowed_time: "f = lambda: [0 for x in range(10000000) for y in range(10000000)]\nfor _ in range(10000000):\n    attempt(f)" => CpuLimit;
    r20_swallowed_recursion: "def f():\n    return f()\nfor x in range(10000000):\n    for y in range(10000000):\n        attempt(f)" => StackOverflow | CpuLimit;
}

// What nothing looks into while it happens.
bombs! { MayEnd, CPU;
    p09_million_digits: "int(\"9\" * 10000000)" => CpuLimit | Exception;
    p12_text_of_a_shared_value: "a = [1]\nfor _ in range(60):\n    a = [a, a]\nlen(str(a))" => MemoryLimit | CpuLimit;
    p12_text_of_a_shared_value_by_format: "a = [1]\nfor _ in range(60):\n    a = [a, a]\nlen(\"{}\".format(a))" => MemoryLimit | CpuLimit;
    r01_hash_of_a_shared_value: "a = (1,)\nfor _ in range(60):\n    a = (a, a)\n{a: 1}" => CpuLimit;
    r01_comparison_of_shared_values: "a = [1]\nb = [1]\nfor _ in range(60):\n    a = [a, a]\n    b = [b, b]\na == b" => CpuLimit;
    r01_quadratic_search: "s = \"a\" * 5000000\ns.count(\"a\" * 2500000 + \"b\")\nx = [s] * 3000\nfor _ in range(10000):\n    max(x) == min(x)" => CpuLimit;
    r08_join: "\"\".join([\"x\" * 1000000] * 100000)" => MemoryLimit;
    r08_split: "a = [(\"x,\" * 5000000).split(\",\") for _ in range(100)]" => MemoryLimit;
    r08_extend: "a = list(range(1000000))\nfor _ in range(100):\n    a.extend(a)" => MemoryLimit;
    r09_number_keys: "d = {}\nfor a in range(10000):\n    for b in range(10000):\n        d[a * 10000 + b] = 1" => MemoryLimit | CpuLimit;
    r09_sets: "a = [set(range(100000)) for _ in range(10000)]" => MemoryLimit | CpuLimit;
    r12_replace: "s = \"xx\"\nfor _ in range(100):\n    s = s.replace(\"x\", \"xxxx\")" => MemoryLimit;
    r12_format: "s = \"x\"\nfor _ in range(100):\n    s = \"{0}{0}{0}{0}\".format(s)" => MemoryLimit;
    r12_text_with_expressions: "s = \"x\"\nfor _ in range(100):\n    s = f\"{s}{s}{s}{s}\"" => MemoryLimit;
    r12_percent: "s = \"x\"\nfor _ in range(100):\n    s = \"%s%s%s%s\" % (s, s, s, s)" => MemoryLimit;
}

// Values a hundred thousand levels deep, each made by a step.
bombs! { LivesOn, CPU_OF_MANY_STEPS;
    p11_deep_value_compared: "a = []\nb = []\nfor _ in range(100000):\n    a = [a]\n    b = [b]\na == b" => StackOverflow | Exception;
    p11_deep_value_returned: "a = []\nfor _ in range(100000):\n    a = [a]\na" => ResultNotSerializable;
    r04_deep_encode: "a = []\nfor _ in range(100000):\n    a = [a]\njson.encode(a)" => Exception;
}

bombs! { MayEnd, CPU_OF_MANY_STEPS;
    p11_deep_text_of_a_value: "a = []\nfor _ in range(100000):\n    a = [a]\nfail(len(str(a)))" => StackOverflow | Exception | MemoryLimit;
    p11_deep_key: "a = ()\nfor _ in range(100000):\n    a = (a,)\n{a: 1}" => StackOverflow | ResultNotSerializable | MemoryLimit;
}

/// R22 for an engine that shares its process: what one snippet does to its neighbours is said to them.
#[test]
fn r22_neighbours_of_a_run_that_takes_the_worker_with_it() {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let mut neighbour = pool.start(star("fake.never()")).await.unwrap();
        assert!(matches!(neighbour.next().await, Event::Ask(_)));
        let bomb = with_cpu("a = (1,)\nfor _ in range(60):\n    a = (a, a)\n{a: 1}", Duration::from_millis(300));
        assert_eq!(run_job(&pool, bomb).await.kind(), FaultKind::CpuLimit);
        let lost = finish(neighbour).await;
        assert_eq!(lost.kind(), FaultKind::WorkerLost);
        assert!(lost.fault().message.contains("another snippet"), "{}", lost.fault().message);
        assert_eq!(run_job(&pool, star("1 + 1")).await.json(), "2");
    });
}

/// I7: the process is never much larger than what its run may have, though nothing looks into this bomb.
#[test]
fn r12_the_peak_of_a_worker_stays_near_the_limit() {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let status = format!("/proc/{}/status", pool.worker_ids()[0]);
        let bomb = "s = \"x\"\nfor _ in range(100):\n    s = f\"{s}{s}{s}{s}\"";
        let mut session = pool.start(with_cpu(bomb, Duration::from_secs(60))).await.unwrap();
        let mut peak = 0;
        let ended = loop {
            let told = tokio::time::timeout(Duration::from_millis(1), session.next()).await;
            let status = std::fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib: u64 = line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap());
            peak = peak.max(kib / 1024);
            if let Ok(Event::Ended(ended)) = told {
                break ended;
            }
        };
        assert_eq!(ended.result.unwrap_err().kind, FaultKind::MemoryLimit);
        // 153 MiB and what the process has by itself; twice the limit on a host so busy that nobody looks for a while.
        assert!((64..256).contains(&peak), "{peak} MiB");
    });
}

/// Bombs that are defused inside the worker do nothing to their neighbours.
#[test]
fn r22_neighbours_of_a_bomb_that_is_defused() {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let mut neighbour = pool.start(star("fake.echo(x=1)[\"x\"] + fake.echo(x=2)[\"x\"]")).await.unwrap();
        let Event::Ask(first) = neighbour.next().await else { panic!("it asks first") };
        for bomb in ["rows = [1]\nfor _ in range(100):\n    rows = rows + rows", "d = {\"a\": \"b\" * 2000000000}"] {
            assert_eq!(run_job(&pool, star(bomb)).await.kind(), FaultKind::MemoryLimit);
        }
        neighbour.deliver(weir_model::Delivery { op: first.op, now_ms: 1, outcome: Ok("{\"x\":1}".to_owned()) });
        assert_eq!(finish(neighbour).await.json(), "3");
    });
}

/// A short snippet beside fifty that never stop: it is answered while they all still run.
#[test]
fn r22_a_benign_run_beside_hostile_ones() {
    within(async {
        let pool = Pool::new(config(2));
        let mut hogs = Vec::new();
        for _ in 0..50 {
            let endless = "for x in range(10000000):\n    for y in range(10000000):\n        pass";
            hogs.push(pool.start(with_cpu(endless, Duration::from_secs(600))).await.unwrap());
        }
        assert_eq!(run_job(&pool, star("fake.echo(a=1)[\"a\"]")).await.json(), "1");
        for hog in &mut hogs {
            assert!(futures_util::FutureExt::now_or_never(hog.next()).is_none(), "a hog ended early");
        }
    });
}

#[test]
fn r23_a_killed_worker() {
    within(async {
        let pool = Pool::new(config(1));
        let mut session = pool.start(star("fake.never()")).await.unwrap();
        assert!(matches!(session.next().await, Event::Ask(_)));
        let process = i32::try_from(pool.worker_ids()[0]).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(process).unwrap(), rustix::process::Signal::KILL)
            .unwrap();
        let outcome = finish(session).await;
        assert_eq!(outcome.kind(), FaultKind::WorkerLost);
        assert!(!outcome.fault().message.contains("another snippet"), "{}", outcome.fault().message);
        assert_eq!(run_job(&pool, star("1")).await.json(), "1");
    });
}

/// A long step within its run's time is no reason to think the worker dead, however little time the run beside it has.
#[test]
fn r23_a_worker_busy_with_one_long_step_is_not_taken_for_dead() {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let mut neighbour = pool.start(with_cpu("fake.never()", Duration::from_millis(100))).await.unwrap();
        assert!(matches!(neighbour.next().await, Event::Ask(_)));
        let mut long = with_cpu("x = range(10000000)\nlen(sorted(x)) + max(x)", Duration::from_secs(100));
        long.limits.memory_bytes = 1024 * MIB;
        assert_eq!(run_job(&pool, long).await.json(), "19999999");
        assert!(futures_util::FutureExt::now_or_never(neighbour.next()).is_none(), "the neighbour still waits");
    });
}

#[test]
fn r14_log_flood_is_cut_and_marked() {
    let outcome = star_alone("line = \"x\" * 1000\nfor _ in range(100000):\n    print(line)\n1");
    assert!(outcome.ended.logs_truncated);
    let bytes: usize = outcome.logs.iter().map(|line| line.text.len()).sum();
    assert!(bytes <= 64 * 1024, "{bytes}");
    let empty = star_alone("for _ in range(100000):\n    print(\"\")\n1");
    assert!(empty.ended.logs_truncated && empty.logs.len() <= 4096, "{}", empty.logs.len());
    let huge = star_alone("print(\"x\" * 50000000)\n1");
    assert!(huge.logs[0].text.len() <= 17 * 1024, "{}", huge.logs[0].text.len());
}

/// P12: what is printed is bounded in depth and length, shared structures included.
#[test]
fn p12_printing_deep_and_shared_values() {
    for make in ["d = {\"k\": d}", "d = [d]", "d = (d, d)", "d = struct(a=d, b=d)"] {
        let outcome = star_alone(&format!("d = 1\nfor _ in range(1000):\n    {make}\nprint(d)\n1"));
        assert_eq!(outcome.json(), "1", "for {make}");
        assert!(outcome.logs[0].text.len() <= 17 * 1024, "for {make}");
    }
}

#[test]
fn p14_parallel_of_a_million_calls() {
    within(async {
        let pool = Pool::new(config(1));
        let bomb = with_cpu("parallel([lambda: fake.never()] * 1000000)", CPU_OF_MANY_STEPS);
        let (said, ended) = settled(&mut pool.start(bomb).await.unwrap()).await;
        assert!(ended.is_none() && said.iter().all(|said| matches!(said, Said::Asked(_))), "{said:?} {ended:?}");
        assert_eq!(said.len(), 64, "so many of one parallel wait at once");
    });
}

/// R16, R18: calls one after the other, each answered before the next; none is left behind.
#[test]
fn r16_r18_many_calls_in_order() {
    let outcome = star_alone("for i in range(1000):\n    fake.echo(i=i)\nfake.echo(last=True)[\"last\"]");
    assert_eq!(outcome.json(), "true");
    assert_eq!(outcome.asks.len(), 1001);
    assert!(outcome.asks.iter().zip(1..).all(|(ask, op)| ask.op.0 == op));
}

/// R24: sources that make recursive parsers fall over. None takes the worker with it.
#[test]
fn r24_hostile_shapes_of_source() {
    let shapes = [
        ("terms", vec!["1"; 30_000].join("+")),
        ("identifier", format!("{} = 1", "a".repeat(60_000))),
        ("functions", (0..3_000).map(|n| format!("def f{n}():\n    pass\n")).collect::<String>()),
        ("brackets", "[".repeat(60_000)),
        ("parentheses", format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000))),
        ("deep list", format!("{}{}", "[".repeat(30_000), "]".repeat(30_000))),
        ("not", format!("{}1", "not ".repeat(15_000))),
        ("lambdas", format!("{}1", "lambda: ".repeat(8_000))),
        ("conditionals", format!("{}1", "1 if a else ".repeat(5_000))),
        ("members", format!("a{}", ".a".repeat(30_000))),
        ("calls", format!("f{}", "()".repeat(30_000))),
        ("ifs", (0..350).map(|n| format!("{}if 1:\n", " ".repeat(n))).collect::<String>()),
        ("elifs", format!("if 1:\n  pass\n{}", "elif 1:\n  pass\n".repeat(4_000))),
        ("text in text", format!("f\"{}1{}\"", "{f'".repeat(5_000), "'}".repeat(5_000))),
        ("arguments", format!("print({})", vec!["1"; 30_000].join(","))),
        ("parameters", format!("lambda {}: 1", (0..9_000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(","))),
    ];
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let mut first = None;
        for (name, source) in shapes {
            let outcome = run_job(&pool, with_cpu(&source, Duration::from_secs(20))).await;
            if let Err(fault) = &outcome.result {
                assert!(
                    fault.kind != FaultKind::WorkerLost && fault.kind != FaultKind::SourceInvalid,
                    "{name}: {fault:?}"
                );
                tells_nothing_of_the_host(fault);
            }
            assert_eq!(first.get_or_insert_with(|| pool.worker_ids()), &pool.worker_ids(), "{name}");
        }
        let mut large = star(&"1\n".repeat(25_000_000));
        large.limits = Limits { source_bytes: 64 * 1024, ..large.limits };
        assert_eq!(run_job(&pool, large).await.kind(), FaultKind::SourceInvalid);
    });
}

/// R05, R09: what one run took is given back.
#[test]
fn r09_memory_comes_back_after_every_run() {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(Language::Starlark).await.unwrap();
        let resident = || {
            let statm = std::fs::read_to_string(format!("/proc/{}/statm", pool.worker_ids()[0])).unwrap();
            statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
        };
        let flood = "d = {}\nfor i in range(10000):\n    d[\"k\" + str(i)] = [i]\nlen(d)";
        for _ in 0..5 {
            assert_eq!(run_job(&pool, star(flood)).await.json(), "10000");
        }
        let before = resident();
        for _ in 0..20 {
            assert_eq!(run_job(&pool, star(flood)).await.json(), "10000");
        }
        let after = resident();
        assert!(after < before + 8 * MIB, "{before} {after}");
    });
}
