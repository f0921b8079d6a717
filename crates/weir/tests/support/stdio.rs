//! A raw MCP client over a weir's stdin and stdout: it writes lines and reads lines, nothing else.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

use serde_json::{Value, json};

use crate::place::{PATIENCE, Place};

pub(crate) struct Client {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    /// Everything read so far that no `answer` was.
    pub(crate) others: Vec<Value>,
}

impl Client {
    pub(crate) fn start(place: &Place) -> Self {
        let mut child = place.weir(&["stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, lines, others: Vec::new() }
    }

    /// A session of the era before 2026-07-28.
    pub(crate) fn legacy(place: &Place) -> Self {
        let mut client = Self::start(place);
        let answer = client.ask(&initialize());
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
        client.tell(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("not hung up yet");
        stdin.write_all(bytes).unwrap();
        stdin.write_all(b"\n").unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn tell(&mut self, message: &Value) {
        self.write(message.to_string().as_bytes());
    }

    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        self.tell(request);
        self.answer(&request["id"])
    }

    /// The next line; every one must be JSON-RPC, or stdout carries more than protocol.
    pub(crate) fn next(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("weir answers");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    pub(crate) fn answer(&mut self, id: &Value) -> Value {
        if let Some(at) = self.others.iter().position(|message| message["id"] == *id && !id.is_null()) {
            return self.others.remove(at);
        }
        loop {
            let message = self.next();
            if message["id"] == *id && message.get("method").is_none() {
                return message;
            }
            self.others.push(message);
        }
    }

    pub(crate) fn call(&mut self, id: u64, tool: &str, arguments: Value) -> Value {
        self.ask(&call(id, tool, arguments))
    }

    /// Closes stdin.
    pub(crate) fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// Waits for the process to end by itself; nothing but protocol may still come.
    pub(crate) fn ended(mut self) -> (ExitStatus, Vec<Value>) {
        let mut rest = std::mem::take(&mut self.others);
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("weir does not end"),
            }
        }
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn initialize() -> Value {
    let params =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}});
    json!({"jsonrpc": "2.0", "id": "init", "method": "initialize", "params": params})
}

pub(crate) fn call(id: u64, tool: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

/// The same request, as a client of 2026-07-28 sends it.
pub(crate) fn modern(mut request: Value) -> Value {
    if request.get("params").is_none() {
        request["params"] = json!({});
    }
    let meta = &mut request["params"]["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    request
}

/// What a model reads of a tool's answer.
pub(crate) fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {answer}"))
}
