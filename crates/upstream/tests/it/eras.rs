//! Which era is found, whatever the upstream does with a probe.

use std::time::Duration;

use weir_upstream::{UpstreamConfig, UpstreamState};

use crate::support::*;

#[tokio::test]
async fn an_upstream_of_the_older_era_is_found_however_it_takes_the_probe() {
    for (era, trick) in [
        ("legacy", ""),
        ("legacy", "mute_probe"),
        ("legacy", "exit_on_probe"),
        ("locked", ""),
        ("locked", "mute_probe"),
    ] {
        let config =
            UpstreamConfig { probe_timeout: Duration::from_millis(300), ..hostile(&["--era", era, "--trick", trick]) };
        let fleet = fleet(vec![config]);
        let ready = ready(&fleet).await;
        assert_eq!((ready.era.as_str(), ready.server.as_str()), ("2025-06-18", "hostile 1"), "{era} {trick}");
        assert_eq!(said(&fleet, "echo", r#"{"a":1}"#).await, r#"{"a": 1}"#);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn an_unknown_version_is_a_reason() {
    let fleet = fleet(vec![hostile(&["--trick", "future"])]);
    insta::assert_snapshot!(absent(&fleet).await, @r#"it speaks protocol version "2031-01-01", which weir does not know"#);
    fleet.shutdown().await;
}

#[tokio::test]
async fn changed_tools_are_heard_of_in_both_eras_and_asked_for_few_times() {
    for era in ["legacy", "modern"] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("noted");
        let fleet = fleet(vec![hostile(&["--era", era, "--file", file.to_str().unwrap()])]);
        let before = ready(&fleet).await.tools.len();
        let noted =
            |word: &str| std::fs::read_to_string(&file).unwrap_or_default().lines().filter(|l| *l == word).count();
        if era == "modern" {
            eventually("it is subscribed to", || (noted("listen") == 1).then_some(())).await;
        }
        assert_eq!(said(&fleet, "grow", "{}").await, "grown");
        let grown =
            |state: &UpstreamState| matches!(state, UpstreamState::Ready { tools, .. } if tools.len() == before + 1);
        status(&fleet, |s| grown(&s.state)).await;
        // Five hundred announcements; the new tool is callable, and the list was not fetched five hundred times.
        assert!(noted("list") <= 5, "{era}: {} lists", noted("list"));
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn the_list_is_not_fetched_before_calls() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("noted");
    let fleet = started(hostile(&["--file", file.to_str().unwrap()])).await;
    for _ in 0..20 {
        said(&fleet, "echo", "{}").await;
    }
    let lists = std::fs::read_to_string(&file).unwrap().lines().filter(|l| *l == "list").count();
    assert_eq!(lists, 1);
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_request_for_input_is_a_clear_failure() {
    let fleet = started(hostile(&["--era", "modern"])).await;
    insta::assert_snapshot!(failed(&fleet, "input").await, @"tool_error: up/input asks for more input in the middle of the call, which weir does not support yet");
    fleet.shutdown().await;
}
