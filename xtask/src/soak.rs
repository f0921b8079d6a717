//! `cargo xtask soak`: one gateway, thousands of mixed runs, eight at a time, and what its processes hold meanwhile.
//!
//! Fails when memory, descriptors or threads grow, when a run that should succeed does not, or when a hostile one does.

mod program;
mod reading;
mod verdict;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    bench::{
        client::{Client, Ended},
        setup::Setup,
    },
    step,
};
use program::Program;
use reading::Reading;

/// How long to go on, and with which weir.
#[derive(clap::Args)]
pub(crate) struct Soak {
    /// Runs to send once it is warm; 2000 unless --minutes says how long to go on. With both, what comes first ends it
    #[arg(long)]
    runs: Option<u64>,
    /// Minutes to go on for
    #[arg(long)]
    minutes: Option<u32>,
    /// Use this weir instead of building one
    #[arg(long)]
    binary: Option<PathBuf>,
}

const RUNS_DEFAULT: u64 = 2_000;
/// Runs before the first reading: until every engine has seen every program a few times, its allocator is still filling up.
const WARM_UP: u64 = 1_500;
const IN_FLIGHT: usize = 8;
/// Readings of a whole soak; a quarter of them is what medians are taken of.
const READINGS: u32 = 40;
/// Between the last answer and a reading: workers tidy up when they are idle.
const PACE: Duration = Duration::from_millis(100);
/// Small, so that hostile runs end soon; what benign ones need fits many times over.
const SETTINGS: &[&str] = &[
    "limits.cpu_ms=200",
    "limits.wall_ms=5000",
    "limits.memory_mib=64",
    "limits.calls=200",
    "limits.log_kib=16",
    "limits.result_tokens=500",
];
const TOOLS: usize = 96;
const WRONG_TOLD_MAX: usize = 10;

pub(crate) fn run(soak: &Soak) -> Result<()> {
    let setup = Setup::new(false, soak.binary.as_deref())?;
    let mut client = setup.gateway(TOOLS, SETTINGS)?;
    for (language, code) in program::TRIVIAL {
        client.execute_in(language, code)?;
    }
    let mut course = Course::new();
    step::timed("warming up", || course.go_on(&mut client, &Goal::runs(WARM_UP, 0), 1.0))?;
    let goal = Goal::of(soak, course.sent);
    let mut readings = Vec::new();
    step::say(reading::HEAD);
    for at in 1..=READINGS {
        course.go_on(&mut client, &goal, f64::from(at) / f64::from(READINGS))?;
        thread::sleep(PACE);
        let reading = Reading::take(course.done, course.begun.elapsed(), client.pid())?;
        step::say(&reading.row());
        readings.push(reading);
    }
    step::say(&course.told());
    let mut faults = course.wrong;
    faults.extend(verdict::grown(&readings));
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    step::say("soak: nothing grew, and every run ended as it should");
    Ok(())
}

/// How far to go: runs, time, or what comes first.
struct Goal {
    runs: Option<u64>,
    time: Option<Duration>,
    begun: Instant,
    /// Runs sent before.
    from: u64,
}

impl Goal {
    fn runs(runs: u64, from: u64) -> Self {
        Self { runs: Some(runs), time: None, begun: Instant::now(), from }
    }

    fn of(soak: &Soak, from: u64) -> Self {
        let time = soak.minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
        let runs = soak.runs.or(time.is_none().then_some(RUNS_DEFAULT));
        Self { runs, time, begun: Instant::now(), from }
    }

    /// How much of it is behind us once so many were sent, 0 to 1 and beyond.
    fn part(&self, sent: u64) -> f64 {
        let of_runs = self.runs.map_or(0.0, |runs| (sent - self.from) as f64 / runs.max(1) as f64);
        let of_time = self.time.map_or(0.0, |time| self.begun.elapsed().as_secs_f64() / time.as_secs_f64().max(1.0));
        of_runs.max(of_time)
    }
}

/// What was sent and what came of it.
struct Course {
    begun: Instant,
    sent: u64,
    done: u64,
    waiting: HashMap<u64, &'static Program>,
    /// How often runs of a language ended in a way.
    ends: BTreeMap<(&'static str, String), u64>,
    /// A sentence for each run that ended as it should not.
    wrong: Vec<String>,
}

impl Course {
    fn new() -> Self {
        let begun = Instant::now();
        Self { begun, sent: 0, done: 0, waiting: HashMap::new(), ends: BTreeMap::new(), wrong: Vec::new() }
    }

    /// Sends runs until so much of the goal is reached, and waits for all answers.
    fn go_on(&mut self, client: &mut Client, goal: &Goal, part: f64) -> Result<()> {
        loop {
            while self.waiting.len() < IN_FLIGHT && goal.part(self.sent) < part {
                let program = program::pick(self.sent);
                self.waiting.insert(client.send_snippet(program.language, program.code)?, program);
                self.sent += 1;
            }
            if self.waiting.is_empty() {
                return Ok(());
            }
            let (id, line) = client.receive().context("the gateway is gone")?;
            let program = self.waiting.remove(&id).with_context(|| format!("an answer to {id}, which nobody asked"))?;
            self.done += 1;
            let ended = Ended::read(&line)?;
            self.note(program.check(&ended));
            let how = ended.fault.unwrap_or_else(|| "completed".to_owned());
            *self.ends.entry((program.language, how)).or_default() += 1;
        }
    }

    /// Goes on after a run that ended as it should not, so that a soak tells all that is wrong.
    fn note(&mut self, checked: Result<(), String>) {
        let Err(told) = checked else { return };
        match self.wrong.len() {
            ..WRONG_TOLD_MAX => self.wrong.push(told),
            WRONG_TOLD_MAX => self.wrong.push("further runs ended as they should not".to_owned()),
            _ => {}
        }
    }

    fn told(&self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        let mut text = format!("{} runs in {seconds:.0} s ({:.0} per second)", self.done, self.done as f64 / seconds);
        let mut last = "";
        for ((language, how), count) in &self.ends {
            text +=
                &if *language == last { format!(", {how} {count}") } else { format!("\n{language}: {how} {count}") };
            last = language;
        }
        text
    }
}
