//! Nothing an upstream started is left behind, however it or the gateway ends.

use std::{path::Path, process::Stdio, time::Duration};

use weir_upstream::{Fleet, FleetConfig, UpstreamConfig, WardenCommand, warden};

use crate::support::*;

/// Set for the test processes that these tests start of themselves.
const ROLE: &str = "WEIR_TEST_FILE";

#[tokio::test]
async fn m04_what_cannot_be_started_is_absent_with_the_reason() {
    for (command, reason) in [
        (
            "/no/such/program",
            "its command cannot be started (\"/no/such/program\": there is no such program; install it, or give its full path)",
        ),
        ("/etc/passwd", "its command cannot be started (\"/etc/passwd\": the file is not executable)"),
        ("false", "its process ended with exit status 1"),
    ] {
        let fleet = fleet(vec![upstream(stdio(command, &[]))]);
        assert_eq!(absent(&fleet).await, reason);
        let failure = call(&fleet, "echo", "{}").await.unwrap_err();
        assert!(!failure.message.contains(command), "an agent is told no path: {}", failure.message);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn m04_a_death_in_mid_call_is_told_at_once_with_the_last_words() {
    let fleet = started(hostile(&[])).await;
    insta::assert_snapshot!(failed(&fleet, "die").await, @"upstream_unavailable: up/die: its process ended with exit status 3; the call may have been carried out before that");
    insta::assert_snapshot!(absent(&fleet).await, @"its process ended with exit status 3 (its last output: about to die)");
    fleet.shutdown().await;
}

#[tokio::test]
async fn m04_a_stubborn_group_is_killed_on_shutdown() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("noted");
    // Remembered eras are of no use here: each start notes three processes.
    let config = UpstreamConfig {
        protocol: weir_upstream::Protocol::Legacy,
        ..hostile(&["--trick", "stubborn", "--file", file.to_str().unwrap()])
    };
    let fleet = started(config).await;
    let pids = noted_pids(&file);
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|&pid| is_running(pid)));
    tokio::time::timeout(PATIENCE, fleet.shutdown()).await.expect("shutdown ends");
    for pid in pids {
        eventually("the process is gone", || (!is_running(pid)).then_some(())).await;
    }
}

#[tokio::test]
async fn dropping_the_fleet_ends_its_processes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("noted");
    let fleet = started(hostile(&["--file", file.to_str().unwrap()])).await;
    drop(fleet);
    for pid in noted_pids(&file) {
        eventually("the process is gone", || (!is_running(pid)).then_some(())).await;
    }
}

#[tokio::test]
async fn calls_in_flight_fail_on_shutdown() {
    let fleet = started(hostile(&[])).await;
    let hanging = call(&fleet, "hang", "{}");
    let (failure, ()) = futures_util::future::join(hanging, async {
        // The call is polled first and has been sent by now.
        fleet.shutdown().await;
    })
    .await;
    insta::assert_snapshot!(failure.unwrap_err().message, @"up/hang: weir ended it; the call may have been carried out before that");
}

/// The gateway is killed with no chance to clean up; its warden, and nothing else, ends even a stubborn group.
#[tokio::test]
async fn kill_9_of_the_gateway_leaves_no_child_behind() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("noted");
    let mut gateway = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ending::gateway_process", "--ignored", "--nocapture"])
        .env(ROLE, &file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    eventually("the gateway is up", || Path::new(&format!("{}.ready", file.display())).exists().then_some(())).await;
    let pids = noted_pids(&file);
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|&pid| is_running(pid)));
    gateway.kill().await.unwrap();
    for pid in pids {
        eventually("the process is gone", || (!is_running(pid)).then_some(())).await;
    }
}

#[tokio::test]
#[ignore = "the gateway that another test starts and kills"]
async fn gateway_process() {
    let Some(file) = std::env::var_os(ROLE) else { return };
    let file = file.into_string().unwrap();
    let warden = WardenCommand {
        program: std::env::current_exe().unwrap(),
        args: ["--exact", "ending::warden_process", "--ignored", "--nocapture"].map(str::to_owned).to_vec(),
    };
    let config = UpstreamConfig {
        protocol: weir_upstream::Protocol::Legacy,
        ..hostile(&["--trick", "stubborn", "--file", &file])
    };
    let fleet = Fleet::start(FleetConfig { upstreams: vec![config], warden: Some(warden), ..FleetConfig::default() });
    ready(&fleet).await;
    std::fs::write(format!("{file}.ready"), "").unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
}

#[test]
#[ignore = "the warden of the gateway above"]
fn warden_process() {
    warden::main();
}
