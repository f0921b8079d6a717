//! Runs that wait, from a terminal: what waits, deciding it, going on, and replaying it.

use serde_json::{Value, json};

use crate::{
    gateway::Gateway,
    home::Home,
    ledger::{Ledger, SLOW_MS, SLOW_SEED},
};

/// Adds (a write that nobody asks for) and strikes out (a destructive call, which waits).
const PROGRAM: &str = "const added = await ledger.add({id: 'a'});\nconst struck = await ledger.drop({id: 'b'});\nreturn [added.id, struck.id];\n";

#[test]
fn a_run_parks_is_approved_and_goes_on_where_it_was() {
    let home = Home::new();
    let run = home.parked(&["--code", PROGRAM]);
    let approvals = home.json(&["approvals", "--json"]);
    let approval = &approvals[0];
    assert_eq!(
        (&approval["tool"], &approval["effect"], &approval["arguments"], &approval["line"], &approval["run"]),
        (&json!("ledger/drop"), &json!("destructive"), &json!(r#"{"id":"b"}"#), &json!(2), &json!(run))
    );
    assert_eq!(approval["source_line"], "const struck = await ledger.drop({id: 'b'});");
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("drop", "b")), (1, 0));

    let id = approval["id"].as_str().unwrap();
    let shown = home.done(&["approvals", &id[..16]]);
    assert!(shown.contains(r#"{"id":"b"}"#) && shown.contains("  3  return [added.id, struck.id];"), "{shown}");
    let said = home.done(&["approve", &id[..16]]);
    assert_eq!(said, format!("{}  ledger/drop  approved\n", &id[..16]));
    let result = home.done(&["run", "--resume", &run]);
    assert_eq!(result, "[\"a\",\"b\"]\n");
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("drop", "b")), (1, 1));
    assert_eq!(home.done(&["results", &run[..16]]), "[\"a\",\"b\"]");

    let shown = home.json(&["runs", "show", &run[..16], "--json"]);
    let ends: Vec<(&Value, &Value)> =
        shown["steps"].as_array().unwrap().iter().map(|step| (&step["tool"], &step["status"])).collect();
    assert_eq!(ends, [(&json!("ledger/add"), &json!("ok")), (&json!("ledger/drop"), &json!("ok"))]);
    let decision = &shown["steps"][1]["decisions"][0];
    assert_eq!((&decision["decision"], &decision["by"]), (&json!("approve"), &json!("ann at a terminal")));
}

#[test]
fn a_denied_call_is_an_exception_that_says_why() {
    let home = Home::new();
    let run = home
        .parked(&["--code", "try { await ledger.drop({id: 'b'}); } catch (e: any) { return [e.kind, e.message]; }"]);
    home.done(&["deny", &home.waiting()[0], "--why", "not before the audit"]);
    let result: Value = serde_json::from_str(&home.done(&["run", "--resume", &run])).unwrap();
    assert_eq!(result[0], "denied");
    assert!(result[1].as_str().unwrap().contains("not before the audit"), "{result}");
    assert_eq!(home.ledger.count("drop", "b"), 0);
}

/// A plan stops at every write, and is approved as one.
#[test]
fn a_plan_is_approved_by_its_run() {
    let home = Home::new();
    let code = "return (await Promise.all(['a', 'b'].map((id) => ledger.add({id})))).map((line) => line.id);";
    let run = home.parked(&["--plan", "--code", code]);
    assert_eq!(home.waiting().len(), 2);
    assert_eq!(home.ledger.count("add", "a"), 0);
    let said = home.done(&["approve", &run]);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert_eq!(home.done(&["run", "--resume", &run]), "[\"a\",\"b\"]\n");
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("add", "b")), (1, 1));
}

#[test]
fn approving_for_the_run_and_for_good() {
    let home = Home::new();
    let twice = "await ledger.drop({id: 'a'}); await ledger.drop({id: 'b'}); return 'done'";
    let run = home.parked(&["--code", twice]);
    home.done(&["approve", &home.waiting()[0], "--for-run"]);
    assert_eq!(home.done(&["run", "--resume", &run]), "\"done\"\n");

    let run = home.parked(&["--code", "await ledger.drop({id: 'c'}); return 'done'"]);
    home.done(&["approve", &home.waiting()[0], "--always"]);
    assert_eq!(home.done(&["run", "--resume", &run]), "\"done\"\n");
    assert_eq!(home.done(&["run", "--code", "return (await ledger.drop({id: 'd'})).id"]), "\"d\"\n");
}

/// T04, G04: an id that never was, was used, or has nothing to decide gets one answer; whoever is second is told who was first.
#[test]
fn t04_g04_an_approval_is_used_once() {
    let home = Home::new();
    let run = home.parked(&["--code", "return (await ledger.drop({id: 'b'})).id"]);
    let id = home.waiting().remove(0);
    home.done(&["approve", &id]);
    for again in [&id[..], &id[..12], &run] {
        let second = home.run(&["deny", again, "--why", "no"]);
        assert_eq!(second.code, 1, "{}", second.err);
        assert!(second.err.contains("ann at a terminal was first: approved"), "{again}: {}", second.err);
    }
    assert_eq!(home.done(&["run", "--resume", &run]), "\"b\"\n");
    let unknown = home.run(&["approve", "apr_00000000000000000000000000000000"]);
    assert_eq!(unknown.code, 1);
    for (used, command) in
        [(&id[..], "approve"), (&id[..12], "deny"), (&run, "approve"), ("apr_", "approve"), ("x", "done")]
    {
        let left = home.run(&[command, used]);
        assert_eq!((left.code, &left.err), (1, &unknown.err), "{command} {used}");
    }
    assert_eq!(home.ledger.count("drop", "b"), 1);
}

#[test]
fn what_was_never_sent_cannot_have_been_done() {
    let home = Home::new();
    home.parked(&["--code", "return await ledger.drop({id: 'b'})"]);
    let left = home.run(&["done", &home.waiting()[0]]);
    assert_eq!(left.code, 2, "{}", left.err);
    assert!(left.err.contains("not in doubt"), "{}", left.err);
    let left = home.run(&["done", &home.waiting()[0], "--value", "{no json"]);
    assert_eq!(left.code, 2);
    assert_eq!(home.waiting().len(), 1, "it still waits");
}

/// The gateway that parked the run goes on with it when somebody decides in another process.
#[test]
fn a_gateway_goes_on_with_what_a_terminal_decides() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let report = gateway.execute(&json!({"code": PROGRAM}));
    assert_eq!(report["status"], "parked");
    let run = report["run"].as_str().unwrap();
    home.done(&["approve", run]);
    let shown = gateway.until(run, "completed");
    assert_eq!(shown["report"]["result"], json!(["a", "b"]));
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("drop", "b")), (1, 1));
}

/// G11: `kill -9` while it waits loses nothing, and nothing is done twice.
#[test]
fn g11_a_gateway_is_killed_while_a_run_waits() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let report = gateway.execute(&json!({"code": PROGRAM}));
    let run = report["run"].as_str().unwrap();
    gateway.kill();
    let decided = home.run(&["approve", run]);
    assert!(decided.err.contains(&format!("weir run --resume {run}")), "{}", decided.err);
    let listed = home.json(&["runs", "--status", "parked", "--json"]);
    assert_eq!((&listed[0]["run"], &listed[0]["decided"]), (&json!(run), &json!(1)));

    let gateway = Gateway::start(&home);
    let report = gateway.execute(&json!({"resume": run}));
    assert_eq!((&report["status"], &report["result"]), (&json!("completed"), &json!(["a", "b"])));
    assert_eq!((home.ledger.count("add", "a"), home.ledger.count("drop", "b")), (1, 1));
}

/// G11: where the configuration names the store, another gateway on it goes on with what was decided while there was none, and with
/// what is decided later: what a gateway that was killed left, and what a terminal did.
#[test]
fn g11_another_gateway_goes_on_with_what_is_decided() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let [before, after] = ["x", "y"].map(|id| {
        let report = gateway.execute(&json!({"code": format!("return (await ledger.drop({{id: '{id}'}})).id")}));
        report["run"].as_str().unwrap().to_owned()
    });
    gateway.kill();
    let terminals = home.parked(&["--code", "return (await ledger.drop({id: 'z'})).id"]);
    home.done(&["approve", &before]);
    let gateway = Gateway::start(&home);
    home.done(&["approve", &after]);
    home.done(&["approve", &terminals]);
    for (run, id) in [(before, "x"), (after, "y"), (terminals, "z")] {
        assert_eq!(gateway.until(&run, "completed")["report"]["result"], id);
        assert_eq!(home.ledger.count("drop", id), 1);
    }
}

#[test]
fn a_replay_comes_to_the_same_end_and_calls_nothing() {
    let home = Home::new();
    let program = "const looks = await Promise.all(['a', 'b', 'c'].map((key) => ledger.look({key})));\n\
                   const at = Date.now(), luck = Math.random();\n\
                   console.log('looked', looks.length);\n\
                   await ledger.add({id: 'a'});\nreturn {looks, at, luck};\n";
    home.done(&["run", "--code", program]);
    let run = home.json(&["runs", "--json"])[0]["run"].as_str().unwrap().to_owned();
    assert!(home.done(&["runs", "replay", &run]).starts_with("the same result: 4 calls"));
    let both = home.json(&["runs", "replay", &run, "--json"]);
    assert_eq!(both["verdict"], "same");
    assert_eq!(both["recorded"]["result"], both["replayed"]["result"]);
    assert_eq!(home.ledger.count("add", "a"), 1);

    let failed = home.run(&["run", "--code", "await ledger.look({key: 'a'}); throw new Error('no')"]);
    assert_eq!(failed.code, 1);
    let run = home.json(&["runs", "--json"])[0]["run"].as_str().unwrap().to_owned();
    assert!(home.done(&["runs", "replay", &run]).starts_with("the same result: 1 call"));

    let parked = home.parked(&["--code", PROGRAM]);
    assert!(home.done(&["runs", "replay", &parked]).starts_with("the same so far: "));
}

/// Somebody has changed the program in the store: it now asks for something else than its journal says.
#[test]
fn a_replay_that_goes_another_way_says_so() {
    let home = Home::new();
    home.done(&["run", "--code", "await ledger.add({id: 'first'}); return 1"]);
    let run = home.json(&["runs", "--json"])[0]["run"].as_str().unwrap().to_owned();
    home.sql("UPDATE run SET source = CAST(replace(CAST(source AS TEXT), 'first', 'other') AS BLOB)");
    let left = home.run(&["runs", "replay", &run]);
    assert_eq!(left.code, 1, "{}", left.err);
    for call in [r#"the journal has ledger.add({"id":"first"})"#, r#"ledger.add({"id":"other"})"#] {
        assert!(left.out.contains(call), "{}", left.out);
    }
    let both = home.run(&["runs", "replay", &run, "--json"]);
    assert_eq!(both.code, 1);
    assert_eq!(serde_json::from_str::<Value>(&both.out).unwrap()["verdict"], "differs");
    home.sql("UPDATE run SET source = CAST('return 2' AS BLOB)");
    assert_eq!(home.run(&["runs", "replay", &run]).code, 1);
    assert_eq!((home.ledger.count("add", "first"), home.ledger.count("add", "other")), (1, 0));
}

#[test]
fn a_parked_run_can_be_cancelled() {
    let home = Home::new();
    let run = home.parked(&["--code", PROGRAM]);
    let id = home.waiting().remove(0);
    assert_eq!(home.done(&["cancel", &run]), format!("{}  cancelled\n", &run[..16]));
    assert!(home.waiting().is_empty());
    assert_eq!(home.run(&["approve", &id]).code, 1);
    assert_eq!(home.run(&["cancel", &run]).code, 1);
    assert_eq!(home.json(&["runs", "--json"])[0]["status"], "cancelled");
    assert_eq!(home.ledger.count("drop", "b"), 0);
}

/// G10: of many who decide at once one does, and the others hear of it.
#[test]
fn g10_of_many_approvers_one_decides() {
    let home = Home::new();
    let run = home.parked(&["--code", "return (await ledger.drop({id: 'b'})).id"]);
    let id = home.waiting().remove(0);
    let words: [&[&str]; 2] = [&["approve", &id], &["deny", &id, "--why", "no"]];
    let children: Vec<_> = (0..8).map(|n| home.spawn(words[n % 2])).collect();
    let left: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let first: Vec<_> = left.iter().filter(|left| left.status.success()).collect();
    assert_eq!(first.len(), 1);
    for second in left.iter().filter(|left| !left.status.success()) {
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(said.contains("ann at a terminal was first"), "{said}");
    }
    let approved = String::from_utf8_lossy(&first[0].stdout).contains("approved");
    assert_eq!(home.run(&["run", "--resume", &run]).code, if approved { 0 } else { 1 });
    assert_eq!(home.ledger.count("drop", "b"), usize::from(approved));
}

/// A run that a gateway has in hand is told to stop by somebody in another process.
#[test]
fn a_run_under_way_can_be_cancelled() {
    let home = Home::with(Ledger::start(SLOW_MS, SLOW_SEED));
    let gateway = Gateway::start(&home);
    let report = gateway.execute(&json!({"code": "await ledger.add({id: 'a'}); return 1", "wait_ms": 0}));
    assert_eq!(report["status"], "running");
    let run = report["run"].as_str().unwrap();
    home.ledger.until_carried_out("add", "a");
    assert_eq!(home.json(&["cancel", run, "--json"])["cancellation"], "asked");
    let shown = gateway.until(run, "cancelled");
    assert_eq!(shown["steps"][0]["status"], "unanswered");
}

#[test]
fn what_is_not_there_is_said_so() {
    let home = Home::new();
    let rows: [(&[&str], &str); 6] = [
        (&["runs", "show", "run_00000000000000000000000000000000"], "there is no such run"),
        (&["runs", "show", "run_0000"], "there is no such run"),
        (&["runs", "replay", "x"], "there is no such run"),
        (&["cancel", "run_00000000000000000000000000000000"], "there is no such run"),
        (&["results", "run_00000000000000000000000000000000"], "there is no such run"),
        (&["results", "h_00000000000000000000000000000000"], "there is no such value"),
    ];
    for (args, said) in rows {
        let left = home.run(args);
        assert_eq!(left.code, 1, "{args:?}");
        assert!(left.err.contains(said) && left.out.is_empty(), "{args:?}: {}", left.err);
    }
    let memory = home.run(&["runs", "--set", "store.path=:memory:"]);
    assert_eq!(memory.code, 2, "{}", memory.err);
}

/// What was made by something else is refused, and left as it is.
#[test]
fn a_store_that_is_none_is_left_alone() {
    let home = Home::new();
    let text = "my own notes, of which there is no copy\n".repeat(200);
    home.write("weir.db", &text);
    for args in [&["runs"][..], &["approvals"], &["run", "--code", "return 1"]] {
        let left = home.run(args);
        assert_eq!((left.code, left.out.as_str()), (3, ""), "{args:?}: {}", left.err);
        assert!(left.err.contains("weir.db"), "{}", left.err);
    }
    assert_eq!(home.read("weir.db"), text);
}

/// R14: what a model or an upstream writes never reaches a terminal raw.
#[test]
fn r14_foreign_text_is_written_out() {
    let home = Home::new();
    home.parked(&["--code", "// \u{1b}]0;owned\u{7}\nawait ledger.drop({id: '\u{1b}[2J'})"]);
    let run = home.json(&["runs", "--json"])[0]["run"].as_str().unwrap().to_owned();
    for args in [&["approvals"][..], &["runs"], &["runs", "show", &run]] {
        let out = home.done(args);
        assert!(!out.contains(['\u{1b}', '\u{7}']), "{args:?}: {out:?}");
        assert!(out.contains("u{1b}") || out.contains("\\u001b"), "{args:?}: {out}");
    }
}
