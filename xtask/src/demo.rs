//! `cargo xtask demo`: the shortest way from a checkout to the main job, seen.

use std::process::Command;

use anyhow::Result;

use crate::{guests, place, step};

#[derive(clap::Args)]
pub(crate) struct Demo {
    /// Handed on to `weir demo`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// In the dev profile: from cold it is ready in half the time of a release build, and its engine is optimised all the same.
pub(crate) fn run(demo: &Demo) -> Result<()> {
    guests::build()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    step::shown(
        Command::new(cargo)
            .args(["run", "--locked", "--package", "weir", "--", "demo"])
            .args(&demo.arguments)
            .current_dir(place::root()),
    )
}
