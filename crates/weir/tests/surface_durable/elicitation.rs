//! Older clients that show forms: asked while their request is open.

use serde_json::{Value, json};

use super::{
    CALL, DONE, PROGRAM, accept,
    place::Place,
    report,
    stdio::{Client, call, initialize, text},
};

/// A session of an older client that shows forms.
fn session_with_forms(place: &Place) -> Client {
    let mut client = Client::start(place);
    let mut hello = initialize();
    hello["params"]["capabilities"] = json!({"elicitation": {}});
    client.ask(&hello);
    client.tell(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    client
}

/// The next request of weir's own.
fn asked(client: &mut Client) -> Value {
    loop {
        let message = client.next();
        if message["method"] == "elicitation/create" {
            return message;
        }
        client.others.push(message);
    }
}

fn tell(client: &mut Client, asked: &Value, said: &Value) {
    client.tell(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": said}));
}

#[test]
fn an_older_client_is_asked_while_its_request_is_open() {
    let place = Place::new();
    let mut client = session_with_forms(&place);
    client.tell(&call(1, "execute", json!({"code": PROGRAM})));
    let form = asked(&mut client);
    let message = form["params"]["message"].as_str().unwrap();
    assert!(message.contains(CALL) && message.contains(r#"{"draft_id":"dft_0001"}"#), "{message}");
    assert_eq!(form["params"]["requestedSchema"]["required"], json!(["decision"]));
    tell(&mut client, &form, &accept("approve"));
    let done = client.answer(&json!(1));
    assert_eq!((text(&done), done["result"].get("resultType")), (DONE, None), "{done}");

    for said in [json!({"action": "decline"}), json!({"action": "cancel"}), json!({"action": "accept", "content": {}})]
    {
        client.tell(&call(2, "execute", json!({"code": PROGRAM})));
        let form = asked(&mut client);
        tell(&mut client, &form, &said);
        let left = client.answer(&json!(2));
        assert_eq!(report(&left)["status"], "parked", "{left}");
        assert!(text(&left).contains("waits for a person"), "{left}");
    }
}

#[test]
fn an_older_client_is_not_asked_on_when_somebody_else_decided() {
    let place = Place::new();
    let mut client = session_with_forms(&place);
    client.tell(&call(1, "execute", json!({"code": PROGRAM})));
    let form = asked(&mut client);
    let waiting: Value = serde_json::from_slice(&place.terminal(&["approvals", "--json"]).stdout).unwrap();
    let id = waiting.as_array().unwrap_or_else(|| panic!("{waiting}"))[0]["approval"]
        .as_str()
        .or(waiting[0]["id"].as_str())
        .unwrap();
    place.terminal(&["approve", id]);
    assert_eq!(text(&client.answer(&json!(1))), DONE);
    let closed = client
        .others
        .iter()
        .any(|note| note["method"] == "notifications/cancelled" && note["params"]["requestId"] == form["id"]);
    assert!(closed, "the dialog is closed: {:?}", client.others);
}

#[test]
fn m18_a_request_that_is_cancelled_while_a_person_thinks_leaves_the_run_parked() {
    let place = Place::new();
    let mut client = session_with_forms(&place);
    client.tell(&call(1, "execute", json!({"code": PROGRAM})));
    let form = asked(&mut client);
    client.tell(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}));
    let closed = loop {
        let message = client.next();
        if message["method"] == "notifications/cancelled" {
            break message;
        }
    };
    assert_eq!(closed["params"]["requestId"], form["id"]);
    let waiting: Value = serde_json::from_slice(&place.terminal(&["approvals", "--json"]).stdout).unwrap();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{waiting}");
}
