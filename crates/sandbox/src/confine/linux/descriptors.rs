#![expect(unsafe_code, reason = "closing descriptors by number needs the caller to know that nobody owns them")]
//! Descriptors that whoever started this process left open.

use std::io;

use crate::confine::{Layer, Protection};

/// The first descriptor that is neither channel, compiled guest nor standard error.
const FIRST_INHERITED: libc::c_uint = 3;

/// Closes everything but the standard streams. The process must not have opened anything yet.
pub(super) fn close_inherited() -> Protection {
    // SAFETY: called before this process opens its first descriptor, so nobody in it owns one of these numbers.
    match unsafe { close_range(0) } {
        Ok(()) => Protection::active(Layer::Descriptors, "nothing inherited but the channel and the compiled guest"),
        Err(cause) => Protection::reduced(
            Layer::Descriptors,
            format!("what was left open for the gateway stays open: closing it needs Linux 5.9 ({cause})"),
        ),
    }
}

/// Marks everything but the standard streams as closed in children.
pub(in crate::confine) fn keep_from_children() {
    // SAFETY: nothing is closed in this process, and a child is given descriptors as its standard streams only.
    if let Err(cause) = unsafe { close_range(libc::CLOSE_RANGE_CLOEXEC) } {
        tracing::debug!(%cause, "descriptors this process was started with stay open in its children");
    }
}

/// # Safety
/// Without `CLOSE_RANGE_CLOEXEC`: nobody in this process owns a descriptor from [`FIRST_INHERITED`] on.
unsafe fn close_range(flags: libc::c_uint) -> io::Result<()> {
    // SAFETY: the call touches no memory; what it does to descriptors is for the caller to know.
    let outcome = unsafe { libc::syscall(libc::SYS_close_range, FIRST_INHERITED, libc::c_uint::MAX, flags) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
