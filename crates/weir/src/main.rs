//! The executable. Helper processes are dispatched before anything else happens: they must start in milliseconds.

use std::{ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    match args.first().and_then(|word| word.to_str()) {
        Some("worker") => weir::cli::worker::main(&args[1..]),
        Some("warden") => weir::cli::warden::main(),
        _ => {
            // Before the first child: no upstream inherits what whoever started weir left open.
            weir_sandbox::confine::keep_descriptors();
            weir::cli::main()
        }
    }
}
