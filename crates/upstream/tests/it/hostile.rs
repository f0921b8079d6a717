//! Upstreams that write what they should not: the M cases, by name.

use std::time::Duration;

use futures_util::future::join;
use weir_model::{FailureKind, UpstreamName};
use weir_upstream::{Protocol, UpstreamConfig, UpstreamState};

use crate::support::*;

#[tokio::test]
async fn m01_noise_is_a_warning() {
    let fleet = fleet(vec![hostile(&["--trick", "noise"])]);
    let before = ready(&fleet).await;
    assert_eq!(said(&fleet, "echo", r#"{"a":"é"}"#).await, "{\"a\": \"\\u00e9\"}");
    let warnings = before.warnings.join("\n");
    insta::assert_snapshot!(warnings, @r#"lines on its output that are no JSON-RPC messages, the first being "*** Server running on stdio ***" (so far 4)"#);
    fleet.shutdown().await;
}

#[tokio::test]
async fn m01_a_flood_of_noise_ends_the_upstream() {
    let fleet = fleet(vec![hostile(&["--trick", "noise_flood"])]);
    insta::assert_snapshot!(absent(&fleet).await, @"it floods its output with text that no JSON-RPC message is");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m01_an_answer_over_the_cap_fails_its_own_call() {
    let fleet = started(hostile(&[])).await;
    for tool in ["big_head", "big_tail"] {
        let hanging = call(&fleet, "late", "{}");
        let (big, late) = join(failed(&fleet, tool), hanging).await;
        assert_eq!(
            big,
            format!(
                "response_too_large: up/{tool}: its answer is over the limit of 34 MiB; the call itself was carried out; ask for less at once"
            )
        );
        late.expect("another call is not touched");
    }
    assert!(
        failed(&fleet, "big_lost").await.starts_with("response_too_large: "),
        "nobody waits for what cannot be told"
    );
    assert_eq!(said(&fleet, "echo", "{}").await, "{}", "and the pipe is whole");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m02_stray_answers_reach_nobody() {
    let fleet = started(hostile(&[])).await;
    let (late, strays) = join(said(&fleet, "late", "{}"), said(&fleet, "strays", "{}")).await;
    assert_eq!((late.as_str(), strays.as_str()), ("late", "right"));
    let status = status(&fleet, |s| !s.warnings.is_empty()).await;
    assert!(status.warnings[0].starts_with("answers nobody waited for, dropped"), "{:?}", status.warnings);
    fleet.shutdown().await;
}

#[tokio::test]
async fn m03_malformed_answers_are_protocol_errors() {
    let fleet = started(hostile(&[])).await;
    for (tool, why) in [
        ("both", "it has both a result and an error"),
        ("neither", "it has neither a result nor an error"),
        ("old", "\"jsonrpc\" is not \"2.0\""),
        ("batch", "it answered in a batch, which weir never asks for"),
    ] {
        let expected = format!("upstream_protocol: up/{tool}: its answer is not what the protocol allows: {why}");
        assert_eq!(failed(&fleet, tool).await, expected);
    }
    fleet.shutdown().await;
}

#[tokio::test]
async fn t06_a_key_given_twice_is_refused() {
    let fleet = started(hostile(&[])).await;
    let failure = failed(&fleet, "twice").await;
    assert!(failure.starts_with("upstream_protocol: ") && failure.contains("duplicate field `isError`"), "{failure}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m05_a_silent_upstream_harms_no_other() {
    let named =
        |name: &str, config: UpstreamConfig| UpstreamConfig { name: UpstreamName::new(name).unwrap(), ..config };
    // Long enough for a busy machine to start Python in, and to get to where the silence is.
    let silent = |trick: &str| UpstreamConfig {
        start_timeout: Duration::from_secs(8),
        protocol: Protocol::Legacy,
        ..named(trick, hostile(&["--trick", trick]))
    };
    let fleet = fleet(vec![silent("silent"), silent("silent_list"), named("well", replay(&[]))]);
    let mut statuses = fleet.status();
    let started = statuses.wait_for(|all| matches!(all[2].state, UpstreamState::Ready { .. }));
    let all = tokio::time::timeout(PATIENCE, started).await.expect("the other one starts").unwrap().clone();
    assert!(all[..2].iter().all(|s| matches!(s.state, UpstreamState::Starting)), "and waits for nobody: {all:?}");
    fleet.settled(PATIENCE).await;
    let reason = |at: usize| match &fleet.status().borrow()[at].state {
        UpstreamState::Absent { reason } => reason.clone(),
        other => panic!("not absent but {other:?}"),
    };
    assert_eq!(reason(0), "it did not answer initialize within 8s (its last output: loading the model…)");
    assert_eq!(reason(1), "its tool list was not answered within 8s");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m05_an_answer_after_the_deadline_is_dropped() {
    let fleet = started(hostile(&[])).await;
    let mut late = request("late", "{}");
    late.deadline = Duration::from_millis(50);
    assert_eq!(send(&fleet, late).await.unwrap_err().kind, FailureKind::DeadlineExceeded);
    // The late answer comes before this one's does.
    assert_eq!(said(&fleet, "late", "{}").await, "late");
    let status = status(&fleet, |s| !s.warnings.is_empty()).await;
    insta::assert_snapshot!(status.warnings.join("
"), @"answers nobody waited for, dropped (so far 1)");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m06_a_flood_of_notifications_is_survived() {
    let fleet = started(hostile(&[])).await;
    assert_eq!(said(&fleet, "flood", "{}").await, "after the flood");
    assert_eq!(said(&fleet, "echo", "{}").await, "{}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m07_an_upstream_that_asks_is_refused() {
    let fleet = started(hostile(&[])).await;
    insta::assert_snapshot!(said(&fleet, "asks", "{}").await, @r#"{"sampling/createMessage": -32601, "elicitation/create": -32601, "roots/list": -32601, "ping": "ok"}"#);
    fleet.shutdown().await;
}

#[tokio::test]
async fn m08_lists_are_bounded() {
    for (trick, tools, warning) in [
        ("loop", 1, "its tool list repeats a page for ever; what came once is kept"),
        ("endless", 200, "its tool list has more than 200 pages; the rest is left out"),
        ("many", 10_000, "it lists more than 10000 tools; the rest is left out"),
        ("huge", 2, "tool \"schema\" is left out: its input schema is over 1024 KiB"),
        (
            "half",
            1,
            "page 2 of its tool list cannot be had: its tool list cannot be had (it answered with an error: no second page (code -32602))",
        ),
    ] {
        let fleet = fleet(vec![hostile(&["--trick", trick])]);
        let ready = ready(&fleet).await;
        assert_eq!(ready.tools.len(), tools, "{trick}");
        assert!(ready.warnings.iter().any(|w| w == warning), "{trick}: {:?}", ready.warnings);
        let longest = ready.tools.iter().filter_map(|t| t.description.as_ref()).map(String::len).max().unwrap_or(0);
        assert!(longest <= weir_model::limits::DESCRIPTION_BYTES_MAX);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn m08_what_is_odd_in_a_list_costs_only_itself() {
    let fleet = fleet(vec![hostile(&["--trick", "odd"])]);
    let ready = ready(&fleet).await;
    let tools: Vec<String> = ready
        .tools
        .iter()
        .map(|t| {
            format!(
                "{} {:?} {:?} {} {:?} {:?}",
                t.id, t.title, t.description, t.input_schema, t.output_schema, t.annotations
            )
        })
        .collect();
    insta::assert_snapshot!(tools.join("\n"), @r#"
    up/echo None Some("first") {"type": "object"} None Annotations { read_only: None, destructive: Some(true), idempotent: None }
    up/bare None None {"type":"object"} None Annotations { read_only: None, destructive: None, idempotent: None }
    up/read Some("Read it") None {"type": "object"} None Annotations { read_only: Some(true), destructive: None, idempotent: None }
    up/out None None {"type": "object"} Some("{\"z\": 1.0, \"a\": 2}") Annotations { read_only: None, destructive: None, idempotent: None }
    "#);
    insta::assert_snapshot!(ready.warnings.join("\n"), @r#"
    tool "echo" is listed twice; the first one stands
    an entry of its tool list is left out: invalid type: integer `5`, expected a string at line 1 column 10
    a tool is left out: its name is 0 bytes long
    tool "bare" has no input schema; it is taken to accept any object
    an entry of its tool list is left out: invalid type: string "text", expected struct Described at line 1 column 6
    tool "array" is left out: its input schema is no object
    "#);
    fleet.shutdown().await;
}

#[tokio::test]
async fn m10_a_deep_result_is_refused() {
    let fleet = started(hostile(&[])).await;
    insta::assert_snapshot!(failed(&fleet, "deep").await, @"upstream_protocol: up/deep: its answer is not what the protocol allows: its result is nested more than 128 levels deep");
    fleet.shutdown().await;
}
