//! Installs a committed lock file's packages into a directory of its own, by `npm ci`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    digest::{self, Stamp},
    step,
};

/// `from` holds `package.json`, `package-lock.json` and `.npmrc`; packages land in `into/node_modules`, whose path is returned.
pub(crate) fn install(from: &Path, into: &Path) -> Result<PathBuf> {
    const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
    let inputs: Vec<_> = FILES.iter().map(|file| from.join(file)).collect();
    let stamp = Stamp::new(into.join(".stamp"), digest::of("npm 1", &inputs)?);
    let modules = into.join("node_modules");
    if stamp.is_current() && modules.is_dir() {
        return Ok(modules);
    }
    step::say(&format!("installing the npm packages of {} (once)", from.display()));
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    stamp.clear()?;
    for input in &inputs {
        let name = input.file_name().expect("each has a name");
        fs::copy(input, into.join(name)).with_context(|| format!("cannot copy {}", input.display()))?;
    }
    // Install scripts stay off: nothing pinned here needs one, and they are foreign code.
    step::quiet(
        Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(into),
    )
    .context(
        "npm could not install the pinned packages; Node 20 or later with npm is needed, and its registry within reach",
    )?;
    stamp.set()?;
    Ok(modules)
}
