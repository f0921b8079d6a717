//! Processes as the kernel shows them, and signals to those that were started here.

use std::{
    ffi::OsStr,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::broken::{Broken, Result, Told};

const LOOK: Duration = Duration::from_millis(2);

/// Processes that run this very file, whoever their parent is now, with their arguments.
pub(crate) fn running(program: &Path) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // Every user may read every process's command line; a process may end between two looks.
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        let mut words = line.split(|byte| *byte == 0);
        if words.next().is_some_and(|first| OsStr::from_bytes(first) == program) {
            let rest: Vec<_> = words.map(String::from_utf8_lossy).collect();
            found.push((id, rest.join(" ").trim().to_owned()));
        }
    }
    found
}

/// Waits until none is left; those that stay are what must not be left behind.
pub(crate) fn gone(program: &Path, patience: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        let left = running(program);
        if left.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > patience {
            return Err(Broken(format!("processes were left behind: {left:?}")));
        }
        thread::sleep(LOOK);
    }
}

/// `name` as `kill -s` knows it. One that has ended already is none that could be harmed.
pub(crate) fn signal(id: u32, name: &str) -> Result<bool> {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$0\" \"$1\" 2>/dev/null", name, &id.to_string()]);
    Ok(command.status().told("cannot start sh")?.success())
}
