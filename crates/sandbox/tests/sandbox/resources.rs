//! R01–R24: what a snippet may use up, and that nothing it does reaches further.

use std::time::Duration;

use weir_bridge::port::Sandbox as _;
use weir_model::{FaultKind, Limits, limits::MIB};
use weir_sandbox::Pool;

use crate::harness::*;

fn short(source: &str) -> Outcome {
    let mut short = job(source);
    short.limits.cpu = Duration::from_millis(300);
    alone_with(short)
}

/// The run must end by one of these, and the worker must still be there for the next.
fn ends_by(source: &str, kinds: &[FaultKind]) {
    within(async {
        let pool = Pool::new(config(1));
        pool.ready(weir_model::Language::TypeScript).await.unwrap();
        let mut bomb = job(source);
        bomb.limits.cpu = Duration::from_secs(3);
        let outcome = run_job(&pool, bomb).await;
        assert!(kinds.contains(&outcome.kind()), "{:?}", outcome.fault());
        let worker = pool.worker_ids();
        assert_eq!(run(&pool, "return 'next'").await.json(), "\"next\"");
        assert_eq!(pool.worker_ids(), worker, "the worker lived on");
    });
}

macro_rules! bombs {
    ($($name:ident: $source:expr => $($kind:ident)|+;)*) => {
        $(#[test]
        fn $name() {
            ends_by($source, &[$(FaultKind::$kind),+]);
        })*
    };
}

bombs! {
    r04_deep_json_parse: "return JSON.parse('['.repeat(1e6))" => Exception | StackOverflow;
    r04_deep_stringify: "let a: any = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a).length" => Exception | StackOverflow;
    r04_deep_clone: "let a: any = []; for (let i = 0; i < 1e5; i++) a = [a]; return structuredClone(a)" => Exception | StackOverflow;
    r05_arrays_of_arrays: "const a: any[] = []; while (1) a.push(a.slice())" => MemoryLimit | CpuLimit | Exception;
    r06_doubling_string: "let s = 'x'; while (1) s += s" => MemoryLimit | Exception;
    r07_huge_buffer: "return new ArrayBuffer(2 ** 33)" => Exception | MemoryLimit;
    r07_many_buffers: "const a: any[] = []; for (let i = 0; i < 1e5; i++) a.push(new ArrayBuffer(65536).slice(0)); return a.length" => MemoryLimit | Exception;
    r08_split: "return 'x'.repeat(2 ** 28).split('').length" => MemoryLimit | Exception;
    r08_join: "return Array(2 ** 32 - 1).fill().join().length" => MemoryLimit | Exception | CpuLimit;
    r09_key_flood: "const o: any = {}; for (let i = 0; ; i++) o['k' + i] = i" => MemoryLimit | CpuLimit;
    r09_map_flood: "const m = new Map(); for (let i = 0; ; i++) m.set(Symbol(), new Set([i]))" => MemoryLimit | CpuLimit;
    r10_pending_promises: "const a: any[] = []; for (let i = 0; i < 1e7; i++) a.push(new Promise(() => {})); return 1" => MemoryLimit | CpuLimit;
    r10_closures: "const a: any[] = []; for (;;) a.push(() => a)" => MemoryLimit | CpuLimit;
    r11_big_integer: "return String(2n ** (2n ** 31n))" => Exception | MemoryLimit | CpuLimit;
    r11_slow_big_integer: "let a = 3n; for (;;) a *= a" => Exception | MemoryLimit | CpuLimit;
    r12_pad: "return ''.padStart(2 ** 29).length + ''.padStart(2 ** 29, 'ab').length" => MemoryLimit | Exception;
    r12_replace: "let s = 'xx'; for (;;) s = s.replace(/x/g, '$&$&$&$&')" => MemoryLimit | Exception | CpuLimit;
    r15_large_result: "return 'x'.repeat(50e6)" => ResultTooLarge | MemoryLimit;
    r15_deep_result: "let a: any = {}; const root = a; for (let i = 0; i < 1e6; i++) { a.a = {}; a = a.a } return root" => ResultNotSerializable | StackOverflow | MemoryLimit;
    r15_result_deeper_than_json_is_read: "let a: any = 1; for (let i = 0; i < 200; i++) a = [a]; return a" => ResultNotSerializable;
    r17_never_settled: "await new Promise(() => {})" => Deadlock;
    r20_swallowed_limits: "for (;;) { try { const a: any[] = []; for (;;) a.push('x'.repeat(1e6) + a.length) } catch {} }" => MemoryLimit | CpuLimit;
    r21_endless_finally: "try { while (true) {} } finally { while (true) {} }" => CpuLimit;
    r21_finalizers: "for (;;) { try { new (FinalizationRegistry as any)(() => {}) } catch {} }" => CpuLimit | Exception | MemoryLimit;
    recursion: "function f(): number { return f() + 1 }\nreturn f()" => Exception | StackOverflow;
}

#[test]
fn r01_endless_loops_end_at_their_limit() {
    for source in ["while (true) {}", "for (;;);", "do {} while (1)"] {
        let outcome = short(source);
        assert_eq!(outcome.kind(), FaultKind::CpuLimit);
        assert!(outcome.ended.cpu >= Duration::from_millis(300), "{:?}", outcome.ended.cpu);
        assert!(outcome.ended.cpu < Duration::from_millis(1_300), "{:?}", outcome.ended.cpu);
    }
}

#[test]
fn r02_endless_microtasks() {
    assert_eq!(
        short("(function f() { Promise.resolve().then(f) })(); await new Promise(() => {})").kind(),
        FaultKind::CpuLimit
    );
}

#[test]
fn r03_runaway_regular_expressions() {
    for source in ["return /(a+)+$/.test('a'.repeat(50) + '!')", "return /(x+x+)+y/.test('x'.repeat(60))"] {
        assert_eq!(short(source).kind(), FaultKind::CpuLimit);
    }
}

#[test]
fn r14_log_flood_is_cut_and_marked() {
    let outcome = alone("const line = 'x'.repeat(1000); for (let i = 0; i < 1e5; i++) console.log(line); return 1");
    assert_eq!(outcome.json(), "1");
    let bytes: usize = outcome.logs.iter().map(|line| line.text.len()).sum();
    assert!(outcome.ended.logs_truncated && bytes <= 64 * 1024, "{bytes}");
    let empty = alone("for (let i = 0; i < 1e5; i++) console.log(''); return 1");
    assert!(empty.ended.logs_truncated && empty.logs.len() <= 4096, "{}", empty.logs.len());
    let huge = alone("console.log('x'.repeat(5e7)); return 1");
    assert!(huge.logs[0].text.len() <= 64 * 1024, "{}", huge.logs[0].text.len());
}

#[test]
fn r17_a_far_timer_is_an_operation_the_host_decides_on() {
    let outcome = alone("await new Promise((r) => setTimeout(r, 1e12)); return 1");
    assert!(outcome.asks.iter().all(|ask| ask.member == "sleep"), "{:?}", outcome.asks);
}

/// A short snippet beside fifty that never stop: it is answered while they all still run.
#[test]
fn r22_a_benign_run_beside_hostile_ones() {
    within(async {
        let pool = Pool::new(config(2));
        let mut hogs = Vec::new();
        for _ in 0..50 {
            let mut endless = job("while (true) {}");
            endless.limits.cpu = Duration::from_secs(600);
            hogs.push(pool.start(endless).await.unwrap());
        }
        let outcome = run(&pool, "return (await fake.echo({ a: 1 })).a").await;
        assert_eq!(outcome.json(), "1");
        for hog in &mut hogs {
            assert!(futures_util::FutureExt::now_or_never(hog.next()).is_none(), "a hog ended early");
        }
    });
}

#[test]
fn r24_sources_over_the_limit_are_refused_by_size() {
    let outcome = alone(&"x".repeat(50_000_000));
    assert_eq!(outcome.kind(), FaultKind::SourceInvalid);
    assert!(outcome.fault().message.contains("50000000") && outcome.fault().message.contains("65536"));
    assert_eq!(alone("").kind(), FaultKind::SourceInvalid);
    assert_eq!(alone("return 1\0").kind(), FaultKind::SourceInvalid);
}

/// Sources that make recursive parsers fall over, none of which may take the worker with it.
#[test]
fn r24_hostile_shapes_of_source() {
    let shapes = [
        ("terms", vec!["1"; 100_000].join("+"), 1),
        ("identifier", format!("const {} = 1", "a".repeat(1_000_000)), 1),
        ("functions", (0..100_000).map(|n| format!("function f{n}(){{}}")).collect::<Vec<_>>().join("\n"), 4),
        ("brackets", "[".repeat(60_000), 1),
        ("parentheses", format!("{}1{}", "(".repeat(30_000), ")".repeat(30_000)), 1),
        ("not", format!("{}1", "!".repeat(60_000)), 1),
        ("typeof", format!("{}1", "typeof ".repeat(9_000)), 1),
        ("arrows", format!("{}1", "a=>".repeat(20_000)), 1),
        ("conditionals", format!("{}1", "a?b:".repeat(15_000)), 1),
        ("assignments", format!("var a;{}1", "a=".repeat(30_000)), 1),
        ("powers", format!("{}1", "1**".repeat(20_000)), 1),
        ("else", format!("{};", "if(0);else ".repeat(5_000)), 1),
        ("labels", format!("{};", (0..6_000).map(|n| format!("a{n}:")).collect::<String>()), 1),
        ("templates", format!("{}{}", "`${".repeat(450), "}`".repeat(450)), 1),
        ("defaults", format!("{}1{}", "(a=".repeat(400), ")".repeat(400)), 1),
        ("type arguments", format!("type A = {}B{}", "A<".repeat(9_000), ">".repeat(9_000)), 1),
        ("keyof", format!("type A = {}B", "keyof ".repeat(9_000)), 1),
        ("comparisons", "a<".repeat(20_000) + "b", 1),
        ("members", format!("let a: any; a{}", ".a".repeat(30_000)), 1),
        ("calls", format!("const f = () => f; f{}", "()".repeat(30_000)), 1),
    ];
    within(async {
        let pool = Pool::new(config(1));
        for (name, source, mib) in shapes {
            let mut shaped = job(&source);
            shaped.limits = Limits { source_bytes: mib * MIB + 100_000, cpu: Duration::from_secs(20), ..shaped.limits };
            let outcome = run_job(&pool, shaped).await;
            if let Err(fault) = &outcome.result {
                assert!(
                    !matches!(fault.kind, FaultKind::WorkerLost | FaultKind::Internal | FaultKind::SourceInvalid),
                    "{name}: {fault:?}"
                );
            }
        }
    });
}
