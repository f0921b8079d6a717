#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "a signal handler is set, and runs"))]
//! Holds up the abort of a native run's step until somebody has told why the process ends.
//!
//! A failed allocation aborts, wherever it happens. The thread it happens on never goes on; the process is ended by
//! [`super::watch`], or by the gateway, which no longer hears from it.

use std::sync::atomic::{AtomicBool, Ordering};

/// A step is under way.
static STEPPING: AtomicBool = AtomicBool::new(false);
/// Its thread waits here for the end.
static HELD: AtomicBool = AtomicBool::new(false);

pub(super) fn is_held() -> bool {
    HELD.load(Ordering::SeqCst)
}

/// Does what may abort. Only one thread of the process steps.
pub(super) fn held_during<T>(step: impl FnOnce() -> T) -> T {
    STEPPING.store(true, Ordering::SeqCst);
    let outcome = step();
    STEPPING.store(false, Ordering::SeqCst);
    outcome
}

/// From now on. Where it cannot be set, or not at all, an abort ends the process as it always does.
#[cfg(target_os = "linux")]
pub(super) fn hold() {
    extern "C" fn on_abort(_signal: libc::c_int) {
        // Another abort, or one outside of a step: back to where it was raised, which ends the process.
        if !STEPPING.load(Ordering::SeqCst) || HELD.swap(true, Ordering::SeqCst) {
            return;
        }
        loop {
            let long = libc::timespec { tv_sec: 3_600, tv_nsec: 0 };
            // SAFETY: the call may be made in a signal handler and reads nothing but `long`.
            unsafe { libc::nanosleep(&raw const long, std::ptr::null_mut()) };
        }
    }
    let handler: extern "C" fn(libc::c_int) = on_abort;
    // SAFETY: zeros are a valid action without flags and with an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: the handler touches two atomics and makes one call that is allowed in a handler.
    unsafe { libc::sigaction(libc::SIGABRT, &raw const action, std::ptr::null_mut()) };
}

#[cfg(not(target_os = "linux"))]
pub(super) fn hold() {}
