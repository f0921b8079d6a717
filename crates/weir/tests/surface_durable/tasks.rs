//! Clients that know tasks: a run that outlasts its request.

use serde_json::{Value, json};

use super::{
    CALL, PROGRAM, accept, approvals, asking,
    place::Place,
    report, run_of,
    stdio::{Client, call, modern},
};

/// A request of a client of 2026-07-28 that speaks tasks, and shows forms.
fn with_tasks(request: Value) -> Value {
    let mut request = asking(request);
    let capabilities = &mut request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"];
    capabilities["extensions"] = json!({"io.modelcontextprotocol/tasks": {}});
    request
}

fn about_task(id: u64, method: &str, task: &Value, more: Value) -> Value {
    let mut params = more;
    params["taskId"] = task.clone();
    with_tasks(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
}

/// Asks after a task until it is no longer at work.
fn stopped(client: &mut Client, task: &Value) -> Value {
    for id in 1_000.. {
        let got = client.ask(&about_task(id, "tasks/get", task, json!({})));
        if got["result"]["status"] != "working" {
            return got;
        }
    }
    unreachable!("ids do not end")
}

#[test]
fn a_run_that_outlasts_its_request_is_a_task() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let code = format!("await sleep(500);\n{PROGRAM}");
    let started = client.ask(&with_tasks(call(1, "execute", json!({"code": code, "wait_ms": 50}))));
    assert_eq!((&started["result"]["resultType"], &started["result"]["status"]), (&json!("task"), &json!("working")));
    let task = started["result"]["taskId"].clone();

    let asked = stopped(&mut client, &task);
    assert_eq!(asked["result"]["status"], "input_required", "{asked}");
    let (id, form) = asked["result"]["inputRequests"].as_object().unwrap().iter().next().unwrap();
    assert!(form["params"]["message"].as_str().unwrap().contains(CALL), "{asked}");
    // Another run's questions are not this task's.
    let other = client.ask(&modern(call(2, "execute", json!({"code": PROGRAM}))));
    let both = json!({"inputResponses": {id: accept("approve"), &approvals(&other)[0]: accept("approve")}});
    let said = client.ask(&about_task(3, "tasks/update", &task, both));
    assert_eq!(said["result"]["resultType"], "complete", "{said}");
    let done = stopped(&mut client, &task);
    assert_eq!(done["result"]["status"], "completed", "{done}");
    assert_eq!(done["result"]["result"]["content"][0]["text"], r#"{"gone":"dft_0001","left":1}"#, "{done}");
    let still = client.ask(&modern(call(4, "execute", json!({"resume": run_of(&other)}))));
    assert_eq!(report(&still)["status"], "parked", "{still}");
}

#[test]
fn a_task_turned_away_ends_with_words_and_a_task_cancelled_ends() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let execute = |id, code: &str| with_tasks(call(id, "execute", json!({"code": code, "wait_ms": 50})));
    let started = client.ask(&execute(1, &format!("await sleep(300);\n{PROGRAM}")));
    let task = started["result"]["taskId"].clone();
    let asked = stopped(&mut client, &task);
    let id = asked["result"]["inputRequests"].as_object().unwrap().keys().next().unwrap();
    client.ask(&about_task(2, "tasks/update", &task, json!({"inputResponses": {id: {"action": "decline"}}})));
    let left = stopped(&mut client, &task);
    assert_eq!(left["result"]["status"], "completed", "{left}");
    assert_eq!(left["result"]["result"]["_meta"]["weir/run"]["status"], "parked", "{left}");

    let started = client.ask(&execute(3, "await sleep(20_000); return 1"));
    let task = started["result"]["taskId"].clone();
    let told = client.ask(&about_task(4, "tasks/cancel", &task, json!({})));
    assert_eq!(told["result"]["resultType"], "complete", "{told}");
    assert_eq!(stopped(&mut client, &task)["result"]["status"], "cancelled");

    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        for id in ["", "run_1", "run_00000000000000000000000000000000.1"] {
            let unknown = client.ask(&about_task(5, method, &json!(id), json!({"inputResponses": {}})));
            assert_eq!(unknown["error"]["code"], -32602, "{method} {id}: {unknown}");
        }
        let mut undeclared = about_task(6, method, &task, json!({"inputResponses": {}}));
        undeclared["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        assert_eq!(client.ask(&undeclared)["error"]["code"], -32021, "{method}");
    }
}
