//! What the other languages cost: a fresh sandbox for each run, through MCP over stdio like TypeScript's figures.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    client::Client,
    figure::{Figure, Samples, ms},
    latency::per_second,
    setup::Setup,
};

const GATHER: &str = "import asyncio\nlen(await asyncio.gather(*(bench.slow.aio(ms=100) for _ in range(10))))";
const FILTER: &str = "sum(1 for record in bench.records(bytes=1000000) if record['active']) > 0";

pub(crate) fn python(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(96, &[])?;
    let mut direct = setup.direct(96)?;
    // The first run waits for the guest to be compiled, once per machine.
    let trivial = samples(setup, &mut client, ("python", "1+1", "2"), 200, 2_000)?;
    let measured = format!("{} / {}", ms(trivial.median()), ms(trivial.quantile(0.99)));
    let rate = per_second(&mut client, setup.times(4_000), "python", "1+1")?;
    let gathered = samples(setup, &mut client, ("python", GATHER, "10"), 5, 40)?;
    let sent = Samples::new(direct.times(setup.times(40), |client| {
        for _ in 0..10 {
            client.send("tools/call", &json!({"name": "slow", "arguments": {"ms": 100}}))?;
        }
        (0..10).try_for_each(|_| client.receive().map(drop))
    })?);
    let filtered = samples(setup, &mut client, ("python", FILTER, "true"), 5, 30)?;
    let params = json!({"name": "records", "arguments": {"bytes": 1_000_000}});
    let fetched =
        Samples::new(direct.times(setup.times(30), |client| client.request("tools/call", &params).map(drop))?);
    Ok(vec![
        Figure::new("Python `1+1`, warm, p50 / p99", measured, "≤ 1.5 / 6 ms"),
        Figure::new("Python runs per second, 8 in flight", format!("{rate:.0}"), "≥ 600"),
        Figure::new("ten 100 ms calls under asyncio.gather", ms(gathered.median()), "≤ 115 ms")
            .direct(ms(sent.median())),
        Figure::new("1 MB of JSON parsed and filtered in Python", ms(filtered.median()), "≤ 50 ms")
            .direct(ms(fetched.median())),
    ])
}

pub(crate) fn starlark(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(96, &[])?;
    let trivial = samples(setup, &mut client, ("starlark", "result = 1", "1"), 200, 3_000)?;
    let measured = format!("{} / {}", ms(trivial.median()), ms(trivial.quantile(0.99)));
    Ok(vec![Figure::new("Starlark `result = 1`, warm, p50 / p99", measured, "≤ 0.5 ms")])
}

/// Times of one snippet, after `warm` runs that do not count. It must give what is expected of it each time.
fn samples(
    setup: &Setup,
    client: &mut Client,
    (language, code, expected): (&str, &str, &str),
    warm: usize,
    count: usize,
) -> Result<Samples> {
    let mut once = |client: &mut Client| {
        let text = client.execute_in(language, code)?;
        ensure!(text == expected, "`{code}` gave {text} instead of {expected}");
        Ok(())
    };
    client.times(warm, &mut once)?;
    client.times(setup.times(count), &mut once).map(Samples::new)
}
