//! Clients without dialogs: plain words for what waits, corrected programs, plans, and runs left alone.

use serde_json::{Value, json};

use super::{
    CALL, DONE, PROGRAM, approvals,
    place::Place,
    report, run_of,
    stdio::{Client, text},
};

#[test]
fn a_client_without_dialogs_reads_what_waits_and_goes_on_when_it_is_decided() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let parked = client.call(1, "execute", json!({"code": PROGRAM}));
    let (run, approval) = (run_of(&parked), approvals(&parked).remove(0));
    assert_eq!(
        (&parked["result"]["isError"], &report(&parked)["status"]),
        (&json!(false), &json!("parked")),
        "{parked}"
    );
    for part in [
        &*format!("run {run} waits for a person"),
        "shop.delete_mail_draft (destructive) at line 3",
        CALL,
        r#"arguments: {"draft_id":"dft_0001"}"#,
        "the policy asks",
        &*format!("weir approve {approval}"),
        "already done: shop.create_mail_draft (write) at line 2",
        &*format!("execute {{\"resume\": \"{run}\"}}"),
    ] {
        assert!(text(&parked).contains(part), "\"{part}\" is missing in: {}", text(&parked));
    }
    assert_eq!(report(&parked)["approvals"][0]["arguments"], json!({"draft_id": "dft_0001"}));
    assert_eq!(report(&parked)["calls"][2]["status"], "waiting");

    // Asked again before anybody decided, it waits for the same.
    let still = client.call(2, "execute", json!({"resume": run}));
    assert_eq!(approvals(&still), [&*approval], "{still}");
    place.terminal(&["approve", &approval]);
    let done = client.call(3, "execute", json!({"resume": run}));
    assert_eq!(text(&done), DONE, "{done}");
    assert_eq!(run_of(&done), run);
    // A run that ended is told again, and nothing is done again.
    assert_eq!(text(&client.call(4, "execute", json!({"resume": run}))), DONE);
}

#[test]
fn a_parked_run_survives_its_gateway() {
    let place = Place::new();
    let parked = Client::legacy(&place).call(1, "execute", json!({"code": PROGRAM}));
    let (run, approval) = (run_of(&parked), approvals(&parked).remove(0));
    place.terminal(&["deny", &approval, "--why", "keep it"]);
    let mut client = Client::legacy(&place);
    let failed = client.call(1, "execute", json!({"resume": run}));
    assert_eq!(failed["result"]["isError"], true, "{failed}");
    assert!(text(&failed).contains("keep it"), "{failed}");
    assert_eq!(report(&failed)["error"]["failure"]["kind"], "denied", "{failed}");
}

#[test]
fn a_corrected_program_takes_over_what_is_done() {
    let place = Place::with("[policy]\nask = \"never\"\n");
    let mut client = Client::legacy(&place);
    let broken = PROGRAM.replace("gone.id", "gone.nothing.at.all");
    let failed = client.call(1, "execute", json!({"code": broken}));
    let run = run_of(&failed);
    assert!(text(&failed).contains("already done: shop.create_mail_draft (write) at line 2"), "{failed}");
    assert!(text(&failed).contains(&format!("resume: \"{run}\"")), "{failed}");

    let done = client.call(2, "execute", json!({"code": PROGRAM, "resume": run}));
    assert_eq!(text(&done).lines().next(), Some(DONE), "{done}");
    assert!(text(&done).contains("taken over and not sent again: 3 calls"), "{done}");
    let reused = |answer: &Value| {
        let calls = report(answer)["calls"].as_array().unwrap().clone();
        calls.iter().map(|call| call["reused"] == true).collect::<Vec<_>>()
    };
    assert_eq!(reused(&done), [true, true, true, false], "{done}");

    let fresh = client.call(3, "execute", json!({"code": PROGRAM, "resume": run, "fresh": true}));
    assert_eq!(reused(&fresh), [false, true, true, false], "{fresh}");

    // What was done and is in no program any more is told.
    let less = client.call(4, "execute", json!({"code": "return 1", "resume": run}));
    let said = text(&less);
    assert!(
        said.contains("done by the earlier run, and not in this program: shop.create_mail_draft (write) at line 2"),
        "{said}"
    );
    assert_eq!(report(&less)["not_asked_again"].as_array().unwrap().len(), 2, "{less}");
}

#[test]
fn whoever_does_what_failures_say_repeats_nothing() {
    let place = Place::with("[policy]\nask = \"never\"\n");
    let mut client = Client::legacy(&place);
    let draft = |subject: &str| format!("await shop.create_mail_draft({{to, subject: '{subject}', body: 'b'}});\n");
    let to = "const to = (await shop.list_customers({})).customers[0].email;\n".to_owned();
    let (one, two) = (draft("one"), draft("two"));
    // Each program is what corrects the one before; the last one ends well.
    let programs = [
        format!("{to}{one}{two}throw new Error('a mistake')"),
        format!("{to}{one}throw new Error('another')"),
        format!("{to}{one}{two} a bracket is missing ("),
        format!("{to}{one}{two}return (await shop.list_mail_drafts({{}})).drafts.map(draft => draft.subject)"),
    ];
    let mut arguments = json!({});
    let mut last = String::new();
    for (id, code) in programs.into_iter().enumerate() {
        arguments["code"] = code.into();
        last = text(&client.call(id as u64, "execute", arguments.clone())).to_owned();
        if let Some((_, rest)) = last.split_once("resume: \"") {
            arguments["resume"] = rest.split_once('"').unwrap().0.into();
        }
    }
    assert_eq!(last.lines().next(), Some(r#"["one","two"]"#), "{last}");
}

#[test]
fn a_plan_stops_at_the_first_write_and_names_it() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let plan = client.call(1, "execute", json!({"code": PROGRAM, "plan": true}));
    let run = run_of(&plan);
    assert!(text(&plan).contains(&format!("plan {run}: 1 effect comes next")), "{plan}");
    assert!(text(&plan).contains("next: shop.create_mail_draft (write) at line 2"), "{plan}");
    assert_eq!(report(&plan)["approvals"][0]["arguments"]["subject"], "hello", "{plan}");
    place.terminal(&["approve", &run]);
    // Exactly that call: the next one waits again.
    let next = client.call(2, "execute", json!({"resume": run}));
    assert!(text(&next).contains("next: shop.delete_mail_draft (destructive)"), "{next}");
    place.terminal(&["approve", &run]);
    assert_eq!(text(&client.call(3, "execute", json!({"resume": run}))), DONE);
}

#[test]
fn a_run_may_be_left_alone_and_waited_for_again() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let code = "const {customers} = await shop.list_customers({}); await sleep(1500); return customers.length";
    let running = client.call(1, "execute", json!({"code": code, "wait_ms": 700}));
    let run = run_of(&running);
    assert_eq!(
        (&running["result"]["isError"], &report(&running)["status"]),
        (&json!(false), &json!("running")),
        "{running}"
    );
    assert!(text(&running).contains(&format!("run {run} is still running")), "{running}");
    let done = client.call(2, "execute", json!({"resume": run}));
    assert_eq!(report(&done)["status"], "completed", "{done}");
    assert!(text(&done).parse::<u32>().unwrap() > 0, "{done}");
}

#[test]
fn g03_a_run_that_never_was_is_not_told_from_one_of_somebody_else() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let shape = |answer: &Value, id: &str| text(answer).replace(id, "ID");
    let mut said = Vec::new();
    for (at, id) in
        ["run_00000000000000000000000000000000", "run_1", "apr_1", "../weir.db", "' OR 1=1 --"].iter().enumerate()
    {
        let alone = client.call(2 * at as u64, "execute", json!({"resume": id}));
        let with_code = client.call(2 * at as u64 + 1, "execute", json!({"resume": id, "code": "return 1"}));
        assert_eq!(
            (&alone["result"]["isError"], &with_code["result"]["isError"]),
            (&json!(true), &json!(true)),
            "{with_code}"
        );
        said.extend([shape(&alone, id), shape(&with_code, id)]);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
}
