//! The official conformance suite against the built binary, for both eras. What is expected to fail is listed with its
//! reason beside this file; the suite fails when anything else does, and when a listed check passes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/http.rs"]
#[expect(dead_code, reason = "only the server is needed here; the raw client is for the hostile tests")]
mod http;
#[path = "support/place.rs"]
#[expect(dead_code, reason = "the upstream's events matter to other tests")]
mod place;

use std::{path::PathBuf, process::Command};

use weir_testkit::{installed, module};

use http::Server;
use place::Place;

fn conforms(revision: &str) {
    let place = Place::new();
    let server = Server::start(&place);
    let expected =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/conformance/expected-failures-{revision}.yml"));
    let output = Command::new(installed("bin/node"))
        .arg(module("@modelcontextprotocol/conformance/dist/index.js"))
        .args(["server", "--url", &format!("http://{}/mcp", server.address)])
        .args(["--requirements", revision, "--expected-failures"])
        .arg(expected)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("tools-list: "), "the suite ran: {text}");
}

#[test]
fn revision_2025_11_25() {
    conforms("2025-11-25");
}

#[test]
fn revision_2026_07_28() {
    conforms("2026-07-28");
}
