//! Finds the guests that this crate embeds, and names them by their content. They are built by `cargo xtask guests`, never here.

use std::{env, fs, path::PathBuf};

use sha2::{Digest as _, Sha256};

fn main() {
    println!("cargo::rerun-if-env-changed=WEIR_GUESTS_DIR");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    let dir = env::var_os("WEIR_GUESTS_DIR").map_or_else(|| manifest.join("../../target/guests"), PathBuf::from);
    for (file, variable) in [("js.wasm", "WEIR_GUEST_JS"), ("py.wasm", "WEIR_GUEST_PY")] {
        let guest = dir.join(file);
        println!("cargo::rerun-if-changed={}", guest.display());
        match guest.canonicalize().and_then(|path| Ok((fs::read(&path)?, path))) {
            Ok((content, path)) => {
                println!("cargo::rustc-env={variable}={}", path.display());
                println!("cargo::rustc-env={variable}_HASH={}", hex(&Sha256::digest(content)));
            }
            Err(_) => {
                println!(
                    "cargo::error=the guest {file} is not built yet: run `cargo xtask guests` once, then build again"
                )
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
