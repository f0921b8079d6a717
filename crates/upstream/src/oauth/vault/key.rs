//! The key of the tokens: in the system's keyring where there is one, else in a private file beside them.
//!
//! The file `key` says which, from the first token on: `file BASE64`, or `keyring ACCOUNT`.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    VaultFailure, blocking, file,
    seal::{KEY_BYTES, Key},
};
use crate::credential::Keyring;

const SERVICE: &str = "weir";

/// Made when there is none yet.
pub(super) async fn of(directory: &Path, keyring: &Keyring) -> Result<Key, VaultFailure> {
    let path = directory.join("key");
    if let Some(key) = kept(&path, keyring).await? {
        return Ok(key);
    }
    let note = made(keyring).await?;
    let made = {
        let path = path.clone();
        blocking(move || {
            file::private_directory(path.parent().unwrap_or(Path::new(".")))?;
            file::create(&path, note.as_bytes())
        })
    };
    made.await?;
    // Should another process have been first, its key is the one.
    kept(&path, keyring).await?.ok_or_else(|| VaultFailure::Key("it was removed as it was made".to_owned()))
}

async fn kept(path: &Path, keyring: &Keyring) -> Result<Option<Key>, VaultFailure> {
    let note = {
        let path = path.to_owned();
        blocking(move || file::read(&path)).await?.map(Zeroizing::new)
    };
    let Some(note) = note else { return Ok(None) };
    let odd = || VaultFailure::Key(format!("{} is none of weir's; remove it and log in again", path.display()));
    let note = std::str::from_utf8(&note).map_err(|_| odd())?;
    let found = match note.trim_end().split_once(' ') {
        Some(("file", encoded)) => Zeroizing::new(encoded.to_owned()),
        Some(("keyring", account)) => {
            keyring.lookup(SERVICE, account).await.map_err(|failure| VaultFailure::Key(failure.told()))?
        }
        _ => return Err(odd()),
    };
    decoded(found.trim_end()).map(|bytes| Some(Key::new(&bytes))).ok_or_else(odd)
}

/// What the file `key` is to say.
async fn made(keyring: &Keyring) -> Result<Zeroizing<String>, VaultFailure> {
    let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
    let mut name = [0_u8; 8];
    let random = getrandom::fill(&mut bytes[..]).and_then(|()| getrandom::fill(&mut name));
    random.map_err(|error| VaultFailure::Key(format!("the system gives no random numbers: {error}")))?;
    if keyring.is_there() {
        let account = format!("tokens-{:016x}", u64::from_be_bytes(name));
        let encoded: Zeroizing<String> = Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        // A keyring that nobody has unlocked, or that has no desktop to ask on, is as good as none.
        let stored = keyring.store(SERVICE, &account, &encoded).await.is_ok();
        if stored && keyring.lookup(SERVICE, &account).await.is_ok_and(|found| found.trim_end() == encoded.as_str()) {
            return Ok(Zeroizing::new(format!("keyring {account}\n")));
        }
        tracing::warn!("the keyring does not take the key of the tokens; it is kept in a private file beside them");
    }
    let encoded = Zeroizing::new(STANDARD.encode(&bytes[..]));
    Ok(Zeroizing::new(format!("file {}\n", encoded.as_str())))
}

/// Base64 in a file; digits in a keyring, whose programs read commands.
fn decoded(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let bytes = match text.len() == 2 * KEY_BYTES {
        true => {
            let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
            Zeroizing::new((0..KEY_BYTES).map(|at| pair(2 * at)).collect::<Option<Vec<u8>>>()?)
        }
        false => Zeroizing::new(STANDARD.decode(text).ok()?),
    };
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    (bytes.len() == KEY_BYTES).then(|| key.copy_from_slice(&bytes))?;
    Some(key)
}
