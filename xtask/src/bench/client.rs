//! The smallest MCP client over stdio: what it costs itself is a write and a read.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

pub(crate) struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    next_id: u64,
}

impl Client {
    /// Starts a server and says hello.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = BufReader::with_capacity(1 << 20, child.stdout.take().context("no stdout")?);
        let mut client = Self { child, stdin, stdout, next_id: 0 };
        client.request(
            "initialize",
            &json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}),
        )?;
        client.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))?;
        Ok(client)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    fn write(&mut self, message: &Value) -> Result<()> {
        let mut line = message.to_string();
        line.push('\n');
        self.stdin.write_all(line.as_bytes())?;
        Ok(())
    }

    /// Sends a request without waiting; the id it got.
    pub(crate) fn send(&mut self, method: &str, params: &Value) -> Result<u64> {
        self.next_id += 1;
        self.write(&json!({"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}))?;
        Ok(self.next_id)
    }

    /// The next answer's id and text; notifications are passed over.
    pub(crate) fn receive(&mut self) -> Result<(u64, String)> {
        loop {
            let mut line = String::new();
            if self.stdout.read_line(&mut line)? == 0 {
                bail!("the server closed its output");
            }
            if let Some(id) = id_of(&line) {
                return Ok((id, line));
            }
        }
    }

    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Result<String> {
        let id = self.send(method, params)?;
        let (answered, line) = self.receive()?;
        if answered != id {
            bail!("an answer to {answered} instead of {id}");
        }
        Ok(line)
    }

    /// The text of a tool's answer.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Result<String> {
        let line = self.request("tools/call", &json!({"name": tool, "arguments": arguments}))?;
        let answer: Value = serde_json::from_str(&line)?;
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str();
        match text {
            Some(text) if result["isError"] != true => Ok(text.to_owned()),
            _ => bail!("{tool} failed: {}", line.chars().take(2_000).collect::<String>()),
        }
    }

    pub(crate) fn execute(&mut self, code: &str) -> Result<String> {
        self.call("execute", &json!({"code": code}))
    }

    pub(crate) fn execute_in(&mut self, language: &str, code: &str) -> Result<String> {
        self.call("execute", &json!({"code": code, "language": language}))
    }

    /// Sends a snippet without waiting; the id of its answer.
    pub(crate) fn send_snippet(&mut self, language: &str, code: &str) -> Result<u64> {
        self.send("tools/call", &json!({"name": "execute", "arguments": {"code": code, "language": language}}))
    }

    /// The times of doing one thing `count` times.
    pub(crate) fn times(
        &mut self,
        count: usize,
        mut work: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<Vec<Duration>> {
        (0..count)
            .map(|_| {
                let start = Instant::now();
                work(self).map(|()| start.elapsed())
            })
            .collect()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The server ends with its input; a benchmark that failed must not leave it behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a run ended, as its report tells.
pub(crate) struct Ended {
    /// What it returned.
    pub(crate) result: Value,
    /// The kind of its fault.
    pub(crate) fault: Option<String>,
    /// What the fault says.
    pub(crate) message: String,
}

impl Ended {
    /// From the line that answers `execute`.
    pub(crate) fn read(line: &str) -> Result<Self> {
        let answer: Value = serde_json::from_str(line).context("an answer that is no JSON")?;
        let report = &answer["result"]["_meta"]["weir/run"];
        let fault = match report["status"].as_str() {
            Some("completed") => None,
            Some(status) => Some(report["error"]["kind"].as_str().unwrap_or(status).to_owned()),
            None => bail!("an answer without a report: {}", line.chars().take(2_000).collect::<String>()),
        };
        let message = report["error"]["message"].as_str().unwrap_or_default().to_owned();
        Ok(Self { result: report["result"].clone(), fault, message })
    }
}

/// The numeric id of an answer, read from the text: parsing megabytes would be timed as if it were weir's.
fn id_of(line: &str) -> Option<u64> {
    let envelope = |text: &str| {
        let at = text.find("\"id\":")? + 5;
        let digits: String = text[at..].trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if line.contains("\"method\":") && line.len() < 4_000 && !line.contains("\"result\":") {
        return None;
    }
    let head = &line[..line.floor_char_boundary(200)];
    let tail = &line[line.floor_char_boundary(line.len().saturating_sub(60))..];
    envelope(head).or_else(|| envelope(tail))
}
