//! A call whose answer nobody knows: its gateway was killed after it had been carried out. And gateways that are asked to stop first.

use serde_json::json;

use crate::{
    gateway::Gateway,
    home::Home,
    ledger::{Ledger, SLOW_MS, SLOW_SEED},
};

/// A run that was killed between a write and its answer, and is asked for again.
fn in_doubt(home: &Home) -> (String, String) {
    let mut child = home.spawn(&["run", "--code", "return (await ledger.add({id: 'a'})).receipt"]);
    home.ledger.until_carried_out("add", "a");
    child.kill().unwrap();
    child.wait().unwrap();
    let run = home.json(&["runs", "--json"])[0]["run"].as_str().unwrap().to_owned();
    assert_eq!(home.parked(&["--resume", &run]), run);
    let approvals = home.json(&["approvals", "--json"]);
    assert_eq!((&approvals[0]["reason"], &approvals[0]["tool"]), (&"in_doubt".into(), &"ledger/add".into()));
    (run, approvals[0]["id"].as_str().unwrap().to_owned())
}

#[test]
fn done_is_not_sent_again() {
    let home = Home::with(Ledger::start(SLOW_MS, SLOW_SEED));
    let (run, id) = in_doubt(&home);
    let shown = home.done(&["approvals"]);
    assert!(shown.contains("it may have happened") && shown.contains("weir done ID"), "{shown}");
    home.done(&["done", &id, "--value", "{\"id\": \"a\", \"receipt\": 1}"]);
    assert_eq!(home.done(&["run", "--resume", &run]), "1\n");
    assert_eq!(home.ledger.count("add", "a"), 1);
    assert!(home.done(&["runs", "replay", &run]).starts_with("the same result"));
}

#[test]
fn approved_it_is_sent_once_more() {
    let home = Home::with(Ledger::start(SLOW_MS, SLOW_SEED));
    let (run, id) = in_doubt(&home);
    home.done(&["approve", &id]);
    assert_eq!(home.done(&["run", "--resume", &run]), "2\n");
    assert_eq!(home.ledger.count("add", "a"), 2);
}

#[test]
fn denied_it_has_failed() {
    let home = Home::with(Ledger::start(SLOW_MS, SLOW_SEED));
    let (run, id) = in_doubt(&home);
    home.done(&["deny", &id, "--why", "it was undone by hand"]);
    let left = home.run(&["run", "--resume", &run]);
    assert_eq!(left.code, 1);
    assert!(left.err.contains("it was undone by hand"), "{}", left.err);
    assert_eq!(home.ledger.count("add", "a"), 1);
}

/// A run in the background, whose first write is carried out and not answered yet.
fn in_the_background(home: &Home) -> (Gateway, String) {
    let gateway = Gateway::start(home);
    let code = "await ledger.add({id: 'a'}); return (await ledger.add({id: 'b'})).id";
    let report = gateway.execute(&json!({"code": code, "wait_ms": 1}));
    assert_eq!(report["status"], "running");
    home.ledger.until_carried_out("add", "a");
    (gateway, report["run"].as_str().unwrap().to_owned())
}

#[test]
fn a_gateway_that_stops_lets_calls_under_way_end_and_begins_none() {
    let home = Home::with(Ledger::start(SLOW_MS, SLOW_SEED));
    let (gateway, run) = in_the_background(&home);
    gateway.ask_to_stop();
    assert_eq!(gateway.ended(), Some(0));
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("add", "b")), (1, 0));
    let kept = home.json(&["runs", "show", &run, "--json"]);
    assert_eq!(kept["status"], "parked", "{kept}");
    assert_eq!(home.done(&["run", "--resume", &run]), "\"b\"\n");
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("add", "b")), (1, 1), "each was made once");
}

#[test]
fn a_call_that_a_second_signal_cuts_off_is_in_doubt() {
    let home = Home::with(Ledger::start(SLOW_MS, SLOW_SEED));
    let (gateway, run) = in_the_background(&home);
    gateway.ask_to_stop();
    gateway.until_deaf();
    gateway.ask_to_stop();
    assert_eq!(gateway.ended(), Some(130));
    assert_eq!(home.parked(&["--resume", &run]), run);
    let approvals = home.json(&["approvals", "--json"]);
    assert_eq!((&approvals[0]["reason"], &approvals[0]["tool"]), (&"in_doubt".into(), &"ledger/add".into()));
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("add", "b")), (1, 0));
}
