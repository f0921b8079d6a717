//! A recorded server, well-behaved: eras, paging, raw bytes, failures, deadlines.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use weir_model::{FailureKind, Part, UpstreamName};
use weir_upstream::{FleetConfig, Glob, Protocol, ToolFilter};

use crate::support::*;

#[tokio::test]
async fn both_eras_give_the_same_tools_to_the_byte() {
    let recorded = std::fs::read_to_string(here("../../fixtures/toollists/github-archived.json")).unwrap();
    let recorded: serde_json::Value = serde_json::from_str(&recorded).unwrap();
    let recorded = recorded["tools"].as_array().unwrap();
    for (args, era) in [
        (&["--era", "both"][..], "2026-07-28"),
        (&["--era", "modern"], "2026-07-28"),
        (&["--era", "legacy"], "2025-11-25"),
        (&["--page-size", "3"], "2026-07-28"),
        (&["--page-size", "3", "--era", "legacy"], "2025-11-25"),
    ] {
        let fleet = fleet(vec![replay(args)]);
        let ready = ready(&fleet).await;
        assert_eq!(ready.era, era, "{args:?}");
        assert!(ready.warnings.is_empty(), "{:?}", ready.warnings);
        assert_eq!(ready.tools.len(), recorded.len());
        for (tool, recorded) in ready.tools.iter().zip(recorded) {
            assert_eq!(*tool.id.name, *recorded["name"].as_str().unwrap());
            assert_eq!(tool.description.as_deref(), recorded["description"].as_str());
            let schema: serde_json::Value = serde_json::from_str(&tool.input_schema).unwrap();
            assert_eq!(schema, recorded["inputSchema"]);
        }
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn arguments_arrive_as_they_were_sent() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("calls");
    let fleet = started(replay(&["--log", log.to_str().unwrap()])).await;
    let arguments = r#"{"owner":"o","repo":"r \"q\" é 😀","n":1.0,"big":12345678901234567890}"#;
    let answered = said(&fleet, "list_issues", arguments).await;
    assert_eq!(
        answered,
        format!(
            r#"{{"tool": "list_issues", "arguments": {}}}"#,
            arguments.replace("\":", "\": ").replace(",\"", ", \"")
        )
    );
    let calls = std::fs::read_to_string(&log).unwrap();
    assert_eq!(calls.lines().count(), 1, "a call is sent once");
    fleet.shutdown().await;
}

#[tokio::test]
async fn parallel_calls_overlap() {
    let fleet = started(replay(&["--latency-ms", "300"])).await;
    let calls = (0..50).map(|n| {
        let fleet = &fleet;
        async move {
            let arguments = format!(r#"{{"n":{n}}}"#);
            assert!(said(fleet, "list_issues", &arguments).await.contains(&format!("\"n\": {n}")));
        }
    });
    // One after another they would need fifteen seconds, which is as long as this waits.
    tokio::time::timeout(Duration::from_secs(14), join_all(calls)).await.expect("they wait for one another");
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_large_result_passes_whole() {
    let fleet = started(replay(&["--result-bytes", "10000000"])).await;
    assert!(said(&fleet, "list_issues", "{}").await.len() > 10_000_000);
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_result_over_the_configs_limit_says_so() {
    let config = replay(&["--result-bytes", "10000000"]);
    let fleet = started(weir_upstream::UpstreamConfig { response_bytes_max: 1024 * 1024, ..config }).await;
    insta::assert_snapshot!(failed(&fleet, "list_issues").await, @"response_too_large: up/list_issues: its answer is over the limit of 1 MiB; the call itself was carried out; ask for less at once");
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_tools_own_error_is_told_as_such() {
    let fleet = started(replay(&["--fail-every", "2"])).await;
    call(&fleet, "list_issues", "{}").await.unwrap();
    insta::assert_snapshot!(failed(&fleet, "list_issues").await, @"tool_error: up/list_issues answered with an error: injected failure of call 2 (list_issues)");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m04_a_crash_fails_the_calls_in_flight_and_the_upstream_comes_back() {
    let fleet = started(replay(&["--crash-after", "1", "--latency-ms", "1"])).await;
    call(&fleet, "list_issues", "{}").await.unwrap();
    let failure = call(&fleet, "create_issue", "{}").await.unwrap_err();
    assert_eq!((failure.kind, failure.retryable), (FailureKind::UpstreamUnavailable, false));
    insta::assert_snapshot!(failure.message, @"up/create_issue: its process ended with exit status 1; the call may have been carried out before that");
    absent(&fleet).await;
    let while_absent = call(&fleet, "list_issues", "{}").await.unwrap_err();
    insta::assert_snapshot!(while_absent.message, @"up/list_issues: its upstream is absent: its process ended with exit status 1; the call was not sent");
    status(&fleet, |s| matches!(s.state, weir_upstream::UpstreamState::Ready { .. })).await;
    call(&fleet, "list_issues", "{}").await.expect("a restarted upstream serves again");
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_filter_hides_tools_even_from_a_caller_who_knows_them() {
    let globs = |texts: &[&str]| texts.iter().map(|&t| Glob::new(t)).collect();
    let mut config = replay(&[]);
    config.tools = ToolFilter { include: globs(&["list_*", "create_issue"]), exclude: globs(&["list_commits"]) };
    let fleet = fleet(vec![config]);
    let ready = ready(&fleet).await;
    let mut names = ready.names();
    names.sort_unstable();
    assert_eq!(names, ["create_issue", "list_issues", "list_pull_requests"].map(|n| n), "{names:?}");
    insta::assert_snapshot!(failed(&fleet, "list_commits").await, @"unknown_tool: up/list_commits: its upstream offers no such tool any more; the call was not sent");
    let mut elsewhere = request("list_issues", "{}");
    elsewhere.tool.upstream = UpstreamName::new("nowhere").unwrap();
    assert_eq!(send(&fleet, elsewhere).await.unwrap_err().kind, FailureKind::UnknownTool);
    fleet.shutdown().await;
}

#[tokio::test]
async fn the_era_is_remembered_and_a_wrong_memory_is_corrected() {
    let directory = tempfile::tempdir().unwrap();
    let verdicts = directory.path().join("eras.json");
    let log = directory.path().join("noted");
    let start = |era: &str, file: &std::path::Path| {
        let config = hostile(&["--era", era, "--file", file.to_str().unwrap()]);
        weir_upstream::Fleet::start(FleetConfig {
            upstreams: vec![config],
            verdicts: Some(verdicts.clone()),
            ..FleetConfig::default()
        })
    };
    let first = start("legacy", &log);
    ready(&first).await;
    first.shutdown().await;
    assert_eq!(noted_pids(&log).len(), 2, "the probe costs a respawn");
    let second = start("legacy", &log);
    ready(&second).await;
    second.shutdown().await;
    assert_eq!(noted_pids(&log).len(), 3, "what is remembered costs none");

    // The same command line, now of a server that speaks only the other era.
    let text = std::fs::read_to_string(&verdicts).unwrap();
    let other = start("modern", &log);
    ready(&other).await;
    other.shutdown().await;
    std::fs::write(&verdicts, text.replace("}", &format!(",{}}}", modern_entry(&verdicts)))).unwrap();
    let corrected = start("modern", &log);
    assert_eq!(ready(&corrected).await.era, "2026-07-28");
    corrected.shutdown().await;
}

/// The modern upstream's entry of the file, with the verdict turned around.
fn modern_entry(file: &std::path::Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let entries: std::collections::BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
    let (key, _) = entries.into_iter().find(|(_, verdict)| verdict == "modern").unwrap();
    format!("\"{key}\":\"legacy\"")
}

#[tokio::test]
async fn the_config_can_settle_the_era() {
    for (era, protocol, expected) in [
        ("both", Protocol::Legacy, Ok("2025-11-25")),
        ("both", Protocol::Modern, Ok("2026-07-28")),
        (
            "legacy",
            Protocol::Modern,
            Err("it does not speak the stateless era, and the config says protocol = \"modern\""),
        ),
        (
            "modern",
            Protocol::Legacy,
            Err("it speaks only the stateless era, and the config says protocol = \"legacy\""),
        ),
    ] {
        let fleet = fleet(vec![weir_upstream::UpstreamConfig { protocol, ..replay(&["--era", era]) }]);
        match expected {
            Ok(version) => assert_eq!(ready(&fleet).await.era, version),
            Err(reason) => assert_eq!(absent(&fleet).await, reason),
        }
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn a_deadline_ends_the_call_and_the_upstream_hears_of_it() {
    for era in ["legacy", "modern"] {
        let fleet = started(hostile(&["--era", era])).await;
        let mut hanging = request("hang", "{}");
        hanging.deadline = Duration::from_millis(200);
        let failure = send(&fleet, hanging).await.unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(failure.message, @"up/hang: no answer within 200ms; it may have been carried out all the same");
        }
        assert_eq!(failure.kind, FailureKind::DeadlineExceeded);
        assert_eq!(said(&fleet, "cancelled", "{}").await, r#"{"held": 1, "cancelled": [true]}"#, "{era}");
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn the_configs_deadline_shortens_the_calls_own() {
    let config = weir_upstream::UpstreamConfig { call_deadline: Some(Duration::from_millis(100)), ..hostile(&[]) };
    let fleet = started(config).await;
    assert_eq!(call(&fleet, "hang", "{}").await.unwrap_err().kind, FailureKind::DeadlineExceeded);
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_at_the_upstream() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("noted");
    let fleet = started(hostile(&["--file", file.to_str().unwrap()])).await;
    let noted = |word: &str| std::fs::read_to_string(&file).unwrap_or_default().contains(word).then_some(());
    {
        let hanging = call(&fleet, "hang", "{}");
        tokio::pin!(hanging);
        tokio::select! {
            answered = &mut hanging => panic!("it answered: {answered:?}"),
            () = eventually("the call arrives", || noted("hang")) => {}
        }
    }
    eventually("the upstream hears of it", || noted("cancelled")).await;
    fleet.shutdown().await;
}

#[tokio::test]
async fn progress_trace_context_and_idempotency_key_pass() {
    let fleet = started(hostile(&["--era", "modern"])).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let mut stepping = request("steps", "{}");
    stepping.progress = Some(Arc::new(move |progress| sink.lock().unwrap().push(progress)));
    assert_eq!(send(&fleet, stepping).await.unwrap().parts, [Part::Text("stepped".into())]);
    let seen = seen.lock().unwrap().clone();
    assert_eq!((seen[0].progress, seen[0].total), (1.0, Some(3.0)), "the first comes at once: {seen:?}");

    let mut traced = request("params", r#"{"a":1}"#);
    traced.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
    traced.idempotency_key = Some("key-1".into());
    let reply = send(&fleet, traced).await.unwrap();
    let [Part::Text(text)] = &reply.parts[..] else { panic!("{reply:?}") };
    let params: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(params["arguments"]["a"], 1);
    assert_eq!(params["_meta"]["traceparent"], "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(params["_meta"]["weir/idempotency-key"], "key-1");
    assert_eq!(params["_meta"]["io.modelcontextprotocol/clientInfo"]["name"], "weir");
    fleet.shutdown().await;
}
