//! Control groups of version 2, where weir was handed its own: every process it starts has one below it, with limits.
//!
//! One for each, not one for all: who goes over its memory takes no other with it, and can be ended with whatever it may have started.
//! The gateway finds the place ([`home`]), the process makes its group and enters it before all else (`confine::linux::group`: entering can
//! take milliseconds, which are not the gateway's then), and who started it removes it. No start fails because of groups.

mod home;
mod place;
#[cfg(test)]
mod tests;

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use weir_model::limits::MIB;

use crate::confine::{Layer, Protection};
pub(crate) use home::{Group, Home, Homeless, home};

/// Of a longer file the rest is not read: a host with thousands of mounts has less.
const FILE_BYTES_MAX: u64 = 4 * MIB;

/// What is told of groups where no process gets one.
pub(crate) fn none(why: &Homeless) -> Protection {
    let why = format!("workers have no groups of their own: {why}");
    match place::own().and_then(|place| bounded_as_a_whole(&place.folder)) {
        Some(bounded) => Protection::reduced(Layer::Group, format!("{bounded}; {why}")),
        None => Protection::absent(Layer::Group, why),
    }
}

/// The memory of weir and everything it starts, if anything limits that: the tightest limit of its group and those around it.
pub(crate) fn bounded_as_a_whole(group: &Path) -> Option<String> {
    let limits = group.ancestors().filter_map(|group| read(&group.join("memory.max")).ok()?.trim().parse::<u64>().ok());
    limits.min().map(|most| format!("weir as a whole may use {} MiB of memory", most / MIB))
}

/// What the kernel says in one of its files.
pub(crate) fn read(file: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(file)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes one of a group's files. They are the kernel's: one that is not there is not made.
pub(crate) fn set(group: &Path, file: &str, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(group.join(file))?.write_all(value.as_bytes())
}

/// Whether a list of the kernel's names `word`.
pub(crate) fn lists(group: &Path, file: &str, word: &str) -> bool {
    read(&group.join(file)).is_ok_and(|words| words.split_ascii_whitespace().any(|listed| listed == word))
}
