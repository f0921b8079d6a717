#![cfg_attr(all(target_os = "linux", target_env = "gnu"), expect(unsafe_code, reason = "glibc is told its settings"))]
//! The allocator of a worker gives large blocks back to the kernel the moment they are freed.
//!
//! By itself glibc keeps what is as large as the largest block it saw freed: after one answer of some megabytes a worker would hold on to
//! tens of them, and what a run is charged for, by the kernel's account, would be its neighbours'.

/// Blocks of this size and more are mapped by themselves. So they are where the C library is musl.
pub(super) const MAPPED_BYTES: usize = 256 * 1024;

/// Before the process has a second thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn set_up() {
    const KEPT_FREE_BYTES: libc::c_int = 1024 * 1024;
    let mapped = libc::c_int::try_from(MAPPED_BYTES).unwrap_or(libc::c_int::MAX);
    for (setting, bytes) in [(libc::M_MMAP_THRESHOLD, mapped), (libc::M_TRIM_THRESHOLD, KEPT_FREE_BYTES)] {
        // SAFETY: two numbers of the allocator are set, which no other thread is using yet.
        unsafe { libc::mallopt(setting, bytes) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn set_up() {}
