//! Snippets run whole, against a host that follows a script.

mod cases;
mod harness;
mod hostile;
mod json;
mod limits;
mod pages;
mod saved;
