//! weir: a gateway between AI agents and their tools.
//!
//! Floor 3: configuration, command line, the surfaces that clients see, and the wiring of everything below. Only this
//! crate knows the MCP server protocol, HTTP serving and the configuration's files.

pub mod admin;
pub mod answer;
pub mod cli;
pub mod config;
pub mod deciding;
pub mod gateway;
pub mod instant;
pub mod notify;
pub mod saved;
pub mod shop;
pub mod surface;
