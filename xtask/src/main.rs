//! Automation for people and CI: everything this repository needs built, checked or shown, by one command each.
//!
//! Nothing here is part of weir. All products land under `target/`; nothing is installed anywhere else.
#![expect(clippy::print_stdout, reason = "a command line for developers: stdout is its surface")]

mod bench;
mod cases;
mod chaos;
mod check;
mod demo;
mod digest;
mod floors;
mod fuzz;
mod guests;
mod npm;
mod place;
mod postgres;
mod processes;
mod python;
mod soak;
mod step;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, checks and shows weir.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the guests (the languages' engines) into target/guests; at once when nothing changed
    Guests,
    /// Installs the pinned servers and clients that tests talk to into target/tools; at once when nothing changed
    Tools,
    /// What CI runs: guests, tools, formatting, clippy, floors, all tests; tells every failure at the end
    Check,
    /// Whether every crate uses only what its floor may; part of `check`
    Floors,
    /// Writes the table of hostile cases in docs/security.md from the tests' names
    Cases,
    /// Builds weir and shows the main job with no configuration
    Demo(demo::Demo),
    /// Measures weir and prints a table
    Bench(bench::Bench),
    /// Sends weir thousands of mixed runs; fails when what it holds grows, or a run that should succeed does not
    Soak(soak::Soak),
    /// Runs every property test with many cases
    Fuzz(fuzz::Fuzz),
    /// Kills gateways, workers and databases while they work; fails when a write is lost or repeated, or a run ends untruly
    Chaos(chaos::Chaos),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Guests => guests::build(),
        Task::Tools => tools::install(),
        Task::Check => check::check(),
        Task::Floors => floors::check(),
        Task::Cases => cases::write(),
        Task::Demo(demo) => demo::run(&demo),
        Task::Bench(bench) => bench::run(&bench),
        Task::Soak(soak) => soak::run(&soak),
        Task::Fuzz(fuzz) => fuzz::run(&fuzz),
        Task::Chaos(chaos) => chaos::run(&chaos),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
