//! Real workers, seen from outside: what the kernel says of a process that runs snippets.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use rustix::{
    io::FdFlags,
    process::{Pid, Signal, kill_process},
};
use weir_bridge::port::{Event, Job, Sandbox as _};
use weir_model::{Bindings, Delivery, FaultKind, Language, Limits, PrincipalId};
use weir_sandbox::{
    Pool, PoolConfig, WorkerCommand,
    confine::{Layer, Protection, Strength},
};

pub(crate) fn command() -> WorkerCommand {
    WorkerCommand { program: PathBuf::from(env!("CARGO_BIN_EXE_weir-sandbox-worker")), args: Vec::new() }
}

pub(crate) fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub(crate) fn protections() -> Vec<Protection> {
    within(weir_sandbox::protections(&command())).unwrap()
}

pub(crate) fn pool(command: WorkerCommand) -> Pool {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled-guests");
    Pool::new(PoolConfig { workers: 1, cache_dir: Some(cache), ..PoolConfig::new(command) })
}

/// A run that waits in the middle of its snippet.
pub(crate) fn waiting() -> Job {
    Job {
        principal: PrincipalId::new("somebody"),
        source: "await new Promise((done) => setTimeout(done, 1)); return 'done'".into(),
        language: Language::TypeScript,
        limits: Limits::default(),
        seed: 1,
        now_ms: 0,
        bindings: Arc::new(Bindings { version: 1, namespaces: Vec::new() }),
    }
}

/// Looks at the worker of such a run.
fn in_mid_run(look: impl FnOnce(u32)) {
    within(async {
        let pool = pool(command());
        let mut session = pool.start(waiting()).await.unwrap();
        let Event::Ask(ask) = session.next().await else { panic!("the run waits for its timer") };
        look(pool.worker_ids()[0]);
        session.deliver(Delivery { op: ask.op, now_ms: 1, outcome: Ok("null".to_owned()) });
        let Event::Ended(ended) = session.next().await else { panic!("the run ends") };
        assert_eq!(ended.result.unwrap(), "\"done\"");
        pool.shut_down().await;
    });
}

fn proc(process: u32) -> PathBuf {
    Path::new("/proc").join(process.to_string())
}

pub(crate) fn alive(process: u32) -> bool {
    fs::read_to_string(proc(process).join("stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn fields(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap();
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

#[test]
fn every_thread_is_confined() {
    in_mid_run(|process| {
        let threads: Vec<_> = fs::read_dir(proc(process).join("task")).unwrap().collect();
        assert!(threads.len() >= 4, "main, watch, run, tick: {}", threads.len());
        for thread in threads {
            let status = fields(&thread.unwrap().path().join("status"));
            let name = &status["Name"];
            assert_eq!(status["NoNewPrivs"], "1", "{name}");
            assert_eq!(status["Seccomp"], "2", "{name}");
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                assert_eq!(status[set].trim_matches('0'), "", "{name} {set}");
            }
        }
    });
}

#[test]
fn limits_and_priority_hold_for_the_process() {
    in_mid_run(|process| {
        let limits = fs::read_to_string(proc(process).join("limits")).unwrap();
        let hard = |name: &str| {
            let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}"));
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        for (name, most) in [
            ("Max core file size", "0"),
            ("Max file size", "0"),
            ("Max open files", "4"),
            ("Max locked memory", "0"),
            ("Max msgqueue size", "0"),
        ] {
            assert_eq!(hard(name), most, "{name}");
        }
        assert!(hard("Max data size").parse::<u64>().unwrap() < 64 << 30);
        assert_eq!(fs::read_to_string(proc(process).join("oom_score_adj")).unwrap().trim(), "500");
        let stat = fs::read_to_string(proc(process).join("stat")).unwrap();
        let nice = |stat: &str| stat.rsplit(") ").next().unwrap().split(' ').nth(16).unwrap().parse::<i32>().unwrap();
        let ours = nice(&fs::read_to_string("/proc/self/stat").unwrap());
        assert_eq!(nice(&stat), (ours + 2).min(19));
        // A group of its own: a signal to the gateway's terminal is not for workers.
        let group = stat.rsplit(") ").next().unwrap().split(' ').nth(2).unwrap();
        assert_eq!(group, process.to_string());
    });
}

#[test]
fn m12_a_worker_inherits_no_descriptor_and_no_variable() {
    let folder = tempfile::tempdir().unwrap();
    let secret = fs::File::create(folder.path().join("secret-canary")).unwrap();
    // As a careless launcher leaves it: open in every child.
    rustix::io::fcntl_setfd(&secret, FdFlags::empty()).unwrap();
    assert!(secret.as_raw_fd() > 2);
    in_mid_run(|process| {
        let open = fs::read_dir(proc(process).join("fd")).unwrap();
        let open: Vec<_> = open.map(|entry| fs::read_link(entry.unwrap().path()).unwrap()).collect();
        let strange: Vec<_> = open
            .iter()
            .filter(|target| {
                let target = target.to_string_lossy();
                let known = ["socket:[", "/dev/null", "/memfd:weir-guest"];
                !known.iter().any(|known| target.starts_with(known))
                    && !target.ends_with(".compiled")
                    && !target.ends_with("/pagemap")
            })
            .collect();
        assert!(strange.is_empty(), "{strange:?}");
        assert_eq!(fs::read(proc(process).join("environ")).unwrap(), b"");
    });
}

#[test]
fn the_report_names_every_layer_once_and_is_believed_by_the_kernel() {
    let told = protections();
    let layers: Vec<&str> = told.iter().map(|protection| protection.layer.as_str()).collect();
    insta::assert_snapshot!(layers.join(", "), @"system calls, files, network, signals, privileges, descriptors, inspection, resources, priority, parent, cgroup");
    for protection in &told {
        let Protection { layer, strength, detail } = protection;
        assert!(!detail.is_empty(), "{layer:?}");
        // The rest depends on the kernel; these have been there for longer than any that weir meets.
        if matches!(
            layer,
            Layer::SystemCalls | Layer::Privileges | Layer::Inspection | Layer::Parent | Layer::Resources
        ) {
            assert_eq!(*strength, Strength::Active, "{layer:?}: {detail}");
        }
    }
}

#[test]
fn what_cannot_tell_is_said_so() {
    let why = |script: &str| {
        let command = WorkerCommand { program: PathBuf::from("/bin/sh"), args: vec!["-c".into(), script.into()] };
        within(weir_sandbox::protections(&command)).unwrap_err().to_string()
    };
    insta::assert_snapshot!(why("exit 3"), @"a worker process ended before it could tell (exit status: 3)");
    insta::assert_snapshot!(why("printf '\\377\\377'"), @"what a worker process told cannot be read");
    assert!(why("head -c 10000000 /dev/zero").starts_with("a worker process ended before it could tell"));
    let absent = WorkerCommand { program: PathBuf::from("/no/such/program"), args: Vec::new() };
    let why = within(weir_sandbox::protections(&absent)).unwrap_err().to_string();
    insta::assert_snapshot!(why, @"a worker process cannot be started");
}

/// One that is caught says so, and is not the last.
#[test]
fn a_forbidden_call_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let once = folder.path().join("once");
    // Says it is ready, waits for a run, and ends as the kernel ends who makes a forbidden call. The next one is honest.
    let script = format!(
        r#"if [ "$0" = run ] && mkdir '{}' 2>/dev/null; then
            printf '\000\000\000\000\001\000\000' >&0; head -c 1 <&0 >/dev/null; kill -s SYS $$
        fi; exec '{}' "$0" "$@""#,
        once.display(),
        command().program.display()
    );
    let caught = WorkerCommand { program: PathBuf::from("/bin/sh"), args: vec!["-c".into(), script.into()] };
    within(async {
        let pool = pool(caught);
        let mut session = pool.start(waiting()).await.unwrap();
        let Event::Ended(ended) = session.next().await else { panic!("its worker is caught") };
        let fault = ended.result.unwrap_err();
        assert_eq!(fault.kind, FaultKind::WorkerLost);
        insta::assert_snapshot!(fault.message, @"The worker process running the snippet made a forbidden system call and was ended.");
        let mut session = pool.start(waiting()).await.unwrap();
        assert!(matches!(session.next().await, Event::Ask(_)), "the next worker runs it");
        pool.shut_down().await;
    });
}

/// Not a test: the gateway that the next one kills.
#[test]
#[ignore = "started by other tests"]
fn gateway_to_be_killed() {
    within(async {
        let pool = pool(command());
        let mut session = pool.start(waiting()).await.unwrap();
        let Event::Ask(_) = session.next().await else { panic!("the run waits for its timer") };
        println!("\nworker {}", pool.worker_ids()[0]);
        std::future::pending::<()>().await;
    });
}

#[test]
fn r23_even_a_stopped_worker_ends_with_the_gateway() {
    let mut gateway = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker::gateway_to_be_killed", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(gateway.stdout.take().unwrap());
    let worker = said.lines().map_while(Result::ok).find_map(|line| line.strip_prefix("worker ")?.parse().ok());
    let worker: u32 = worker.expect("the gateway tells its worker");
    // It cannot see any more that its channel closes.
    kill_process(Pid::from_raw(worker.cast_signed()).unwrap(), Signal::STOP).unwrap();
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    let mut left = 1_000;
    while alive(worker) {
        left -= 1;
        assert!(left > 0, "the worker outlived its gateway");
        std::thread::sleep(Duration::from_millis(10));
    }
}
