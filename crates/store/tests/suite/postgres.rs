//! The shared cases on a PostgreSQL server, and what only a server can do: go away.

use std::{
    panic::AssertUnwindSafe,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use futures_util::FutureExt;
use weir_bridge::port::{Durability, Journal, Record};
use weir_model::{OpId, RunId};
use weir_store::{Location, Problem, Store};

use crate::{
    everywhere, place,
    sample::{intent, recorded, written},
    server::Server,
    where_others_see_it,
};

/// One server, a database for each case.
#[tokio::test]
async fn every_case() {
    let server = Server::start().await;
    let mut failed = Vec::new();
    for (name, case) in everywhere::CASES.iter().chain(where_others_see_it::CASES) {
        let place = place::postgres(server.database(name).await);
        if AssertUnwindSafe(case(place)).catch_unwind().await.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "on PostgreSQL: {}", failed.join(", "));
}

#[tokio::test]
async fn g10_a_killed_server_loses_nothing_that_was_acknowledged() {
    let mut server = Server::start().await;
    let place = place::postgres(server.database("killed").await);
    let store = place.open().await;
    written(&store, "run_a", Vec::new()).await;
    let run = RunId::new("run_a");
    let mut acknowledged = Vec::new();
    for round in 0..3u32 {
        for seq in round * 10..round * 10 + 5 {
            let delivered = Record::Delivered { op: OpId(seq), now_ms: 1 };
            store.append(&run, delivered.clone(), Durability::Soon).await.expect("appended");
            store.append(&run, Record::Intent(intent(seq)), Durability::Now).await.expect("appended");
            acknowledged.extend([delivered, Record::Intent(intent(seq))]);
        }
        let last = Record::Delivered { op: OpId(round), now_ms: 2 };
        store.append(&run, last.clone(), Durability::Soon).await.expect("queued");
        acknowledged.push(last);
        server.kill();
        let refused = store.append(&run, Record::Intent(intent(1_000)), Durability::Now).await.expect_err("it is gone");
        assert!(!refused.to_string().contains('/'), "an agent reads this: {refused}");
        let refused = store.append(&run, Record::Intent(intent(1_001)), Durability::Soon).await;
        assert!(refused.is_err(), "nothing is acknowledged that nobody can write");
        let told = store.runs(Default::default()).await.expect_err("it is gone");
        assert!(matches!(told.problem, Problem::Unreachable(_)), "{told}");
        server.resume().await;
    }
    store.append(&run, Record::Intent(intent(99)), Durability::Now).await.expect("it is back");
    acknowledged.push(Record::Intent(intent(99)));
    assert_eq!(recorded(&store, "run_a").await.records, acknowledged);
    assert_eq!(store.orphans().await.expect("readable"), [], "it lives, as others see it too");
    let other = place.open().await;
    assert_eq!(other.orphans().await.expect("readable"), []);
}

/// A connection that the server ended is made again, and the runs are still this store's.
#[tokio::test]
async fn a_lost_connection_comes_back() {
    let server = Server::start().await;
    let place = place::postgres(server.database("lost").await);
    let store = place.open().await;
    let mut changes = store.changes();
    written(&store, "run_a", vec![Record::Intent(intent(1))]).await;
    store.flush().await.expect("flushed");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir'";
    server.run("lost", end).await;
    tokio::time::timeout(Duration::from_secs(20), changes.next()).await.expect("word may have been missed");
    let run = RunId::new("run_a");
    let appended = async || store.append(&run, Record::Intent(intent(2)), Durability::Now).await.is_ok();
    // The first may still meet the connection that is gone.
    assert!(appended().await || appended().await || appended().await);
    assert_eq!(recorded(&store, "run_a").await.records, [Record::Intent(intent(1)), Record::Intent(intent(2))]);
}

#[tokio::test]
async fn a_store_of_a_newer_weir_is_refused() {
    let server = Server::start().await;
    let address = server.database("newer").await;
    drop(Store::open(Location::Postgres(address.clone())).await.expect("opened"));
    server.run("newer", "UPDATE weir.schema_version SET version = 1000").await;
    let told = Store::open(Location::Postgres(address)).await.err().expect("refused");
    assert!(matches!(told.problem, Problem::Newer { found: 1_000, .. }), "{told}");
    assert!(told.to_string().contains("newer at "), "{told}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said() {
    let home = tempfile::tempdir().expect("a directory");
    let address = format!("host={} user=weir password=hunter2 dbname=weir", home.path().display());
    let told = Store::open(Location::Postgres(address.clone())).await.err().expect("nobody is there");
    assert!(matches!(told.problem, Problem::Unreachable(_)), "{told}");
    let shown = format!("{told} {told:?} {:?}", Location::Postgres(address));
    assert!(!shown.contains("hunter2"), "{shown}");
    let told = Store::open(Location::Postgres("hunter2".to_owned())).await.err().expect("no address");
    assert!(!format!("{told} {told:?}").contains("hunter2"), "{told}");
}

/// The first thing a process says that opens the store there, believing the certificates in `believed` alone.
fn said(address: &str, believed: &Path) -> String {
    let victim = Command::new(env!("CARGO_BIN_EXE_weir-store-victim"))
        .args([address, "claim", "run_a"])
        .env("SSL_CERT_FILE", believed)
        .env_remove("SSL_CERT_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("started");
    String::from_utf8_lossy(&victim.stdout).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_network_is_encrypted_and_the_server_is_who_it_says() {
    let mut server = Server::start().await;
    server.database("encrypted").await;
    let (address, believed) = server.encrypt("encrypted").await;
    let other = tempfile::NamedTempFile::new().expect("a file");
    let system = Path::new("/etc/ssl/certs/ca-certificates.crt");
    let unrelated = if system.is_file() { system } else { other.path() };
    let rows = [
        ("sslmode=require", &*believed, "open"),
        ("sslmode=verify-full", &*believed, "open"),
        ("sslmode=require", unrelated, "unavailable"),
        // The server takes nothing in clear.
        ("sslmode=disable", &*believed, "unavailable"),
    ];
    for (mode, believed, expected) in rows {
        let said = said(&format!("{address} {mode}"), believed);
        assert!(said.starts_with(expected), "{mode}: {said}");
    }
    let elsewhere = address.replace("host=localhost", "host=db.example");
    let said = said(&elsewhere, &believed);
    assert!(said.starts_with("unavailable") && said.contains("certificate"), "another's name: {said}");
}
