//! What journaling costs: the time of an append that is safe soon, and of one that is safe now, as the caller waits for it.
//!
//! `cargo run -p weir-store --example journaling -- [FILE | postgres://…]`; without a place, a file in the temporary directory.
#![expect(clippy::print_stdout, reason = "a measurement prints what it measured")]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use weir_bridge::port::{CallIntent, CallOutcome, Durability, Journal, Record, RunOpened};
use weir_model::{
    Bindings, CallSeq, Effect, Language, Limits, Member, Namespace, OpId, PrincipalId, RunId, ToolId, UpstreamName,
};
use weir_store::{Claim, Location, Store};

/// Calls of the run that is resumed.
const CALLS: u32 = 1_000;
/// Runs that write at once.
const TOGETHER: usize = 32;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("weir-measure-{}.db", std::process::id()));
    let location = match std::env::args().nth(1) {
        Some(place) if place.contains("://") || place.contains('=') => Location::Postgres(place),
        Some(place) => Location::Sqlite(place.into()),
        None => Location::Sqlite(path),
    };
    let store = Store::open(location).await?;
    let tag = format!("{:x}", std::process::id());
    for bytes in [200, 10_000, 100_000] {
        let run = begun(&store, &format!("run_soon_{tag}_{bytes}")).await?;
        let value: Arc<str> = format!("\"{}\"", "weir ".repeat(bytes / 5)).into();
        let taken = measured(&store, &run, &value, Durability::Soon, CALLS).await?;
        report(&format!("soon, {bytes} bytes"), taken);
    }
    let run = begun(&store, &format!("run_now_{tag}")).await?;
    report("now", measured(&store, &run, &"1".into(), Durability::Now, CALLS).await?);
    together(&store, &tag).await?;
    resumed(&store, &format!("run_soon_{tag}_10000")).await
}

async fn begun(store: &Arc<Store>, run: &str) -> Result<RunId, Box<dyn Error>> {
    let members = (0..500).map(|n| Member { identifier: format!("tool_{n}"), raw: format!("tool-{n}") }).collect();
    let names = Namespace { identifier: "hub".to_owned(), raw: "hub".to_owned(), members };
    let opened = RunOpened {
        run: RunId::new(run),
        principal: PrincipalId::new("local"),
        language: Language::TypeScript,
        source: "return await hub.tool_1()".into(),
        seed: 1,
        started_unix_ms: 1,
        limits: Limits::default(),
        bindings: Arc::new(Bindings { version: 1, namespaces: vec![names] }),
        plan: false,
        resumes: None,
    };
    store.opened(opened).await?;
    Ok(RunId::new(run))
}

/// An intent, an outcome and a delivery for each call: the time of each append.
async fn measured(
    store: &Arc<Store>,
    run: &RunId,
    value: &Arc<str>,
    durability: Durability,
    calls: u32,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut taken = Vec::with_capacity(calls as usize * 3);
    for seq in 1..=calls {
        let intent = CallIntent {
            seq: CallSeq(seq),
            op: OpId(seq),
            tool: Some(ToolId { upstream: UpstreamName::new("hub")?, name: "tool-1".into() }),
            written: "hub.tool_1".to_owned(),
            effect: Effect::Read,
            arguments: format!(r#"{{"n":{seq}}}"#).into(),
            line: 1,
            paged: false,
        };
        let outcome = CallOutcome {
            seq: CallSeq(seq),
            outcome: Ok(value.clone()),
            next: None,
            warnings: Vec::new(),
            took: Duration::from_millis(1),
            reused: false,
        };
        let delivered = Record::Delivered { op: OpId(seq), now_ms: 1 };
        for record in [Record::Intent(intent), Record::Outcome(outcome), delivered] {
            let began = Instant::now();
            store.append(run, record, durability).await?;
            taken.push(began.elapsed());
        }
    }
    Ok(taken)
}

async fn together(store: &Arc<Store>, tag: &str) -> Result<(), Box<dyn Error>> {
    let mut runs = Vec::new();
    for n in 0..TOGETHER {
        runs.push(begun(store, &format!("run_many_{tag}_{n}")).await?);
    }
    let value: Arc<str> = "1".into();
    let work = runs.iter().map(|run| measured(store, run, &value, Durability::Now, 30));
    let taken = futures_util::future::try_join_all(work).await?;
    report(&format!("now, {TOGETHER} runs at once"), taken.concat());
    Ok(())
}

async fn resumed(store: &Arc<Store>, run: &str) -> Result<(), Box<dyn Error>> {
    let run = RunId::new(run);
    store.parked(&run, &[]).await?;
    let began = Instant::now();
    let claim = store.claim(&run, &PrincipalId::new("local")).await?;
    let taken = began.elapsed();
    let Claim::Claimed(recorded) = claim else { return Err("the run could not be claimed".into()) };
    println!("claim of a run with {} records: {taken:?}", recorded.records.len());
    Ok(())
}

fn report(what: &str, mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let mean = taken.iter().sum::<Duration>() / taken.len().max(1) as u32;
    let at = |share: usize| taken.get(taken.len() * share / 100).copied().unwrap_or_default();
    println!("{what}: mean {mean:?}, half below {:?}, 99 of 100 below {:?}", at(50), at(99));
}
