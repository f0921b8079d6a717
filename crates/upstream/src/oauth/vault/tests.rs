//! Kept tokens: sealed, private, whole after a kill.

use std::{os::unix::fs::PermissionsExt, path::Path};

use weir_model::Secret;

use super::*;
use crate::oauth::client::{ClientIdentity, ClientMethod};

fn slot(principal: &str, upstream: &str, resource: &str) -> Slot {
    Slot {
        principal: PrincipalId::new(principal),
        upstream: UpstreamName::new(upstream).unwrap(),
        resource: resource.to_owned(),
    }
}

fn record(access: &str) -> Record {
    let secret = |text: &str| Some(Secret::new(text.to_owned()));
    Record {
        issuer: "https://as".into(),
        indicator: Some("https://a/mcp".into()),
        token_url: "https://as/token".into(),
        revocation_url: None,
        client: ClientIdentity::new("id".into(), secret("client-secret"), ClientMethod::Post),
        redirect: Some("http://127.0.0.1:1/callback".into()),
        tokens: Some(HeldTokens {
            access: Secret::new(access.into()),
            refresh: secret("ref\"resh"),
            got: 1,
            ends: Some(9),
        }),
        scopes: vec!["a".into()],
        origin: None,
    }
}

fn vault(directory: &Path) -> Vault {
    let vault = Vault::new(directory.join("tokens"));
    key_in_file(&vault.directory);
    vault
}

async fn put(vault: &Vault, slot: &Slot, access: &str) {
    let locked = vault.lock(slot).await.unwrap();
    vault.write(slot, &record(access), &locked).await.unwrap();
}

async fn got(vault: &Vault, slot: &Slot) -> Option<String> {
    let record = vault.read(slot).await.unwrap()?;
    Some(record.tokens.unwrap().access.expose().to_owned())
}

#[tokio::test]
async fn h18_tokens_of_one_principal_upstream_and_resource_are_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let vault = vault(directory.path());
    let mine = slot("me", "up", "https://a/mcp");
    put(&vault, &mine, "token-of-mine").await;
    assert_eq!(got(&vault, &mine).await.as_deref(), Some("token-of-mine"));
    let others = [
        slot("you", "up", "https://a/mcp"),
        slot("me", "other", "https://a/mcp"),
        slot("me", "up", "https://b/mcp"),
        slot("meu", "p", "https://a/mcp"),
    ];
    for other in &others {
        assert_eq!(got(&vault, other).await, None, "{other:?}");
        // Put in another's place by hand, it does not open.
        std::fs::copy(vault.path(&mine), vault.path(other)).unwrap();
        assert!(matches!(vault.read(other).await, Err(VaultFailure::Sealed { .. })), "{other:?}");
    }
}

#[tokio::test]
async fn tokens_are_private_encrypted_and_kept_whole() {
    let directory = tempfile::tempdir().unwrap();
    let vault = vault(directory.path());
    let mine = slot("me", "up", "https://a/mcp");
    put(&vault, &mine, "token-of-mine").await;
    let kept = vault.read(&mine).await.unwrap().unwrap();
    assert_eq!(kept.client.secret.unwrap().expose(), "client-secret");
    assert_eq!(kept.client.method, ClientMethod::Post);
    assert_eq!(kept.tokens.unwrap().refresh.unwrap().expose(), "ref\"resh");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&vault.directory), 0o700);
    for entry in std::fs::read_dir(&vault.directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["token-of-mine", "client-secret", "resh"] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} in {}", path.display());
        }
    }
    let before = vault.stamp(&mine);
    put(&vault, &mine, "another").await;
    assert_ne!(vault.stamp(&mine), before, "others see that it changed");
    let locked = vault.lock(&mine).await.unwrap();
    assert!(vault.remove(&mine, &locked).await.unwrap());
    assert!(!vault.remove(&mine, &locked).await.unwrap());
    assert_eq!(vault.stamp(&mine), None);
}

#[tokio::test]
async fn what_others_may_read_or_have_changed_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let vault = vault(directory.path());
    let mine = slot("me", "up", "r");
    put(&vault, &mine, "token").await;
    let path = vault.path(&mine);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(vault.read(&mine).await, Err(VaultFailure::Open { .. })));
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(vault.directory.join("key"), &path).unwrap();
    assert!(matches!(vault.read(&mine).await, Err(VaultFailure::File { .. })), "a link is not followed");
    std::fs::remove_file(&path).unwrap();
    for bytes in [&b""[..], b"weirtok1", b"{}"] {
        file::replace(&path, bytes).unwrap();
        assert!(matches!(vault.read(&mine).await, Err(VaultFailure::Sealed { .. })), "{bytes:?}");
    }
}

#[tokio::test]
async fn one_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (vault(directory.path()), Vault::new(directory.path().join("tokens")));
    let mine = slot("me", "up", "r");
    let held = one.lock(&mine).await.unwrap();
    let waiting = other.lock(&mine);
    tokio::pin!(waiting);
    assert!(futures_util::poll!(&mut waiting).is_pending(), "somebody holds it");
    other.lock(&slot("me", "up", "elsewhere")).await.unwrap();
    drop(held);
    waiting.await.unwrap();
}

/// A keyring that keeps what it is told in a folder; or one that nobody has unlocked.
fn keyring(directory: &Path, unlocked: bool) -> Keyring {
    let script = format!(
        "#!/bin/sh\ncd '{}' || exit 1\ncase $1 in\nstore) {} cat > \"$4.$6\" ;;\nlookup) cat \"$3.$5\" ;;\nesac\n",
        directory.display(),
        if unlocked { "" } else { "exit 1 ;" },
    );
    let path = directory.join("secret-tool");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    Keyring::of(path)
}

#[tokio::test]
async fn the_key_is_in_the_keyring_where_there_is_one_that_takes_it() {
    for unlocked in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let open =
            || Vault { keyring: keyring(directory.path(), unlocked), ..Vault::new(directory.path().join("tokens")) };
        let mine = slot("me", "up", "r");
        put(&open(), &mine, "token").await;
        assert_eq!(got(&open(), &mine).await.as_deref(), Some("token"), "by another process too");
        let note = std::fs::read_to_string(directory.path().join("tokens/key")).unwrap();
        assert_eq!(note.starts_with("keyring tokens-"), unlocked, "{note}");
        assert_eq!(note.starts_with("file "), !unlocked, "{note}");
        if unlocked {
            std::fs::remove_file(directory.path().join(format!("weir.{}", note.trim_end()["keyring ".len()..].trim())))
                .unwrap();
            assert!(matches!(open().read(&mine).await, Err(VaultFailure::Key(_))), "without its key nothing opens");
        }
    }
}

/// The second half of the test below: writes for ever, until it is killed.
#[tokio::test]
#[ignore = "a process that another test starts and kills"]
async fn writes_until_killed() {
    let Some(directory) = std::env::var_os("WEIR_TEST_VAULT") else { return };
    let vault = Vault::new(Path::new(&directory).join("tokens"));
    let mine = slot("me", "up", "r");
    for round in 0.. {
        put(&vault, &mine, &format!("token-{round}-{}", "x".repeat(20_000))).await;
        println!("written {round}");
    }
}

#[tokio::test]
async fn killed_at_any_time_the_old_or_the_new_is_left() {
    use tokio::io::{AsyncBufReadExt, BufReader};

    let directory = tempfile::tempdir().unwrap();
    let vault = vault(directory.path());
    let mine = slot("me", "up", "r");
    for round in 0_usize..8 {
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["oauth::vault::tests::writes_until_killed", "--exact", "--ignored", "--nocapture"])
            .env("WEIR_TEST_VAULT", directory.path())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // A different moment each time: after so many writings, somewhere in the next.
        let mut written = 0;
        while written <= round * 3 {
            let line = lines.next_line().await.unwrap().expect("it writes until it is killed");
            written += usize::from(line.starts_with("written "));
        }
        child.kill().await.unwrap();
        let kept = got(&vault, &mine).await.expect("what was written once stays");
        assert!(kept.starts_with("token-") && kept.ends_with(&"x".repeat(20_000)));
    }
    put(&vault, &mine, "after").await;
    assert_eq!(got(&vault, &mine).await.as_deref(), Some("after"));
}
