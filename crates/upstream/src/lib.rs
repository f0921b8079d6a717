//! Where tools come from: MCP servers over stdio and Streamable HTTP, in both protocol eras, and HTTP APIs with a description.
//!
//! Fills [`weir_bridge::port::Upstreams`]. The only crate that ever holds a credential in clear. A result is read
//! once and handed on as the bytes that came; everything an upstream sends is bounded by [`weir_model::limits`].

mod backoff;
mod calling;
mod config;
mod credential;
mod egress;
mod filter;
mod fleet;
mod handshake;
mod http;
mod link;
mod listing;
mod oauth;
mod openapi;
mod pending;
mod redact;
mod refusal;
mod reply;
mod seat;
mod status;
mod stdio;
mod supervisor;
mod verdict;
pub mod warden;
mod webhook;
mod wire;

pub use config::{
    Auth, Client, DescriptionAt, FleetConfig, KeyPlace, Login, OAuth2, OpenApi, Protocol, Reference, Selector,
    Transport, UpstreamConfig, WardenCommand,
};
pub use filter::{Glob, ToolFilter};
pub use fleet::Fleet;
pub use oauth::{LoggedIn, LoggedOut, LoginAsked, LoginFailure, LoginPending, begin_login, logout};
pub use status::{CredentialStatus, DescriptionStatus, Era, Spoken, UpstreamState, UpstreamStatus};
pub use webhook::{NotPosted, post_json};
