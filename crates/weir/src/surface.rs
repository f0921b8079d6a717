//! What an MCP client sees: three tools, dialogs for calls that wait, kept results; over stdio and Streamable HTTP, for clients of both protocol eras.
//!
//! Only this module knows the MCP server protocol. It decides nothing about a run: it turns requests into calls of the
//! gateway and outcomes into answers. Everything a client sends is hostile: bounded, parsed once, refused with a sentence.

mod arguments;
mod dialog;
mod execute;
mod handler;
pub mod http;
mod message;
mod progress;
mod request_state;
mod resources;
mod roster;
pub mod stdio;
mod tasks;
mod tools;
mod trace_context;

pub use roster::{Roster, RosterCell};
pub use tools::{INSTRUCTIONS, definitions};
