//! A process that confines itself as a worker does and tells what became of every layer. `weir check` starts one.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd as _,
    path::Path,
    thread,
};

use super::{Confinement, Profile};

/// A report is a few hundred bytes; more is not read.
pub(crate) const REPORT_BYTES_MAX: u64 = 64 * 1024;

/// The whole of such a process: the report goes to standard output.
pub(crate) fn report(group: Option<&Path>) -> io::Result<()> {
    let mut confinement = Confinement::begin(Profile::Run, group);
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    confinement.close();
    // A worker has several threads when it is sealed.
    thread::Builder::new().name("weir-watch".to_owned()).stack_size(64 * 1024).spawn(|| {
        loop {
            thread::park()
        }
    })?;
    let report = postcard::to_stdvec(&confinement.seal()).map_err(io::Error::other)?;
    out.write_all(&report)
}
