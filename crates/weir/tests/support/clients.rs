//! Clients that nobody here wrote, in processes of their own: how they reach a weir, and what they saw.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use weir_testkit::{installed, module};

use crate::{http::Server, place::Place};

pub(crate) fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

pub(crate) fn node(name: &str) -> Command {
    weir_testkit::node(&script(name))
}

pub(crate) fn url(server: &Server) -> String {
    format!("http://{}/mcp", server.address)
}

/// What a script reads from TARGET to start a weir of its own.
pub(crate) fn stdio(place: &Place) -> String {
    json!({"command": env!("CARGO_BIN_EXE_weir"), "args": ["stdio", "--config", place.config()]}).to_string()
}

/// The JSON object that a client prints last.
pub(crate) fn seen(client: Command) -> Value {
    let text = printed(client);
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The Inspector, as a command.
pub(crate) fn inspect(arguments: &[&str]) -> Value {
    let mut inspector = Command::new(installed("bin/node"));
    inspector
        .arg(module("@modelcontextprotocol/inspector/clients/launcher/build/index.js"))
        .arg("--cli")
        .args(arguments);
    let text = printed(inspector);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn printed(mut client: Command) -> String {
    let output = client.stderr(Stdio::inherit()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}: {text}", output.status);
    text
}
