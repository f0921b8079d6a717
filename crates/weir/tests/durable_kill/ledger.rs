//! The upstream that counts (`fixtures/ledger`), in a process of its own.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::{
    broken::{Result, Told},
    http,
};

/// Longer than any call of a dead gateway takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Ledger {
    child: Child,
    ports: Vec<u16>,
}

/// What was carried out.
pub(crate) struct Record {
    pub(crate) looks: u64,
    /// Tool → id → one receipt for each time.
    lines: BTreeMap<String, BTreeMap<String, Vec<u64>>>,
}

impl Ledger {
    pub(crate) fn start(script: &Path, listeners: usize, delay_ms: u64, seed: u64) -> Result<Self> {
        let mut child = Command::new("python3")
            .arg(script)
            .args([
                "--listeners",
                &listeners.to_string(),
                "--delay-ms",
                &delay_ms.to_string(),
                "--seed",
                &seed.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .told("cannot start the ledger")?;
        let mut line = String::new();
        let stdout = child.stdout.take().told("the ledger has no output")?;
        BufReader::new(stdout).read_line(&mut line).told("the ledger says nothing")?;
        let told: Value = serde_json::from_str(&line).told("the ledger's first line")?;
        let ports = serde_json::from_value(told["ports"].clone()).told("the ledger's ports")?;
        Ok(Self { child, ports })
    }

    pub(crate) fn port(&self, listener: usize) -> u16 {
        self.ports[listener]
    }

    pub(crate) fn record(&self) -> Result<Record> {
        let last = self.ports.len() - 1;
        let reply = http::send(self.ports[last], "GET", "/record", "", "", PATIENCE).told("the ledger's record")?;
        let mut value: Value = serde_json::from_str(&reply.body).told("the ledger's record")?;
        let looks = value["looks"].as_u64().told("the ledger's record has no looks")?;
        Ok(Record { looks, lines: serde_json::from_value(value["lines"].take()).told("the ledger's record")? })
    }

    /// Waits until everything a gateway sent before it was killed is in the record.
    pub(crate) fn quiet(&self, listener: usize) -> Result<()> {
        http::send(self.ports[listener], "GET", "/quiet", "", "", PATIENCE)
            .map(drop)
            .told("the ledger does not come to rest")
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Record {
    /// One receipt for each time.
    pub(crate) fn receipts(&self, tool: &str, id: &str) -> &[u64] {
        self.lines.get(tool).and_then(|ids| ids.get(id)).map_or(&[], Vec::as_slice)
    }

    /// Tool and id of everything that was carried out.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().flat_map(|(tool, ids)| ids.keys().map(move |id| (tool.as_str(), id.as_str())))
    }

    pub(crate) fn writes(&self) -> usize {
        self.lines.values().flat_map(BTreeMap::values).map(Vec::len).sum()
    }
}
