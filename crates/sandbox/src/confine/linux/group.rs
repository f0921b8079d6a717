//! The control group of this process: made by itself below the gateway's, limited, and entered. What cannot be had is said so.

use std::{fs, io, path::Path};

use weir_model::limits::MIB;

use super::resources;
use crate::{
    confine::{Layer, NICE, Profile, Protection},
    group::{bounded_as_a_whole, lists, set},
};

/// An engine has half a dozen. `RLIMIT_NPROC` cannot say it: that counts all of the user's.
const THREADS_MAX: u32 = 64;

struct Limit {
    controller: &'static str,
    file: &'static str,
    value: String,
    told: String,
    /// What is said not to be limited.
    of: &'static str,
}

fn limits(profile: Profile) -> [Limit; 3] {
    let memory = resources::room_bytes(profile);
    [
        Limit {
            controller: "memory",
            file: "memory.max",
            value: memory.to_string(),
            told: format!("memory at most {} MiB", memory / MIB),
            of: "memory",
        },
        Limit {
            controller: "pids",
            file: "pids.max",
            value: THREADS_MAX.to_string(),
            told: format!("at most {THREADS_MAX} threads"),
            of: "threads",
        },
        Limit {
            controller: "cpu",
            // As far below the gateway's as it is by itself: among groups only their own weights count.
            file: "cpu.weight.nice",
            value: NICE.to_string(),
            told: "priority below the gateway's".to_owned(),
            of: "priority",
        },
    ]
}

/// Must be called while files can still be opened.
pub(super) fn enter(group: &Path, profile: Profile) -> Protection {
    let refused = |cause: io::Error| Protection::absent(Layer::Group, format!("no group of its own: {cause}"));
    if let Err(cause) = fs::create_dir(group) {
        return refused(cause);
    }
    let told = limited(group, profile);
    if let Err(cause) = set(group, "cgroup.procs", "0") {
        let _removed = fs::remove_dir(group);
        return refused(cause);
    }
    told
}

/// Sets what limits there are.
fn limited(group: &Path, profile: Profile) -> Protection {
    let (limited, unlimited): (Vec<_>, Vec<_>) =
        limits(profile).into_iter().partition(|limit| set(group, limit.file, &limit.value).is_ok());
    // Over its memory it ends whole. Only where memory is limited is there such a thing.
    let _set = set(group, "memory.oom.group", "1");
    let above = group.parent().unwrap_or(group);
    let mut told = vec!["a group of its own".to_owned()];
    told.extend(limited.into_iter().map(|limit| limit.told));
    told.extend(bounded_as_a_whole(above));
    let told = told.join(", ");
    if unlimited.is_empty() {
        return Protection::active(Layer::Group, told);
    }
    let withheld = unlimited.iter().any(|limit| lists(above, "cgroup.controllers", limit.controller));
    let why =
        if withheld { "others are in weir's group too" } else { "this host offers weir's group no controllers for it" };
    let unlimited: Vec<&str> = unlimited.into_iter().map(|limit| limit.of).collect();
    Protection::reduced(Layer::Group, format!("{told}; not limited: {} ({why})", unlimited.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with the files of a group whose controllers are `offered`, and one below it with those of `passed_on`.
    fn told(offered: &str, passed_on: &[&str], outer: Option<&str>) -> (Protection, Vec<(String, String)>) {
        let above = tempfile::tempdir().unwrap();
        fs::write(above.path().join("cgroup.controllers"), offered).unwrap();
        if let Some(most) = outer {
            fs::write(above.path().join("memory.max"), most).unwrap();
        }
        let group = above.path().join("weir-1-2-3");
        fs::create_dir(&group).unwrap();
        for file in passed_on {
            fs::write(group.join(file), "").unwrap();
        }
        let told = limited(&group, Profile::Run);
        let files = fs::read_dir(&group).unwrap().map(|file| file.unwrap());
        let mut files: Vec<_> = files
            .map(|file| (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap()))
            .collect();
        files.sort();
        (told, files)
    }

    #[test]
    fn what_is_limited_is_written_and_what_is_not_is_told() {
        let all = ["memory.max", "memory.oom.group", "pids.max", "cpu.weight.nice"];
        let (whole, files) = told("cpuset cpu io memory pids", &all, None);
        let files: Vec<String> = files.iter().map(|(file, value)| format!("{file} {value}")).collect();
        insta::assert_snapshot!(files.join("\n"), @"
        cpu.weight.nice 2
        memory.max 8589934592
        memory.oom.group 1
        pids.max 64
        ");
        let rows = [
            whole,
            told("cpu memory pids", &all, Some("1073741824\n")).0,
            told("cpu memory pids", &all, Some("max\n")).0,
            told("memory", &all[..2], None).0,
            told("hugetlb\n", &[], None).0,
            told("cpu memory pids", &[], Some("not a number")).0,
            told("", &[], Some("99999999999999999999999")).0,
        ];
        let rows: Vec<String> =
            rows.iter().map(|told| format!("{}: {}", told.strength.as_str(), told.detail)).collect();
        insta::assert_snapshot!(rows.join("\n"), @"
        active: a group of its own, memory at most 8192 MiB, at most 64 threads, priority below the gateway's
        active: a group of its own, memory at most 8192 MiB, at most 64 threads, priority below the gateway's, weir as a whole may use 1024 MiB of memory
        active: a group of its own, memory at most 8192 MiB, at most 64 threads, priority below the gateway's
        reduced: a group of its own, memory at most 8192 MiB; not limited: threads, priority (this host offers weir's group no controllers for it)
        reduced: a group of its own; not limited: memory, threads, priority (this host offers weir's group no controllers for it)
        reduced: a group of its own; not limited: memory, threads, priority (others are in weir's group too)
        reduced: a group of its own; not limited: memory, threads, priority (this host offers weir's group no controllers for it)
        ");
    }

    #[test]
    fn nothing_but_the_kernel_makes_a_groups_files() {
        let (_, files) = told("memory", &[], None);
        assert_eq!(files, []);
    }
}
