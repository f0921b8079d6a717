//! Names the reader by its own sources, so that nothing another reader kept on disk is taken for what this one would read.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    println!("cargo::rerun-if-changed=src");
    let mut reader = Sha256::new();
    reader.update(env!("CARGO_PKG_VERSION"));
    read(&manifest.join("src"), &mut reader)?;
    let name: String = reader.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=WEIR_OPENAPI_READER={name}");
    Ok(())
}

/// All files below, by name.
fn read(folder: &Path, reader: &mut Sha256) -> io::Result<()> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, reader)?;
        } else {
            reader.update(path.file_name().expect("it was listed").as_encoded_bytes());
            reader.update(fs::read(&path)?);
        }
    }
    Ok(())
}
