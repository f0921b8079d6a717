//! Where a credential's value comes from: files, commands, the keyring, and what is said when it is not there.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::*;

async fn read(reference: &Reference) -> String {
    match super::super::reference(reference).await {
        Ok(secret) => format!("{:?}", secret.expose()),
        Err(failure) => failure.cause,
    }
}

fn command(words: &[&str]) -> Reference {
    Reference::Command(words.iter().map(|&word| word.to_owned()).collect())
}

#[tokio::test]
async fn files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    for (bytes, expected) in [
        (&b"s3cret"[..], r#""s3cret""#),
        (b"s3cret\n", r#""s3cret""#),
        (b"s3cret\r\n", r#""s3cret""#),
        (b" s3 cret \n", r#"" s3 cret ""#),
        (b"two\nlines\n", "its credential is more than one line"),
        (b"\n\n", "its credential is more than one line"),
        (b"\n", "its credential is empty"),
        (b"", "its credential is empty"),
        (b"a\0b", "its credential is more than one line"),
        (b"\xff\xfe", "the file of its credential holds bytes that are no text"),
        (&[b'x'; 65 * 1024], "the file of its credential is larger than 65536 bytes"),
    ] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(read(&Reference::File(path.clone())).await, expected);
    }
    let fifo = directory.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for (path, expected) in [
        (directory.path(), "the file of its credential is no regular file"),
        (&fifo, "the file of its credential is no regular file"),
        (Path::new("/dev/zero"), "the file of its credential is no regular file"),
    ] {
        assert_eq!(read(&Reference::File(path.to_owned())).await, expected, "{}", path.display());
    }
    let gone = read(&Reference::File(directory.path().join("gone"))).await;
    assert!(gone.starts_with("the file of its credential cannot be read: ") && !gone.contains("gone"), "{gone}");
}

#[tokio::test]
async fn a_file_that_everybody_can_read_is_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    fs::write(&path, "x").unwrap();
    for (mode, expected) in [(0o644, true), (0o640, false), (0o600, false)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let told = keeper(&Auth::Bearer(Reference::File(path.clone()))).checked().await;
        assert_eq!(told.contains("every user of this machine can read"), expected, "{mode:o}: {told}");
    }
}

#[tokio::test]
async fn a_refused_credential_is_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    fs::write(&path, "old").unwrap();
    let keeper = keeper(&Auth::Bearer(Reference::File(path.clone())));
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer old");
    fs::write(&path, "new").unwrap();
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer old", "kept while it serves");
    keeper.refused();
    assert_eq!(told(keeper.credential().await), "Header Authorization: Bearer new");
}

#[tokio::test]
async fn commands() {
    for (words, expected) in [
        (&["echo", "s3cret"][..], r#""s3cret""#),
        (&["printf", "s3cret"], r#""s3cret""#),
        // No shell: what looks like one is text.
        (&["echo", "$HOME; id"], r#""$HOME; id""#),
        (&["true"], "its credential is empty"),
        (&["sh", "-c", "echo hunter22; exit 3"], "the command of its credential ended with exit status: 3"),
        (&["sh", "-c", "kill -9 $$"], "the command of its credential ended with signal: 9 (SIGKILL)"),
        (&["head", "-c", "100000", "/dev/zero"], "the command of its credential prints more than 65536 bytes"),
        (&[], "the command of its credential is empty"),
        (&["cat"], "its credential is empty"),
    ] {
        assert_eq!(read(&command(words)).await, expected, "{words:?}");
    }
    let missing = read(&command(&["/nowhere/at/all"])).await;
    assert!(missing.starts_with("the command of its credential cannot be started: "), "{missing}");
}

#[tokio::test]
async fn m12_a_command_sees_a_little_of_the_environment() {
    // What cargo and nextest set is in this process's environment, and is nobody's business.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let sees = |name: &str| command(&["sh", "-c", &format!("echo \"[${name}]\"")]);
    assert_eq!(read(&sees("CARGO_MANIFEST_DIR")).await, r#""[]""#);
    assert_ne!(read(&sees("PATH")).await, r#""[]""#);
}

#[tokio::test]
async fn what_a_failing_command_says_is_for_people() {
    let failing = command(&["sh", "-c", "echo 'no key' >&2; exit 1"]);
    let failure = super::super::reference(&failing).await.unwrap_err();
    assert_eq!(failure.cause, "the command of its credential ended with exit status: 1");
    assert_eq!(failure.detail.as_deref(), Some("\"sh\" says: no key"));
}

#[tokio::test(start_paused = true)]
async fn a_command_without_an_end_is_ended() {
    let failure = super::super::reference(&command(&["sleep", "1000"])).await.unwrap_err();
    assert_eq!(failure.cause, "the command of its credential had not ended after 10s");
    assert!(failure.passing);
}

#[tokio::test]
async fn one_command_for_many_who_wait() {
    let directory = tempfile::tempdir().unwrap();
    let count = directory.path().join("count");
    let script = format!("echo x >> '{}'; echo s3cret", count.display());
    let keeper = keeper(&Auth::Bearer(command(&["sh", "-c", &script])));
    let all = futures_util::future::join_all((0..50).map(|_| keeper.credential())).await;
    assert!(all.into_iter().all(|shown| told(shown) == "Header Authorization: Bearer s3cret"));
    assert_eq!(fs::read_to_string(&count).unwrap().lines().count(), 1);
}
