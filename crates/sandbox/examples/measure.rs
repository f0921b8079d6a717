//! Measures the sandbox from the bridge's side of the port: `cargo run --release -p weir-sandbox --example measure`.
//! Build the worker first: `cargo build --release -p weir-sandbox`.

use std::{
    fmt::Write as _,
    io::Write as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use weir_bridge::port::{Event, Job, Sandbox as _, Session};
use weir_model::{Bindings, Delivery, Language, Limits, Member, Namespace, PrincipalId};
use weir_sandbox::{Pool, PoolConfig, WorkerCommand};

/// CPU time of every run that ended, as its worker measured it.
static CPU: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

fn say(line: &str) {
    // Nobody listens any more: nothing to do about it.
    let _shown = writeln!(std::io::stdout(), "{line}");
}

/// Of one language.
#[derive(Clone, Copy)]
struct Snippet(Language, &'static str);

const TRIVIAL: Snippet = Snippet(Language::TypeScript, "return 1");
const PYTHON: Snippet = Snippet(Language::Python, "1+1");
const STARLARK: Snippet = Snippet(Language::Starlark, "result = 1");

fn job(Snippet(language, source): Snippet, bindings: &Arc<Bindings>) -> Job {
    Job {
        principal: PrincipalId::new("measure"),
        source: source.into(),
        language,
        limits: Limits { memory_bytes: 256 << 20, ..Limits::default() },
        seed: 1,
        now_ms: 0,
        bindings: Arc::clone(bindings),
    }
}

/// Answers every call with `answer`; returns the result.
async fn finish(mut session: Box<dyn Session>, answer: &str) -> String {
    loop {
        match session.next().await {
            Event::Ask(ask) => session.deliver(Delivery { op: ask.op, now_ms: 0, outcome: Ok(answer.to_owned()) }),
            Event::Log(_) | Event::Settled => {}
            Event::Ended(ended) => {
                CPU.lock().expect("nothing panics while it is held").push(ended.cpu);
                return ended.result.unwrap_or_else(|fault| format!("{fault:?}"));
            }
        }
    }
}

async fn run(pool: &Pool, bindings: &Arc<Bindings>, snippet: Snippet, answer: &str) -> String {
    match pool.start(job(snippet, bindings)).await {
        Ok(session) => finish(session, answer).await,
        Err(fault) => format!("{fault:?}"),
    }
}

async fn times(pool: &Pool, bindings: &Arc<Bindings>, count: usize, snippet: Snippet, answer: &str) -> Vec<Duration> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        run(pool, bindings, snippet, answer).await;
        all.push(began.elapsed());
    }
    all.sort();
    all
}

/// Of times just measured, and of the CPU time their runs used.
fn spread(all: &[Duration]) -> String {
    let at = |part: usize| all[(all.len() * part / 100).min(all.len() - 1)];
    let mut cpu = std::mem::take(&mut *CPU.lock().expect("nothing panics while it is held"));
    cpu.sort();
    format!("p50 {:?}  p99 {:?}  CPU p50 {:?}", at(50), at(99), cpu[cpu.len() / 2])
}

fn pss_kib(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse().unwrap_or_default()
}

fn memory(pool: &Pool, when: &str) {
    let workers: Vec<u64> = pool.worker_ids().into_iter().map(pss_kib).collect();
    say(&format!("PSS {when}: gateway {} KiB, workers {workers:?} KiB", pss_kib(std::process::id())));
}

fn bindings() -> Arc<Bindings> {
    Arc::new(Bindings {
        version: 1,
        namespaces: (0..10)
            .map(|n| Namespace {
                identifier: format!("server{n}"),
                raw: format!("server{n}"),
                members: (0..50).map(|m| Member { identifier: format!("tool{m}"), raw: format!("tool{m}") }).collect(),
            })
            .collect(),
    })
}

fn config() -> PoolConfig {
    let here = std::env::current_exe().expect("the example knows where it is");
    let program =
        here.parent().and_then(|dir| dir.parent()).expect("examples lie in a directory").join("weir-sandbox-worker");
    let command = WorkerCommand { program, args: Vec::new() };
    PoolConfig { workers: 2, cache_dir: Some(std::env::temp_dir().join("weir-measure")), ..PoolConfig::new(command) }
}

async fn started(bindings: &Arc<Bindings>, snippet: Snippet, how: &str) -> Pool {
    let began = Instant::now();
    let pool = Pool::new(config());
    run(&pool, bindings, snippet, "1").await;
    say(&format!("{}: start to first result, {how}: {:?}", snippet.0, began.elapsed()));
    pool
}

/// JSON of about this many megabytes: orders, one object each.
fn orders(megabytes: usize) -> String {
    let mut rows = String::from("[");
    for n in 0.. {
        if rows.len() >= megabytes << 20 {
            break;
        }
        write!(
            rows,
            r#"{{"id":{n},"name":"order number {n}","total":{},"tags":["a","b"],"open":{}}},"#,
            n % 97,
            n % 2 == 0
        )
        .expect("a String takes everything");
    }
    rows.pop();
    rows.push(']');
    rows
}

/// CPU time of a process so far, in milliseconds.
fn cpu_ms(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = text.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

async fn throughput(pool: &Pool, bindings: &Arc<Bindings>, snippet: Snippet, each: u64) {
    let spent = |pool: &Pool| (cpu_ms(std::process::id()), pool.worker_ids().into_iter().map(cpu_ms).sum::<u64>());
    let (gateway, workers) = spent(pool);
    let began = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (pool, bindings) = (pool.clone(), Arc::clone(bindings));
        running.spawn(async move {
            for _ in 0..each {
                run(&pool, &bindings, snippet, "1").await;
            }
        });
    }
    while running.join_next().await.is_some() {}
    let runs = 8 * each;
    say(&format!("{}, 8 in flight: {:.0} runs per second", snippet.0, runs as f64 / began.elapsed().as_secs_f64()));
    let (gateway, workers) = (spent(pool).0 - gateway, spent(pool).1 - workers);
    say(&format!("CPU time of one run: gateway {} us, worker {} us", gateway * 1_000 / runs, workers * 1_000 / runs));
}

const WAITS: Snippet = Snippet(Language::TypeScript, "await server1.tool1({}); return 1");

async fn waiting_runs(pool: &Pool, bindings: &Arc<Bindings>) {
    let mut waiting = Vec::new();
    for _ in 0..200 {
        if let Ok(mut session) = pool.start(job(WAITS, bindings)).await {
            let _asked = session.next().await;
            waiting.push(session);
        }
    }
    memory(pool, "with 200 waiting runs");
}

/// The parts to measure; all of them when none is named on the command line.
fn wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

async fn calls(pool: &Pool, bindings: &Arc<Bindings>) {
    let hundred = Snippet(Language::TypeScript, "for (let i = 0; i < 100; i++) await server1.tool1({ i });");
    say(&format!("100 sequential calls: {}", spread(&times(pool, bindings, 200, hundred, r#"{"a":1}"#).await)));
}

async fn fan(pool: &Pool, bindings: &Arc<Bindings>) {
    let fan = Snippet(
        Language::TypeScript,
        "await Promise.all(Array.from({ length: 1000 }, (_, i) => server1.tool1({ i })))",
    );
    say(&format!("1000 parallel calls: {}", spread(&times(pool, bindings, 30, fan, r#"{"a":1}"#).await)));
}

const FILTERS: [Snippet; 2] = [
    Snippet(
        Language::TypeScript,
        "const rows = await server1.tool1({}); return rows.filter((r: any) => r.open && r.total > 90).length",
    ),
    Snippet(Language::Python, "len([r for r in server1.tool1() if r['open'] and r['total'] > 90])"),
];

async fn filter(pool: &Pool, bindings: &Arc<Bindings>) {
    for megabytes in [1, 10] {
        let rows = orders(megabytes);
        for snippet in FILTERS {
            let spread = spread(&times(pool, bindings, 20, snippet, &rows).await);
            say(&format!("{}: filter {megabytes} MB: {spread}", snippet.0));
        }
    }
}

/// The shortest run of a language, in workers that nothing else has used.
async fn trivial(bindings: &Arc<Bindings>, snippet: Snippet) {
    let pool = started(bindings, snippet, "guest cached").await;
    times(&pool, bindings, 200, snippet, "1").await;
    let spread = spread(&times(&pool, bindings, 2_000, snippet, "1").await);
    let given = run(&pool, bindings, snippet, "1").await;
    say(&format!("{}: {} gives {given}: {spread}", snippet.0, snippet.1));
    memory(&pool, "after it");
    throughput(&pool, bindings, snippet, 500).await;
    pool.shut_down().await;
}

async fn beside_a_hog(pool: &Pool, bindings: &Arc<Bindings>) {
    let mut hog = job(Snippet(Language::TypeScript, "while (true) {}"), bindings);
    hog.limits.cpu = Duration::from_secs(100);
    let hog = pool.start(hog).await;
    say(&format!("return 1 beside an endless loop: {}", spread(&times(pool, bindings, 500, TRIVIAL, "1").await)));
    drop(hog);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bindings = bindings();
    started(&bindings, TRIVIAL, "guest compiled if need be").await.shut_down().await;
    let pool = started(&bindings, TRIVIAL, "guest cached").await;
    memory(&pool, "idle");
    if wanted("one") {
        times(&pool, &bindings, 200, TRIVIAL, "1").await;
        say(&format!("return 1: {}", spread(&times(&pool, &bindings, 3_000, TRIVIAL, "1").await)));
    }
    if wanted("python") {
        started(&bindings, PYTHON, "guest compiled if need be").await.shut_down().await;
        trivial(&bindings, PYTHON).await;
    }
    if wanted("starlark") {
        trivial(&bindings, STARLARK).await;
    }
    if wanted("calls") {
        calls(&pool, &bindings).await;
    }
    if wanted("fan") {
        fan(&pool, &bindings).await;
    }
    if wanted("filter") {
        filter(&pool, &bindings).await;
    }
    if wanted("load") {
        throughput(&pool, &bindings, TRIVIAL, 2_000).await;
        memory(&pool, "after load");
    }
    if wanted("waiting") {
        waiting_runs(&pool, &bindings).await;
    }
    if wanted("hog") {
        beside_a_hog(&pool, &bindings).await;
    }
}
