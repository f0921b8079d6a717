//! Gateways that are killed while they work, and what must hold afterwards. Shared by the tests beside it and `cargo xtask chaos`.
//!
//! Nothing here knows weir from inside: it starts the built executable, speaks MCP over HTTP, decides by the command line and
//! compares what weir says with what the upstream did. Nothing here panics; what does not hold is a sentence.

pub(crate) mod broken;
pub(crate) mod chaos;
pub(crate) mod database;
pub(crate) mod home;
pub(crate) mod http;
mod journey;
pub(crate) mod ledger;
pub(crate) mod mcp;
mod process;
mod program;
mod random;
pub(crate) mod replica;
mod truth;
mod world;
