//! What the operator says about upstreams, already validated by whoever read the file.

mod auth;
mod openapi;

use std::{path::PathBuf, time::Duration};

use weir_model::{Secret, UpstreamName, limits};

use crate::ToolFilter;
pub use auth::{Auth, KeyPlace, Login, OAuth2, Reference};
pub use openapi::{DescriptionAt, OpenApi, Selector};

/// One upstream.
#[derive(Debug, Clone)]
pub struct UpstreamConfig {
    pub name: UpstreamName,
    pub transport: Transport,
    pub protocol: Protocol,
    pub tools: ToolFilter,
    /// From the start of the connection to the whole tool list.
    pub start_timeout: Duration,
    /// How long `server/discover` may stay unanswered before the upstream is taken for one of the older era.
    /// An upstream that has not printed anything at all gets twice as long.
    pub probe_timeout: Duration,
    /// Shortens every call's own deadline.
    pub call_deadline: Option<Duration>,
    /// One answer, as it arrives.
    pub response_bytes_max: u64,
    /// Over HTTP, the header that a call's idempotency key is sent in; `_meta` has it in any case.
    pub idempotency_header: Option<String>,
    /// The credential of every request over HTTP.
    pub auth: Option<Auth>,
    /// Private, loopback and link-local addresses may be connected to, where they are not the operator's own word anyway.
    pub allow_private: bool,
}

impl UpstreamConfig {
    /// Everything but name and transport at its default.
    pub fn new(name: UpstreamName, transport: Transport) -> Self {
        Self {
            name,
            transport,
            protocol: Protocol::Auto,
            tools: ToolFilter::default(),
            start_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(3),
            call_deadline: None,
            response_bytes_max: limits::RESPONSE_BYTES_MAX,
            idempotency_header: None,
            auth: None,
            allow_private: false,
        }
    }
}

#[derive(Debug, Clone)]
pub enum Transport {
    /// A child process. It gets an allowlisted environment and what `env` names; no shell is involved.
    Stdio { command: String, args: Vec<String>, env: Vec<(String, Secret)>, cwd: Option<PathBuf> },
    /// Streamable HTTP. Any address the operator wrote is allowed, redirects are not followed.
    Http { url: String, headers: Vec<(String, Secret)> },
    /// An HTTP API, by its description.
    OpenApi(Box<OpenApi>),
}

/// Which protocol era to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// Probe, and remember.
    #[default]
    Auto,
    /// `initialize`, 2024-11-05 to 2025-11-25.
    Legacy,
    /// Stateless, 2026-07-28.
    Modern,
}

#[derive(Debug, Clone, Default)]
pub struct FleetConfig {
    pub upstreams: Vec<UpstreamConfig>,
    /// A file that remembers each upstream's era, so that the next start needs no probe. Unwritable: not remembered.
    pub verdicts: Option<PathBuf>,
    /// A directory for parsed descriptions, and for those fetched by URL. None: nothing is kept.
    pub descriptions: Option<PathBuf>,
    /// A private directory for the tokens of `weir login`. None: nobody is logged in.
    pub tokens: Option<PathBuf>,
    /// Ends the upstreams' processes should this process be killed. Without it they are ended only on shutdown.
    pub warden: Option<WardenCommand>,
    pub client: Client,
}

/// How to start a process that calls [`crate::warden::main`].
#[derive(Debug, Clone)]
pub struct WardenCommand {
    pub program: PathBuf,
    pub args: Vec<String>,
}

/// Who upstreams are told is calling.
#[derive(Debug, Clone)]
pub struct Client {
    pub name: String,
    pub version: String,
}

impl Default for Client {
    fn default() -> Self {
        Self { name: "weir".into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}
