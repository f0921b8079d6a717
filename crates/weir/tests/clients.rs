//! Real clients, as their makers publish them, against the built binary: over stdio and HTTP, in the eras each speaks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/http.rs"]
#[expect(dead_code, reason = "only the server is needed here; the raw client is for the hostile tests")]
mod http;
#[path = "support/place.rs"]
mod place;
#[path = "support/tools.rs"]
mod tools;

use std::{
    fs::File,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use http::Server;
use place::Place;

fn url(server: &Server) -> String {
    format!("http://{}/mcp", server.address)
}

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Node reads the script from stdin, so that its imports are those of the folder the tools are in.
fn node(name: &str) -> Command {
    let mut command = Command::new(tools::node());
    command
        .args(["--input-type=module", "-"])
        .current_dir(tools::npm())
        .stdin(Stdio::from(File::open(script(name)).unwrap()));
    command
}

fn python(name: &str) -> Command {
    let mut command = Command::new(tools::python());
    command.arg(script(name));
    command
}

fn output(mut client: Command) -> Value {
    let output = client.stderr(Stdio::inherit()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {text}", output.status);
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn over_stdio(place: &Place, mut client: Command, mode: &str) -> Value {
    let target = json!({"command": env!("CARGO_BIN_EXE_weir"), "args": ["stdio", "--config", place.config()]});
    client.env("TARGET", target.to_string()).env("MODE", mode);
    check(place, output(client))
}

fn over_http(place: &Place, mut client: Command, mode: &str) -> Value {
    let server = Server::start(place);
    client.env("TARGET", json!({"url": url(&server)}).to_string()).env("MODE", mode);
    check(place, output(client))
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

#[test]
fn python_sdk_modern() {
    let place = Place::new();
    assert_eq!(over_stdio(&place, python("python.py"), "auto")["version"], "2026-07-28");
    assert_eq!(over_http(&place, python("python.py"), "auto")["version"], "2026-07-28");
}

#[test]
fn python_sdk_legacy() {
    let place = Place::new();
    assert_eq!(over_stdio(&place, python("python.py"), "legacy")["version"], "2025-11-25");
    assert_eq!(over_http(&place, python("python.py"), "legacy")["version"], "2025-11-25");
}

#[test]
fn inspector_cli() {
    let place = Place::new();
    let server = Server::start(&place);
    let inspect = |arguments: &[&str]| {
        let mut command = Command::new(tools::node());
        command
            .arg(tools::module("@modelcontextprotocol/inspector/clients/launcher/build/index.js"))
            .arg("--cli")
            .args(arguments);
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}: {text}", output.status);
        serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
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
