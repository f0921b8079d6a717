//! Builds `target/guests/*.wasm` from `guests/`: an engine, initialised with weir's own guest source, as one component.
//! Starlark is no component: the sources of its library are put below `target/` too.
//!
//! `crates/sandbox/build.rs` embeds what lies there. Nothing compiled or downloaded is ever committed.

mod javascript;
mod python;
mod starlark;

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{place, step};

pub(crate) fn build() -> Result<()> {
    let _held = step::hold(&place::guests())?;
    starlark::build().context("the sources of starlark could not be put in place")?;
    javascript::build().context("the JavaScript guest could not be built")?;
    python::build().context("the Python guest could not be built")
}

/// A product appears whole, or not at all.
fn place_product(fresh: &Path, product: &Path) -> Result<()> {
    fs::rename(fresh, product).with_context(|| format!("cannot place {}", product.display()))?;
    let size = fs::metadata(product).context("the guest was just written")?.len();
    let name = product.file_name().unwrap_or_default().to_string_lossy();
    step::say(&format!("built target/guests/{name} ({} KiB)", size / 1024));
    Ok(())
}
