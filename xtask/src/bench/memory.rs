//! Memory of the gateway and its workers, shared pages counted by share (PSS). The upstream's own is not weir's.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use super::{client::Client, figure::Figure, setup::Setup};

pub(crate) fn memory(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(508, &[])?;
    client.execute("return await bench.echo({text: 'x'})")?;
    let idle = pss_kib(client.pid())?;
    let waiting = waiting_runs(&mut client, 100)?;
    for _ in 0..3 {
        client.times(setup.times(1_000), |client| client.execute("return 1").map(drop))?;
        client.execute("for (let i = 0; i < 100; i++) await bench.echo({text: 'x'}); return 1")?;
        client.execute("return (await bench.records({bytes: 1000000})).filter(r => r.active).length")?;
        client.call("search", &json!({"queries": ["list issues", "send a message"]}))?;
    }
    let loaded = pss_kib(client.pid())?;
    let mib = |kib: u64| format!("{:.0} MB", kib as f64 / 1024.0);
    Ok(vec![
        Figure::new(
            "memory with 508 tools, idle / after load",
            format!("{} / {}", mib(idle), mib(loaded)),
            "≤ 45 / 80 MB",
        ),
        Figure::new("memory per waiting run", format!("{:.2} MB", waiting / 1024.0), "≤ 1 MB"),
    ])
}

/// KiB per run, of many that wait at once.
fn waiting_runs(client: &mut Client, count: usize) -> Result<f64> {
    let params = |ms: u64| json!({"name": "execute", "arguments": {"code": format!("await sleep({ms}); return 1")}});
    let round = |client: &mut Client, ms: u64| -> Result<u64> {
        for _ in 0..count {
            client.send("tools/call", &params(ms))?;
        }
        // All of them have started when a later one has been answered.
        std::thread::sleep(std::time::Duration::from_millis(ms / 2));
        let during = pss_kib(client.pid())?;
        (0..count).try_for_each(|_| client.receive().map(drop))?;
        Ok(during)
    };
    round(client, 500)?;
    let before = pss_kib(client.pid())?;
    let during = round(client, 3_000)?;
    Ok(during.saturating_sub(before) as f64 / count as f64)
}

fn pss_kib(pid: u32) -> Result<u64> {
    let mut total = 0;
    for process in family(pid)? {
        // A process may end between the listing and the reading.
        let Ok(text) = fs::read_to_string(format!("/proc/{process}/smaps_rollup")) else { continue };
        let line = text.lines().find(|line| line.starts_with("Pss:")).context("no Pss in smaps_rollup")?;
        total += line.split_whitespace().nth(1).context("no figure behind Pss:")?.parse::<u64>()?;
    }
    Ok(total)
}

/// The process and its descendants that run the same program.
fn family(pid: u32) -> Result<Vec<u32>> {
    let program = fs::read_link(format!("/proc/{pid}/exe"))?;
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        at += 1;
        for thread in fs::read_dir(format!("/proc/{parent}/task"))? {
            let children = fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
            let same =
                |child: &u32| fs::read_link(format!("/proc/{child}/exe")).is_ok_and(|exe| exe == Path::new(&program));
            found.extend(children.split_whitespace().filter_map(|child| child.parse().ok()).filter(same));
        }
    }
    Ok(found)
}
