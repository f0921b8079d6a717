//! Clients of 2026-07-28 that show forms: what they are asked, what their answers do, and states that somebody else made.

use serde_json::{Value, json};

use super::{
    CALL, DONE, PROGRAM, accept, answered, approvals, asking,
    place::Place,
    report, run_of,
    stdio::{Client, call, modern, text},
};

#[test]
fn input_required_shows_the_call_and_brings_the_decision_back() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let request = asking(call(1, "execute", json!({"code": PROGRAM})));
    let asked = client.ask(&request);
    let result = &asked["result"];
    assert_eq!(result["resultType"], "input_required", "{asked}");
    let (id, form) = result["inputRequests"].as_object().unwrap().iter().next().unwrap();
    assert_eq!((id, &form["method"]), (&approvals(&asked)[0], &json!("elicitation/create")));
    let message = form["params"]["message"].as_str().unwrap();
    for part in ["shop.delete_mail_draft (destructive) at line 3", CALL, r#"{"draft_id":"dft_0001"}"#] {
        assert!(message.contains(part), "\"{part}\" is missing in: {message}");
    }
    let choices = &form["params"]["requestedSchema"]["properties"]["decision"]["enum"];
    assert_eq!(*choices, json!(["approve", "approve_for_run", "approve_always", "deny"]));

    let done = client.ask(&answered(2, &request, &asked, &accept("approve")));
    assert_eq!((text(&done), &done["result"]["resultType"]), (DONE, &json!("complete")), "{done}");
    assert_eq!(run_of(&done), run_of(&asked), "the same run, not another one");
    let shown = place.terminal(&["runs", "show", &run_of(&asked)]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("tester's dialog"), "who decided is on record");
}

#[test]
fn input_required_denied_and_turned_away() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let request = asking(call(1, "execute", json!({"code": PROGRAM})));
    let asked = client.ask(&request);
    let no = json!({"action": "accept", "content": {"decision": "deny", "reason": "not today"}});
    let denied = client.ask(&answered(2, &request, &asked, &no));
    assert_eq!(report(&denied)["error"]["failure"]["kind"], "denied", "{denied}");
    assert!(text(&denied).contains("not today"), "{denied}");

    for said in [json!({"action": "cancel"}), json!({"action": "decline"}), accept("perhaps"), json!(7)] {
        let asked = client.ask(&request);
        let left = client.ask(&answered(3, &request, &asked, &said));
        assert_eq!((report(&left)["status"].as_str(), run_of(&left)), (Some("parked"), run_of(&asked)), "{left}");
        assert!(text(&left).contains("waits for a person"), "the person is not asked twice in a row: {left}");
        let run = run_of(&left);
        // Gone on with, the question is there again.
        let again = asking(call(4, "execute", json!({"resume": run})));
        let asked = client.ask(&again);
        let done = client.ask(&answered(5, &again, &asked, &accept("approve_for_run")));
        assert_eq!(report(&done)["status"], "completed", "{done}");
    }
    // A form that was not answered at all is shown again.
    let asked = client.ask(&request);
    let mut silent = answered(6, &request, &asked, &Value::Null);
    silent["params"].as_object_mut().unwrap().remove("inputResponses");
    let again = client.ask(&silent);
    assert_eq!((approvals(&again), run_of(&again)), (approvals(&asked), run_of(&asked)), "{again}");
    assert_eq!(again["result"]["resultType"], "input_required", "{again}");
}

#[test]
fn calls_that_wait_together_are_asked_about_together() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let code = "const {customers} = await shop.list_customers({});
        const draft = n => shop.create_mail_draft({to: customers[0].email, subject: 's' + n, body: 'b'});
        const drafts = [await draft(1), await draft(2), await draft(3)];
        const gone = await Promise.allSettled(drafts.map(d => shop.delete_mail_draft({draft_id: d.id})));
        return gone.map(one => one.status)";
    let request = asking(call(1, "execute", json!({"code": code})));
    let asked = client.ask(&request);
    assert_eq!(approvals(&asked).len(), 3, "{asked}");
    let mut again = answered(2, &request, &asked, &accept("approve"));
    let ids = approvals(&asked);
    again["params"]["inputResponses"][&ids[1]] = accept("deny");
    // One more that nobody asked about decides nothing.
    again["params"]["inputResponses"]["apr_00000000000000000000000000000000"] = accept("approve");
    let done = client.ask(&again);
    assert_eq!(text(&done), r#"["fulfilled","rejected","fulfilled"]"#, "{done}");
}

#[test]
fn always_writes_the_policy() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let request = asking(call(1, "execute", json!({"code": PROGRAM})));
    let asked = client.ask(&request);
    let done = client.ask(&answered(2, &request, &asked, &accept("approve_always")));
    assert_eq!(text(&done), DONE, "{done}");
    let unasked = client.ask(&asking(call(3, "execute", json!({"code": PROGRAM}))));
    assert_eq!(report(&unasked)["status"], "completed", "{unasked}");
}

#[test]
fn g04_g10_a_state_counts_once_for_its_request_and_harms_nothing_otherwise() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let request = asking(call(1, "execute", json!({"code": PROGRAM})));
    let asked = client.ask(&request);
    let good = answered(2, &request, &asked, &accept("approve"));
    let state = asked["result"]["requestState"].as_str().unwrap();

    let mut forged = good.clone();
    forged["params"]["requestState"] = state.replace('.', ".A").into();
    let mut foreign = good.clone();
    foreign["params"]["arguments"]["code"] = "return await shop.delete_mail_draft({draft_id: 'dft_0001'})".into();
    let mut stateless = good.clone();
    stateless["params"].as_object_mut().unwrap().remove("requestState");
    let mut other = Client::start(&place);
    let mut refusals = Vec::new();
    for request in [&forged, &foreign, &stateless] {
        refusals.push(client.ask(request)["result"].clone());
    }
    refusals.push(other.ask(&good)["result"].clone());
    drop(other);
    // The run is unharmed, and the state still good.
    let done = client.ask(&good);
    assert_eq!(text(&done), DONE, "{done}");
    refusals.push(client.ask(&good)["result"].clone());
    for refusal in &refusals {
        assert_eq!(refusal["isError"], true, "{refusal}");
        assert_eq!(refusal, &refusals[0]);
    }
    let drafts = client.ask(&modern(call(
        9,
        "execute",
        json!({"code": "return (await shop.list_mail_drafts({})).drafts.length"}),
    )));
    assert_eq!(text(&drafts), "0", "nothing was made by a refused request");
}

#[test]
fn g10_of_two_who_decide_at_once_one_does_and_the_other_is_told() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let request = asking(call(1, "execute", json!({"code": PROGRAM})));
    let asked = client.ask(&request);
    place.terminal(&["deny", &approvals(&asked)[0], "--why", "I was first"]);
    let told = client.ask(&answered(2, &request, &asked, &accept("approve")));
    assert!(text(&told).contains("I was first"), "{told}");
    assert_eq!(report(&told)["error"]["failure"]["kind"], "denied", "{told}");
}

#[test]
fn m18_a_run_that_went_on_after_a_dialog_still_ends_with_its_request() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let code = PROGRAM.replace("return", "await sleep(600_000);\nreturn");
    let request = asking(call(1, "execute", json!({"code": code})));
    let asked = client.ask(&request);
    client.tell(&answered(2, &request, &asked, &accept("approve")));
    // It has gone on when the draft is gone.
    let drafts = "return (await shop.list_mail_drafts({})).drafts.length";
    while text(&client.ask(&modern(call(3, "execute", json!({"code": drafts}))))) != "0" {}
    client.tell(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}));
    let ended = loop {
        let ended = client.ask(&modern(call(4, "execute", json!({"resume": run_of(&asked), "wait_ms": 1_000}))));
        if report(&ended)["status"] != "running" {
            break ended;
        }
    };
    assert_eq!(report(&ended)["status"], "cancelled", "{ended}");
}
