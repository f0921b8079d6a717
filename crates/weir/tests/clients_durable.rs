//! Real clients, as their makers publish them, at a call that waits: one that answers `input_required`, one that answers an
//! elicitation, ones that can neither, and the Inspector.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/clients.rs"]
mod clients;
#[path = "support/http.rs"]
#[expect(dead_code, reason = "only the server is needed here; the raw client is for the hostile tests")]
mod http;
#[path = "surface_durable/place.rs"]
mod place;

use std::process::Command;

use serde_json::{Value, json};

use clients::{inspect, node, seen, stdio, url};
use http::Server;
use place::Place;

const PROGRAM: &str = "const {customers} = await shop.list_customers({});
const draft = await shop.create_mail_draft({to: customers[0].email, subject: 'hello', body: 'you'});
const gone = await shop.delete_mail_draft({draft_id: draft.id});
return {gone: gone.id, left: (await shop.list_mail_drafts({})).drafts.length};";
const DONE: &str = r#"{"gone":"dft_0001","left":0}"#;

/// A client whose person answers so.
fn asked(script: &str, mode: &str, says: &Value) -> Command {
    let mut client = node(script);
    client.env("MODE", mode).env("SAYS", says.to_string()).env("PROGRAM", PROGRAM);
    client
}

/// The same client over both transports, each against a weir of its own.
fn over_both(client: &dyn Fn() -> Command, check: &dyn Fn(&Place, Value)) {
    let place = Place::new();
    let mut over_stdio = client();
    over_stdio.env("TARGET", stdio(&place));
    check(&place, seen(over_stdio));

    let place = Place::new();
    let server = Server::start(&place);
    let mut over_http = client();
    over_http.env("TARGET", json!({"url": url(&server)}).to_string());
    check(&place, seen(over_http));
}

fn kept(seen: &Value) {
    assert_eq!(seen["large"], 200_000, "{seen}");
    assert_eq!(seen["listed"], json!([{"newest": true, "size": 200_002, "mimeType": "application/json"}]), "{seen}");
    assert_eq!(seen["templates"], json!(["weir://results/{handle}{?offset,length}"]), "{seen}");
}

fn approved(seen: &Value) {
    assert_eq!((&seen["text"], &seen["status"]), (&json!(DONE), &json!("completed")), "{seen}");
    let questions = seen["questions"].as_array().unwrap();
    assert_eq!(questions.len(), 1, "{seen}");
    assert!(questions[0].as_str().unwrap().contains(r#"{"draft_id":"dft_0001"}"#), "{seen}");
    kept(seen);
}

/// It reads what waits; a terminal decides; the run goes on elsewhere, in its own time.
fn told(place: &Place, seen: &Value) {
    assert_eq!(seen["status"], "parked", "{seen}");
    let said = seen["text"].as_str().unwrap();
    let approval = seen["approvals"][0].as_str().unwrap();
    assert!(said.contains(&format!("weir approve {approval}")), "{seen}");
    let shown = place.terminal(&["approvals"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("delete_mail_draft"), "{shown:?}");
    place.terminal(&["approve", approval]);
    kept(seen);
}

fn accepts() -> Value {
    json!([{"action": "accept", "content": {"decision": "approve"}}])
}

#[test]
fn typescript_sdk_2_answers_input_required() {
    over_both(&|| asked("typescript_2_asked.mjs", "auto", &accepts()), &|_, seen| {
        assert_eq!(seen["version"], "2026-07-28", "{seen}");
        approved(&seen);
    });
}

#[test]
fn typescript_sdk_2_turns_the_dialog_away() {
    over_both(&|| asked("typescript_2_asked.mjs", "auto", &json!([{"action": "decline"}])), &|place, seen| {
        assert_eq!(seen["questions"].as_array().map(Vec::len), Some(1), "{seen}");
        told(place, &seen);
    });
}

#[test]
fn typescript_sdk_2_answers_an_elicitation() {
    over_both(&|| asked("typescript_2_asked.mjs", "legacy", &accepts()), &|_, seen| {
        assert_eq!(seen["version"], "2025-11-25", "{seen}");
        approved(&seen);
    });
}

#[test]
fn typescript_sdk_1_answers_an_elicitation() {
    over_both(&|| asked("typescript_1_asked.mjs", "", &accepts()), &|_, seen| approved(&seen));
}

#[test]
fn clients_with_neither_are_told() {
    over_both(&|| asked("typescript_2_asked.mjs", "auto", &json!([])), &|place, seen| told(place, &seen));
    over_both(&|| asked("typescript_1_asked.mjs", "", &json!([])), &|place, seen| told(place, &seen));
}

#[test]
fn inspector_cli() {
    let place = Place::new();
    let server = Server::start(&place);
    let url = url(&server);
    let inspect = |arguments: &[&str]| inspect(&[&["--transport", "http", "--server-url", &url], arguments].concat());
    let execute = ["--method", "tools/call", "--tool-name", "execute", "--tool-arg"];
    let program = format!("code={PROGRAM}");
    let parked = inspect(&[&execute[..], &[&program]].concat());
    let report = &parked["_meta"]["weir/run"];
    assert_eq!(report["status"], "parked", "{parked}");
    place.terminal(&["approve", report["approvals"][0]["id"].as_str().unwrap()]);
    let resume = format!("resume={}", report["run"].as_str().unwrap());
    let done = inspect(&[&execute[..], &[&resume]].concat());
    assert_eq!(done["content"][0]["text"], DONE, "{done}");

    let large = inspect(&[&execute[..], &["code=return 'x'.repeat(200000)"]].concat());
    let uri = large["content"][0]["text"]
        .as_str()
        .unwrap()
        .split_whitespace()
        .find(|word| word.starts_with("weir://"))
        .unwrap();
    let read = inspect(&["--method", "resources/read", "--uri", uri]);
    assert_eq!(read["contents"][0]["text"].as_str().map(str::len), Some(200_002), "{uri}");
    let listed = inspect(&["--method", "resources/list"]);
    assert_eq!(listed["resources"][0]["uri"], uri, "{listed}");
    let listed = inspect(&["--method", "resources/templates/list"]);
    assert_eq!(listed["resourceTemplates"][0]["name"], "result", "{listed}");
}
