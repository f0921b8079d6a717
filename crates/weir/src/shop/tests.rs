//! The shop as its clients meet it: schemas, answers and errors of every tool.

use std::collections::BTreeSet;

use rmcp::{
    ServiceExt,
    model::{CallToolRequestParams, JsonObject},
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf, split};

use super::{Shop, tool::tools};

#[test]
fn a_dozen_tools_with_schemas_both_ways() {
    let tools = tools();
    assert_eq!(tools.len(), 12);
    for tool in &tools {
        let listed = serde_json::to_value(&tool.listed).unwrap();
        assert_eq!(listed["inputSchema"]["type"], "object", "{listed}");
        assert_eq!(listed["inputSchema"]["additionalProperties"], false, "{listed}");
        assert_eq!(listed["outputSchema"]["type"], "object", "{listed}");
        assert!(listed["annotations"]["readOnlyHint"].is_boolean(), "{listed}");
    }
    let names: BTreeSet<_> = tools.iter().map(|tool| tool.listed.name.clone()).collect();
    assert_eq!(names.len(), tools.len());
}

/// Talks to a shop over a pipe, as a client does.
struct Line {
    reader: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
}

impl Line {
    fn open() -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        tokio::spawn(async move {
            if let Ok(serving) = Shop::new().serve(split(theirs)).await {
                let _ = serving.waiting().await;
            }
        });
        let (reader, writer) = split(ours);
        Self { reader: BufReader::new(reader).lines(), writer }
    }

    async fn say(&mut self, message: Value) {
        self.writer.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, message: Value) -> Value {
        self.say(message).await;
        serde_json::from_str(&self.reader.next_line().await.unwrap().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn the_older_era_is_served() {
    let mut line = Line::open();
    let params =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = line.ask(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})).await;
    assert_eq!(hello["result"]["protocolVersion"], "2025-06-18");
    line.say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let listed = line.ask(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn the_newer_era_is_served() {
    let mut line = Line::open();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
    });
    let found =
        line.ask(json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}})).await;
    assert!(found["result"]["supportedVersions"].to_string().contains("2026-07-28"), "{found}");
    let params = json!({"_meta": meta, "name": "get_order", "arguments": {"order_id": "ord_1001"}});
    let called = line.ask(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params})).await;
    assert_eq!(called["result"]["structuredContent"]["id"], "ord_1001", "{called}");
}

#[test]
fn an_unknown_tool_is_a_protocol_error_and_a_bad_argument_is_not() {
    let shop = Shop::new();
    let call = |name: &'static str, arguments: Value| {
        let arguments: JsonObject = arguments.as_object().cloned().unwrap();
        shop.answer(CallToolRequestParams::new(name).with_arguments(arguments))
    };
    assert_eq!(call("steal_order", json!({})).unwrap_err().message, "the shop has no tool \"steal_order\"");
    let refused = call("get_order", json!({})).unwrap();
    assert_eq!(refused.is_error, Some(true));
}
