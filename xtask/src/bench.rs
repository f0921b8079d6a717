//! `cargo xtask bench`: what weir costs, beside the same work done directly, in one run on one machine.
//!
//! Figures are medians (and 99th percentiles where they matter). Nothing here asserts a time: machines differ and are noisy.

mod bombs;
pub(crate) mod client;
mod durable;
mod figure;
mod languages;
mod latency;
mod machine;
mod memory;
mod openapi;
pub(crate) mod setup;
mod tokens;

use anyhow::{Result, bail, ensure};

use figure::Figure;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// Only groups of figures whose name contains this text
    #[arg(long)]
    only: Option<String>,
    /// Fewer repetitions: a first look in about a minute
    #[arg(long)]
    quick: bool,
    /// Measure this weir instead of building one: for comparing two versions
    #[arg(long)]
    binary: Option<std::path::PathBuf>,
}

/// One group of figures that share a running gateway.
type Group = fn(&setup::Setup) -> Result<Vec<Figure>>;

const GROUPS: &[(&str, Group)] = &[
    ("machine", machine::machine),
    ("start", latency::start),
    ("execute", latency::execute),
    ("calls", latency::calls),
    ("data", latency::data),
    ("throughput", latency::throughput),
    ("runaway", latency::runaway),
    ("memory", memory::memory),
    ("search", latency::search),
    ("tokens", tokens::tokens),
    ("python", languages::python),
    ("starlark", languages::starlark),
    ("cpu-bombs", bombs::cpu),
    ("memory-bombs", bombs::memory),
    ("durable", durable::durable),
    ("openapi", openapi::openapi),
];

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let setup = setup::Setup::new(bench.quick, bench.binary.as_deref())?;
    let chosen = |name: &str| bench.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let groups: Vec<_> = GROUPS.iter().filter(|(name, _)| chosen(name)).collect();
    if groups.is_empty() {
        let names: Vec<_> = GROUPS.iter().map(|(name, _)| *name).collect();
        bail!("no group of figures has that name: there are {}", names.join(", "));
    }
    // A group that fails must not cost the figures of the others.
    let mut figures = Vec::new();
    let mut failed = Vec::new();
    for (name, group) in groups {
        match crate::step::timed(name, || group(&setup)) {
            Ok(of_group) => figures.extend(of_group),
            Err(error) => failed.push(format!("{name}: {error:#}")),
        }
    }
    crate::step::say(&figure::table(&figures));
    ensure!(failed.is_empty(), "not measured: {}", failed.join("; "));
    Ok(())
}
