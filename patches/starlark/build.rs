//! Says what to run when starlark's sources are not in place yet. They are put there by `cargo xtask guests`, never here.

use std::path::Path;

fn main() {
    // As in `lib.path`.
    let sources = Path::new("../../target/made-by-cargo-xtask-guests/starlark/src/lib.rs");
    println!("cargo::rerun-if-changed={}", sources.display());
    if !sources.is_file() {
        println!(
            "cargo::error=the sources of starlark are not there yet: run `cargo xtask guests` once, then build again"
        );
    }
}
