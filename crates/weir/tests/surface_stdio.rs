//! The surface over stdio, as a raw client sees it: both eras on one pipe, hostile lines, cancellation, endings.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/place.rs"]
mod place;
#[path = "support/stdio.rs"]
mod stdio;

use serde_json::{Value, json};

use place::Place;
use stdio::{Client, call, initialize, modern, text};

#[test]
fn both_eras_share_one_pipe() {
    let place = Place::new();
    let mut client = Client::start(&place);
    let discovered = client.ask(&modern(json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover"})));
    let versions = discovered["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2024-11-05")), "{versions:?}");

    let answer = client.ask(&modern(call(2, "execute", json!({"code": "return 1 + 1"}))));
    assert_eq!((text(&answer), &answer["result"]["resultType"]), ("2", &json!("complete")));

    // The same pipe opens a session now, and still takes a stateless request.
    assert_eq!(client.ask(&initialize())["result"]["protocolVersion"], "2025-11-25");
    let answer = client.call(3, "execute", json!({"code": "return 2 + 2"}));
    assert_eq!((text(&answer), answer["result"].get("resultType")), ("4", None));
    let answer = client.ask(&modern(call(4, "execute", json!({"code": "return 3 + 3"}))));
    assert_eq!((text(&answer), &answer["result"]["resultType"]), ("6", &json!("complete")));

    let mut unknown = modern(call(5, "execute", json!({"code": "return 1"})));
    unknown["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01".into();
    assert_eq!(client.ask(&unknown)["error"]["code"], -32022);
}

#[test]
fn the_three_tools_are_listed_within_their_budget_and_stay_the_same() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let list = |id: u64| json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"});
    let first = client.ask(&list(1))["result"]["tools"].to_string();
    let names: Value = serde_json::from_str(&first).unwrap();
    let names: Vec<_> = names.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search", "get_schema", "execute"]);
    assert!(first.contains("probe"), "the upstream is named: {first}");
    assert!(weir_catalog::tokens::count(&first) <= 600, "{} tokens", weir_catalog::tokens::count(&first));

    // The upstream is certainly there after a call of its tool; the list does not change for that.
    let answer = client.call(2, "execute", json!({"code": "return await probe.echo({text: 'hi'})"}));
    assert_eq!(text(&answer), r#"{"text":"hi"}"#);
    assert_eq!(client.ask(&list(3))["result"]["tools"].to_string(), first);
    let page = json!({"jsonrpc": "2.0", "id": 4, "method": "tools/list", "params": {"cursor": "2"}});
    assert_eq!(client.ask(&page)["error"]["code"], -32602);
}

#[test]
fn search_get_schema_and_execute_lead_from_one_to_the_next() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    // A run waits for the upstreams it names; a search does not wait for a slow start.
    client.call(0, "execute", json!({"code": "return await probe.echo({})"}));
    let found = client.call(1, "search", json!({"queries": ["answer with the same text", "send a text"]}));
    assert!(text(&found).contains("probe.echo(") && text(&found).contains("probe.send("), "{}", text(&found));
    let schema = client.call(2, "get_schema", json!({"tools": ["probe.echo", "probe.ecko"]}));
    assert!(text(&schema).contains("text?: string"), "{}", text(&schema));
    assert!(text(&schema).contains("there is no tool probe.ecko; the nearest are probe.echo"), "{}", text(&schema));

    let code = "const sent = await probe.send({text: 'a'});\nconsole.log('sent');\nawait probe.fail({});\nreturn sent;";
    let failed = client.call(3, "execute", json!({"code": code}));
    let said = text(&failed);
    assert_eq!(failed["result"]["isError"], true);
    for part in [
        "tool_failed",
        "at 3:",
        "await probe.fail({});",
        "already done: probe.send (write) at line 1",
        "[weir] logs:\nsent",
    ] {
        assert!(said.contains(part), "\"{part}\" is missing in: {said}");
    }
    let report = &failed["result"]["_meta"]["weir/run"];
    assert_eq!(report["status"], "failed");
    assert_eq!(report["calls"][0]["tool"], "probe/send");
    assert_eq!(report["calls"][0]["effect"], "write");
    assert_eq!(report["calls"][1]["line"], 3);
}

#[test]
fn arguments_that_do_not_fit_are_tool_errors_and_unknown_tools_are_not() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let rows = [
        ("execute", json!({}), "`code` is missing"),
        ("execute", json!({"code": ""}), "`code` is empty"),
        ("execute", json!({"code": 3}), "`code` must be one string"),
        ("execute", json!({"code": "1", "language": "cobol"}), "\"cobol\" is no language weir runs"),
        ("search", json!({}), "say in `query`"),
        ("get_schema", json!({"tools": []}), "name the tools"),
        ("get_schema", json!({"tools": ["no.such"]}), "there is no tool no.such"),
    ];
    for (id, (tool, arguments, said)) in (1..).zip(rows) {
        let answer = client.call(id, tool, arguments);
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        assert!(text(&answer).contains(said), "{answer}");
    }
    assert_eq!(client.call(90, "probe.echo", json!({}))["error"]["code"], -32602);
    assert_eq!(client.ask(&json!({"jsonrpc": "2.0", "id": 91, "method": "no/such"}))["error"]["code"], -32601);
}

#[test]
fn m17_garbage_and_long_lines_are_answered_and_the_session_goes_on() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let long = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"ping","params":{{"x":"{}"}}}}"#, "y".repeat(5 << 20));
    let rows: [(&[u8], i64, &str); 6] = [
        (b"\x00\xff\x1b[31mgarbage", -32700, "not valid JSON"),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping""#, -32700, "not valid JSON"),
        (br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600, "batches"),
        (br#"{"id":1,"method":"ping"}"#, -32600, "jsonrpc"),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}"#, -32600, "no JSON-RPC request"),
        (long.as_bytes(), -32600, "4 MiB"),
    ];
    for (line, code, said) in rows {
        client.write(line);
        let answer = client.next();
        assert_eq!(answer["error"]["code"], code, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(said) && !message.contains('\u{1b}'), "{answer}");
    }
    let unfit =
        json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "execute", "arguments": "x"}});
    assert_eq!(client.ask(&unfit)["error"]["code"], -32602);
    assert_eq!(client.ask(&json!({"jsonrpc": "2.0", "id": 10, "method": "ping"}))["result"], json!({}));
}

#[test]
fn t13_and_r14_what_a_snippet_prints_stays_inside_its_answer() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let code = r#"console.log('{"jsonrpc":"2.0","id":1,"result":{}}\n[weir] run completed\u001b[2J'); return "x\n[weir] logs:";"#;
    let answer = client.call(1, "execute", json!({"code": code}));
    assert_eq!(
        text(&answer),
        "\"x\\n[weir] logs:\"\n[weir] logs:\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n> [weir] run completed\\u{1b}[2J"
    );
}

#[test]
fn progress_is_told_to_those_who_ask_and_before_the_answer() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    let mut request =
        call(1, "execute", json!({"code": "await probe.echo({text: 'a'}); await probe.echo({text: 'b'}); return 1"}));
    request["params"]["_meta"] = json!({"progressToken": "mine"});
    let answer = client.ask(&request);
    assert_eq!(text(&answer), "1");
    let told: Vec<_> = client.others.iter().map(|note| (&note["method"], &note["params"])).collect();
    assert_eq!(told[0].0, "notifications/progress");
    assert_eq!(told[0].1["progressToken"], "mine");
    assert_eq!(told[0].1["message"], "call 1: probe.echo");
    let steps: Vec<_> = told.iter().map(|(_, params)| params["progress"].as_f64().unwrap()).collect();
    assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
}

#[test]
fn m18_a_cancelled_request_ends_its_run_and_the_call_under_way() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    client.tell(&call(1, "execute", json!({"code": "return await probe.wait({})"})));
    place.expect_event("called wait");
    client.tell(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}));
    place.expect_event("cancelled wait");
    assert_eq!(text(&client.call(2, "execute", json!({"code": "return 2"}))), "2");
    assert!(client.others.iter().all(|message| message["id"] != 1), "a cancelled request gets no answer");
}

#[test]
fn m18_a_client_that_hangs_up_takes_its_runs_with_it() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    client.tell(&call(1, "execute", json!({"code": "return await probe.wait({})"})));
    place.expect_event("called wait");
    client.hang_up();
    place.expect_event("cancelled wait");
    let (status, _) = client.ended();
    assert!(status.success(), "{status}");
}

#[test]
fn requests_piped_in_before_the_end_are_answered() {
    let place = Place::new();
    let mut client = Client::start(&place);
    client.tell(&initialize());
    client.tell(&call(1, "execute", json!({"code": "return 'piped'"})));
    client.hang_up();
    let (status, messages) = client.ended();
    assert!(status.success(), "{status}");
    let answer = messages.iter().find(|message| message["id"] == 1).expect("answered");
    assert_eq!(text(answer), "piped");
}

#[test]
fn a_term_signal_lets_the_run_under_way_finish() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    client.tell(&call(
        1,
        "execute",
        json!({"code": "await probe.send({text: 'now'}); await sleep(300); return 'finished'"}),
    ));
    place.expect_event("called send");
    let process = rustix::process::Pid::from_child(&client.child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert_eq!(text(&client.answer(&json!(1))), "finished");
    let (status, _) = client.ended();
    assert!(status.success(), "{status}");
}

#[test]
fn many_requests_in_flight_are_each_answered_once() {
    let place = Place::new();
    let mut client = Client::legacy(&place);
    for id in 0..64 {
        client.tell(&call(id, "execute", json!({"code": format!("return {id} * 10")})));
    }
    for id in 0..64u64 {
        let answer = client.answer(&json!(id));
        assert_eq!(text(&answer), (id * 10).to_string());
    }
    assert_eq!(client.others, Vec::<Value>::new());
}
