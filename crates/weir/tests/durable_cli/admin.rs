//! The admin API, by real sockets: who gets an answer, what it says, and deciding over it.

use serde_json::{Value, json};

use crate::{
    gateway::Gateway,
    home::{Home, TOKEN},
    http::Request,
};

const PROGRAM: &str = "const struck = await ledger.drop({id: 'b'});\nreturn struck.id;\n";
const NOBODYS_RUN: &str = "run_00000000000000000000000000000000";
const NOBODYS_APPROVAL: &str = "apr_00000000000000000000000000000000";
const PATHS: [&str; 7] = [
    "/v1/health",
    "/v1/runs",
    "/v1/runs/run_00000000000000000000000000000000",
    "/v1/approvals",
    "/v1/approvals/apr_00000000000000000000000000000000",
    "/v1/results/h_00000000000000000000000000000000",
    "/nothing/here",
];

fn parked(gateway: &Gateway) -> (String, String) {
    let report = gateway.execute(&json!({"code": PROGRAM}));
    assert_eq!(report["status"], "parked", "{report}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&report["run"]), text(&report["approvals"][0]["id"]))
}

/// G03: without the token nobody learns anything, not even which paths there are.
#[test]
fn g03_without_the_token_there_is_no_answer() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let wrong = TOKEN.replace('0', "1");
    let half = &TOKEN[..16];
    let rows = [
        None,
        Some(format!("Bearer {wrong}")),
        Some(format!("Bearer {half}")),
        Some(format!("Basic {TOKEN}")),
        Some(TOKEN.to_owned()),
        Some("Bearer ".to_owned()),
    ];
    for path in PATHS {
        let mut bodies = Vec::new();
        for row in &rows {
            let request = Request::get(path);
            let request = match row {
                Some(value) => request.with("Authorization", value),
                None => request,
            };
            let answer = request.send(gateway.admin);
            assert_eq!(
                (answer.status, answer.header("www-authenticate").as_deref()),
                (401, Some("Bearer")),
                "{path} {row:?}"
            );
            bodies.push(answer.json());
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    }
    let in_the_address = Request::get(&format!("/v1/runs?token={TOKEN}")).send(gateway.admin);
    assert_eq!(in_the_address.status, 401);
    let twice =
        Request::get("/v1/runs").with("Authorization", "Bearer x").with("Authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(twice.send(gateway.admin).status, 400);
    assert_eq!(gateway.get("/v1/health").json()["status"], "ok");
}

/// G05: no web page reaches it, and nothing it answers is shown as one.
#[test]
fn g05_only_this_host_and_no_foreign_page() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let rows = [
        ("Host", "evil.example".to_owned(), 403),
        ("Host", format!("127.0.0.1.evil.example:{}", gateway.admin.port()), 403),
        ("Host", "a b".to_owned(), 400),
        ("Host", "localhost".to_owned(), 200),
        ("Origin", "http://evil.example".to_owned(), 403),
        ("Origin", "null".to_owned(), 403),
        ("Origin", "http://localhost:3000".to_owned(), 200),
    ];
    for (name, value, status) in rows {
        let answer = gateway.ask(Request::get("/v1/health").with(name, &value));
        assert_eq!(answer.status, status, "{name}: {value}");
        assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let form = Request::new("POST", &format!("/v1/runs/{NOBODYS_RUN}/cancel"), "");
    assert_eq!(gateway.ask(form).status, 404);
    let (_, approval) = parked(&gateway);
    let path = format!("/v1/approvals/{approval}");
    let form = Request::new("POST", &path, r#"{"decision":"approve"}"#).with("Content-Type", "text/plain");
    assert_eq!(gateway.ask(form).status, 415);
    assert_eq!(gateway.ask(Request::new("OPTIONS", &path, "")).status, 405);
    assert_eq!(home.ledger.count("drop", "b"), 0);
}

/// G04: an id that never was, one that was used and one that is no id get the same answer.
#[test]
fn g04_ids_that_are_nobodys_get_one_answer() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let (run, used) = parked(&gateway);
    let approve = json!({"decision": "approve"});
    assert_eq!(gateway.post(&format!("/v1/approvals/{used}"), &approve).status, 200);
    gateway.until(&run, "completed");

    let unknown = gateway.post(&format!("/v1/approvals/{NOBODYS_APPROVAL}"), &approve);
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!("not_found")));
    for id in [&used, "x", "%00", "%ff", "apr_%2e%2e", &"a".repeat(4_000)] {
        for answer in
            [gateway.post(&format!("/v1/approvals/{id}"), &approve), gateway.get(&format!("/v1/approvals/{id}"))]
        {
            assert_eq!((answer.status, answer.json()), (404, unknown.json()), "{id}");
        }
    }
    for path in [format!("/v1/runs/{NOBODYS_RUN}"), "/v1/runs/x".to_owned(), "/v1/runs/%ff".to_owned()] {
        assert_eq!(gateway.get(&path).json(), gateway.get(&format!("/v1/runs/{NOBODYS_RUN}")).json(), "{path}");
        assert_eq!(gateway.get(&path).status, 404);
        assert_eq!(gateway.post(&format!("{path}/cancel"), &json!({})).status, 404);
    }
    assert_eq!(gateway.get("/v1/results/h_0").status, 404);
    assert_eq!(home.ledger.count("drop", "b"), 1);
}

#[test]
fn an_approver_sees_everything_and_the_second_hears_of_the_first() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let (run, id) = parked(&gateway);
    let listed = gateway.get("/v1/approvals").json();
    assert_eq!((&listed["approvals"][0]["id"], &listed["more"]), (&json!(id), &json!(false)));

    let shown = gateway.get(&format!("/v1/approvals/{id}")).json();
    let rows = [
        ("tool", json!("ledger/drop")),
        ("effect", json!("destructive")),
        ("arguments", json!(r#"{"id":"b"}"#)),
        ("line", json!(1)),
        ("source_line", json!("const struck = await ledger.drop({id: 'b'});")),
        ("source", json!(PROGRAM)),
        ("run", json!(run)),
        ("reason", json!("policy")),
        ("principal", json!("local")),
    ];
    for (key, expected) in rows {
        assert_eq!(shown[key], expected, "{key}");
    }

    // Decided in a terminal while no gateway can act on it: then it is known who was first.
    let path = format!("/v1/approvals/{id}");
    gateway.kill();
    home.done(&["deny", &id, "--why", "no"]);
    let gateway = Gateway::start(&home);
    let second = gateway.post(&path, &json!({"decision": "approve"}));
    let error = &second.json()["error"];
    assert_eq!((second.status, &error["code"]), (409, &json!("already_decided")));
    assert_eq!(error["decided"], json!({"decision": "deny", "message": "no", "by": "ann at a terminal"}));
    assert_eq!(home.ledger.count("drop", "b"), 0);
}

#[test]
fn decisions_over_http_are_carried_out() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let (run, id) = parked(&gateway);
    let path = format!("/v1/approvals/{id}");
    for (body, status) in [
        (json!({"decision": "perhaps"}), 400),
        (json!({"decision": "approve", "arguments": {"id": "c"}}), 400),
        (json!({"decision": "approve", "message": "x"}), 400),
        (json!({"decision": "done", "value": 1}), 409),
        (json!("approve"), 400),
    ] {
        assert_eq!(gateway.post(&path, &body).status, status, "{body}");
    }
    let large = json!({"decision": "deny", "message": "x".repeat(5_000_000)});
    assert_eq!(gateway.post(&path, &large).status, 413);
    let decided = gateway.post(&path, &json!({"decision": "approve"}));
    assert_eq!((decided.status, &decided.json()["outcome"]), (200, &json!("decided")));
    let shown = gateway.until(&run, "completed");
    assert_eq!(shown["report"]["result"], "b");
    assert_eq!(shown["steps"][0]["decisions"][0]["by"], "the admin API");

    let result = gateway.get(&format!("/v1/results/{run}"));
    assert_eq!((result.status, result.body.as_slice()), (200, &b"\"b\""[..]));
    assert_eq!(result.header("content-type").as_deref(), Some("application/octet-stream"));
    assert_eq!(result.header("weir-mime").as_deref(), Some("application/json"));
    let part = gateway.get(&format!("/v1/results/{run}?offset=1&bytes=1"));
    assert_eq!((part.body.as_slice(), part.header("weir-next-offset").as_deref()), (&b"b"[..], Some("2")));
    assert_eq!(gateway.get(&format!("/v1/results/{run}?offset=x")).status, 400);
}

/// G11: a gateway that did not park the run goes on with it all the same.
#[test]
fn g11_what_parked_before_a_restart_goes_on_once_it_is_decided() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    let (run, id) = parked(&gateway);
    gateway.kill();
    let gateway = Gateway::start(&home);
    assert_eq!(gateway.post(&format!("/v1/approvals/{id}"), &json!({"decision": "approve"})).status, 200);
    assert_eq!(gateway.until(&run, "completed")["report"]["result"], "b");
    assert_eq!(home.ledger.count("drop", "b"), 1);
}

/// What an MCP client starts has the API as well; a second one leaves it to the first.
#[test]
fn a_weir_on_stdio_has_it_too() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("admin.listen={}", taken.local_addr().unwrap());
    for (set, said) in [
        ("admin.listen=127.0.0.1:0", "admin API on http://127.0.0.1:"),
        (&listen, "warning: the admin API cannot listen"),
    ] {
        // Its standard input is at its end: it stops by itself.
        let left = home.run(&["stdio", "--set", set]);
        assert_eq!((left.code, left.out.as_str()), (0, ""), "{}", left.err);
        assert!(left.err.contains(said), "{}", left.err);
    }
}

#[test]
fn runs_are_listed_paged_and_cancelled() {
    let home = Home::new();
    let gateway = Gateway::start(&home);
    for code in ["return 1", "return 2", "return 3"] {
        assert_eq!(gateway.execute(&json!({"code": code}))["status"], "completed");
    }
    let (run, _) = parked(&gateway);
    let first = gateway.get("/v1/runs?limit=3").json();
    assert_eq!((first["runs"].as_array().unwrap().len(), &first["runs"][0]["run"]), (3, &json!(run)));
    let rest = gateway.get(&format!("/v1/runs?limit=3&before={}", first["next"].as_str().unwrap())).json();
    assert_eq!((&rest["runs"][0]["first_line"], &rest["next"]), (&json!("return 1"), &Value::Null));
    let waiting = gateway.get("/v1/runs?status=parked%2Crunning").json();
    assert_eq!((waiting["runs"].as_array().unwrap().len(), &waiting["runs"][0]["waiting"]), (1, &json!(1)));
    for bad in ["status=odd", "limit=-1", "limit=2000", "colour=red", "limit=1&limit=2"] {
        assert_eq!(gateway.get(&format!("/v1/runs?{bad}")).status, 400, "{bad}");
    }

    let cancelled = gateway.post(&format!("/v1/runs/{run}/cancel"), &json!({}));
    assert_eq!((cancelled.status, &cancelled.json()["cancellation"]), (202, &json!("cancelled")));
    gateway.until(&run, "cancelled");
    assert_eq!(gateway.post(&format!("/v1/runs/{run}/cancel"), &json!({})).status, 409);
    assert_eq!(gateway.get("/v1/approvals").json()["approvals"], json!([]));
    assert_eq!(home.ledger.count("drop", "b"), 0);
}
