//! The worker process: runs snippets for one principal and talks to nobody but its gateway.
//!
//! One thread runs everything, time-sliced; a second moves the epoch, a third ends the process when the gateway is gone.
//! It opens no file or socket: the channel is standard input, the compiled guest standard output.

mod abort;
mod allocator;
mod budget;
mod ending;
mod event_loop;
mod guest;
mod host;
mod native;
mod resident;
mod run;
mod ticker;
mod watch;

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Write as _},
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
    process::ExitCode,
    thread,
};

use rustix::event::{PollFd, PollFlags, poll};

use crate::{
    confine::{self, Confinement, Profile},
    engine::{self, EngineFault},
    engines::EngineKind,
    frame::{FromWorker, Outbox},
    process::Role,
};
pub(crate) use ending::result_too_large;
pub(crate) use event_loop::BINDINGS_KEPT;
use event_loop::{EventLoop, Loaded};
use guest::Guest;
pub(crate) use host::LOG_LINE_BYTES_MIN;
use resident::Resident;

/// Runs one worker hosts at once.
pub(crate) const RUNS_PER_WORKER: u32 = 256;
/// The stack of the thread that parses and runs; only what is touched costs memory.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The whole of a worker process; `args` are the arguments after the hidden subcommand.
///
/// Standard streams belong to the gateway: the caller must not have read or written them.
pub fn main(args: &[OsString]) -> ExitCode {
    let words: Vec<_> = args.iter().filter_map(|word| word.to_str()).collect();
    let outcome = match Role::of(&words) {
        Some((Role::Run(kind), group)) => run(kind, group),
        Some((Role::Compile(kind), group)) => compile(kind, group),
        Some((Role::Probe, group)) => confine::report(group),
        None => Err(io::ErrorKind::InvalidInput.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            // Shown only to somebody who debugs: the gateway gives workers no standard error otherwise.
            let _shown = writeln!(io::stderr(), "weir worker: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn compile(kind: EngineKind, group: Option<&Path>) -> io::Result<()> {
    let guest = kind.guest().ok_or(io::ErrorKind::InvalidInput)?;
    let mut confinement = Confinement::begin(Profile::Compile, group);
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    confinement.close();
    confinement.seal();
    let compiled = engine::compile(guest.component).map_err(io::Error::other)?;
    out.write_all(&compiled)
}

fn run(kind: EngineKind, group: Option<&Path>) -> io::Result<()> {
    allocator::set_up();
    let mut confinement = Confinement::begin(Profile::Run, group);
    let channel = io::stdin().as_fd().try_clone_to_owned()?;
    let compiled = io::stdout().as_fd().try_clone_to_owned()?;
    let loaded = load(kind, File::from(compiled));
    confinement.close();
    leave_with_the_gateway(channel.try_clone()?)?;
    let work = move || match loaded {
        Ok(loaded) => {
            let event_loop = EventLoop::new(channel, loaded)?;
            confinement.seal();
            event_loop.turn()
        }
        Err(cause) => say_unfit(&channel, &cause.to_string()),
    };
    let thread = thread::Builder::new().name("weir-run".to_owned()).stack_size(STACK_BYTES).spawn(work)?;
    thread.join().map_err(|_panicked| io::Error::other("the worker panicked"))?
}

fn load(kind: EngineKind, compiled: File) -> Result<Loaded, EngineFault> {
    match kind {
        EngineKind::Starlark => Ok(Loaded::Starlark(Resident::open())),
        EngineKind::JavaScript | EngineKind::Python => Guest::load(kind, compiled, RUNS_PER_WORKER).map(Loaded::Guest),
    }
}

/// Ends the process as soon as the gateway's end of the channel closes, even while a guest is running.
fn leave_with_the_gateway(channel: OwnedFd) -> io::Result<()> {
    let watch = move || loop {
        let mut fds = [PollFd::new(&channel, PollFlags::empty())];
        let polled = poll(&mut fds, None);
        let gone = fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
        if gone || polled.is_err_and(|cause| cause != rustix::io::Errno::INTR) {
            std::process::exit(0);
        }
    };
    thread::Builder::new().name("weir-watch".to_owned()).stack_size(64 * 1024).spawn(watch).map(drop)
}

fn say_unfit(channel: &OwnedFd, cause: &str) -> io::Result<()> {
    let mut outbox = Outbox::default();
    outbox.push(&FromWorker::Unfit, cause.as_bytes().to_vec()).map_err(io::Error::other)?;
    outbox.flush(|slices| Ok(rustix::io::writev(channel, slices)?))?;
    Ok(())
}
