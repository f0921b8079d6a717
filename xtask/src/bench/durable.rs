//! What durability costs: the journal for each call, going on with a run, a decision, and runs that wait.
//!
//! The journal's cost is the same snippet on a store in a file beside one in memory, taken in turns; the file is synced as ever.

use std::{fs, path::PathBuf, time::Duration, time::Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::{
    client::Client,
    figure::{Figure, Samples, ms, us},
    setup::Setup,
};
use crate::{
    chaos::harness::{
        database::Keeping,
        home::{Given, Home},
        http,
        ledger::Ledger,
        replica::Replica,
    },
    place, processes, step,
};

const CALLS: u32 = 100;
const JOURNALED: usize = 1_000;
const PARKED: usize = 100_000;
/// The allocator and the caches of a gateway that parks runs are filled by then.
const PARKED_BEFORE: usize = 5_000;
const IN_FLIGHT: usize = 64;
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn durable(setup: &Setup) -> Result<Vec<Figure>> {
    let mut figures = journal(setup)?;
    figures.push(resume(setup)?);
    figures.push(decision(setup)?);
    figures.extend(parked(setup)?);
    Ok(figures)
}

/// An empty folder of this group's own.
fn folder(name: &str) -> Result<PathBuf> {
    let folder = place::target().join("bench/durable").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// The benchmark's upstream under two names. `desk`: its `echo` is a write, its `slow` asks first.
fn gateway(setup: &Setup, name: &str, store: &str) -> Result<Client> {
    let arguments = Setup::upstream_arguments(8);
    let listed: Vec<String> = arguments.iter().map(|text| format!("{text:?}")).collect();
    let more = format!(
        "[upstream.desk]\ncommand = \"python3\"\nargs = [{}]\n[policy.effects]\n\"desk.echo\" = \"write\"\n\
         \"desk.slow\" = \"destructive\"\n[store]\npath = {store:?}\n[limits]\ncalls = 2000\n",
        listed.join(", ")
    );
    setup.gateway_before(name, &arguments, &more, &[])
}

/// Per call: the median of a snippet's times on a file, less the median in memory.
fn journal(setup: &Setup) -> Result<Vec<Figure>> {
    let file = folder("journal")?.join("weir.db");
    let mut memory = gateway(setup, "durable-memory", ":memory:")?;
    let mut file = gateway(setup, "durable-file", &file.to_string_lossy())?;
    let mut figures = Vec::new();
    for (what, upstream, target) in [("read", "bench", "≤ 50 µs"), ("write", "desk", "≤ 1.5 ms")] {
        let code = format!("for (let i = 0; i < {CALLS}; i++) await {upstream}.echo({{text: 'x'}}); return {CALLS}");
        let once = |client: &mut Client| client.execute(&code).map(drop);
        memory.times(5, once)?;
        file.times(5, once)?;
        let (mut in_memory, mut in_file) = (Vec::new(), Vec::new());
        for _ in 0..setup.times(100) {
            in_memory.extend(memory.times(1, once)?);
            in_file.extend(file.times(1, once)?);
        }
        let [in_memory, in_file] = [in_memory, in_file].map(|times| Samples::new(times).median() / CALLS);
        let measured = in_file.saturating_sub(in_memory);
        let named = format!("journal per {what} call on SQLite ({} in all)", us(in_file));
        figures.push(Figure::new(named, us(measured), target).direct(format!("{} in memory", us(in_memory))));
    }
    Ok(figures)
}

/// The report of the run that a request made, or went on with.
fn report(client: &mut Client, arguments: &Value) -> Result<Value> {
    let line = client.request("tools/call", &json!({"name": "execute", "arguments": arguments}))?;
    reported(&line)
}

fn reported(line: &str) -> Result<Value> {
    let mut answer: Value = serde_json::from_str(line).context("an answer that is no JSON")?;
    let report = answer["result"]["_meta"]["weir/run"].take();
    ensure!(report.is_object(), "an answer without a report: {}", line.chars().take(2_000).collect::<String>());
    Ok(report)
}

/// A run that waits for a decision behind many calls, gone on with again and again: each time all of it up to there.
fn resume(setup: &Setup) -> Result<Figure> {
    let file = folder("resume")?.join("weir.db");
    let mut client = gateway(setup, "durable-resume", &file.to_string_lossy())?;
    let code = format!(
        "for (let i = 0; i < {JOURNALED}; i++) await bench.echo({{text: String(i)}}); await desk.slow({{}}); return 1"
    );
    let first = report(&mut client, &json!({ "code": code }))?;
    ensure!(first["status"] == "parked", "the run did not wait: {first}");
    let arguments = json!({ "resume": first["run"] });
    let mut once = |client: &mut Client| {
        let again = report(client, &arguments)?;
        let calls = again["calls"].as_array().map_or(0, Vec::len);
        ensure!(again["status"] == "parked" && calls == JOURNALED + 1, "the run did something else: {again}");
        Ok(())
    };
    client.times(3, &mut once)?;
    let times = Samples::new(client.times(setup.times(50), &mut once)?);
    Ok(Figure::new(format!("going on with a run of {JOURNALED} journaled calls"), ms(times.median()), "≤ 100 ms"))
}

/// From the request that brings a person's decision to the answer of the whole run, the approved call in it.
fn decision(setup: &Setup) -> Result<Figure> {
    let ledger = Ledger::start(&place::root().join("fixtures/ledger/server.py"), 2, 0, 0)?;
    let given = Given {
        weir: setup.weir().to_owned(),
        folder: folder("decision")?,
        cache: place::target().join("bench/cache"),
    };
    let home = Home::new(given, &Keeping::Sqlite, ledger.port(1))?;
    let gateway = Replica::new(&home, "a", ledger.port(0))?.start(&home)?;
    let mut times = Vec::new();
    for number in 0..setup.times(100) + 3 {
        let code = format!("await ledger.look({{key: 'k'}}); return await ledger.drop({{id: 'd{number}'}})");
        let asked = sent(gateway.port, &code, None)?;
        let Some((approval, _)) = asked["inputRequests"].as_object().and_then(|asked| asked.iter().next()) else {
            bail!("nobody was asked: {asked}");
        };
        let said = json!({ approval.as_str(): {"action": "accept", "content": {"decision": "approve"}} });
        let begun = Instant::now();
        let ended = sent(gateway.port, &code, Some((said, &asked["requestState"])))?;
        times.push(begun.elapsed());
        ensure!(ended["_meta"]["weir/run"]["status"] == "completed", "the run did not complete: {ended}");
    }
    let times = Samples::new(times.split_off(3));
    Ok(Figure::new("decision → the approved call is answered and the run over, HTTP", ms(times.median()), "≤ 50 ms"))
}

/// One request of a stateless client that can ask a person; its result.
fn sent(port: u16, code: &str, said: Option<(Value, &Value)>) -> Result<Value> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
    });
    let mut params = json!({"name": "execute", "arguments": {"code": code}, "_meta": meta});
    if let Some((responses, state)) = said {
        params["inputResponses"] = responses;
        params["requestState"] = state.clone();
    }
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let headers = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
                   MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: execute\r\n";
    let reply = http::send(port, "POST", "/mcp", headers, &message.to_string(), PATIENCE)?;
    let mut answer: Value = serde_json::from_str(&reply.body).context("an answer that is no JSON")?;
    ensure!(answer["result"].is_object(), "the request failed: {answer}");
    Ok(answer["result"].take())
}

/// Every run is made and parked through MCP, as an agent's would be; none is put into the store from aside.
fn parked(setup: &Setup) -> Result<Vec<Figure>> {
    let file = folder("parked")?.join("weir.db");
    let path = file.to_string_lossy().into_owned();
    let mut client = gateway(setup, "durable-parked", &path)?;
    let (before, all) = (setup.times(PARKED_BEFORE), setup.times(PARKED));
    park(&mut client, before)?;
    let resident = |client: &Client| processes::resident_kib(client.pid()).context("the gateway is gone");
    let few = resident(&client)?;
    let begun = Instant::now();
    park(&mut client, all - before)?;
    let rate = (all - before) as f64 / begun.elapsed().as_secs_f64();
    let many = resident(&client)?;
    drop(client);
    let mut client = gateway(setup, "durable-parked", &path)?;
    client.execute("return 1")?;
    let again = resident(&client)?;
    let bytes = fs::metadata(&file).context("the store is gone")?.len();
    step::say(&format!("{all} runs parked, {rate:.0} per second, {} bytes of the file each", bytes / all as u64));
    let change = (many as f64 / few as f64 - 1.0) * 100.0;
    Ok(vec![
        Figure::new(
            format!("gateway resident with {before} / {all} parked runs"),
            format!("{} / {} ({change:+.1} %)", mb(few), mb(many)),
            "± 10 %",
        )
        .direct(format!("{} started again with them", mb(again))),
    ])
}

fn mb(kib: u64) -> String {
    format!("{:.1} MB", kib as f64 / 1024.0)
}

fn park(client: &mut Client, count: usize) -> Result<()> {
    let (mut sent, mut done) = (0, 0);
    while done < count {
        while sent < count && sent - done < IN_FLIGHT {
            client.send_snippet("typescript", &format!("return await desk.slow({{ms: 1}}) // {sent}"))?;
            sent += 1;
        }
        let report = reported(&client.receive()?.1)?;
        ensure!(report["status"] == "parked", "a run did not park: {report}");
        done += 1;
    }
    Ok(())
}
