//! The upstream that counts (`fixtures/ledger`), in a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{home::PATIENCE, http};

const LOOK_EVERY: Duration = Duration::from_millis(10);

/// With these delays a first call is carried out after 4 ms and answered almost three seconds later.
pub(crate) const SLOW_MS: u64 = 3_000;
pub(crate) const SLOW_SEED: u64 = 906;

pub(crate) struct Ledger {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Ledger {
    /// `delay_ms` at most before and after a call is carried out; how much of it, `seed` says.
    pub(crate) fn start(delay_ms: u64, seed: u64) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/ledger/server.py");
        let mut child = Command::new("python3")
            .arg(script)
            .args(["--delay-ms", &delay_ms.to_string(), "--seed", &seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let port = u16::try_from(told["ports"][0].as_u64().unwrap()).unwrap();
        Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    /// How often a call was carried out.
    pub(crate) fn count(&self, tool: &str, id: &str) -> usize {
        let record = http::Request::get("/record").send(self.address).json();
        record["lines"][tool][id].as_array().map_or(0, Vec::len)
    }

    /// Waits until a call has been carried out; its answer may still be on its way.
    pub(crate) fn until_carried_out(&self, tool: &str, id: &str) {
        let begun = Instant::now();
        while self.count(tool, id) == 0 {
            assert!(begun.elapsed() < PATIENCE, "{tool} {id} was not carried out");
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
