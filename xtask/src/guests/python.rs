//! The Python guest: CPython by `componentize-py`, run until everything a snippet may import is loaded, and frozen there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::place_product;
use crate::{
    digest::{self, Stamp},
    place, python, step,
};

/// Part of the hash: raise it when the recipe below changes.
const RECIPE: &str = "py guest 1";

pub(super) fn build() -> Result<()> {
    let source = place::root().join("guests/py");
    let wit = place::root().join("guests/weir.wit");
    let product = place::guests().join("py.wasm");
    let lock = source.join("requirements.txt");
    let modules = modules(&source.join("src/weir_guest"))?;
    let inputs = [&[wit.clone(), lock.clone()], modules.as_slice()].concat();
    let stamp = Stamp::new(place::guests().join("py.stamp"), digest::of(RECIPE, &inputs)?);
    if stamp.is_current() && product.is_file() {
        return Ok(());
    }
    stamp.clear()?;
    let home = place::guests().join("py");
    python::install(&lock, &home.join("env"))?;
    step::say("building the Python guest (about half a minute)");
    let interpreter = home.join("env/bin/python");
    let packages = packages(&interpreter)?;
    let staged = stage(&modules, &home.join("src"))?;
    let fresh = home.join("weir.wasm");
    // Without imports of WASI: the guest asks its host for nothing but what weir.wit says.
    step::quiet(
        Command::new(&interpreter)
            .args(["-c", "import sys, componentize_py; sys.exit(componentize_py.script())", "--quiet"])
            .arg("--wit-path")
            .arg(&wit)
            .args(["--world", "blocking-engine", "componentize", "weir_guest", "--stub-wasi"])
            .arg("--python-path")
            .arg(&staged)
            .arg("--python-path")
            .arg(&packages)
            .arg("--output")
            .arg(&fresh)
            // Else it would look for packages wherever this machine keeps its own.
            .env("VIRTUAL_ENV", home.join("env"))
            .env_remove("PYTHONPATH")
            .current_dir(&home),
    )?;
    place_product(&fresh, &product)?;
    stamp.set()
}

/// The guest's sources, and nothing an interpreter may have left beside them.
fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    found.sort();
    Ok(found)
}

/// A copy of the sources: the interpreter writes what it compiled beside what it reads.
fn stage(modules: &[PathBuf], into: &Path) -> Result<PathBuf> {
    let package = into.join("weir_guest");
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("cannot clear {}", into.display()))?;
    }
    fs::create_dir_all(&package).with_context(|| format!("cannot make {}", package.display()))?;
    for module in modules {
        let name = module.file_name().expect("it was listed by its name");
        fs::copy(module, package.join(name)).with_context(|| format!("cannot copy {}", module.display()))?;
    }
    Ok(into.to_owned())
}

/// Where the locked packages lie, time zones among them.
fn packages(interpreter: &Path) -> Result<PathBuf> {
    let asked = "import pathlib, tzdata; print(pathlib.Path(tzdata.__file__).parents[1])";
    let told = step::quiet(Command::new(interpreter).args(["-c", asked]))?;
    Ok(PathBuf::from(told.trim_end()))
}
