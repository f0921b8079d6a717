//! Memory of the gateway and its workers, shared pages counted by share (PSS). The upstream's own is not weir's.

use anyhow::Result;
use serde_json::json;

use super::{client::Client, figure::Figure, latency::per_second, setup::Setup};
use crate::processes;

pub(crate) fn memory(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(508, &[])?;
    client.execute("return await bench.echo({text: 'x'})")?;
    let idle = memory_kib(client.pid())?;
    for _ in 0..3 {
        per_second(&mut client, setup.times(1_000), "typescript", "return 1")?;
        client.execute("for (let i = 0; i < 100; i++) await bench.echo({text: 'x'}); return 1")?;
        client.execute("return (await bench.records({bytes: 1000000})).filter(r => r.active).length")?;
        client.call("search", &json!({"queries": ["list issues", "send a message"]}))?;
    }
    let loaded = memory_kib(client.pid())?;
    let waiting = waiting_runs(&mut client, 100)?;
    let burst = memory_kib(client.pid())?;
    let mib = |kib: u64| format!("{:.0} MB", kib as f64 / 1024.0);
    Ok(vec![
        Figure::new(
            "memory with 508 tools, idle / after load, 8 in flight / after 100 runs have waited at once as well",
            format!("{} / {} / {}", mib(idle), mib(loaded), mib(burst)),
            "≤ 45 / 80 / 80 MB",
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
        let during = memory_kib(client.pid())?;
        (0..count).try_for_each(|_| client.receive().map(drop))?;
        Ok(during)
    };
    round(client, 500)?;
    let before = memory_kib(client.pid())?;
    let during = round(client, 3_000)?;
    Ok(during.saturating_sub(before) as f64 / count as f64)
}

/// Of the gateway and its workers together.
fn memory_kib(gateway: u32) -> Result<u64> {
    Ok(processes::family(gateway)?.iter().filter_map(|process| processes::memory_kib(process.id)).sum())
}
