//! Whether a control group bounds the memory of weir as a whole. weir makes none itself: that needs what few hosts grant.

use std::{fs, path::PathBuf};

use crate::confine::{Layer, Protection};

/// Group names longer than this are not looked at.
const PATH_BYTES_MAX: usize = 4_096;

pub(super) fn find() -> Protection {
    match limited() {
        Some(most) => Protection::active(Layer::Group, format!("weir as a whole may use {most} bytes of memory")),
        None => Protection::absent(
            Layer::Group,
            "no control group limits weir as a whole; MemoryMax= in its service file does",
        ),
    }
}

/// The tightest `memory.max` of this process's group and those around it.
fn limited() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = own_group(&groups)?;
    let root = PathBuf::from("/sys/fs/cgroup");
    let mut folder = root.join(own);
    let mut tightest = None;
    while folder.starts_with(&root) {
        let most = fs::read_to_string(folder.join("memory.max")).ok().and_then(|text| text.trim().parse::<u64>().ok());
        tightest = tightest.into_iter().chain(most).min();
        folder.pop();
    }
    tightest
}

/// The group of the second version's only hierarchy, relative to its root.
fn own_group(groups: &str) -> Option<&str> {
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let plain = path.len() <= PATH_BYTES_MAX && !path.split('/').any(|part| part == "..");
    plain.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::own_group;

    #[test]
    fn only_the_second_versions_group_counts() {
        for (file, group) in [
            ("0::/user.slice/weir.service\n", Some("user.slice/weir.service")),
            ("9:memory:/other\n0::/\n", Some("")),
            ("9:memory:/other\n", None),
            // Outside of the namespace it is seen from.
            ("0::/../elsewhere\n", None),
            ("", None),
        ] {
            assert_eq!(own_group(file), group, "{file:?}");
        }
    }
}
