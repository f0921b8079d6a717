//! The surface over HTTP, by real sockets against the built binary: both eras, and the hostile cases M14 to M18.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/http.rs"]
mod http;
#[path = "support/place.rs"]
mod place;

use std::{
    io::{BufReader, Read, Write},
    net::{Shutdown, TcpStream},
};

use serde_json::{Value, json};

use http::{Answer, Request, Server, chunk};
use place::Place;

fn execute(code: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "execute", "arguments": {"code": code}}})
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {answer}"))
}

#[test]
fn both_eras_share_one_endpoint() {
    let place = Place::new();
    let server = Server::start(&place);
    let answer = server.send(&Request::modern(execute("return 1 + 1")));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!((text(&answer.json()), &answer.json()["result"]["resultType"]), ("2", &json!("complete")));

    let session = server.session();
    let answer = server.send(&Request::post(&execute("return 2 + 2")).with("Mcp-Session-Id", &session));
    assert_eq!((text(&answer.json()), answer.json()["result"].get("resultType")), ("4", None));

    let health = server.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    assert_eq!(server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status, 404);
}

#[test]
fn progress_turns_the_answer_into_a_stream() {
    let place = Place::new();
    let server = Server::start(&place);
    let mut message = execute("await probe.echo({text: 'a'}); await probe.echo({text: 'b'}); return 1");
    message["params"]["_meta"] = json!({"progressToken": 7});
    let answer = server.send(&Request::modern(message));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let messages = answer.messages();
    assert_eq!(messages[0]["params"]["message"], "call 1: probe.echo");
    assert_eq!(text(messages.last().unwrap()), "1");
}

#[test]
fn m14_only_names_of_this_server_and_origins_on_loopback_are_answered() {
    let place = Place::new();
    let server = Server::start(&place);
    let discover = Request::modern(json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover"}));
    let port = server.address.port();
    let rows = [
        ("Host", "evil.example".to_owned(), 403),
        ("Host", format!("evil.example:{port}"), 403),
        ("Host", format!("127.0.0.1.evil.example:{port}"), 403),
        ("Host", "a b".to_owned(), 400),
        ("Host", "localhost".to_owned(), 200),
        ("Host", format!("[::1]:{port}"), 200),
        ("Origin", "http://evil.example".to_owned(), 403),
        ("Origin", "null".to_owned(), 403),
        ("Origin", "http://localhost.evil.example".to_owned(), 403),
        ("Origin", "garbage".to_owned(), 403),
        ("Origin", "http://localhost:3000".to_owned(), 200),
    ];
    for (name, value, status) in rows {
        assert_eq!(server.send(&discover.clone().with(name, &value)).status, status, "{name}: {value}");
    }
    let nameless = b"POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(server.raw(nameless).status, 400);
    // A web page may send a form without asking; it must not be taken.
    assert_eq!(server.send(&discover.clone().with("Content-Type", "text/plain")).status, 415);
    assert_eq!(server.send(&Request { method: "OPTIONS", ..discover }).status, 405);
    server.assert_alive();
}

#[test]
fn m15_headers_that_differ_from_the_body_are_refused() {
    let place = Place::new();
    let server = Server::start(&place);
    let request = Request::modern(execute("return 1"));
    let rows = [
        request.clone().with("Mcp-Method", "tools/list"),
        request.clone().with("Mcp-Name", "search"),
        request.clone().with("MCP-Protocol-Version", "2025-11-25"),
        request.clone().without("Mcp-Method"),
        request.clone().without("Mcp-Name"),
    ];
    for row in rows {
        let answer = server.send(&row);
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!(-32020)), "{answer:?}");
    }
    let mut unknown = execute("return 1");
    unknown["params"]["_meta"] = json!({"io.modelcontextprotocol/protocolVersion": "2099-01-01", "io.modelcontextprotocol/clientCapabilities": {}});
    let answer = server.send(
        &Request::post(&unknown)
            .with("MCP-Protocol-Version", "2099-01-01")
            .with("Mcp-Method", "tools/call")
            .with("Mcp-Name", "execute"),
    );
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!(-32022)), "{answer:?}");
    assert_eq!(text(&server.send(&request).json()), "1");
}

#[test]
fn m16_a_session_is_unguessable_and_ends_with_delete() {
    let place = Place::new();
    let server = Server::start(&place);
    let (session, other) = (server.session(), server.session());
    assert_ne!(session, other);
    assert!(session.len() >= 32, "128 bits or nearly: {session}");
    let call = Request::post(&execute("return 1"));
    let end = Request::new("DELETE", Vec::new());
    assert_eq!(server.send(&call.clone()).status, 400, "a session is required");
    assert_eq!(server.send(&call.clone().with("Mcp-Session-Id", "00000000-0000-4000-8000-000000000000")).status, 404);
    assert_eq!(server.send(&end.clone().with("Mcp-Session-Id", "00000000-0000-4000-8000-000000000000")).status, 404);
    assert_eq!(server.send(&end.clone().with("Mcp-Session-Id", &session)).status, 202);
    for method in ["POST", "GET", "DELETE"] {
        let again = Request { method, ..call.clone() }.with("Mcp-Session-Id", &session);
        assert_eq!(server.send(&again).status, 404, "{method} after DELETE");
    }
    assert_eq!(text(&server.send(&call.with("Mcp-Session-Id", &other)).json()), "1");
}

#[test]
fn m16_another_sessions_events_cannot_be_resumed() {
    let place = Place::new();
    let server = Server::start(&place);
    let (mine, theirs) = (server.session(), server.session());
    let answer = server.send(&Request::post(&execute("return 'theirs'")).with("Mcp-Session-Id", &theirs));
    let event = answer
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("id:"))
        .next_back()
        .expect("events have ids")
        .trim()
        .to_owned();
    let resume = Request::new("GET", Vec::new()).with("Mcp-Session-Id", &mine).with("Last-Event-ID", &event);
    let answer = server.send(&resume);
    assert!(!answer.body.contains("theirs"), "{answer:?}");
    server.assert_alive();
}

#[test]
fn m17_malformed_messages_get_an_error_of_the_standard() {
    let place = Place::new();
    let server = Server::start(&place);
    let body = |text: &str| Request::new("POST", text.as_bytes().to_vec());
    let rows = [
        (body("{"), -32700),
        (body("\u{1b}[31m\r\nlevel=error forged"), -32700),
        (body(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#), -32600),
        (body(r#"{"id":1,"method":"ping"}"#), -32600),
        (body(r#"{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}"#), -32600),
        (body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}"#), -32600),
    ];
    for (request, code) in rows {
        let answer = server.send(&request);
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!(code)), "{answer:?}");
        assert!(!answer.body.contains("forged"), "{answer:?}");
    }
    let answer = server.send(&Request::modern(json!({"jsonrpc": "2.0", "id": 1, "method": "no/such"})));
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!(-32601)), "{answer:?}");
    let long = json!({"jsonrpc": "2.0", "id": "i".repeat(10 << 20), "method": "ping"});
    assert_eq!(server.send(&Request::post(&long)).status, 413);
    server.assert_alive();
}

#[test]
fn m17_broken_http_is_refused_and_the_connection_closed() {
    let place = Place::new();
    let server = Server::start(&place);
    let headers: String = (0..100_000).map(|n| format!("X-{n}: 1\r\n")).collect();
    let many = format!("POST /mcp HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    let long = format!("POST /mcp HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "y".repeat(1 << 20));
    for request in [many, long] {
        let mut stream = server.connect();
        let _ = stream.write_all(request.as_bytes());
        // Refused with 431, or cut off while still sending: in no case read to its end.
        if let Ok(answer) = Answer::read(&mut BufReader::new(stream)) {
            assert_eq!(answer.status, 431);
        }
    }
    let smuggled = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
                    Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut stream = server.connect();
    stream.write_all(smuggled.as_bytes()).unwrap();
    let mut all = String::new();
    let _ = stream.read_to_string(&mut all);
    assert!(!all.contains("ok\n"), "what follows an ambiguous length must not be a request: {all}");
    for garbage in
        ["\x16\x03\x01\x02\x00\x01", "GET\r\n\r\n", "POST /mcp HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let mut stream = server.connect();
        stream.write_all(garbage.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let mut truncated = server.connect();
    truncated.write_all(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"jso").unwrap();
    drop(truncated);
    server.assert_alive();
}

#[test]
fn m18_a_client_that_goes_away_ends_its_run_and_the_call_under_way() {
    let place = Place::new();
    let server = Server::start(&place);
    // Before anything of the answer, and in the middle of its stream.
    for token in [None, Some(json!("t"))] {
        let mut message = execute("return await probe.wait({})");
        if let Some(token) = token {
            message["params"]["_meta"] = json!({"progressToken": token});
        }
        let mut stream = server.connect();
        stream.write_all(&Request::modern(message).bytes(server.address)).unwrap();
        place.expect_event("called wait");
        drop(stream);
        place.expect_event("cancelled wait");
    }
    server.assert_alive();
}

#[test]
fn m18_a_cancelled_request_of_a_session_ends_its_run() {
    let place = Place::new();
    let server = Server::start(&place);
    let session = server.session();
    let mut stream = server.connect();
    let request = Request::post(&execute("return await probe.wait({})")).with("Mcp-Session-Id", &session);
    stream.write_all(&request.bytes(server.address)).unwrap();
    place.expect_event("called wait");
    let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    assert_eq!(server.send(&Request::post(&cancelled).with("Mcp-Session-Id", &session)).status, 202);
    place.expect_event("cancelled wait");
}

#[test]
fn m18_a_session_that_is_ended_takes_its_runs_with_it() {
    let place = Place::new();
    let server = Server::start(&place);
    let session = server.session();
    let mut stream = server.connect();
    let request = Request::post(&execute("return await probe.wait({})")).with("Mcp-Session-Id", &session);
    stream.write_all(&request.bytes(server.address)).unwrap();
    place.expect_event("called wait");
    server.send(&Request::new("DELETE", Vec::new()).with("Mcp-Session-Id", &session));
    place.expect_event("cancelled wait");
}

#[test]
fn m18_a_thousand_idle_connections_lock_nobody_out() {
    let place = Place::new();
    let server = Server::start(&place);
    let idle: Vec<TcpStream> = (0..1_000).map(|_| server.connect()).collect();
    server.assert_alive();
    assert_eq!(idle.len(), 1_000);
}

#[test]
fn m18_streams_that_only_listen_lock_nobody_out() {
    let place = Place::new();
    let server = Server::start(&place);
    let listen = json!({"jsonrpc": "2.0", "id": 9, "method": "subscriptions/listen", "params": {"notifications": {"toolsListChanged": true}}});
    let streams: Vec<_> = (0..600)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(&Request::modern(listen.clone()).bytes(server.address)).unwrap();
            stream
        })
        .collect();
    server.assert_alive();
    let mut last = BufReader::new(streams.last().unwrap());
    assert_eq!(Answer::head(&mut last).unwrap().header("content-type"), Some("text/event-stream"));
    let first = String::from_utf8(chunk(&mut last).unwrap().expect("an event")).unwrap();
    assert!(first.contains("notifications/subscriptions/acknowledged"), "{first}");
}

#[test]
fn a_term_signal_lets_the_run_under_way_finish_and_takes_no_other() {
    let place = Place::new();
    let server = Server::start(&place);
    let mut stream = server.connect();
    let request = Request::modern(execute("await probe.send({text: 'now'}); await sleep(300); return 'finished'"));
    stream.write_all(&request.bytes(server.address)).unwrap();
    place.expect_event("called send");
    let process = rustix::process::Pid::from_child(&server.child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let answer = Answer::read(&mut BufReader::new(stream)).expect("an answer");
    assert_eq!(text(&answer.json()), "finished");
    let address = server.address;
    assert!(server.ended().success());
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}
