//! A worker process for this crate's tests and measurements. The real one is the hidden subcommand of `weir`.

use std::{ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    weir_sandbox::worker::main(&args)
}
