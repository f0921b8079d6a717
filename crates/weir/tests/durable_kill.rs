//! Gateways, workers and databases that are killed while they work: no acknowledged write is lost, none is done twice without a
//! decision, every run ends with the truth. The same course for hundreds of rounds: `cargo xtask chaos`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "durable_kill/drain.rs"]
mod drain;
#[path = "durable_kill/harness.rs"]
mod harness;

use std::{
    fs,
    path::{Path, PathBuf},
};

use Disturbance::{Freeze, FreezeDatabase, KillDatabase, KillGateway, KillWorker, Restart};
use harness::{
    chaos::{self, Chaos, Course, Disturbance},
    database::{Keeping, Postgres},
    home::{Given, Home},
    ledger::Ledger,
    mcp::{self, Answer},
    replica::Replica,
};

const KILLS: [Disturbance; 5] = [KillGateway, KillGateway, KillGateway, KillWorker, KillWorker];

/// On the executable's file system, and gone when the test passed.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("durable_kill").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where `cargo xtask tools` put them.
fn postgres_programs() -> PathBuf {
    let programs = repository().join("target/tools/postgres/bin");
    assert!(programs.exists(), "{} is absent: run `cargo xtask check`", programs.display());
    programs
}

fn postgres(name: &str) -> Keeping {
    let folder = std::env::temp_dir().join(format!("weir-durable-kill-{name}-{}", std::process::id()));
    Keeping::Postgres(Postgres::start(postgres_programs(), folder).unwrap_or_else(|broken| panic!("{broken}")))
}

fn chaos(name: &str, keeping: Keeping, replicas: usize, disturbances: &[Disturbance], rounds: u64) -> Course {
    let folder = folder(name);
    let chaos = Chaos {
        weir: env!("CARGO_BIN_EXE_weir").into(),
        folder: folder.clone(),
        cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"),
        ledger: repository().join("fixtures/ledger/server.py"),
        keeping,
        replicas,
        disturbances: disturbances.to_vec(),
        rounds,
        seed: 20_260_731,
        travellers: 4,
    };
    let course = chaos::run(chaos, |_| {}).unwrap_or_else(|broken| panic!("{broken}\nsee {}", folder.display()));
    eprintln!("{:?} {:#?}", course.time, course.counts);
    // A course in which nothing was interrupted shows nothing.
    assert!(course.counts["programs"] > 0 && course.counts["writes carried out"] > 0);
    fs::remove_dir_all(&folder).unwrap();
    course
}

#[test]
fn killed_at_random_moments_nothing_is_lost_or_repeated() {
    let course = chaos("sqlite", Keeping::Sqlite, 1, &KILLS, 14);
    assert!(course.counts["gateways killed"] > 3, "{:?}", course.counts);
}

#[test]
fn killed_at_random_moments_two_replicas_lose_and_repeat_nothing() {
    let kills = [&KILLS[..], &[Freeze]].concat();
    let course = chaos("postgres", postgres("kills"), 2, &kills, 14);
    assert!(course.counts["gateways killed"] > 3, "{:?}", course.counts);
}

#[test]
fn g10_a_database_that_stops_for_a_while_costs_time_and_nothing_else() {
    chaos("g10-sqlite", Keeping::Sqlite, 1, &[FreezeDatabase, FreezeDatabase, KillGateway], 4);
    chaos("g10-frozen", postgres("frozen"), 2, &[FreezeDatabase], 3);
}

#[test]
fn g10_a_database_that_is_killed_loses_and_repeats_nothing() {
    chaos("g10-killed", postgres("killed"), 2, &[KillDatabase], 4);
}

#[test]
fn g11_a_rolling_restart_costs_no_run() {
    chaos("g11-sqlite", Keeping::Sqlite, 1, &[Restart], 5);
    chaos("g11-postgres", postgres("rolling"), 2, &[Restart], 5);
}

fn given(folder: &Path) -> Given {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    Given { weir: env!("CARGO_BIN_EXE_weir").into(), folder: folder.to_owned(), cache }
}

#[test]
fn g11_sigterm_during_a_hundred_runs_drains() {
    let folder = folder("drain");
    let drained = drain::drains(given(&folder), &repository().join("fixtures/ledger/server.py"));
    drained.unwrap_or_else(|broken| panic!("{broken}\nsee {}", folder.display()));
    fs::remove_dir_all(&folder).unwrap();
}

/// SQLite's locks are the process's: one that closes the file by any other way than SQLite's has none any more, and whoever
/// leaves next takes the log for its own.
#[test]
fn another_process_that_leaves_does_not_take_the_log_along() {
    let folder = folder("log");
    let ledger = Ledger::start(&repository().join("fixtures/ledger/server.py"), 2, 1, 1).unwrap();
    let home = Home::new(given(&folder), &Keeping::Sqlite, ledger.port(1)).unwrap();
    let replica = Replica::new(&home, "a", ledger.port(0)).unwrap();
    let gateway = replica.start(&home).unwrap();
    for known in 1..4 {
        let code = format!("return (await ledger.add({{id: 'n{known}'}})).id");
        let answer = mcp::execute(gateway.port, &serde_json::json!({ "code": code }));
        assert!(matches!(&answer, Answer::Report(report) if report["status"] == "completed"), "{answer:?}");
        assert_eq!(
            home.json(&["runs"]).unwrap().as_array().map(Vec::len),
            Some(known),
            "all it wrote is there for others"
        );
        assert!(folder.join("weir.db-wal").exists(), "the gateway's log");
    }
    gateway.kill().unwrap();
    fs::remove_dir_all(&folder).unwrap();
}
