//! The JavaScript guest: QuickJS-ng by `componentize-qjs`, its sources bundled into one.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::place_product;
use crate::{
    digest::{self, Stamp},
    npm, place, step,
};

/// Part of the hash: raise it when the recipe below changes.
const RECIPE: &str = "js guest 3";

pub(super) fn build() -> Result<()> {
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
    // The current directory and the bare file name keep this machine's paths out of the component.
    step::quiet(
        Command::new(modules.join(".bin/componentize-qjs"))
            .arg("--wit")
            .arg(&wit)
            .args(["--world", "engine", "--js", "weir.js", "--output", "weir.wasm", "--stub-wasi"])
            .current_dir(place::guests().join("js")),
    )?;
    place_product(&place::guests().join("js/weir.wasm"), &product)?;
    stamp.set()
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
