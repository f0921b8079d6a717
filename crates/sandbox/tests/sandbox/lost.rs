//! R23 and what is like it: workers that die, hang, lie or never start. A typed fault each time, and the next run succeeds.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use weir_bridge::port::{Event, Sandbox as _};
use weir_model::FaultKind;
use weir_sandbox::{Pool, PoolConfig, WorkerCommand};

use crate::harness::*;

fn signal(process: u32, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    rustix::process::kill_process(process, signal).unwrap();
}

/// A run that waits for an answer, so its worker is in the middle of it.
async fn waiting(pool: &Pool) -> Box<dyn weir_bridge::port::Session> {
    let mut stuck = job("await fake.never({}); return 1");
    stuck.limits.cpu = Duration::from_millis(200);
    let mut session = pool.start(stuck).await.unwrap();
    assert!(matches!(session.next().await, Event::Ask(_)));
    session
}

#[test]
fn r23_a_killed_worker() {
    within(async {
        let pool = Pool::new(config(1));
        let session = waiting(&pool).await;
        signal(pool.worker_ids()[0], rustix::process::Signal::KILL);
        assert_eq!(finish(session).await.kind(), FaultKind::WorkerLost);
        assert_eq!(run(&pool, "return 1").await.json(), "1");
    });
}

#[test]
fn r23_a_stopped_worker() {
    within(async {
        let pool = Pool::new(config(1));
        let session = waiting(&pool).await;
        signal(pool.worker_ids()[0], rustix::process::Signal::STOP);
        let outcome = finish(session).await;
        assert_eq!(outcome.kind(), FaultKind::WorkerLost);
        assert!(outcome.fault().message.contains("did not answer"), "{}", outcome.fault().message);
        assert_eq!(run(&pool, "return 1").await.json(), "1");
    });
}

/// A worker that says `bytes` (as printf writes them) when it starts, and then nothing.
fn liar(bytes: &str) -> PoolConfig {
    lying(&format!("printf '{bytes}' >&0"))
}

/// One that says them when it has a run.
fn late_liar(bytes: &str) -> PoolConfig {
    lying(&format!("head -c 1 <&0 >/dev/null; printf '{bytes}' >&0"))
}

fn lying(words: &str) -> PoolConfig {
    let honest = config(1);
    let script = format!(
        r#"case "$0" in compile) exec "{}" "$0" "$@" ;; run) {words}; exec sleep 1000 ;; esac"#,
        honest.command.program.display()
    );
    let command = WorkerCommand { program: PathBuf::from("/bin/sh"), args: vec!["-c".into(), script.into()] };
    PoolConfig { command, ..honest }
}

/// What each lie makes of a run.
#[test]
fn corrupted_frames_end_the_worker_and_its_runs() {
    let lies = [
        ("noise", r"\377\377\377\377\377\377", "broke its protocol"),
        ("no such head", r"\000\000\000\000\001\000\077", "broke its protocol"),
        ("a head with a rest", r"\000\000\000\000\002\000\000\000", "broke its protocol"),
        // Log { run: 9, level: Info }, body "x".
        ("a log for no run", r"\001\000\000\000\003\000\004\011\001x", "broke its protocol"),
        // Log { run: 1, level: Info }, body not UTF-8.
        ("no text", r"\001\000\000\000\003\000\004\001\001\377", "broke its protocol"),
        // Ended { run: 1, cpu_ns: 0, logs_truncated: false, failed_op: None, fault: None }, body "x".
        ("no JSON", r"\001\000\000\000\006\000\005\001\000\000\000\000x", "broke its protocol"),
        // Ask { run: 1, op: 0, line: 0, namespace: "", member: "" }.
        ("operation zero", r"\000\000\000\000\006\000\003\001\000\000\000\000", "broke its protocol"),
        ("silence", "", "did not answer"),
    ];
    within(async {
        for (name, bytes, told) in lies {
            let pool = Pool::new(liar(bytes));
            let mut victim = job("return 1");
            victim.limits.cpu = Duration::from_millis(200);
            // A worker that is caught before it has a run only delays the run.
            let outcome = run_job(&pool, victim).await;
            assert_eq!(outcome.kind(), FaultKind::WorkerLost, "{name}");
            let message = &outcome.fault().message;
            assert!(message.contains(told) || message.contains("do not start"), "{name}: {message}");
            pool.shut_down().await;
        }
    });
}

/// What is checked against the run itself. Numbers are written as printf takes them: octal.
#[test]
fn lies_about_a_run_end_the_worker_and_the_run() {
    let lies = [
        // Settled { run: 1 }.
        ("settled, and nobody asked", r"\000\000\000\000\002\000\007\001"),
        // Taken { run: 1, weight: 1 }.
        ("too little taken to be told", r"\000\000\000\000\003\000\010\001\001"),
        // Taken { run: 1, weight: 2097152 }.
        ("took what it was not given", r"\000\000\000\000\006\000\010\001\200\200\200\001"),
        // Settled { run: 2 }.
        ("settled for no run", r"\000\000\000\000\002\000\007\002"),
    ];
    within(async {
        for (name, bytes) in lies {
            let pool = Pool::new(late_liar(bytes));
            let outcome = run(&pool, "return 1").await;
            assert_eq!(outcome.kind(), FaultKind::WorkerLost, "{name}");
            assert!(outcome.fault().message.contains("broke its protocol"), "{name}: {}", outcome.fault().message);
            pool.shut_down().await;
        }
    });
}

#[test]
fn workers_that_do_not_start_are_said_so() {
    within(async {
        let config = config(1);
        let script =
            format!(r#"case "$0" in compile) exec "{}" "$0" "$@" ;; esac; exit 3"#, config.command.program.display());
        let command = WorkerCommand { program: PathBuf::from("/bin/sh"), args: vec!["-c".into(), script.into()] };
        let pool = Pool::new(PoolConfig { command, ..config });
        assert_eq!(run(&pool, "return 1").await.kind(), FaultKind::WorkerLost);
    });
}

#[test]
fn a_missing_program_is_said_so() {
    within(async {
        let command = WorkerCommand { program: PathBuf::from("/no/such/program"), args: Vec::new() };
        let pool = Pool::new(PoolConfig { cache_dir: None, command, ..config(1) });
        let outcome = run(&pool, "return 1").await;
        assert_eq!(outcome.kind(), FaultKind::WorkerLost);
        assert!(!outcome.fault().message.contains("/no/such"), "{}", outcome.fault().message);
    });
}

#[test]
fn shutting_down_ends_runs_and_processes() {
    within(async {
        let pool = Pool::new(config(2));
        let session = waiting(&pool).await;
        let workers = pool.worker_ids();
        pool.shut_down().await;
        assert_eq!(finish(session).await.kind(), FaultKind::WorkerLost);
        for worker in workers {
            assert!(!alive(worker), "worker {worker} lives on");
        }
    });
}

fn alive(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Not a test: the gateway that the next one kills, started by it as a process of its own.
#[test]
#[ignore = "started by kill_minus_nine_of_the_gateway_leaves_no_worker"]
fn gateway_to_be_killed() {
    within(async {
        let pool = Pool::new(config(1));
        let mut endless = job("await fake.never({}); while (true) {}");
        endless.limits.cpu = Duration::from_secs(1_000);
        let mut session = pool.start(endless).await.unwrap();
        let Event::Ask(ask) = session.next().await else { panic!("no ask") };
        session.deliver(weir_model::Delivery { op: ask.op, now_ms: 0, outcome: Ok("1".to_owned()) });
        println!("\nworker {}", pool.worker_ids()[0]);
        let _never = session.next().await;
    });
}

#[test]
fn kill_minus_nine_of_the_gateway_leaves_no_worker() {
    let mut gateway = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lost::gateway_to_be_killed", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(gateway.stdout.take().unwrap());
    let worker = said.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("worker ")?.parse().ok());
    let worker: u32 = worker.expect("the gateway tells its worker");
    assert!(alive(worker));
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    let mut left = 1_000;
    while alive(worker) {
        left -= 1;
        assert!(left > 0, "the worker outlived its gateway");
        std::thread::sleep(Duration::from_millis(10));
    }
}
