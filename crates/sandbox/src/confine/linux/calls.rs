//! The system calls a sealed worker may make. Everything that is not in here ends the process on the spot.
//!
//! Found by tracing every test of this crate, then cut to what happens after the seal. Neither table names `execve`, `fork`,
//! `socket`, `connect`, `ptrace`, `kill`, `setns`, `bpf`, `io_uring_setup` or any of the other three hundred: no library here
//! makes them, so only an exploit does, and a process that does is no longer worth keeping.

use libc::c_long;

/// When an allowed call is allowed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Only {
    Always,
    /// The bits of `mask` in the argument are exactly `value`.
    Bits {
        argument: u8,
        mask: u64,
        value: u64,
    },
    /// The argument is this process's id.
    Myself {
        argument: u8,
    },
}
use Only::{Always, Bits, Myself};

/// Third argument of `mmap` and `mprotect`: code is mapped before the seal, and none is made afterwards.
const NOT_EXECUTABLE: Only = Bits { argument: 2, mask: libc::PROT_EXEC as u64, value: 0 };

/// `clone` for a thread of this process and nothing else: no process, no namespace, nothing traced. Exactly what a
/// C library asks for; musl adds a flag that has meant nothing since Linux 2.6.
const A_THREAD: Only = Bits {
    argument: 0,
    mask: !(libc::CLONE_DETACHED as u64),
    value: (libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_SETTLS
        | libc::CLONE_PARENT_SETTID
        | libc::CLONE_CHILD_CLEARTID) as u64,
};

/// `_IOWR('f', 16, struct pm_scan_arg)`: which pages of this process were touched. The engine clears only those.
pub(super) const PAGEMAP_SCAN: u64 = 0xC060_6610;

/// An argument that is one number, in its low half: the kernel reads no more of it.
const fn exactly(argument: u8, value: u64) -> Only {
    Bits { argument, mask: u32::MAX as u64, value }
}

pub(super) const ALLOWED: &[(c_long, Only)] = &[
    // The channel: one connected socket, open since the start, the only one there will be. Nothing is received but bytes;
    // a descriptor sent along is dropped by the kernel, because the gateway asks for bytes alone as well.
    (libc::SYS_recvfrom, Always),
    (libc::SYS_sendmsg, Always),
    (libc::SYS_read, Always),
    // The account of this process's memory, opened before the seal, is read again and again. Nothing else is open to be read.
    (libc::SYS_pread64, Always),
    (libc::SYS_write, Always),
    (libc::SYS_writev, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, Always),
    (libc::SYS_ppoll, Always),
    (libc::SYS_close, Always),
    // Debug builds ask whether a descriptor is open before they close it.
    (libc::SYS_fcntl, exactly(1, libc::F_GETFD as u64)),
    // Memory: the engine makes pages of its reservation readable, maps fresh images of a guest's memory over used ones,
    // and gives pages back. The allocators do the same.
    (libc::SYS_mmap, NOT_EXECUTABLE),
    (libc::SYS_mprotect, NOT_EXECUTABLE),
    (libc::SYS_munmap, Always),
    (libc::SYS_mremap, Always),
    (libc::SYS_madvise, Always),
    (libc::SYS_brk, Always),
    (libc::SYS_ioctl, exactly(1, PAGEMAP_SCAN)),
    // Threads: an engine may start one for a run. Below are what its first and last moments need.
    (libc::SYS_clone, A_THREAD),
    (libc::SYS_set_robust_list, Always),
    (libc::SYS_rseq, Always),
    (libc::SYS_prctl, exactly(0, libc::PR_SET_NAME as u64)),
    (libc::SYS_sigaltstack, Always),
    (libc::SYS_exit, Always),
    (libc::SYS_futex, Always),
    (libc::SYS_sched_yield, Always),
    // How many cores there are: the allocator sizes its arenas by it.
    (libc::SYS_sched_getaffinity, Always),
    (libc::SYS_gettid, Always),
    (libc::SYS_getpid, Always),
    // Time: the clock of a thread's own CPU use is never answered without a call.
    (libc::SYS_clock_gettime, Always),
    (libc::SYS_clock_nanosleep, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_nanosleep, Always),
    (libc::SYS_restart_syscall, Always),
    // Keys of hash tables, one per thread.
    (libc::SYS_getrandom, Always),
    // Signals: a trap in a guest arrives as one. Setting handlers stays possible, for a crash is made of putting the
    // default handler back and failing again; a worker that crashed must not look like one that was caught here.
    (libc::SYS_rt_sigreturn, Always),
    (libc::SYS_rt_sigprocmask, Always),
    (libc::SYS_rt_sigaction, Always),
    // `abort`; the first argument is the process that is signalled.
    (libc::SYS_tgkill, Myself { argument: 0 }),
    (libc::SYS_exit_group, Always),
];

/// Calls that a C library or Rust's own makes on rare paths and lives without: answered with an error, and the worker goes on.
pub(super) const REFUSED: &[(c_long, i32)] = &[
    // Files: glibc looks up a memory setting when it shrinks an arena, and time zones, and the number of cores.
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, libc::EACCES),
    (libc::SYS_openat, libc::EACCES),
    (libc::SYS_openat2, libc::EACCES),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_stat, libc::EACCES),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_lstat, libc::EACCES),
    (libc::SYS_fstat, libc::EACCES),
    #[cfg(not(target_arch = "riscv64"))]
    (libc::SYS_newfstatat, libc::EACCES),
    (libc::SYS_statx, libc::EACCES),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_access, libc::EACCES),
    (libc::SYS_faccessat, libc::EACCES),
    (libc::SYS_faccessat2, libc::EACCES),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_readlink, libc::EACCES),
    (libc::SYS_readlinkat, libc::EACCES),
    (libc::SYS_getcwd, libc::EACCES),
    // Its flags lie in memory, where no filter looks: glibc then starts threads with `clone`, whose flags it sees.
    (libc::SYS_clone3, libc::ENOSYS),
    // Sorting in glibc asks how much memory there is.
    (libc::SYS_sysinfo, libc::ENOSYS),
    // Limits are read where a thread asks for its stack; they cannot be set any more either.
    (libc::SYS_prlimit64, libc::EPERM),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_getrlimit, libc::EPERM),
    // Engines announce new code with it; there is none after the seal.
    (libc::SYS_membarrier, libc::ENOSYS),
];
