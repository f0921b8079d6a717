//! Which era each upstream spoke last time, so that the next start needs no probe.
//!
//! A convenience, never a need: an unreadable, unwritable or lying file costs one probe. No credential enters it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Transport;

const FILE_BYTES_MAX: u64 = 256 * 1024;
const ENTRIES_MAX: usize = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Legacy,
    Modern,
}

#[derive(Debug)]
pub(crate) struct Verdicts {
    path: Option<PathBuf>,
    known: Mutex<BTreeMap<String, Verdict>>,
}

impl Verdicts {
    pub(crate) fn open(path: Option<PathBuf>) -> Self {
        let known = path.as_ref().and_then(|path| read(path).ok()).unwrap_or_default();
        Self { path, known: Mutex::new(known) }
    }

    pub(crate) fn of(&self, transport: &Transport) -> Option<Verdict> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key(transport)).copied()
    }

    /// Writes the file only when something changed. Blocks for that moment.
    pub(crate) fn remember(&self, transport: &Transport, verdict: Verdict) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(key(transport), verdict) == Some(verdict) {
            return;
        }
        let Some(path) = &self.path else { return };
        // Another gateway may have written since; what it learned is kept.
        for (key, verdict) in read(path).unwrap_or_default() {
            known.entry(key).or_insert(verdict);
        }
        while known.len() > ENTRIES_MAX {
            known.pop_first();
        }
        if let Err(error) = write(path, &known) {
            tracing::debug!(%error, path = %path.display(), "protocol eras are not remembered");
        }
    }
}

fn read(path: &PathBuf) -> io::Result<BTreeMap<String, Verdict>> {
    let mut text = String::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}

/// Beside the file and then over it: a reader sees the old one or the new one.
fn write(path: &PathBuf, known: &BTreeMap<String, Verdict>) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&beside, serde_json::to_vec(known)?)?;
    fs::rename(&beside, path).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// Of what is started or called. Environment and headers do not count: they hold credentials.
fn key(transport: &Transport) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    match transport {
        Transport::Stdio { command, args, cwd, .. } => {
            add(b"stdio");
            add(command.as_bytes());
            for arg in args {
                add(arg.as_bytes());
            }
            add(cwd.as_ref().map_or(&b""[..], |cwd| cwd.as_os_str().as_encoded_bytes()));
        }
        Transport::Http { url, .. } => {
            add(b"http");
            add(url.as_bytes());
        }
        Transport::OpenApi(_) => add(b"openapi"),
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(url: &str) -> Transport {
        Transport::Http { url: url.into(), headers: Vec::new() }
    }

    #[test]
    fn what_one_gateway_learns_the_next_one_knows() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("eras.json");
        let (first, second) = (Verdicts::open(Some(path.clone())), Verdicts::open(Some(path.clone())));
        assert_eq!(first.of(&http("a")), None);
        first.remember(&http("a"), Verdict::Legacy);
        second.remember(&http("b"), Verdict::Modern);
        let third = Verdicts::open(Some(path));
        assert_eq!([third.of(&http("a")), third.of(&http("b"))], [Some(Verdict::Legacy), Some(Verdict::Modern)]);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_cannot_be_used_costs_nothing_but_the_probe() {
        let directory = tempfile::tempdir().unwrap();
        let garbage = directory.path().join("garbage");
        fs::write(&garbage, b"\xff{").unwrap();
        for path in [garbage, directory.path().join("no/such/directory/eras.json"), directory.path().to_owned()] {
            let verdicts = Verdicts::open(Some(path));
            assert_eq!(verdicts.of(&http("a")), None);
            verdicts.remember(&http("a"), Verdict::Modern);
            assert_eq!(verdicts.of(&http("a")), Some(Verdict::Modern), "remembered while it runs");
        }
    }

    #[test]
    fn different_commands_have_different_keys() {
        let stdio = |args: &[&str]| Transport::Stdio {
            command: "npx".into(),
            args: args.iter().map(|&a| a.to_owned()).collect(),
            env: Vec::new(),
            cwd: None,
        };
        assert_ne!(key(&stdio(&["a", "b"])), key(&stdio(&["ab"])));
        assert_eq!(key(&stdio(&["a"])), key(&stdio(&["a"])));
    }
}
