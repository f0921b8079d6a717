//! `cargo xtask chaos`: gateways, workers and databases that are killed while they work, hundreds of times.
//!
//! Fails when an acknowledged write is lost, one is done twice that nobody decided, a run ends with something else than the truth,
//! a store does not open, or a process is left behind. The course itself is the one of `crates/weir/tests/durable_kill.rs`.

#[path = "../../crates/weir/tests/durable_kill/harness.rs"]
pub(crate) mod harness;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::{bench::setup, place, step};
use Disturbance::{Freeze, FreezeDatabase, KillDatabase, KillGateway, KillWorker, Restart};
use harness::{
    chaos::{self as course, Chaos as Given, Course, Disturbance},
    database::{Keeping, Postgres},
};

/// How often to kill, and what.
#[derive(clap::Args)]
pub(crate) struct Chaos {
    /// Disturbances of each store
    #[arg(long, default_value_t = 100)]
    rounds: u64,
    /// The same seed picks the same disturbances and sends the same programs; when exactly, the machine decides
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the runs are kept: one gateway on a SQLite file, or two on one PostgreSQL
    #[arg(long, value_enum, default_value_t = Store::Both)]
    store: Store,
    /// Programs under way at once
    #[arg(long, default_value_t = 6)]
    programs: usize,
    /// Use this weir instead of building one
    #[arg(long)]
    binary: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
    Both,
}

/// One gateway, killed far more often than anything else.
const ALONE: &[Disturbance] = &[
    KillGateway,
    KillGateway,
    KillGateway,
    KillGateway,
    KillGateway,
    KillWorker,
    KillWorker,
    KillWorker,
    Restart,
    Freeze,
    FreezeDatabase,
];
/// Two that share a database, which is killed too.
const TOGETHER: &[Disturbance] = &[
    KillGateway,
    KillGateway,
    KillGateway,
    KillGateway,
    KillGateway,
    KillGateway,
    KillWorker,
    KillWorker,
    KillWorker,
    Restart,
    Freeze,
    FreezeDatabase,
    KillDatabase,
];

pub(crate) fn run(chaos: &Chaos) -> Result<()> {
    let weir = setup::weir(chaos.binary.as_deref())?;
    let mut broken = Vec::new();
    for (store, name, replicas, disturbances) in
        [(Store::Sqlite, "SQLite, one gateway", 1, ALONE), (Store::Postgres, "PostgreSQL, two gateways", 2, TOGETHER)]
    {
        if chaos.store != Store::Both && chaos.store != store {
            continue;
        }
        match step::timed(name, || once(chaos, &weir, store, replicas, disturbances)) {
            Ok(course) => step::say(&told(name, &course)),
            Err(error) => broken.push(format!("{name}: {error:#}")),
        }
    }
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    step::say("chaos: nothing was lost, nothing was done twice, and every run ended with the truth");
    Ok(())
}

fn once(chaos: &Chaos, weir: &Path, store: Store, replicas: usize, disturbances: &[Disturbance]) -> Result<Course> {
    let folder = place::target().join("chaos").join(if store == Store::Postgres { "postgres" } else { "sqlite" });
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let keeping = match store {
        Store::Postgres => {
            let data = std::env::temp_dir().join(format!("weir-chaos-{}", std::process::id()));
            Keeping::Postgres(Postgres::start(place::tools().join("postgres/bin"), data)?)
        }
        Store::Sqlite | Store::Both => Keeping::Sqlite,
    };
    let given = Given {
        weir: weir.to_owned(),
        folder: folder.clone(),
        cache: place::target().join("bench/cache"),
        ledger: place::root().join("fixtures/ledger/server.py"),
        keeping,
        replicas,
        disturbances: disturbances.to_vec(),
        rounds: chaos.rounds,
        seed: chaos.seed,
        travellers: chaos.programs,
    };
    let course = course::run(given, |round| {
        if round % 50 == 0 {
            step::say(&format!("{round} of {} disturbances", chaos.rounds));
        }
    });
    let course = course.with_context(|| format!("logs and store are in {}", folder.display()))?;
    fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    Ok(course)
}

fn told(name: &str, course: &Course) -> String {
    let mut text = format!("| {name}, {:.0} s | times |\n|---|---|\n", course.time.as_secs_f64());
    for (what, times) in &course.counts {
        text += &format!("| {what} | {times} |\n");
    }
    text
}
