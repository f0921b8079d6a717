//! The file itself: private, never overwritten, refused when it is damaged, foreign or newer.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use weir_bridge::port::{Durability, Journal, Record};
use weir_model::RunId;
use weir_store::{Location, Problem, Store};

use crate::{
    place,
    sample::{self, intent, written},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

async fn refused(path: &Path) -> (Problem, String) {
    match Store::open(Location::Sqlite(path.to_owned())).await {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(unavailable) => (unavailable.problem.clone(), unavailable.to_string()),
    }
}

/// A store with some runs in it, closed.
async fn filled(path: &Path, runs: usize) {
    let store = Store::open(Location::Sqlite(path.to_owned())).await.expect("opened");
    for run in 0..runs {
        written(&store, &format!("run_{run}"), sample::records()).await;
    }
}

#[tokio::test]
async fn only_its_owner_can_read_it() {
    let (_home, path) = place::path();
    let store = Store::open(Location::Sqlite(path.clone())).await.expect("opened");
    written(&store, "run_a", sample::records()).await;
    store.flush().await.expect("flushed");
    let directory = path.parent().expect("a directory");
    assert_eq!((mode(directory), mode(&path)), (0o700, 0o600));
    for name in fs::read_dir(directory).expect("readable").flatten() {
        assert_eq!(mode(&name.path()) & 0o077, 0, "{:?}", name.path());
    }
    drop(store);
    // What an operator chose afterwards stays.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
    drop(Store::open(Location::Sqlite(path.clone())).await.expect("opened"));
    assert_eq!(mode(&path), 0o640);
    assert_eq!(fs::read_dir(directory.join("weir.db-owners")).expect("there").count(), 0, "no store is open");
}

#[tokio::test]
async fn what_is_no_store_is_refused_and_left_alone() {
    let (home, _) = place::path();
    let other = home.path().join("other.db");
    let connection = rusqlite::Connection::open(&other).expect("opened");
    connection.execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)").expect("written");
    drop(connection);
    let other = fs::read(&other).expect("readable");
    let rows: [(&str, &[u8]); 4] = [
        ("empty", b""),
        ("text", b"hello, this is not a database at all"),
        ("short", b"SQLite format 3\0"),
        ("other", &other),
    ];
    for (name, content) in rows {
        let path = home.path().join(name);
        fs::write(&path, content).expect("written");
        let (problem, told) = refused(&path).await;
        assert!(matches!(problem, Problem::Foreign(_) | Problem::Damaged(_)), "{name}: {told}");
        assert_eq!(fs::read(&path).expect("readable"), content, "{name}");
        assert_eq!(fs::read_dir(home.path()).expect("readable").count(), 2, "nothing was made beside {name}");
        fs::remove_file(&path).expect("removed");
    }
    let told = refused(home.path()).await.1;
    assert!(told.contains(&home.path().display().to_string()), "{told}");
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let (home, path) = place::path();
    filled(&path, 3).await;
    let whole = fs::read(&path).expect("readable");
    let cut = whole[..whole.len() / 2].to_vec();
    let mut garbled = whole.clone();
    let from = garbled.len() / 3;
    garbled[from..from + 20_000].fill(0xa5);
    let header = whole[..60].to_vec();
    for (name, content) in [("cut", cut), ("garbled", garbled), ("header", header)] {
        let path = home.path().join(name);
        fs::write(&path, &content).expect("written");
        let (problem, told) = refused(&path).await;
        assert!(matches!(problem, Problem::Damaged(_)), "{name}: {told}");
        assert!(told.contains("Nothing was overwritten") && told.contains(".recover"), "{told}");
        assert_eq!(fs::read(&path).expect("readable"), content, "{name}");
    }
}

/// Garbled inside a value, where no page's structure shows it.
#[tokio::test]
async fn a_garbled_value_is_never_handed_out() {
    let (_home, path) = place::path();
    let large: std::sync::Arc<str> = (0..20_000).map(|n| format!("{n},")).collect::<String>().into();
    let store = Store::open(Location::Sqlite(path.clone())).await.expect("opened");
    let record = Record::Intent(weir_bridge::port::CallIntent { arguments: large, ..intent(1) });
    written(&store, "run_a", vec![record]).await;
    drop(store);
    let connection = rusqlite::Connection::open(&path).expect("opened");
    let garble = "UPDATE content SET data = CAST(substr(data, 1, 5000) || x'00' || substr(data, 5002) AS BLOB)";
    assert_eq!(connection.execute(garble, []).expect("garbled"), 1);
    drop(connection);
    let store = Store::open(Location::Sqlite(path)).await.expect("its pages are whole");
    let told = store.recorded(&RunId::new("run_a"), None).await.expect_err("garbled");
    assert!(matches!(told.problem, Problem::Damaged(_)), "{told}");
    let claim = store.park_orphans().await;
    assert!(claim.is_ok());
    assert!(store.claim(&RunId::new("run_a"), &sample::principal()).await.is_err());
    let runs = store.runs(weir_store::RunFilter { limit: 1, ..Default::default() }).await.expect("readable");
    assert_eq!(runs[0].state, weir_store::RunState::Parked, "what cannot be read is not held");
}

#[tokio::test]
async fn a_store_of_a_newer_weir_is_refused() {
    let (_home, path) = place::path();
    filled(&path, 1).await;
    let connection = rusqlite::Connection::open(&path).expect("opened");
    connection.pragma_update(None, "user_version", 1_000).expect("written");
    drop(connection);
    let before = fs::read(&path).expect("readable");
    let (problem, told) = refused(&path).await;
    assert!(matches!(problem, Problem::Newer { found: 1_000, .. }), "{told}");
    assert!(told.contains("newer weir") && told.contains("Nothing was changed"), "{told}");
    assert_eq!(fs::read(&path).expect("readable"), before);
}

#[tokio::test]
async fn many_that_make_it_at_once_make_one() {
    let (_home, path) = place::path();
    let opening = (0..8).map(|_| Store::open(Location::Sqlite(path.clone())));
    let stores = futures_util::future::join_all(opening).await;
    let stores: Vec<_> = stores.into_iter().map(|store| store.expect("opened")).collect();
    for (n, store) in stores.iter().enumerate() {
        let run = format!("run_{n}");
        written(store, &run, Vec::new()).await;
        store.append(&RunId::new(&*run), Record::Intent(intent(1)), Durability::Now).await.expect("appended");
    }
    let runs = stores[0].runs(weir_store::RunFilter { limit: 100, ..Default::default() }).await.expect("readable");
    assert_eq!(runs.len(), 8);
    let directory = path.parent().expect("a directory");
    let drafts = fs::read_dir(directory).expect("readable").flatten();
    assert_eq!(drafts.filter(|name| name.file_name().to_string_lossy().contains(".new")).count(), 0);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_said() {
    let (home, _) = place::path();
    let file = home.path().join("file");
    File::create(&file).expect("made");
    let (problem, told) = refused(&file.join("weir.db")).await;
    assert!(matches!(problem, Problem::Unusable(_)), "{told}");
    assert!(told.contains("weir.db"), "{told}");
}

#[tokio::test]
async fn what_is_forgotten_leaves_the_disk() {
    let (_home, path) = place::path();
    let store = Store::open(Location::Sqlite(path.clone())).await.expect("opened");
    let mut noise = vec![0u8; 600_000];
    for run in 0..20 {
        // Hard to compress, and each its own.
        getrandom::fill(&mut noise).expect("randomness");
        noise.iter_mut().for_each(|byte| *byte = b'a' + *byte % 26);
        let arguments = String::from_utf8(noise.clone()).expect("letters");
        let record = Record::Intent(weir_bridge::port::CallIntent { arguments: arguments.into(), ..intent(1) });
        written(&store, &format!("run_{run}"), vec![record]).await;
        sample::closed(&store, &format!("run_{run}")).await;
    }
    store.flush().await.expect("flushed");
    let size = |store: std::sync::Arc<Store>| {
        // The last to close it takes the log into the file.
        drop(store);
        fs::metadata(&path).expect("there").len()
    };
    let before = size(store);
    let store = Store::open(Location::Sqlite(path.clone())).await.expect("opened");
    let all = weir_store::Retention { age: std::time::Duration::ZERO, bytes: 0 };
    assert_eq!(store.retain(all, u64::MAX).await.expect("retained").runs, 20);
    let after = size(store);
    assert!(after < before / 4, "{before} bytes, then {after}");
}
