//! What weir says of a run, against what the upstream did; and a run once more from its journal.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    broken::{Broken, Result, Told},
    ledger::Record,
    program::Program,
    world::World,
};

/// One run that ended, with the report its client got.
pub(crate) fn told(world: &World, program: &Program, report: &Value) -> Result<()> {
    let run = report["run"].as_str().told("a report names no run")?;
    let shown = world.home.json(&["runs", "show", run]).told(&format!("its client was told {report}, but"))?;
    let differs = |what: &str| {
        Broken(format!("{} ({run}): {what}\nits report: {report}\nits journal: {shown}\n{}", program.tag, program.code))
    };
    if shown["status"] != report["status"] {
        return Err(differs("its client was told of another end"));
    }
    let record = world.ledger.record()?;
    steps(world, &shown, &record).map_err(|Broken(what)| differs(&what))?;
    if report["status"] == "completed" {
        result(program, &report["result"], &record).map_err(|Broken(what)| differs(&what))?;
        let replayed = world.home.json(&["runs", "replay", run])?;
        if replayed["verdict"] != "same" || replayed["replayed"]["result"] != report["result"] {
            return Err(differs(&format!("its replay has another end: {replayed}")));
        }
        world.count("replayed to the same result");
    }
    Ok(())
}

/// What its journal says was done is in the record; all its writes are noted.
fn steps(world: &World, shown: &Value, record: &Record) -> Result<()> {
    for step in shown["steps"].as_array().told("no steps are shown")? {
        let Some(tool) = step["tool"].as_str().and_then(|tool| tool.strip_prefix("ledger/")) else { continue };
        let arguments: Value =
            serde_json::from_str(step["arguments"].as_str().unwrap_or_default()).told("a step's arguments")?;
        let Some(id) = arguments["id"].as_str() else { continue };
        let line = (tool.to_owned(), id.to_owned());
        if step["status"] == "ok" {
            let receipt = step["result"]["receipt"].as_u64().told("an answer is not the ledger's")?;
            if !record.receipts(tool, id).contains(&receipt) {
                return Err(Broken(format!(
                    "{tool} {id} is said to be done ({receipt}), and the ledger has no such line"
                )));
            }
        }
        let decisions = step["decisions"].as_array().into_iter().flatten();
        let approved = decisions.filter(|decision| decision["decision"] == "approve").count() as u64;
        let mut notes = world.notes();
        *notes.approved.entry(line.clone()).or_default() += approved;
        notes.journaled.insert(line);
    }
    Ok(())
}

/// A completed program has seen each of its calls once, and of writes a receipt the ledger gave.
fn result(program: &Program, result: &Value, record: &Record) -> Result<()> {
    let seen: Vec<(String, u64)> =
        serde_json::from_value(result.clone()).told("a result is no list of what was seen")?;
    let numbers: HashMap<&str, u64> = seen.iter().map(|(id, number)| (id.as_str(), *number)).collect();
    if seen.len() != program.calls.len() {
        return Err(Broken(format!("it saw {} answers of {} calls", seen.len(), program.calls.len())));
    }
    for call in &program.calls {
        let number = numbers.get(call.id.as_str()).told(&format!("it saw no answer of {}", call.id))?;
        if call.tool != "look" && !record.receipts(call.tool, &call.id).contains(number) {
            return Err(Broken(format!("it has a receipt of {} that the ledger never gave: {number}", call.id)));
        }
    }
    let looks =
        program.calls.iter().filter(|call| call.tool == "look").filter_map(|call| numbers.get(call.id.as_str()));
    let (mut all, mut different) = (0, HashSet::new());
    looks.for_each(|look| {
        all += 1;
        different.insert(*look);
    });
    if different.len() == all { Ok(()) } else { Err(Broken("two reads have one answer".to_owned())) }
}

/// When all is over: nothing was carried out that no journal has, every write of a completed program once, and none twice
/// without a decision.
pub(crate) fn of_all(world: &World, programs: &[Program]) -> Result<()> {
    let record = world.ledger.record()?;
    let notes = world.notes();
    for (tool, id) in record.lines() {
        if !notes.journaled.contains(&(tool.to_owned(), id.to_owned())) {
            return Err(Broken(format!("{tool} {id} was carried out, and no run's journal has it")));
        }
    }
    for call in programs.iter().flat_map(Program::writes) {
        let line = (call.tool.to_owned(), call.id.clone());
        let times = record.receipts(call.tool, &call.id).len() as u64;
        let again = notes.again.get(&line).copied().unwrap_or_default();
        if times == 0 {
            return Err(Broken(format!("{} {} is lost: its program completed without it", call.tool, call.id)));
        }
        if times > 1 + again {
            return Err(Broken(format!(
                "{} {} was carried out {times} times, {again} of them decided",
                call.tool, call.id
            )));
        }
        let approved = notes.approved.get(&line).copied().unwrap_or_default();
        if times > 1 + approved {
            return Err(Broken(format!("{} {} was done again by a decision that no journal has", call.tool, call.id)));
        }
    }
    Ok(())
}
