//! Builds `target/guests/*.wasm` from `guests/`: an engine, initialised with weir's own guest source, as one component.
//!
//! `crates/sandbox/build.rs` embeds what lies there. Nothing compiled is ever committed.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    digest::{self, Stamp},
    npm, place, step,
};

/// Part of the hash: raise it when the recipe below changes.
const RECIPE: &str = "js guest 2";

pub(crate) fn build() -> Result<()> {
    let _held = step::hold(&place::guests())?;
    javascript().context("the JavaScript guest could not be built")
}

fn javascript() -> Result<()> {
    let source = place::root().join("guests/js");
    let wit = place::root().join("guests/weir.wit");
    let product = place::guests().join("js.wasm");
    let inputs = [
        wit.clone(),
        source.join("src"),
        source.join("package.json"),
        source.join("package-lock.json"),
        source.join(".npmrc"),
    ];
    let stamp = Stamp::new(place::guests().join("js.stamp"), digest::of(RECIPE, &inputs)?);
    if stamp.is_current() && product.is_file() {
        return Ok(());
    }
    stamp.clear()?;
    let modules = npm::install(&source, &place::guests().join("js"))?;
    step::say("building the JavaScript guest");
    let bundle = place::guests().join("js/weir.js");
    bundle_sources(&source, &modules, &bundle)?;
    let fresh = place::guests().join("js/weir.wasm");
    // The current directory and the bare file name keep this machine's paths out of the component.
    step::quiet(
        Command::new(modules.join(".bin/componentize-qjs"))
            .arg("--wit")
            .arg(&wit)
            .args(["--js", "weir.js", "--output", "weir.wasm", "--stub-wasi"])
            .current_dir(place::guests().join("js")),
    )?;
    fs::rename(&fresh, &product).with_context(|| format!("cannot place {}", product.display()))?;
    stamp.set()?;
    let size = fs::metadata(&product).context("the guest was just written")?.len();
    step::say(&format!("built target/guests/js.wasm ({} KiB)", size / 1024));
    Ok(())
}

fn bundle_sources(source: &Path, modules: &Path, bundle: &Path) -> Result<()> {
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(bundle);
    step::quiet(
        Command::new(modules.join(".bin/esbuild"))
            .arg(source.join("src/main.js"))
            .args([
                "--bundle",
                "--format=esm",
                "--target=es2023",
                "--external:weir:*",
                "--legal-comments=none",
                "--log-level=warning",
            ])
            .args(["--minify"])
            .arg(outfile)
            .env("NODE_PATH", modules)
            .current_dir(source),
    )?;
    Ok(())
}
