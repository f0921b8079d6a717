//! Where this process's own group is in the file system, from what the kernel tells of groups and mounts.

use std::path::{Component, Path, PathBuf};

/// Longer paths are not looked at.
const PATH_BYTES_MAX: usize = 4_096;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// There is nothing above it, as far as this process sees: a container's own, or the system's.
    pub(super) is_top: bool,
}

/// `None`: no hierarchy of version 2 is mounted where this process's group can be seen.
pub(super) fn own() -> Option<Place> {
    let told = |file: &str| super::read(Path::new(file)).ok();
    of(&told("/proc/self/cgroup")?, &told("/proc/self/mountinfo")?)
}

/// From the texts of these two files.
pub(super) fn of(groups: &str, mounts: &str) -> Option<Place> {
    let own = plain(groups.lines().find_map(|line| line.strip_prefix("0::"))?)?;
    // A later mount hides an earlier one.
    mounts.lines().rev().find_map(|mount| within(mount, &own))
}

/// `own` where this line of mounts shows it.
fn within(mount: &str, own: &Path) -> Option<Place> {
    let (place, kind) = mount.split_once(" - ")?;
    if kind.split(' ').next() != Some("cgroup2") {
        return None;
    }
    let mut fields = place.split(' ').skip(3).map(unescaped);
    let (root, point) = (plain(&fields.next()??)?, plain(&fields.next()??)?);
    let below = own.strip_prefix(root).ok()?;
    // Joining nothing would add a slash.
    let is_top = below.as_os_str().is_empty();
    Some(Place { folder: if is_top { point } else { point.join(below) }, is_top })
}

/// Not one that leads upwards, which is how a group outside of what a process may see is told.
fn plain(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let is_plain = path.is_absolute()
        && path.as_os_str().len() <= PATH_BYTES_MAX
        && path.components().all(|part| part != Component::ParentDir);
    is_plain.then(|| path.to_owned())
}

/// White space and backslashes are told as three octal digits.
fn unescaped(field: &str) -> Option<String> {
    let mut parts = field.split('\\');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(3)?;
        bytes.push(u8::from_str_radix(digits, 8).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
