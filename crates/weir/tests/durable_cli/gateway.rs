//! A gateway in a process of its own, with both its listeners, and one client of it.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    home::{Home, PATIENCE, TOKEN},
    http::{Answer, Request},
};

const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(crate) struct Gateway {
    child: Child,
    mcp: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Gateway {
    pub(crate) fn start(home: &Home) -> Self {
        let mut child = home.spawn(&["serve", "--listen", "127.0.0.1:0"]);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut admin = None;
        let mcp = loop {
            let line = lines.next().expect("it says where it listens").unwrap();
            let address = |after: &str, end: &str| {
                let (_, rest) = line.split_once(after)?;
                Some(rest.trim_end_matches(end).parse().unwrap())
            };
            admin = admin.or_else(|| address("admin API on http://", "/v1"));
            if let Some(mcp) = address("listening on http://", "/mcp") {
                break mcp;
            }
        };
        thread::spawn(move || lines.for_each(|line| eprintln!("weir: {}", line.unwrap_or_default())));
        Self { child, mcp, admin: admin.expect("the admin API is configured") }
    }

    /// One `execute`, as a client of 2026-07-28 that can show nothing to a person; the run's report.
    pub(crate) fn execute(&self, arguments: &Value) -> Value {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({"name": "execute", "arguments": arguments, "_meta": meta});
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        let answer = Request::post("/mcp", &message)
            .with("Accept", "application/json, text/event-stream")
            .with("MCP-Protocol-Version", "2026-07-28")
            .with("Mcp-Method", "tools/call")
            .with("Mcp-Name", "execute")
            .send(self.mcp);
        let mut answer = answer.json();
        let report = answer["result"]["_meta"]["weir/run"].take();
        assert!(report["status"].is_string(), "{answer}");
        report
    }

    /// With the token.
    pub(crate) fn ask(&self, request: Request) -> Answer {
        request.with("Authorization", &format!("Bearer {TOKEN}")).send(self.admin)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Request::post(path, body))
    }

    /// Waits until a run is in this state.
    pub(crate) fn until(&self, run: &str, status: &str) -> Value {
        let begun = Instant::now();
        loop {
            let shown = self.get(&format!("/v1/runs/{run}")).json();
            if shown["status"] == status {
                return shown;
            }
            assert!(begun.elapsed() < PATIENCE, "{run} is not {status}: {shown}");
            thread::sleep(LOOK_EVERY);
        }
    }

    /// SIGTERM.
    pub(crate) fn ask_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits until it takes no more clients: it has seen the signal.
    pub(crate) fn until_deaf(&self) {
        let begun = Instant::now();
        while TcpStream::connect(self.mcp).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "it still takes clients");
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until it has ended by itself; its exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// SIGKILL: nothing can be tidied up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
