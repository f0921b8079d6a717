//! The Starlark engine: one snippet, run natively in the worker on a stack of its own.
//!
//! A run is stepped and never blocks: it asks its worker for everything ([`Host`]) and is handed its answers one at a time. Nothing here
//! reads a clock, a file or a random number. What the interpreter cannot bound is listed in `docs/limitations/starlark.md`: it ends with
//! the worker, so this engine runs nowhere but in a worker.

mod attempt;
mod captures;
mod fault;
mod fiber;
mod functions;
mod globals;
mod guard;
mod host;
mod json_in;
mod json_out;
mod numbers;
mod pages;
mod parallel;
mod places;
mod preflight;
mod program;
mod run;
mod saved;
mod scan;
mod show;
mod tools;

#[cfg(test)]
mod tests;

pub(crate) use globals::warm_up;
pub(crate) use host::{Ask, Host, Turn};
pub(crate) use program::{Program, prepare};
pub(crate) use run::{Ended, Failure, Run, Step};
