//! How long things take, through MCP over stdio.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    client::Client,
    figure::{Figure, Samples, ms},
    setup::Setup,
};

pub(crate) fn start(setup: &Setup) -> Result<Vec<Figure>> {
    let mut weir = Vec::new();
    let mut direct = Vec::new();
    for _ in 0..setup.times(20) {
        let begun = Instant::now();
        setup.gateway(96, &[])?.execute("return await bench.echo({text: 'hello'})")?;
        weir.push(begun.elapsed());
        let begun = Instant::now();
        setup.direct(96)?.call("echo", &json!({"text": "hello"}))?;
        direct.push(begun.elapsed());
    }
    let figure =
        Figure::new("process start to the first answer of a tool", ms(Samples::new(weir).median()), "≤ 150 ms");
    Ok(vec![figure.direct(ms(Samples::new(direct).median()))])
}

pub(crate) fn execute(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(96, &[])?;
    client.times(200, |client| client.execute("return 1").map(drop))?;
    let samples = Samples::new(client.times(setup.times(3_000), |client| client.execute("return 1").map(drop))?);
    let measured = format!("{} / {}", ms(samples.median()), ms(samples.quantile(0.99)));
    Ok(vec![Figure::new("execute `return 1`, warm, p50 / p99", measured, "≤ 1 / 4 ms")])
}

pub(crate) fn calls(setup: &Setup) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for tools in [96, 508] {
        let mut client = setup.gateway(tools, &[])?;
        let code = "for (let i = 0; i < 100; i++) await bench.echo({text: 'x'}); return 100";
        client.times(5, |client| client.execute(code).map(drop))?;
        let weir = Samples::new(client.times(setup.times(60), |client| client.execute(code).map(drop))?);
        let direct = Samples::new(setup.direct(tools)?.times(setup.times(60), |client| {
            (0..100).try_for_each(|_| client.call("echo", &json!({"text": "x"})).map(drop))
        })?);
        let what = format!("100 sequential calls of an echo tool, {tools} tools");
        figures.push(Figure::new(what, ms(weir.median()), "≤ 20 ms").direct(ms(direct.median())));
    }
    let mut client = setup.gateway(96, &[])?;
    let code = "return (await Promise.all(Array.from({length: 50}, () => bench.slow({})))).length";
    client.times(5, |client| client.execute(code).map(drop))?;
    let weir = Samples::new(client.times(setup.times(60), |client| client.execute(code).map(drop))?);
    let direct = Samples::new(setup.direct(96)?.times(setup.times(60), |client| {
        for _ in 0..50 {
            client.send("tools/call", &json!({"name": "slow", "arguments": {}}))?;
        }
        (0..50).try_for_each(|_| client.receive().map(drop))
    })?);
    figures.push(
        Figure::new("50 parallel calls of a 20 ms tool", ms(weir.median()), "≤ 60 ms").direct(ms(direct.median())),
    );
    Ok(figures)
}

pub(crate) fn data(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(96, &[])?;
    let mut direct = setup.direct(96)?;
    let mut figures = Vec::new();
    let rows = [
        (
            "50 orders filtered and summed",
            "orders",
            0,
            "≤ 8 ms",
            200,
            "return (await bench.orders({})).filter(o => o.status == 'open').reduce((sum, o) => sum + o.total, 0)",
        ),
        (
            "1 MB of JSON filtered",
            "records",
            1_000_000,
            "≤ 45 ms",
            30,
            "return (await bench.records({bytes: 1000000})).filter(r => r.active).length",
        ),
        (
            "10 MB of JSON filtered",
            "records",
            10_000_000,
            "≤ 450 ms",
            10,
            "return (await bench.records({bytes: 10000000})).filter(r => r.active).length",
        ),
    ];
    for (what, tool, bytes, target, count, code) in rows {
        client.times(3, |client| client.execute(code).map(drop))?;
        let weir = Samples::new(client.times(setup.times(count), |client| client.execute(code).map(drop))?);
        let arguments = if bytes == 0 { json!({}) } else { json!({"bytes": bytes}) };
        let params = json!({"name": tool, "arguments": arguments});
        let plain =
            Samples::new(direct.times(setup.times(count), |client| client.request("tools/call", &params).map(drop))?);
        figures.push(Figure::new(what, ms(weir.median()), target).direct(ms(plain.median())));
    }
    Ok(figures)
}

pub(crate) fn throughput(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(96, &[])?;
    client.times(200, |client| client.execute("return 1").map(drop))?;
    let rate = per_second(&mut client, setup.times(10_000), "typescript", "return 1")?;
    Ok(vec![Figure::new("executes per second, 8 in flight", format!("{rate:.0}"), "≥ 2 000")])
}

/// Runs per second of one snippet, eight in flight.
pub(super) fn per_second(client: &mut Client, total: usize, language: &str, code: &str) -> Result<f64> {
    const IN_FLIGHT: usize = 8;
    let begun = Instant::now();
    for _ in 0..IN_FLIGHT.min(total) {
        client.send_snippet(language, code)?;
    }
    for done in 1..=total {
        let (_, line) = client.receive()?;
        ensure!(!line.contains("\"isError\":true"), "{line}");
        if done + IN_FLIGHT <= total {
            client.send_snippet(language, code)?;
        }
    }
    Ok(total as f64 / begun.elapsed().as_secs_f64())
}

pub(crate) fn runaway(setup: &Setup) -> Result<Vec<Figure>> {
    let mut client = setup.gateway(96, &["limits.cpu_ms=2000"])?;
    client.times(200, |client| client.execute("return 1").map(drop))?;
    let alone = Samples::new(client.times(setup.times(1_000), |client| client.execute("return 1").map(drop))?);
    let begun = Instant::now();
    let runaway = client.send("tools/call", &json!({"name": "execute", "arguments": {"code": "while (true) {}"}}))?;
    let mut beside = Vec::new();
    let ended = loop {
        let start = Instant::now();
        let id = client.send("tools/call", &json!({"name": "execute", "arguments": {"code": "return 1"}}))?;
        match other_than(&mut client, id, runaway)? {
            Some(ended) => break ended.duration_since(begun),
            None => beside.push(start.elapsed()),
        }
    };
    let beside = Samples::new(beside);
    let p99 = format!("{} / {}", ms(alone.quantile(0.99)), ms(beside.quantile(0.99)));
    let p50 = format!("{} / {}", ms(alone.median()), ms(beside.median()));
    Ok(vec![
        Figure::new("an endless loop with 2 s of CPU ends after", ms(ended), "at its limit"),
        Figure::new("`return 1` p50, alone / beside it", p50, ""),
        Figure::new("`return 1` p99, alone / beside it", p99, "within 2×"),
    ])
}

/// Waits for an answer; `Some` when the runaway's came, and with it the end of the measurement.
fn other_than(client: &mut Client, id: u64, runaway: u64) -> Result<Option<Instant>> {
    let (answered, line) = client.receive()?;
    if answered == runaway {
        ensure!(line.contains("cpu"), "the runaway ended otherwise: {line}");
        let ended = Instant::now();
        client.receive()?;
        return Ok(Some(ended));
    }
    ensure!(answered == id, "an answer to {answered} instead of {id}");
    Ok(None)
}

pub(crate) fn search(setup: &Setup) -> Result<Vec<Figure>> {
    let queries = [
        "list open issues of a repository",
        "create a page",
        "take a screenshot",
        "query the database",
        "send a message to a channel",
    ];
    let mut figures = Vec::new();
    for (tools, target) in [(508, "≤ 1 ms"), (10_000, "≤ 1 / 5 ms")] {
        let mut client = setup.gateway(tools, &[])?;
        let mut at = 0;
        let mut ask = |client: &mut Client| -> Result<()> {
            at += 1;
            client.call("search", &json!({"query": queries[at % queries.len()]})).map(drop)
        };
        client.times(50, &mut ask)?;
        let samples = Samples::new(client.times(setup.times(1_000), &mut ask)?);
        let measured = format!("{} / {}", ms(samples.median()), ms(samples.quantile(0.99)));
        figures.push(Figure::new(format!("search over {tools} tools, p50 / p99"), measured, target));
    }
    Ok(figures)
}
