//! The cache of compiled guests: found, verified, rebuilt, done without.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use weir_sandbox::{Pool, PoolConfig};

use crate::harness::*;

fn run_with(cache: Option<&Path>) {
    within(async {
        let pool = Pool::new(PoolConfig { cache_dir: cache.map(Path::to_owned), ..config(1) });
        assert_eq!(run(&pool, "return 1").await.json(), "1");
        pool.shut_down().await;
    });
}

fn compiled(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn a_damaged_file_is_removed_and_compiled_anew() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("deep/cache");
    run_with(Some(&dir));
    let [file] = compiled(&dir).try_into().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).unwrap();
    run_with(Some(&dir));
    let [rebuilt] = compiled(&dir).try_into().unwrap();
    assert_ne!(fs::read(&rebuilt).unwrap()[middle], bytes[middle]);
}

#[test]
fn a_directory_that_cannot_be_used_costs_only_time() {
    run_with(Some(Path::new("/dev/null/cache")));
}

#[test]
fn a_directory_others_may_write_to_is_not_used() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    run_with(Some(home.path()));
    assert_eq!(compiled(home.path()), Vec::<std::path::PathBuf>::new());
}
