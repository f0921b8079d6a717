//! `weir stdio`: the surface on standard input and output; nothing but protocol goes to stdout.

use super::{
    Global,
    exit::{Exit, Stopped},
    signal, start,
};
use crate::surface;

/// Serve an MCP client on standard input and output
///
/// This is what an MCP client starts. It offers the client three tools (search, get_schema,
/// execute) and keeps the upstreams' own tools behind them. It ends when the client closes
/// its end, or at SIGTERM, after the runs under way.
///
/// Claude Code:  claude mcp add weir -- weir stdio
/// Any client:   {"mcpServers": {"weir": {"command": "weir", "args": ["stdio"]}}}
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Stdio {}

impl Stdio {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let stop = signal::stop_asked()?;
        let loaded = start::configured(global)?;
        start::with_upstreams(&loaded)?;
        let gateway = start::gateway(&loaded.effective)?;
        let served = surface::stdio::serve(gateway.clone(), stop).await;
        gateway.shutdown().await;
        served.map_err(Stopped::internal)?;
        Ok(Exit::Ok)
    }
}
