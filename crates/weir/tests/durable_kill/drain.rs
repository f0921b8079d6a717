//! A gateway that is asked to stop while a hundred runs are under way: all of them end well, and what takes too long is not lost.

use std::{path::Path, thread, time::Duration};

use serde_json::{Value, json};

use crate::harness::{
    broken::{Broken, Result, Told},
    database::Keeping,
    home::{Given, Home},
    http,
    ledger::Ledger,
    mcp::{self, Answer},
    replica::{Gateway, Replica},
};

const SHORT: usize = 100;
const LONG: usize = 4;
/// Long enough that all short ones are under way when the signal comes, short enough for the drain.
const SHORT_MS: u64 = 1_500;
/// Beyond the second signal.
const LONG_MS: u64 = 8_000;
/// Runs that start the engines: with these numbers, one of each.
const FIRST: usize = PYTHON_EVERY;
/// Of so many runs one is in Python, whose sandboxes are the largest.
const PYTHON_EVERY: usize = 10;
const LOOK: Duration = Duration::from_millis(10);
const LOOKS_MAX: u32 = 6_000;

/// Reads, sleeps, writes.
fn code(number: usize, sleep_ms: u64) -> Value {
    let language = match number % PYTHON_EVERY {
        0 => "python",
        other => ["typescript", "starlark"][other % 2],
    };
    let id = format!("d{number}");
    let code = match language {
        "typescript" => format!(
            "// {id}\nawait ledger.look({{key: '{id}'}})\nawait sleep({sleep_ms})\nreturn (await ledger.add({{id: '{id}'}})).id"
        ),
        _ => format!("# {id}\nledger.look(key='{id}')\nsleep({sleep_ms})\nresult = ledger.add(id='{id}')['id']"),
    };
    json!({ "code": code, "language": language })
}

pub(crate) fn drains(given: Given, ledger: &Path) -> Result<()> {
    let ledger = Ledger::start(ledger, 2, 5, 1)?;
    let home = Home::new(given, &Keeping::Sqlite, ledger.port(1))?;
    let replica = Replica::new(&home, "a", ledger.port(0))?;
    let gateway = replica.start(&home)?;
    let port = gateway.port;
    // Their engines first: a hundred runs that wait for a compiler are not under way.
    for number in SHORT + LONG..SHORT + LONG + FIRST {
        completed(mcp::execute(port, &code(number, 0)))?;
    }
    let (short, long) = thread::scope(|scope| {
        let sent = |number: usize, ms: u64| scope.spawn(move || mcp::execute(port, &code(number, ms)));
        let long: Vec<_> = (SHORT..SHORT + LONG).map(|number| sent(number, LONG_MS)).collect();
        let short: Vec<_> = (0..SHORT).map(|number| sent(number, SHORT_MS)).collect();
        let stopped = stop_in_the_middle(&ledger, &gateway);
        let short: Vec<_> = short.into_iter().map(thread::ScopedJoinHandle::join).collect();
        // The second no longer asks.
        let again = gateway.ask_to_stop();
        let long: Vec<_> = long.into_iter().map(thread::ScopedJoinHandle::join).collect();
        stopped.and(again).map(|()| (short, long))
    })?;
    for answer in short {
        completed(answer.ok().told("a client panicked")?)?;
    }
    if long.into_iter().any(|answer| answer.is_ok_and(|answer| completed(answer).is_ok())) {
        return Err(Broken("a run ended before it could".to_owned()));
    }
    let status = gateway.ended()?;
    if status.code() != Some(130) {
        return Err(Broken(format!("a gateway that was told twice ended with {status}")));
    }
    replica.gone()?;
    ledger.quiet(0)?;
    gone_on_with(&home, &replica, &ledger)
}

/// SIGTERM once every run has read; from then on nobody new is let in.
fn stop_in_the_middle(ledger: &Ledger, gateway: &Gateway) -> Result<()> {
    until("the runs do not begin", || Ok(ledger.record()?.looks >= (SHORT + LONG + FIRST) as u64))?;
    gateway.ask_to_stop()?;
    until("a gateway that is to stop lets clients in", || {
        let asked = http::send(gateway.port, "GET", "/healthz", "", "", LOOK * 100);
        Ok(!asked.is_ok_and(|reply| reply.status == 200))
    })
}

/// What the second signal cut is gone on with by the next gateway, and no write was made twice.
fn gone_on_with(home: &Home, replica: &Replica, ledger: &Ledger) -> Result<()> {
    let gateway = replica.start(home)?;
    let mut runs = Vec::new();
    for number in SHORT..SHORT + LONG {
        runs.push(home.run_of(&format!("d{number}"))?.told("a run that was cut is not in the store")?);
    }
    for answer in at_once(&runs, |run| mcp::execute(gateway.port, &json!({ "resume": run }))) {
        completed(answer)?;
    }
    let record = ledger.record()?;
    for number in 0..SHORT + LONG {
        let times = record.receipts("add", &format!("d{number}")).len();
        if times != 1 {
            return Err(Broken(format!("the write of run {number} was carried out {times} times")));
        }
    }
    gateway.ask_to_stop()?;
    let status = gateway.ended()?;
    if status.success() { replica.gone() } else { Err(Broken(format!("the gateway ended with {status}"))) }
}

fn at_once<T: Sync>(all: &[T], ask: impl Fn(&T) -> Answer + Sync) -> Vec<Answer> {
    let ask = &ask;
    thread::scope(|scope| {
        let asked: Vec<_> = all.iter().map(|one| scope.spawn(move || ask(one))).collect();
        asked.into_iter().filter_map(|answer| answer.join().ok()).collect()
    })
}

fn completed(answer: Answer) -> Result<()> {
    match answer {
        Answer::Report(report) if report["status"] == "completed" => Ok(()),
        Answer::Report(report) => Err(Broken(format!("a run did not complete: {report}"))),
        Answer::Refused(why) => Err(Broken(format!("a run was refused: {why}"))),
        Answer::Lost(why) => Err(Broken(format!("a run's answer was lost: {why}"))),
    }
}

fn until(else_told: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    for _ in 0..LOOKS_MAX {
        if holds()? {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    Err(Broken(else_told.to_owned()))
}
