//! The demo's upstream: a small online shop as an MCP server, embedded in this executable.
//!
//! Deterministic data, real schemas, checked arguments. It knows nothing of the gateway in front of it: any MCP client
//! may connect to `weir demo --stdio`.

mod record;
mod server;
mod stock;
mod till;
mod tool;

pub use server::{Shop, ShopClosed};

#[cfg(test)]
mod tests;
