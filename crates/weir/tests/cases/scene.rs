//! One case in one language: the real pool, the real bridge, and everything the report must say.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use weir_bridge::{
    RunRequest,
    port::{Handles, Record, Sandbox, Stored, StoredKind},
};
use weir_model::{AskFor, CallSeq, FailureKind, FaultKind, Language, Policy, PrincipalId, Report, RunId};
use weir_sandbox::{Pool, PoolConfig, WorkerCommand};
use weir_testkit::{FakeStore, around, bridge, request};

use crate::{
    case::Case,
    time::{PlayedClock, Watched},
    tool::{Played, catalog},
};

/// Far beyond what any case needs; only a bug reaches it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run left.
pub(crate) struct Left {
    pub(crate) source: String,
    pub(crate) report: Report,
    /// What the model sees of the result: the value, or its summary.
    pub(crate) shown: Option<Value>,
    /// The arguments of every call that was sent, as they were sent.
    pub(crate) arguments: Vec<(CallSeq, Value)>,
    /// The same run once more, from its journal alone.
    pub(crate) replayed: Option<Report>,
}

pub(crate) fn pool() -> Pool {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_weir"));
    let mut config = PoolConfig::new(WorkerCommand { program, args: vec!["worker".into()] });
    // Compiled guests are found by content: sharing them between tests shares nothing else.
    config.cache_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests"));
    Pool::new(config)
}

/// Everything in which the run differs from what its case expects.
pub(crate) async fn run(pool: &Pool, case: &Case, language: Language) -> Vec<String> {
    let Some(source) = case.snippet(language.as_str()) else {
        return vec![format!("there is no snippet in {language}")];
    };
    match tokio::time::timeout(PATIENCE, left(pool, case, language, source)).await {
        Ok(left) => {
            let mut differences = case.expect(language.as_str()).differences(&left);
            differences.extend(left.replayed.as_ref().and_then(|replayed| replay_difference(&left.report, replayed)));
            differences
        }
        Err(_elapsed) => vec![format!("the run has not ended in {PATIENCE:?}")],
    }
}

async fn left(pool: &Pool, case: &Case, language: Language, mut source: String) -> Left {
    let principal = case.principal();
    let store = Arc::new(FakeStore::default());
    for (name, value) in case.stored() {
        let stored = Stored { kind: StoredKind::Json, bytes: value.to_string().as_bytes().into() };
        let handle = store.put(&principal, stored).await.expect("kept");
        source = source.replace(name, handle.as_str());
    }
    let clock = Arc::new(PlayedClock::default());
    let bridge = |sandbox: Arc<dyn Sandbox>| {
        bridge(sandbox, Arc::new(Played::new(case.tools(), Arc::clone(&clock))), &store, clock.clone())
    };
    let around = || around(catalog(case.tools()), Policy { ask: AskFor::Never, ..Policy::default() });
    let run = RunId::new(format!("run_{}", case.name));
    let limits = case.limits();
    let result_tokens = limits.result_tokens as usize;
    let request = request(run.as_str(), language, &source, around());
    let request = RunRequest { principal: principal.clone(), limits, seed: 7, ..request };
    let watched = bridge(Arc::new(Watched { pool: pool.clone(), clock: Arc::clone(&clock) }));
    let report = tokio::select! {
        report = watched.run(request) => report,
        () = clock.pass() => unreachable!("time passes for ever"),
    };
    let shown = match &report.result {
        Some(result) => Some(shown(result, result_tokens, &*store, &principal).await),
        None => None,
    };
    let recorded = store.run(&run);
    let refused: Vec<CallSeq> = recorded.records.iter().filter_map(refused).collect();
    let arguments = recorded.records.iter().filter_map(|record| match record {
        Record::Intent(intent) if !refused.contains(&intent.seq) => {
            Some((intent.seq, serde_json::from_str(&intent.arguments).expect("canonical")))
        }
        _ => None,
    });
    let arguments = arguments.collect();
    let replayed = match ended_by_itself(&report) {
        true => Some(bridge(Arc::new(pool.clone())).replay(recorded, around()).await.report),
        false => None,
    };
    Left { source, report, shown, arguments, replayed }
}

/// Weir itself answered the call: nothing was sent.
fn refused(record: &Record) -> Option<CallSeq> {
    match record {
        Record::Outcome(outcome) => match &outcome.outcome {
            Err(failure) if matches!(failure.kind, FailureKind::InvalidArguments | FailureKind::UnknownTool) => {
                Some(outcome.seq)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A run that a limit of time or memory ended may end elsewhere the next time.
fn ended_by_itself(report: &Report) -> bool {
    let kind = report.fault.as_ref().map(|fault| fault.kind);
    matches!(kind, None | Some(FaultKind::Exception | FaultKind::ToolFailed))
}

/// A replay gives the same value or fault, the same calls and the same words.
fn replay_difference(first: &Report, replayed: &Report) -> Option<String> {
    let seen = |report: &Report| format!("{:?} {:?} {:?} {:?}", report.result, report.fault, report.calls, report.logs);
    let (first, replayed) = (seen(first), seen(replayed));
    (first != replayed).then(|| format!("its replay differs: {replayed} instead of {first}"))
}

/// The value as the gateway shows it, within its token budget.
async fn shown(result: &str, tokens_max: usize, handles: &dyn Handles, principal: &PrincipalId) -> Value {
    if weir_bridge::fits(result, tokens_max) {
        return serde_json::from_str(result).expect("a result is JSON");
    }
    let stored = Stored { kind: StoredKind::Json, bytes: result.as_bytes().into() };
    let handle = handles.put(principal, stored).await.expect("kept");
    let summary = weir_bridge::summary(result, tokens_max, Some(&handle));
    assert!(weir_bridge::fits(&summary, tokens_max), "a summary fits its budget");
    serde_json::from_str(&summary).expect("a summary is JSON")
}
