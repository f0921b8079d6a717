//! `weir worker`: the confined process that runs snippets. Started by the gateway, never by people.
//! No configuration, no argument parsing, no runtime of ours comes before it.

use std::{ffi::OsString, process::ExitCode};

/// `args` are what follows the word `worker`.
pub fn main(args: &[OsString]) -> ExitCode {
    weir_sandbox::worker::main(args)
}
