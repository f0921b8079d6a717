#![expect(unsafe_code, reason = "an attacker makes system calls directly, as an exploit in a worker would")]
//! What the tests of the confinement let loose in a process confined like a worker. Not part of weir's own executable.
//!
//! `weir-sandbox-attacker STAGE THREAD ATTACK PORT NAME` does one thing that no worker may do and prints how it went.

use std::{
    collections::HashMap,
    env,
    io::Write as _,
    panic,
    process::{ExitCode, abort, id},
    ptr::{null, null_mut, without_provenance_mut},
    thread,
    time::{Duration, Instant},
};

use libc::{c_int, c_long, syscall};
use weir_sandbox::confine::{Confinement, Profile};

/// What an attack may reach if it is not stopped.
struct Canaries {
    /// A TCP and UDP port of the loopback address.
    port: u16,
    /// An abstract socket.
    name: String,
    parent: c_long,
}

type Attack = fn(&Canaries) -> c_long;

/// Makes a system call with numbers and pointers that the kernel checks itself.
macro_rules! call {
    ($name:ident $(, $argument:expr)* $(,)?) => {
        // SAFETY: every pointer is null, to a constant, or to a local that outlives the call; what the call does to this
        // process is the point, and the process ends right after it.
        unsafe { syscall(libc::$name $(, $argument as c_long)*) }
    };
}

fn open(path: &std::ffi::CStr) -> c_long {
    call!(SYS_openat, libc::AT_FDCWD, path.as_ptr(), libc::O_RDONLY)
}

fn inet(port: u16) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([127, 0, 0, 1]) },
        sin_zero: [0; 8],
    }
}

fn tcp(canaries: &Canaries) -> c_long {
    let address = inet(canaries.port);
    let socket = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
    call!(SYS_connect, socket, &raw const address, size_of_val(&address))
}

fn udp(canaries: &Canaries) -> c_long {
    let address = inet(canaries.port);
    let socket = call!(SYS_socket, libc::AF_INET, libc::SOCK_DGRAM, 0);
    call!(SYS_sendto, socket, c"x".as_ptr(), 1, 0, &raw const address, size_of_val(&address))
}

fn abstract_socket(canaries: &Canaries) -> c_long {
    let mut address = libc::sockaddr_un { sun_family: libc::AF_UNIX as libc::sa_family_t, sun_path: [0; 108] };
    for (to, from) in address.sun_path[1..].iter_mut().zip(canaries.name.bytes()) {
        *to = from.cast_signed();
    }
    let socket = call!(SYS_socket, libc::AF_UNIX, libc::SOCK_STREAM, 0);
    call!(SYS_connect, socket, &raw const address, 2 + 1 + canaries.name.len())
}

fn execute() -> c_long {
    let words = [c"/bin/true".as_ptr(), null()];
    call!(SYS_execve, words[0], words.as_ptr(), null::<u8>())
}

/// A page of this process with these rights.
fn page(rights: c_int) -> c_long {
    call!(SYS_mmap, 0, 4096, rights, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
}

fn read_parent(canaries: &Canaries) -> c_long {
    let mut byte = 0_u8;
    let ours = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // The executable's first byte is at a place the kernel chose; a wrong one answers with another error than a refusal.
    let theirs = libc::iovec { iov_base: without_provenance_mut(4096), iov_len: 1 };
    call!(SYS_process_vm_readv, canaries.parent, &raw const ours, 1, &raw const theirs, 1, 0)
}

fn clone3() -> c_long {
    let arguments = [0_u64, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    call!(SYS_clone3, arguments.as_ptr(), size_of_val(&arguments))
}

fn receive_descriptor() -> c_long {
    // SAFETY: all zero is a valid header: nothing to receive.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    call!(SYS_recvmsg, 0, &raw mut header, libc::MSG_DONTWAIT)
}

/// What honest code in a worker does, now and then.
fn ordinary() -> c_long {
    let began = Instant::now();
    let mut held: HashMap<usize, Vec<u8>> = (1..64).map(|size| (size, vec![1; size * 64 * 1024])).collect();
    held.retain(|size, bytes| {
        bytes.resize(size * 100 * 1024, 2);
        size % 2 == 0
    });
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(|| vec![0_u8; 1 << 20].len())).collect();
    let joined = threads.into_iter().all(|thread| thread.join().is_ok());
    thread::sleep(Duration::from_millis(1));
    let caught = panic::catch_unwind(|| panic!("caught"));
    c_long::from(joined && caught.is_err() && began.elapsed() > Duration::ZERO) - 1
}

fn crash() -> c_long {
    // SAFETY: it is not: writing to no place ends the process by a signal, which is what is to be seen.
    unsafe { null_mut::<u8>().write_volatile(1) };
    0
}

const RW: c_int = libc::PROT_READ | libc::PROT_WRITE;

/// Signal 23, SIGURG: who gets it by mistake ignores it.
const HARMLESS: c_int = libc::SIGURG;

const ATTACKS: &[(&str, Attack)] = &[
    ("nothing", |_| 0),
    ("open", |_| open(c"/etc/passwd")),
    ("open_root", |_| open(c"/")),
    ("open_environ", |_| open(c"/proc/self/environ")),
    ("open_parents_memory", |canaries| {
        let path = std::ffi::CString::new(format!("/proc/{}/mem", canaries.parent)).unwrap_or_default();
        open(&path)
    }),
    ("create", |_| {
        call!(SYS_openat, libc::AT_FDCWD, c"/tmp/weir-attacker".as_ptr(), libc::O_CREAT | libc::O_WRONLY, 0o600)
    }),
    ("unlink", |_| call!(SYS_unlinkat, libc::AT_FDCWD, c"/tmp/weir-attacker".as_ptr(), 0)),
    ("stat", |_| {
        let mut facts = [0_u64; 32];
        call!(SYS_statx, libc::AT_FDCWD, c"/etc".as_ptr(), 0, libc::STATX_TYPE, facts.as_mut_ptr())
    }),
    ("memfd", |_| call!(SYS_memfd_create, c"x".as_ptr(), 0)),
    ("duplicate", |_| call!(SYS_fcntl, 0, libc::F_DUPFD_CLOEXEC, 0)),
    ("receive_descriptor", |_| receive_descriptor()),
    ("push_terminal_input", |_| call!(SYS_ioctl, 2, libc::TIOCSTI, c"x".as_ptr())),
    ("tcp", tcp),
    ("udp", udp),
    ("abstract_socket", abstract_socket),
    ("netlink", |_| call!(SYS_socket, libc::AF_NETLINK, libc::SOCK_RAW, 0)),
    ("socket_pair", |_| call!(SYS_socketpair, libc::AF_UNIX, libc::SOCK_STREAM, 0, 0)),
    ("execve", |_| execute()),
    ("fork", |_| call!(SYS_clone, libc::SIGCHLD, 0, 0, 0, 0)),
    ("clone3", |_| clone3()),
    ("new_user_namespace", |_| call!(SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0)),
    ("unshare", |_| call!(SYS_unshare, libc::CLONE_NEWUSER)),
    ("setns", |_| call!(SYS_setns, 0, 0)),
    ("mount", |_| call!(SYS_mount, 0, c"/".as_ptr(), 0, libc::MS_REC | libc::MS_PRIVATE, 0)),
    ("chroot", |_| call!(SYS_chroot, c"/".as_ptr())),
    ("ptrace", |canaries| call!(SYS_ptrace, libc::PTRACE_SEIZE, canaries.parent, 0, 0)),
    ("read_parent", read_parent),
    ("signal_parent", |canaries| call!(SYS_kill, canaries.parent, HARMLESS)),
    ("signal_parents_thread", |canaries| call!(SYS_tgkill, canaries.parent, canaries.parent, HARMLESS)),
    ("signal_any_thread", |canaries| call!(SYS_tkill, canaries.parent, HARMLESS)),
    ("hold_parent", |canaries| call!(SYS_pidfd_open, canaries.parent, 0)),
    ("map_code", |_| page(RW | libc::PROT_EXEC)),
    ("make_code", |_| call!(SYS_mprotect, page(RW), 4096, libc::PROT_READ | libc::PROT_EXEC)),
    ("make_code_with_a_key", |_| {
        let key = -1;
        call!(SYS_pkey_mprotect, page(RW), 4096, libc::PROT_EXEC, key)
    }),
    ("io_uring", |_| call!(SYS_io_uring_setup, 1, 0)),
    ("bpf", |_| call!(SYS_bpf, 0, 0, 0)),
    ("userfaultfd", |_| call!(SYS_userfaultfd, 1)),
    ("keyctl", |_| call!(SYS_keyctl, 0, -3, 1)),
    ("perf", |_| call!(SYS_perf_event_open, 0, 0, -1, -1, 0)),
    ("shared_memory", |_| call!(SYS_shmget, libc::IPC_PRIVATE, 4096, 0o600)),
    ("dumpable", |_| call!(SYS_prctl, libc::PR_SET_DUMPABLE, 1, 0, 0, 0)),
    ("another_filter", |_| call!(SYS_seccomp, libc::SECCOMP_SET_MODE_STRICT, 0, 0)),
    ("raise_limit", |_| {
        let all = [libc::RLIM_INFINITY; 2];
        call!(SYS_prlimit64, 0, libc::RLIMIT_FSIZE, all.as_ptr(), 0)
    }),
    ("priority", |_| call!(SYS_setpriority, libc::PRIO_PROCESS, 0, 0)),
    ("become_somebody", |_| call!(SYS_setuid, 0)),
    ("personality", |_| call!(SYS_personality, libc::READ_IMPLIES_EXEC)),
    #[cfg(target_arch = "x86_64")]
    ("other_numbers", |_| {
        // SAFETY: asks for this process's id by the numbers of another calling convention.
        unsafe { syscall(0x4000_0000 | libc::SYS_getpid) }
    }),
    ("ordinary", |_| ordinary()),
    ("abort", |_| abort()),
    ("crash", |_| crash()),
    ("write", |_| call!(SYS_write, 1, c"".as_ptr(), 0)),
    ("own_thread", |_| {
        let thread = call!(SYS_gettid);
        call!(SYS_tgkill, id(), thread, 0)
    }),
];

/// Prints how it went: `reached`, or `refused` and the error's number.
fn attack(attack: Attack, canaries: &Canaries) {
    let outcome = attack(canaries);
    let told = if outcome >= 0 {
        "reached".to_owned()
    } else {
        format!("refused {}", std::io::Error::last_os_error().raw_os_error().unwrap_or_default())
    };
    let _shown = writeln!(std::io::stdout(), "{told}");
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let [stage, place, name, port, socket] = words.as_slice() else { return ExitCode::FAILURE };
    let Some(&(_, chosen)) = ATTACKS.iter().find(|(known, _)| known == name) else { return ExitCode::FAILURE };
    // SAFETY: it has no arguments and cannot fail.
    let parent = c_long::from(unsafe { libc::getppid() });
    let canaries = Canaries { port: port.parse().unwrap_or_default(), name: socket.clone(), parent };
    match stage.as_str() {
        "free" => {}
        "closed" => Confinement::begin(Profile::Run, None).close(),
        "sealed" => {
            let mut confinement = Confinement::begin(Profile::Run, None);
            confinement.close();
            confinement.seal();
        }
        _ => return ExitCode::FAILURE,
    }
    if place == "thread" {
        // Started after the seal: what holds for the process holds for threads to come.
        let joined = thread::Builder::new()
            .name("late".to_owned())
            .spawn(move || attack(chosen, &canaries))
            .map(thread::JoinHandle::join);
        return if matches!(joined, Ok(Ok(()))) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    attack(chosen, &canaries);
    ExitCode::SUCCESS
}
