//! A gateway's processes as the kernel shows them: which they are, and what memory, descriptors and threads they hold.
//!
//! Reads /proc, changes nothing. Workers refuse inspection, so an ordinary user is shown less of them than root is.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, path::Path};

use anyhow::{Context, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Gateway,
    /// Runs snippets with one engine.
    Worker(Engine),
    /// Looks after upstreams, or compiles a guest.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    JavaScript,
    Python,
    Starlark,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::JavaScript, Self::Python, Self::Starlark];

    /// As a worker's arguments say it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::JavaScript => "js",
            Self::Python => "py",
            Self::Starlark => "star",
        }
    }

    pub(crate) fn of(language: &str) -> Self {
        match language {
            "python" => Self::Python,
            "starlark" => Self::Starlark,
            _ => Self::JavaScript,
        }
    }
}

/// The gateway and its descendants that run the same program. An upstream's processes are not weir's.
pub(crate) fn family(gateway: u32) -> Result<Vec<Process>> {
    let program = fs::read_link(format!("/proc/{gateway}/exe")).context("the gateway is gone")?;
    let mut found = vec![Process { id: gateway, role: Role::Gateway }];
    let mut at = 0;
    while let Some(parent) = found.get(at).map(|process| process.id) {
        at += 1;
        // A process may end between two looks.
        for thread in fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let children = children.split_whitespace().filter_map(|child| child.parse().ok());
            found.extend(children.filter_map(|id| Some(Process { id, role: role(id, &program)? })));
        }
    }
    Ok(found)
}

/// From the command line, which every user may read of every process.
fn role(id: u32, program: &Path) -> Option<Role> {
    let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let mut words = line.split(|byte| *byte == 0);
    if Path::new(OsStr::from_bytes(words.next()?)) != program {
        return None;
    }
    let rest: Vec<&[u8]> = words.take_while(|word| !word.is_empty()).collect();
    Some(role_of(&rest))
}

/// What a member of the family is, by its arguments. A worker's may end with its control group.
fn role_of(arguments: &[&[u8]]) -> Role {
    let [b"worker", b"run", engine, ..] = arguments else { return Role::Other };
    let engine = Engine::ALL.into_iter().find(|known| known.as_str().as_bytes() == *engine);
    engine.map_or(Role::Other, Role::Worker)
}

/// Memory, pages shared with other processes by share (PSS); where that may not be read, all that is resident.
/// `None`: the process is gone.
pub(crate) fn memory_kib(id: u32) -> Option<u64> {
    let by_share = fs::read_to_string(format!("/proc/{id}/smaps_rollup"));
    by_share.ok().and_then(|text| number(&text, "Pss:")).or_else(|| resident_kib(id))
}

pub(crate) fn resident_kib(id: u32) -> Option<u64> {
    status(id, "VmRSS:")
}

/// The most that was ever resident.
pub(crate) fn peak_kib(id: u32) -> Option<u64> {
    status(id, "VmHWM:")
}

pub(crate) fn threads(id: u32) -> Option<u64> {
    status(id, "Threads:")
}

/// Open descriptors. `None`: gone, or not for this user to see.
pub(crate) fn descriptors(id: u32) -> Option<u64> {
    Some(fs::read_dir(format!("/proc/{id}/fd")).ok()?.count() as u64)
}

fn status(id: u32, name: &str) -> Option<u64> {
    number(&fs::read_to_string(format!("/proc/{id}/status")).ok()?, name)
}

/// The number behind a line's name, as in `VmRSS:     1234 kB`.
fn number(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Engine, Role, number, role, role_of};

    #[test]
    fn numbers_are_read_by_name() {
        let text = "Name:\tweir\nVmHWM:\t   99332 kB\nVmRSS:\t   85304 kB\nThreads:\t4\n";
        for (name, expected) in [("VmHWM:", Some(99_332)), ("Threads:", Some(4)), ("Name:", None), ("Pss:", None)] {
            assert_eq!(number(text, name), expected, "{name}");
        }
    }

    #[test]
    fn a_process_that_runs_something_else_has_no_role() {
        let own = std::fs::read("/proc/self/cmdline").expect("this process has a command line");
        let program = own.split(|byte| *byte == 0).next().expect("a name");
        let program = std::path::PathBuf::from(String::from_utf8_lossy(program).into_owned());
        assert_eq!(role(std::process::id(), &program), Some(Role::Other));
        assert_eq!(role(std::process::id(), std::path::Path::new("/bin/other")), None);
        assert_eq!((Engine::of("python"), Engine::of("typescript")), (Engine::Python, Engine::JavaScript));
    }

    #[test]
    fn workers_are_known_with_and_without_a_control_group() {
        let python = Role::Worker(Engine::Python);
        assert_eq!(role_of(&[b"worker", b"run", b"py"]), python);
        assert_eq!(role_of(&[b"worker", b"run", b"py", b"/sys/fs/cgroup/weir-1-0"]), python);
        assert_eq!(role_of(&[b"worker", b"compile", b"py"]), Role::Other);
        assert_eq!(role_of(&[b"warden"]), Role::Other);
    }
}
