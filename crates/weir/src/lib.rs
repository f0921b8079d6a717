//! weir: a gateway between AI agents and their tools.
//!
//! Floor 3: configuration, command line, the surfaces that clients see, and the wiring of everything below. Only this
//! crate knows the MCP server protocol, HTTP serving and the configuration's files.

pub mod answer;
pub mod cli;
pub mod config;
pub mod gateway;
pub mod shop;
pub mod surface;
