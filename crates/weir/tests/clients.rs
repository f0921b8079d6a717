//! Real clients, as their makers publish them, against the built binary: over stdio and HTTP, in the eras each speaks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/clients.rs"]
mod clients;
#[path = "support/http.rs"]
#[expect(dead_code, reason = "only the server is needed here; the raw client is for the hostile tests")]
mod http;
#[path = "support/place.rs"]
mod place;

use std::process::Command;

use serde_json::{Value, json};
use weir_testkit::installed;

use clients::{inspect, node, script, seen, stdio, url};
use http::Server;
use place::Place;

fn python(name: &str) -> Command {
    let mut command = Command::new(installed("py/bin/python"));
    command.arg(script(name));
    command
}

fn over_stdio(place: &Place, mut client: Command, mode: &str) -> Value {
    client.env("TARGET", stdio(place)).env("MODE", mode);
    check(place, seen(client))
}

fn over_http(place: &Place, mut client: Command, mode: &str) -> Value {
    let server = Server::start(place);
    client.env("TARGET", json!({"url": url(&server)}).to_string()).env("MODE", mode);
    check(place, seen(client))
}

/// What every client must have seen, whatever its era and transport.
fn check(place: &Place, seen: Value) -> Value {
    place.expect_event("cancelled wait");
    assert_eq!(seen["tools"], json!(["search", "get_schema", "execute"]), "{seen}");
    assert!(seen["found"].as_str().unwrap().contains("probe.echo("), "{seen}");
    assert_eq!(
        (&seen["answer"], &seen["after"], &seen["waiting"]),
        (&json!("hello"), &json!("after"), &json!("aborted")),
        "{seen}"
    );
    assert_eq!(seen["failed"], json!([true, "tool_failed"]), "{seen}");
    assert_eq!(seen["steps"][0], "call 1: probe.echo", "{seen}");
    assert_eq!(seen["many"], json!((0..20).map(|n| n * 2).collect::<Vec<_>>()), "{seen}");
    assert_eq!(seen["server"], "weir", "{seen}");
    seen
}

#[test]
fn typescript_sdk_2_modern() {
    let place = Place::new();
    assert_eq!(over_stdio(&place, node("typescript_2.mjs"), "auto")["version"], "2026-07-28");
    assert_eq!(over_http(&place, node("typescript_2.mjs"), "auto")["version"], "2026-07-28");
}

#[test]
fn typescript_sdk_2_legacy() {
    let place = Place::new();
    assert_eq!(over_stdio(&place, node("typescript_2.mjs"), "legacy")["version"], "2025-11-25");
    assert_eq!(over_http(&place, node("typescript_2.mjs"), "legacy")["version"], "2025-11-25");
}

#[test]
fn typescript_sdk_1() {
    let place = Place::new();
    over_stdio(&place, node("typescript_1.mjs"), "");
    over_http(&place, node("typescript_1.mjs"), "");
}

/// It also reads what a run kept, as the list of resources names it.
fn python_sdk(mode: &str, version: &str) {
    let place = Place::new();
    let over_both = [over_stdio(&place, python("python.py"), mode), over_http(&place, python("python.py"), mode)];
    for seen in over_both {
        assert_eq!(seen["version"], version, "{seen}");
        assert_eq!(seen["kept"][0], json!([200_002, "application/json", 200_000]), "{seen}");
    }
}

#[test]
fn python_sdk_modern() {
    python_sdk("auto", "2026-07-28");
}

#[test]
fn python_sdk_legacy() {
    python_sdk("legacy", "2025-11-25");
}

#[test]
fn inspector_cli() {
    let place = Place::new();
    let server = Server::start(&place);
    let config = place.config();
    let stdio = ["--", env!("CARGO_BIN_EXE_weir"), "stdio", "--config", config.to_str().unwrap()];
    let url = url(&server);
    let http = ["--transport", "http", "--server-url", url.as_str()];
    for target in [&stdio[..], &http[..]] {
        let listed = inspect(&[&["--method", "tools/list", "--strict"], target].concat());
        assert_eq!(listed["tools"][2]["name"], "execute", "{listed}");
        let call = ["--method", "tools/call", "--tool-name", "execute", "--tool-arg", "code=return 20 + 1"];
        let answer = inspect(&[&call, target].concat());
        assert_eq!(answer["content"][0]["text"], "21", "{answer}");
    }
}
