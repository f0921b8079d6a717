//! What a child gets of the gateway, and what of its credentials comes back.

use weir_model::Part;

use crate::support::*;

#[tokio::test]
async fn m12_a_child_inherits_an_allowlist_and_no_descriptor() {
    let fleet = started(with_env(hostile(&[]), "NODE_OPTIONS", "--named-in-config")).await;
    let env: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&said(&fleet, "env", "{}").await).unwrap();
    assert_eq!(env["NODE_OPTIONS"], "--named-in-config");
    assert!(env.contains_key("PATH"));
    // Cargo sets these for every test: whatever leaks would be seen by them.
    assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")), "the gateway has them");
    let leaked: Vec<&String> = env
        .keys()
        .filter(|name| name.starts_with("CARGO") || name.starts_with("NEXTEST") || *name == "RUST_BACKTRACE")
        .collect();
    assert!(leaked.is_empty(), "{leaked:?}");
    // 0, 1, 2, the one that lists the directory, and what the shell that started the tests left open for everybody.
    let fds: Vec<i32> = serde_json::from_str(&said(&fleet, "fds", "{}").await).unwrap();
    let ours: Vec<i32> = fds.into_iter().filter(|fd| *fd > 3 && !open_for_everybody(*fd)).collect();
    assert!(ours.is_empty(), "{ours:?}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m13_arguments_meet_no_shell() {
    let hostile_args = ["--", "; touch /tmp/x", "$(id)", "a\nb", "--file", "`id`", "*"];
    let fleet = started(hostile(&hostile_args)).await;
    let argv: Vec<String> = serde_json::from_str(&said(&fleet, "argv", "{}").await).unwrap();
    assert_eq!(argv, hostile_args[1..]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn t14_a_credential_the_upstream_repeats_is_taken_out() {
    let token = "tok/en-0123456789";
    let fleet = started(with_env(hostile(&[]), "API_TOKEN", token)).await;
    let reply = call(&fleet, "leak", "{}").await.unwrap();
    assert_eq!(reply.parts, [Part::Json(r#"{"token": "[redacted]", "url": "?t=[redacted]"}"#.into())]);
    let failure = call(&fleet, "leak_error", "{}").await.unwrap_err();
    insta::assert_snapshot!(failure.message, @"up/leak_error answered with an error: bad credentials [redacted]");
    assert_eq!(failure.body.as_deref(), Some("\"bad credentials [redacted]\""));
    fleet.shutdown().await;

    let absent_one = fleet_of_exit(token);
    let reason = absent(&absent_one).await;
    insta::assert_snapshot!(reason, @"its process ended by itself (exit status 0) (its last output: cannot open the database with [redacted])");
    absent_one.shutdown().await;
}

fn fleet_of_exit(token: &str) -> std::sync::Arc<weir_upstream::Fleet> {
    fleet(vec![with_env(hostile(&["--trick", "exit"]), "API_TOKEN", token)])
}

/// A descriptor of this process that lacks close-on-exec, which nothing opened here does.
fn open_for_everybody(fd: i32) -> bool {
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or("02000000");
    i64::from_str_radix(flags.trim(), 8).unwrap() & 0o2_000_000 == 0
}
