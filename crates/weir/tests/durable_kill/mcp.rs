//! One tool of weir, `execute`, as a stateless client of 2026-07-28 asks for it, and the reports that come back.

use std::time::Duration;

use serde_json::{Value, json};

use super::http;

/// Longer than any request of these tests is answered in.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) enum Answer {
    /// A run's report: `_meta["weir/run"]`.
    Report(Value),
    /// An answer that tells of no run.
    Refused(String),
    /// No answer: the gateway is gone, or going.
    Lost(String),
}

pub(crate) fn execute(port: u16, arguments: &Value) -> Answer {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": "execute", "arguments": arguments, "_meta": meta});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let headers = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
                   MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: execute\r\n";
    let reply = match http::send(port, "POST", "/mcp", headers, &message.to_string(), PATIENCE) {
        Ok(reply) => reply,
        Err(error) => return Answer::Lost(error.to_string()),
    };
    match serde_json::from_str::<Value>(&reply.body) {
        Ok(mut answer) if reply.status == 200 => {
            let report = answer["result"]["_meta"]["weir/run"].take();
            if report["status"].is_string() { Answer::Report(report) } else { Answer::Refused(answer.to_string()) }
        }
        _ => Answer::Lost(format!("status {}: {}", reply.status, reply.body)),
    }
}
