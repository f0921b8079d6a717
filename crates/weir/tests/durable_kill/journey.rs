//! One program, from the first time it is sent until its run ends: whatever becomes of the gateways meanwhile.

use std::{
    sync::PoisonError,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    broken::{Broken, Result, Told},
    mcp::{self, Answer},
    program::Program,
    random::Random,
    truth,
    world::{At, World},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Before the same is asked again of a gateway that could not do it now.
const PAUSE: Duration = Duration::from_millis(25);
/// Longer than the ledger's delays: what a gateway that lost its database has sent is in the record by then.
const SETTLE: Duration = Duration::from_millis(120);
/// How many of the calls in doubt that were done are done again, as somebody may decide: one in so many.
const AGAIN: u64 = 4;
/// Faults that are the disturber's doing and not the program's. What was begun is then gone on with by a corrected program.
const EXCUSED: [&str; 3] = ["worker_lost", "busy", "internal"];

pub(crate) struct Journey<'a> {
    world: &'a World,
    program: &'a Program,
    random: Random,
    begun: Instant,
    /// The run under way, once it is known.
    run: Option<String>,
    /// The run before it, which failed: what it did is taken over.
    failed: Option<String>,
    /// How often the program was corrected.
    corrected: u64,
    /// An end of it was told that the database did not take; it said so.
    unrecorded: bool,
    /// What was heard last.
    last: String,
}

impl<'a> Journey<'a> {
    pub(crate) fn new(world: &'a World, program: &'a Program, random: Random) -> Self {
        Self {
            world,
            program,
            random,
            begun: Instant::now(),
            run: None,
            failed: None,
            corrected: 0,
            unrecorded: false,
            last: String::new(),
        }
    }

    /// To the end, which must be the truth.
    pub(crate) fn travel(mut self) -> Result<()> {
        loop {
            if self.begun.elapsed() > PATIENCE || self.world.is_broken() {
                let known = self.run.as_deref().map(|run| self.world.home.json(&["runs", "show", run]));
                let known = known.map(|shown| shown.map_or_else(|broken| broken.0, |shown| shown.to_string()));
                let told = format!(
                    "did not come to an end; the last that was heard: {}\nwhat is known of it: {known:?}",
                    self.last
                );
                return Err(self.broken(&told));
            }
            let at = self.world.board.any(&mut self.random)?;
            let answer = self.asked(at)?;
            self.last = format!("{answer:?}");
            match answer {
                Answer::Lost(why) => self.lost(at, &why)?,
                Answer::Refused(why) => self.refused(&why)?,
                Answer::Report(report) => {
                    if self.told(&report)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn broken(&self, what: &str) -> Broken {
        let Program { tag, language, code, .. } = self.program;
        let run = self.run.as_deref().unwrap_or("a run nobody knows");
        Broken(format!("{tag} ({}), {run}: {what}\n{code}", language.as_str()))
    }

    /// The tag of the program as it is now.
    fn tag(&self) -> String {
        match self.corrected {
            0 => self.program.tag.clone(),
            times => format!("{} corrected {times}", self.program.tag),
        }
    }

    fn arguments(&mut self) -> Value {
        let mut arguments = match &self.run {
            Some(run) => json!({ "resume": run }),
            None => {
                let code = self.program.code.replacen(&self.program.tag, &self.tag(), 1);
                json!({ "code": code, "language": self.program.language.as_str() })
            }
        };
        if let (None, Some(failed)) = (&self.run, &self.failed) {
            arguments["resume"] = failed.as_str().into();
        }
        // A client that waits to the end, one that looks in again, one that only starts it.
        match self.random.below(3) {
            0 if self.world.shaky => arguments["wait_ms"] = 2_000.into(),
            0 => {}
            1 => arguments["wait_ms"] = (10 + self.random.below(200)).into(),
            _ => arguments["wait_ms"] = 0.into(),
        }
        arguments
    }

    /// Sometimes all gateways at once: one of them has the run, the others wait for it.
    fn asked(&mut self, at: At) -> Result<Answer> {
        let arguments = self.arguments();
        let everywhere = if self.run.is_some() && self.random.one_in(3) { self.world.board.all()? } else { vec![at] };
        let arguments = &arguments;
        let answers: Vec<Answer> = thread::scope(|scope| {
            let asked: Vec<_> =
                everywhere.iter().map(|at| scope.spawn(move || mcp::execute(at.port, arguments))).collect();
            asked.into_iter().filter_map(|answer| answer.join().ok()).collect()
        });
        let mut ends = answers.iter().filter_map(|answer| match answer {
            Answer::Report(report) if is_end(report) && !is_unrecorded(report) => {
                Some((&report["status"], &report["result"]))
            }
            _ => None,
        });
        if let (Some(one), Some(other)) = (ends.next(), ends.next())
            && one != other
        {
            return Err(self.broken(&format!("two gateways tell two ends of it: {one:?} and {other:?}")));
        }
        let best = answers.into_iter().max_by_key(|answer| match answer {
            Answer::Report(report) if is_end(report) => 3,
            Answer::Report(_) => 2,
            Answer::Refused(_) => 1,
            Answer::Lost(_) => 0,
        });
        best.told("nobody was asked")
    }

    /// The gateway is gone, perhaps with a run nobody was told of: it is looked for among all runs.
    fn lost(&mut self, at: At, why: &str) -> Result<()> {
        self.world.count("answers lost");
        if self.run.is_none() {
            self.world.board.succeeded(at).told(why)?;
            self.run = self.looked(|home, tag| home.run_of(tag))?;
        }
        Ok(())
    }

    /// Asks the command line, which needs the database as much as a gateway does.
    fn looked<T>(&self, look: impl Fn(&super::home::Home, &str) -> Result<T>) -> Result<T> {
        let tag = self.tag();
        loop {
            match look(&self.world.home, &tag) {
                Err(broken) if self.begun.elapsed() > PATIENCE => return Err(broken),
                Err(broken) if !self.world.shaky => return Err(broken),
                Err(_) => thread::sleep(PAUSE),
                looked => return looked,
            }
        }
    }

    fn refused(&mut self, why: &str) -> Result<()> {
        self.world.count("requests refused");
        if self.unrecorded && why.contains("there is no run") {
            // Not even its beginning could be kept: then it made no call but reads, or the record tells.
            self.run = None;
        } else if !self.world.shaky && !why.contains("still running") {
            return Err(self.broken(&format!("was refused: {why}")));
        }
        thread::sleep(PAUSE);
        Ok(())
    }

    /// `true`: it is over.
    fn told(&mut self, report: &Value) -> Result<bool> {
        let run = report["run"].as_str().told("a report names no run")?;
        if self.world.shaky && is_unrecorded(report) {
            self.world.count("ends that could not be recorded");
            (self.run, self.unrecorded) = (Some(run.to_owned()), true);
            return Ok(false);
        }
        match report["status"].as_str() {
            Some("running") => self.run = Some(run.to_owned()),
            Some("parked") => {
                self.run = Some(run.to_owned());
                self.world.count("parked");
                self.decide(report)?;
            }
            Some("completed") => {
                self.run = Some(run.to_owned());
                self.looked(|_, _| truth::told(self.world, self.program, report))?;
                self.world.count(&format!("completed in {}", self.program.language.as_str()));
                return Ok(true);
            }
            Some("failed") => self.failed_run(run.to_owned(), report)?,
            _ => return Err(self.broken(&format!("ended as nobody asked for: {report}"))),
        }
        Ok(false)
    }

    fn failed_run(&mut self, run: String, report: &Value) -> Result<()> {
        let kind = report["error"]["kind"].as_str().unwrap_or_default();
        if !EXCUSED.contains(&kind) {
            self.run = Some(run);
            return Err(self.broken(&format!("failed: {}", report["error"])));
        }
        self.world.count(&format!("failed: {kind}"));
        let unstarted = report["error"]["message"].as_str().is_some_and(|why| why.contains("was not started"));
        let read_only =
            report["calls"].as_array().is_some_and(|calls| calls.iter().all(|call| call["effect"] == "read"));
        if self.world.shaky && read_only {
            // Reads are written in their order and not synced: a database that is killed may not know of them, nor of their run.
            self.world.count("runs that only read, sent anew");
        } else if !unstarted {
            self.looked(|_, _| truth::told(self.world, self.program, report))?;
            self.failed = Some(run);
            self.corrected += 1;
        }
        self.run = None;
        Ok(())
    }

    /// A person looks at the upstream and decides.
    fn decide(&mut self, report: &Value) -> Result<()> {
        let approvals = report["approvals"].as_array().cloned().unwrap_or_default();
        if approvals.iter().any(|approval| approval["reason"] == "in_doubt") {
            thread::sleep(SETTLE);
        }
        let calm = self.world.calm.read().unwrap_or_else(PoisonError::into_inner);
        let record = self.world.ledger.record()?;
        for approval in &approvals {
            let id = approval["id"].as_str().told("an approval has no id")?;
            let tool = approval["tool"].as_str().and_then(|tool| tool.strip_prefix("ledger/")).told("whose tool")?;
            let line = approval["arguments"]["id"].as_str().told("an approval has no arguments")?;
            let receipt = record.receipts(tool, line).last();
            match (approval["reason"].as_str(), receipt) {
                (Some("policy"), None) => {
                    self.world.count("approved by policy's wish");
                    self.decided(&["approve", id]);
                }
                (Some("in_doubt"), None) => {
                    self.world.count("in doubt: never arrived, sent again");
                    self.decided(&["approve", id]);
                }
                (Some("in_doubt"), Some(_)) if self.random.one_in(AGAIN) => {
                    self.world.count("in doubt: done, and done again");
                    *self.world.notes().again.entry((tool.to_owned(), line.to_owned())).or_default() += 1;
                    self.decided(&["approve", id]);
                }
                (Some("in_doubt"), Some(receipt)) => {
                    self.world.count("in doubt: done");
                    let value = json!({ "id": line, "receipt": receipt }).to_string();
                    self.decided(&["done", id, "--value", &value]);
                }
                _ => return Err(self.broken(&format!("asks for what was done: {approval}"))),
            }
        }
        drop(calm);
        Ok(())
    }

    /// What could not be decided now waits still, or does not wait any more: the next report says which.
    fn decided(&self, words: &[&str]) {
        if let Err(Broken(_)) = self.world.home.terminal(words) {
            self.world.count("decisions not taken");
        }
    }
}

fn is_end(report: &Value) -> bool {
    matches!(report["status"].as_str(), Some("completed" | "failed" | "cancelled"))
}

/// What it says of its end is not in the store, and it says so.
fn is_unrecorded(report: &Value) -> bool {
    let mut logs = report["logs"].as_array().into_iter().flatten().filter_map(|line| line["text"].as_str());
    logs.any(|text| text.starts_with("weir: the journal cannot be written"))
}
