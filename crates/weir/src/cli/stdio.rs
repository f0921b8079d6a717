//! `weir stdio`: the surface on standard input and output; nothing but protocol goes to stdout.

use super::{
    Global, admin,
    exit::{Exit, Stopped},
    screen::talk,
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
        let gateway = start::serving(&loaded.effective).await?;
        // Several clients each start a weir: the first has the admin API, and their runs are in one store.
        let admin = admin::start(&gateway, &loaded.effective).await.unwrap_or_else(|stopped| {
            talk(&stopped.message.replacen("error:", "warning:", 1));
            None
        });
        let served = surface::stdio::serve(gateway.clone(), stop).await;
        if let Some(admin) = admin {
            admin.ended().await;
        }
        gateway.shutdown().await;
        served.map_err(Stopped::internal)?;
        Ok(Exit::Ok)
    }
}
