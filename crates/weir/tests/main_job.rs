//! The whole gateway with real workers, in front of every recorded tool list: what an agent's snippet can and cannot do.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use serde_json::Value;
use weir::gateway::{ExecuteRequest, Executed, Gateway, GatewayConfig, Program, Ran};
use weir_model::{AskFor, CallStatus, FaultKind, Language, Limits, PrincipalId, RunStatus, Secret, UpstreamName};
use weir_sandbox::{PoolConfig, WorkerCommand};
use weir_store::{Location, Store};
use weir_upstream::{FleetConfig, Transport, UpstreamConfig, UpstreamState, WardenCommand};

const PATIENCE: Duration = Duration::from_secs(120);
/// Must appear nowhere but in the environment of the upstream it was given to.
const CANARY: &str = "canary-secret-5f1e7d";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().expect("the fixtures are there")
}

fn upstream(name: &str, arguments: &[&str]) -> UpstreamConfig {
    let transport = Transport::Stdio {
        command: "python3".into(),
        args: arguments.iter().map(|&argument| argument.into()).collect(),
        env: vec![("API_TOKEN".into(), Secret::new(CANARY.into()))],
        cwd: Some(fixtures()),
    };
    let name = UpstreamName::new(name).expect("a good name");
    UpstreamConfig { start_timeout: PATIENCE, ..UpstreamConfig::new(name, transport) }
}

async fn gateway(upstreams: Vec<UpstreamConfig>, limits: Limits, cache_dir: Option<PathBuf>) -> Arc<Gateway> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_weir"));
    let mut pool = PoolConfig::new(WorkerCommand { program: program.clone(), args: vec!["worker".into()] });
    pool.cache_dir = cache_dir;
    let warden = Some(WardenCommand { program, args: vec!["warden".into()] });
    let store = Store::open(Location::Memory).await.expect("opens");
    let mut config = GatewayConfig::new(FleetConfig { upstreams, warden, ..FleetConfig::default() }, pool, store);
    config.limits = limits;
    // Every tool is called here, those that destroy too.
    config.policy.ask = AskFor::Never;
    Gateway::start(config)
}

/// One cache of compiled guests for all tests of this file.
fn cache() -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests"))
}

async fn execute(gateway: &Arc<Gateway>, code: &str) -> Arc<Ran> {
    let request = ExecuteRequest {
        principal: PrincipalId::new("local"),
        program: Program::New { code: code.into(), language: Language::TypeScript, plan: false, resumes: None },
        wait: None,
        observer: None,
        cancel: futures_util::future::pending().boxed(),
        traceparent: None,
    };
    match tokio::time::timeout(PATIENCE, gateway.execute(request)).await.expect("the run ends") {
        Executed::Ran(ran) => ran,
        _ => panic!("{code} was not run to its end"),
    }
}

async fn value(gateway: &Arc<Gateway>, code: &str) -> Value {
    let executed = execute(gateway, code).await;
    let shown = executed.shown.clone().unwrap_or_else(|| panic!("{code} failed: {:?}", executed.report.fault));
    serde_json::from_str(&shown).expect("valid JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_of_every_recorded_server_is_listed_searchable_and_callable() {
    let mut lists: Vec<_> =
        std::fs::read_dir(fixtures().join("toollists")).expect("lists").map(|e| e.expect("an entry").path()).collect();
    lists.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    lists.sort();
    let upstreams = lists.iter().map(|path| {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        upstream(name, &["replay_server.py", "--tools", path.to_str().expect("UTF-8")])
    });
    let gateway = gateway(upstreams.collect(), Limits { calls: 1_000, ..Limits::default() }, cache()).await;
    gateway.settled(PATIENCE).await;
    for status in gateway.statuses().iter() {
        assert!(matches!(status.state, UpstreamState::Ready { .. }), "{status:?}");
    }
    let catalog = gateway.catalog();
    let tools: usize = catalog.upstreams().iter().map(|upstream| upstream.entries.len()).sum();
    assert_eq!((catalog.upstreams().len(), tools), (19, 271));

    // Every tool is reached by its identifier and by its raw name, and nothing else answers in its place.
    let report = execute(
        &gateway,
        "let reached = 0, refused = 0;
         for (const server of Object.keys(tools))
           await Promise.all(Object.keys(tools[server]).map(async (name) => {
             try { await tools[server][name]({}); reached++ } catch (e: any) {
               if (e.kind !== 'invalid_arguments') throw e;
               refused++;
             }
           }));
         return { reached, refused };",
    )
    .await
    .report
    .clone();
    let counts: Value =
        serde_json::from_str(report.result.as_deref().unwrap_or_else(|| panic!("{:?}", report.fault))).expect("JSON");
    assert_eq!(counts["reached"].as_u64().unwrap_or(0) + counts["refused"].as_u64().unwrap_or(0), 271);
    let mut called: Vec<_> = report.calls.iter().filter_map(|call| call.tool.clone()).collect();
    called.sort();
    called.dedup();
    assert_eq!(called.len(), 271, "each by its own id");
    gateway.shutdown().await;
}

/// A gateway in front of the shop of the benchmark.
async fn bench(limits: Limits) -> Arc<Gateway> {
    gateway(vec![upstream("bench", &["bench_upstream.py"])], limits, cache()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn results_too_large_for_a_model_stay_behind_a_handle() {
    let gateway = bench(Limits::default()).await;
    let executed = execute(&gateway, "return await bench.records({ bytes: 400000 })").await;
    let shown = executed.shown.clone().expect("completed");
    assert!(weir_catalog::tokens::count(&shown) <= 2_000);
    let summary: Value = serde_json::from_str(&shown).expect("valid JSON");
    let handle = summary["handle"].as_str().expect("a handle");
    let again = value(&gateway, &format!("return (await load('{handle}')).length")).await;
    assert_eq!(again, value(&gateway, "return (await bench.records({ bytes: 400000 })).length").await);
    let missing = execute(&gateway, "return await load('h_00000000000000000000000000000000')").await;
    assert!(missing.report.fault.clone().expect("failed").message.contains("no value behind the handle"));
    gateway.shutdown().await;
}

/// T03, T15, J22, J23: what a snippet rearranges is its own; what leaves is decided outside.
#[tokio::test(flavor = "multi_thread")]
async fn t03_t15_j22_j23_nothing_in_reach_is_worth_stealing() {
    let gateway = bench(Limits::default()).await;
    let twice = value(
        &gateway,
        "let n = 0; const args = { get text() { n++; return n === 1 ? 'first' : 'second' } };
         return await bench.echo(args as any)",
    )
    .await;
    assert_eq!(twice, "first");
    let seen = value(
        &gateway,
        "const seen: string[] = [];
         for (const name of Object.getOwnPropertyNames(globalThis)) { try { seen.push(name + ' ' + String((globalThis as any)[name]) + JSON.stringify((globalThis as any)[name])) } catch {} }
         try { await bench.echo({} as any) } catch (e: any) { seen.push(JSON.stringify(e), String(e.stack), JSON.stringify(Object.getOwnPropertyNames(e))) }
         return seen.join('\\n')",
    )
    .await
    .to_string();
    for secret in [CANARY, "API_TOKEN", "/home", "/work", "python3", "bench_upstream", env!("CARGO_MANIFEST_DIR")] {
        assert!(!seen.contains(secret), "{secret} is in {seen}");
    }
    let escaped = execute(&gateway, ")();}catch{}; globalThis.__hostcall('admin.delete',{})//").await;
    assert_eq!(escaped.report.fault.clone().expect("failed").kind, FaultKind::Syntax);
    assert_eq!(value(&gateway, "return 1 + 1").await, 2);
    gateway.shutdown().await;
}

/// R18: a call nobody awaits ends before the answer does, and is in the report.
#[tokio::test(flavor = "multi_thread")]
async fn r18_a_call_nobody_awaits_is_still_in_the_report() {
    let gateway = bench(Limits::default()).await;
    let executed = execute(&gateway, "bench.slow({}); return 1").await;
    assert_eq!(executed.report.status, RunStatus::Completed);
    assert_eq!(executed.report.calls[0].status, CallStatus::Ok);
    gateway.shutdown().await;
}

/// R22: many hostile runs at once end at their limits, and one that is not does its work meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn r22_hostile_runs_end_and_a_good_one_beside_them_completes() {
    let limits = Limits { cpu: Duration::from_millis(300), memory_bytes: 32 << 20, ..Limits::default() };
    let gateway = bench(limits).await;
    let hostile = [
        "while (true) {}",
        "const a = []; while (true) a.push(new Array(1000).fill(1))",
        "await new Promise(() => {})",
    ];
    let runs: Vec<_> = (0..24)
        .map(|n| {
            let gateway = gateway.clone();
            tokio::spawn(async move { execute(&gateway, hostile[n % hostile.len()]).await })
        })
        .collect();
    assert_eq!(value(&gateway, "return await bench.echo({ text: 'still here' })").await, "still here");
    for (n, run) in runs.into_iter().enumerate() {
        let kind = run.await.expect("no panic").report.fault.clone().expect("hostile").kind;
        let expected = [FaultKind::CpuLimit, FaultKind::MemoryLimit, FaultKind::Deadlock];
        assert_eq!(kind, expected[n % expected.len()], "run {n}");
    }
    gateway.shutdown().await;
}

/// A disk that cannot be written costs a compilation at every start, nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_cache_does_not_stop_runs() {
    let gateway = gateway(Vec::new(), Limits::default(), Some("/proc/no-such-place/weir".into())).await;
    assert_eq!(value(&gateway, "return 'ran'").await, "ran");
    gateway.shutdown().await;
}
