//! A process with a store open, for the tests: they kill it while it writes, race several of it, and take its disk away.
//!
//! `weir-store-victim PLACE TASK ARGUMENT…`; says what happens line by line, and begins when a line comes in.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use weir_bridge::port::{CallIntent, Durability, Journal, Record, RunOpened};
use weir_model::{
    ApprovalId, Bindings, CallSeq, Decision, Effect, Language, Limits, OpId, PrincipalId, RunId, ToolId, UpstreamName,
};
use weir_store::{Claim, DecideOutcome, Location, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [place, task @ ..] = words.as_slice() else { return ExitCode::FAILURE };
    let location = match place.strip_prefix("sqlite:") {
        Some(path) => Location::Sqlite(path.into()),
        None => Location::Postgres((*place).to_owned()),
    };
    let store = match Store::open(location).await {
        Ok(store) => store,
        Err(unavailable) => {
            say(&format!("unavailable: {unavailable}"));
            return ExitCode::FAILURE;
        }
    };
    say("open");
    if io::stdin().read_line(&mut String::new()).is_err() {
        return ExitCode::FAILURE;
    }
    match task {
        ["append", run] => append(&store, RunId::new(*run)).await,
        ["claim", run] => claim(&store, RunId::new(*run)).await,
        ["decide", approval, who] => decide(&store, ApprovalId::new(*approval), who).await,
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

fn say(line: &str) {
    let mut out = io::stdout();
    // Whoever reads it may be gone: then there is nobody to tell.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Two records at a time, the second durable, until it is killed: `ok N` for each pair that is acknowledged, else `no N`.
async fn append(store: &Arc<Store>, run: RunId) {
    let opened = RunOpened {
        run: run.clone(),
        principal: PrincipalId::new("victim"),
        language: Language::TypeScript,
        source: "await hub.close()".into(),
        seed: 1,
        started_unix_ms: 1,
        limits: Limits::default(),
        bindings: Arc::new(Bindings { version: 1, namespaces: Vec::new() }),
        plan: false,
        resumes: None,
    };
    if let Err(error) = store.opened(opened).await {
        return say(&format!("not opened: {error}"));
    }
    for seq in 1.. {
        let delivered = Record::Delivered { op: OpId(seq), now_ms: u64::from(seq) };
        let soon = store.append(&run, delivered, Durability::Soon).await;
        let now = store.append(&run, Record::Intent(intent(seq)), Durability::Now).await;
        match soon.and(now) {
            Ok(()) => say(&format!("ok {seq}")),
            Err(error) => {
                say(&format!("no {seq} {error}"));
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    }
}

fn intent(seq: u32) -> CallIntent {
    CallIntent {
        seq: CallSeq(seq),
        op: OpId(seq),
        tool: Some(ToolId { upstream: UpstreamName::new("hub").expect("a name"), name: "close".into() }),
        written: "hub.close".to_owned(),
        effect: Effect::Write,
        // Of some length, so that a disk fills.
        arguments: format!(r#"{{"n":{seq},"pad":"{}"}}"#, "x".repeat(1_000)).into(),
        line: 1,
        paged: false,
    }
}

/// Keeps what it got until its input ends.
async fn claim(store: &Arc<Store>, run: RunId) {
    let claimed = store.claim(&run, &PrincipalId::new("victim")).await;
    say(match &claimed {
        Ok(Claim::Claimed(_)) => "claimed",
        Ok(Claim::Running) => "running",
        Ok(Claim::Ended(_)) => "ended",
        Ok(Claim::Unknown) => "unknown",
        Err(_) => "unavailable",
    });
    let _ = io::stdin().read_line(&mut String::new());
}

async fn decide(store: &Arc<Store>, approval: ApprovalId, who: &str) {
    let decision = Decision::Deny { message: format!("{who} says no") };
    let decided = store.decide(&approval, decision, who, 2_000).await;
    say(&match decided {
        Ok(DecideOutcome::Decided) => "decided".to_owned(),
        Ok(DecideOutcome::NotWaiting) => "not waiting".to_owned(),
        Ok(DecideOutcome::AlreadyDecided { by, .. }) => format!("already decided by {by}"),
        Ok(DecideOutcome::NotInDoubt) => "not in doubt".to_owned(),
        Err(unavailable) => format!("unavailable: {unavailable}"),
    });
}
