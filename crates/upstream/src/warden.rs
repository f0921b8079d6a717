//! Ends upstreams' processes when the gateway is gone, however it went.
//!
//! A tiny process of its own: told of process groups over its standard input, it kills all it still knows when that
//! input ends, which the kernel sees to even after `kill -9`. It reads nothing else and prints nothing.

mod client;

use std::{
    collections::HashSet,
    io::{self, BufRead, Read},
    process::ExitCode,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};

pub(crate) use self::client::Warden;

const TERMINATE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(20);
const LINE_BYTES_MAX: u64 = 32;

/// The whole of a warden's process.
pub fn main() -> ExitCode {
    let groups = told(io::stdin().lock());
    for &group in &groups {
        signal(group, Signal::TERM);
    }
    let until = Instant::now() + TERMINATE;
    while groups.iter().any(|&group| alive(group)) {
        if Instant::now() >= until {
            for &group in &groups {
                signal(group, Signal::KILL);
            }
            break;
        }
        std::thread::sleep(POLL);
    }
    ExitCode::SUCCESS
}

/// Reads `+group` and `-group` lines to the end; what is left are the groups to end.
fn told(mut input: impl BufRead) -> HashSet<Pid> {
    let mut groups = HashSet::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return groups,
            Ok(_) => {}
        }
        let Some((sign, digits)) = std::str::from_utf8(&line).ok().and_then(|text| text.trim_end().split_at_checked(1))
        else {
            continue;
        };
        // Group 1 is the machine's own, and weir starts no other user's processes.
        let Some(group) = digits.parse().ok().filter(|&n| n > 1).and_then(Pid::from_raw) else { continue };
        match sign {
            "+" => groups.insert(group),
            "-" => groups.remove(&group),
            _ => false,
        };
    }
}

/// A group that is already gone is what was wanted.
pub(crate) fn signal(group: Pid, signal: Signal) {
    let _ = rustix::process::kill_process_group(group, signal);
}

/// Whether any process of the group is left, zombies included.
pub(crate) fn alive(group: Pid) -> bool {
    rustix::process::test_kill_process_group(group).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_groups_are_known() {
        for (input, expected) in [
            ("+100\n+200\n-100\n", vec![200]),
            ("+100", vec![100]),
            ("-100\n+100\n+100\n", vec![100]),
            ("+0\n+1\n+-5\n+x\n\n100\n*7\n", vec![]),
            ("+99999999999999999999999999999999999999999999\n+300\n", vec![300]),
            ("é1\n+300\n", vec![300]),
        ] {
            let mut found: Vec<i32> = told(input.as_bytes()).into_iter().map(|p| p.as_raw_nonzero().get()).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{input:?}");
        }
    }
}
