//! The reader: every fixture, every line of the checklist that is its, hostile files, and properties.

mod bad;
mod body;
mod dialect;
mod fixture;
mod hostile;
mod input;
mod kept;
mod mutation;
mod output;
mod parameter;
mod reference;
#[path = "../wire/reserved.rs"]
mod reserved;
mod sample;
mod schema;
mod tool;
