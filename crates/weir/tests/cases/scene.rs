//! One case in one language: the real pool, the real bridge, and everything the report must say.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, future};
use serde_json::Value;
use weir_bridge::{
    Bridge, RunRequest,
    port::{Handles, Stored, StoredKind},
};
use weir_catalog::Everything;
use weir_model::{CallSeq, Language, PrincipalId, Report, RunId};
use weir_sandbox::{Pool, PoolConfig, WorkerCommand};
use weir_store::{MemoryHandles, MemoryJournal, Record};

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
        Ok(left) => case.expect(language.as_str()).differences(&left),
        Err(_elapsed) => vec![format!("the run has not ended in {PATIENCE:?}")],
    }
}

async fn left(pool: &Pool, case: &Case, language: Language, mut source: String) -> Left {
    let principal = case.principal();
    let (handles, journal) = (Arc::new(MemoryHandles::default()), Arc::new(MemoryJournal::default()));
    for (name, value) in case.stored() {
        let stored = Stored { kind: StoredKind::Json, bytes: value.to_string().as_bytes().into() };
        let handle = handles.put(&principal, stored).await.expect("kept");
        source = source.replace(name, handle.as_str());
    }
    let clock = Arc::new(PlayedClock::default());
    let bridge = Bridge {
        sandbox: Arc::new(Watched { pool: pool.clone(), clock: Arc::clone(&clock) }),
        upstreams: Arc::new(Played::new(case.tools(), Arc::clone(&clock))),
        journal: journal.clone(),
        handles: handles.clone(),
        clock: clock.clone(),
    };
    let run = RunId::new(format!("run_{}", case.name));
    let limits = case.limits();
    let result_tokens = limits.result_tokens as usize;
    let request = RunRequest {
        run: run.clone(),
        principal: principal.clone(),
        catalog: catalog(case.tools()),
        access: Arc::new(Everything),
        source: source.as_str().into(),
        language,
        limits,
        seed: 7,
        traceparent: None,
        observer: None,
        cancel: future::pending().boxed(),
    };
    let report = tokio::select! {
        report = bridge.run(request) => report,
        () = clock.pass() => unreachable!("time passes for ever"),
    };
    let shown = match &report.result {
        Some(result) => Some(shown(result, result_tokens, &*handles, &principal).await),
        None => None,
    };
    let records = journal.records(&run).unwrap_or_default();
    let arguments = records.into_iter().filter_map(|record| match record {
        Record::Intent(intent) => Some((intent.seq, serde_json::from_str(&intent.arguments).expect("canonical"))),
        Record::Outcome { .. } | Record::Delivered { .. } => None,
    });
    Left { source, report, shown, arguments: arguments.collect() }
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
