//! Attacks by system call, alone and from a thread that was started after the seal, while canaries listen.

use std::{
    io::ErrorKind,
    net::{TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            net::{SocketAddr, UnixListener},
            process::ExitStatusExt as _,
        },
    },
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use Outcome::{Died, Killed, Reached, Refused};
use rustix::{io::Errno, process::Signal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Reached,
    Refused(Errno),
    /// By the system-call filter.
    Killed,
    /// By a signal of its own doing.
    Died(i32),
}

/// Listeners that hear of whatever gets out.
struct Canaries {
    tcp: TcpListener,
    udp: UdpSocket,
    local: UnixListener,
    name: String,
}

impl Canaries {
    fn listen() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("weir-canary-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind(tcp.local_addr().unwrap()).unwrap();
        let local = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        local.set_nonblocking(true).unwrap();
        Self { tcp, udp, local, name }
    }

    /// Whether anything was heard since the last time.
    fn sang(&self) -> bool {
        let heard =
            [self.tcp.accept().map(drop), self.udp.recv_from(&mut [0; 16]).map(drop), self.local.accept().map(drop)];
        heard.into_iter().any(|heard| match heard {
            Ok(()) => true,
            Err(cause) if cause.kind() == ErrorKind::WouldBlock => false,
            Err(cause) => panic!("a canary is deaf: {cause}"),
        })
    }

    fn attacked(&self, stage: &str, place: &str, attack: &str) -> Outcome {
        let port = self.tcp.local_addr().unwrap().port().to_string();
        let output = Command::new(env!("CARGO_BIN_EXE_weir-sandbox-attacker"))
            .args([stage, place, attack, &port, &self.name])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        match output.status.signal() {
            Some(signal) if signal == Signal::SYS.as_raw() => return Killed,
            Some(signal) => return Died(signal),
            None => {}
        }
        let told = String::from_utf8(output.stdout).unwrap();
        // A process that was copied tells twice.
        let told = told.lines().next().unwrap_or_default();
        match told.split_once(' ') {
            None if told == "reached" || (attack == "execve" && output.status.success()) => Reached,
            Some(("refused", number)) => Refused(Errno::from_raw_os_error(number.parse().unwrap())),
            _ => panic!("{attack}, {stage}, {place}: {} {told:?}", output.status),
        }
    }
}

/// Sealed, an attack must end like this on every thread, and the canaries stay silent.
fn sealed(rows: &[(&str, Outcome)]) {
    let canaries = Canaries::listen();
    for &(attack, outcome) in rows {
        for place in ["main", "thread"] {
            assert_eq!(canaries.attacked("sealed", place, attack), outcome, "{attack}, {place}");
            assert!(!canaries.sang(), "{attack}, {place}: a canary heard it");
        }
    }
}

/// These succeed when nothing confines the process, so their failing elsewhere means something.
fn free(attacks: &[&str]) {
    let canaries = Canaries::listen();
    for attack in attacks {
        assert_eq!(canaries.attacked("free", "main", attack), Reached, "{attack}");
    }
}

#[test]
fn p03_and_t15_no_file_and_no_environment() {
    free(&["open", "open_root", "open_environ", "stat", "memfd", "duplicate"]);
    sealed(&[
        ("open", Refused(Errno::ACCESS)),
        ("open_root", Refused(Errno::ACCESS)),
        ("open_environ", Refused(Errno::ACCESS)),
        ("open_parents_memory", Refused(Errno::ACCESS)),
        ("create", Refused(Errno::ACCESS)),
        ("stat", Refused(Errno::ACCESS)),
        ("unlink", Killed),
        ("memfd", Killed),
        ("duplicate", Killed),
        ("receive_descriptor", Killed),
        ("push_terminal_input", Killed),
    ]);
}

#[test]
fn p02_no_socket() {
    let canaries = Canaries::listen();
    for attack in ["tcp", "udp", "abstract_socket"] {
        assert_eq!(canaries.attacked("free", "main", attack), Reached, "{attack}");
        assert!(canaries.sang(), "{attack}: the canary must hear it when nothing is in the way");
    }
    free(&["netlink"]);
    sealed(&[
        ("tcp", Killed),
        ("udp", Killed),
        ("abstract_socket", Killed),
        ("netlink", Killed),
        ("socket_pair", Killed),
    ]);
}

#[test]
fn p02_and_r19_no_process() {
    free(&["execve", "fork", "clone3"]);
    sealed(&[
        ("execve", Killed),
        ("fork", Killed),
        // Its flags cannot be seen, so it is not there at all; see confine/linux/calls.rs.
        ("clone3", Refused(Errno::NOSYS)),
        ("new_user_namespace", Killed),
        ("unshare", Killed),
        ("setns", Killed),
        ("mount", Killed),
        ("chroot", Killed),
    ]);
}

#[test]
fn p02_no_other_process_is_reached() {
    free(&["signal_parent", "signal_parents_thread", "signal_any_thread", "hold_parent"]);
    sealed(&[
        ("ptrace", Killed),
        ("read_parent", Killed),
        ("signal_parent", Killed),
        ("signal_parents_thread", Killed),
        ("signal_any_thread", Killed),
        ("hold_parent", Killed),
    ]);
}

#[test]
fn j15_no_code_is_made() {
    free(&["map_code", "make_code", "make_code_with_a_key"]);
    sealed(&[("map_code", Killed), ("make_code", Killed), ("make_code_with_a_key", Killed), ("personality", Killed)]);
}

#[test]
fn odd_corners_of_the_kernel_are_out_of_reach() {
    free(&["dumpable", "personality"]);
    sealed(&[
        ("io_uring", Killed),
        ("bpf", Killed),
        ("userfaultfd", Killed),
        ("keyctl", Killed),
        ("perf", Killed),
        ("shared_memory", Killed),
        ("dumpable", Killed),
        ("another_filter", Killed),
        ("raise_limit", Refused(Errno::PERM)),
        ("priority", Killed),
        ("become_somebody", Killed),
    ]);
    #[cfg(target_arch = "x86_64")]
    sealed(&[("other_numbers", Killed)]);
}

#[test]
fn what_a_worker_needs_still_works() {
    sealed(&[("nothing", Reached), ("write", Reached), ("own_thread", Reached), ("ordinary", Reached)]);
}

/// A worker that crashed is not taken for one that was caught.
#[test]
fn p16_a_crash_looks_like_one() {
    sealed(&[("abort", Died(Signal::ABORT.as_raw())), ("crash", Died(Signal::SEGV.as_raw()))]);
}

/// The second reason by itself: Landlock alone, before the filter is there.
#[test]
fn p02_and_p03_landlock_alone_denies_files_and_tcp() {
    if !landlocked() {
        eprintln!("this kernel has no Landlock of version 6: nothing to test");
        return;
    }
    let canaries = Canaries::listen();
    for (attack, outcome) in [
        ("open", Refused(Errno::ACCESS)),
        ("open_environ", Refused(Errno::ACCESS)),
        ("create", Refused(Errno::ACCESS)),
        ("tcp", Refused(Errno::ACCESS)),
        ("abstract_socket", Refused(Errno::PERM)),
        ("signal_parent", Refused(Errno::PERM)),
        ("signal_parents_thread", Refused(Errno::PERM)),
        ("ptrace", Refused(Errno::PERM)),
        ("read_parent", Refused(Errno::PERM)),
    ] {
        for place in ["main", "thread"] {
            assert_eq!(canaries.attacked("closed", place, attack), outcome, "{attack}, {place}");
            assert!(!canaries.sang(), "{attack}: a canary heard it");
        }
    }
}

fn landlocked() -> bool {
    crate::worker::protections().iter().any(|protection| {
        protection.layer == weir_sandbox::confine::Layer::Signals
            && protection.strength == weir_sandbox::confine::Strength::Active
    })
}
