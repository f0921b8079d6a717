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

fn job(source: &str, bindings: &Arc<Bindings>) -> Job {
    Job {
        principal: PrincipalId::new("measure"),
        source: source.into(),
        language: Language::TypeScript,
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
            Event::Log(_) => {}
            Event::Ended(ended) => {
                CPU.lock().expect("nothing panics while it is held").push(ended.cpu);
                return ended.result.unwrap_or_else(|fault| format!("{fault:?}"));
            }
        }
    }
}

async fn run(pool: &Pool, bindings: &Arc<Bindings>, source: &str, answer: &str) -> String {
    match pool.start(job(source, bindings)).await {
        Ok(session) => finish(session, answer).await,
        Err(fault) => format!("{fault:?}"),
    }
}

async fn times(pool: &Pool, bindings: &Arc<Bindings>, count: usize, source: &str, answer: &str) -> Vec<Duration> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let began = Instant::now();
        run(pool, bindings, source, answer).await;
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

async fn started(bindings: &Arc<Bindings>, how: &str) -> Pool {
    let began = Instant::now();
    let pool = Pool::new(config());
    run(&pool, bindings, "return 1", "1").await;
    say(&format!("start to first result, {how}: {:?}", began.elapsed()));
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

async fn throughput(pool: &Pool, bindings: &Arc<Bindings>) {
    let spent = |pool: &Pool| (cpu_ms(std::process::id()), pool.worker_ids().into_iter().map(cpu_ms).sum::<u64>());
    let (gateway, workers) = spent(pool);
    let began = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (pool, bindings) = (pool.clone(), Arc::clone(bindings));
        running.spawn(async move {
            for _ in 0..2_000 {
                run(&pool, &bindings, "return 1", "1").await;
            }
        });
    }
    while running.join_next().await.is_some() {}
    say(&format!("8 in flight: {:.0} runs per second", 16_000.0 / began.elapsed().as_secs_f64()));
    let (gateway, workers) = (spent(pool).0 - gateway, spent(pool).1 - workers);
    say(&format!(
        "CPU time of one run: gateway {} us, worker {} us",
        gateway * 1_000 / 16_000,
        workers * 1_000 / 16_000
    ));
}

async fn waiting_runs(pool: &Pool, bindings: &Arc<Bindings>) {
    let mut waiting = Vec::new();
    for _ in 0..200 {
        if let Ok(mut session) = pool.start(job("await server1.tool1({}); return 1", bindings)).await {
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
    let hundred = "for (let i = 0; i < 100; i++) await server1.tool1({ i });";
    say(&format!("100 sequential calls: {}", spread(&times(pool, bindings, 200, hundred, r#"{"a":1}"#).await)));
}

async fn fan(pool: &Pool, bindings: &Arc<Bindings>) {
    let fan = "await Promise.all(Array.from({ length: 1000 }, (_, i) => server1.tool1({ i })))";
    say(&format!("1000 parallel calls: {}", spread(&times(pool, bindings, 30, fan, r#"{"a":1}"#).await)));
}

async fn filter(pool: &Pool, bindings: &Arc<Bindings>) {
    let filter = "const rows = await server1.tool1({}); return rows.filter((r: any) => r.open && r.total > 90).length";
    for megabytes in [1, 10] {
        let rows = orders(megabytes);
        say(&format!("filter {megabytes} MB: {}", spread(&times(pool, bindings, 20, filter, &rows).await)));
    }
}

async fn beside_a_hog(pool: &Pool, bindings: &Arc<Bindings>) {
    let mut hog = job("while (true) {}", bindings);
    hog.limits.cpu = Duration::from_secs(100);
    let hog = pool.start(hog).await;
    say(&format!("return 1 beside an endless loop: {}", spread(&times(pool, bindings, 500, "return 1", "1").await)));
    drop(hog);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bindings = bindings();
    started(&bindings, "guest compiled if need be").await.shut_down().await;
    let pool = started(&bindings, "guest cached").await;
    memory(&pool, "idle");
    if wanted("one") {
        times(&pool, &bindings, 200, "return 1", "1").await;
        say(&format!("return 1: {}", spread(&times(&pool, &bindings, 3_000, "return 1", "1").await)));
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
        throughput(&pool, &bindings).await;
        memory(&pool, "after load");
    }
    if wanted("waiting") {
        waiting_runs(&pool, &bindings).await;
    }
    if wanted("hog") {
        beside_a_hog(&pool, &bindings).await;
    }
}
