//! `weir serve`: the surface over Streamable HTTP.

use super::{
    Global, admin,
    exit::{Exit, Stopped},
    screen::talk,
    signal, start,
};
use crate::{config, surface};

/// Serve MCP clients over Streamable HTTP
///
/// Clients connect to http://127.0.0.1:7420/mcp, in either protocol era. Only loopback
/// names are answered unless [serve] allowed_hosts and allowed_origins name others. At
/// SIGTERM it takes no more requests, finishes the runs under way, and ends.
///
/// Examples:
///   weir serve
///   weir serve --listen 127.0.0.1:9000
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Serve {
    /// Address and port to listen on; overrides [serve] listen
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Stopped> {
        let stop = signal::stop_asked()?;
        let mut loaded = start::configured(global)?;
        start::with_upstreams(&loaded)?;
        let serve = &mut loaded.effective.serve;
        if let Some(listen) = &self.listen {
            serve.listen = config::listen_address(listen).ok_or_else(|| {
                Stopped::new(Exit::Usage, format!("error: \"{listen}\" is no address to listen on"))
                    .hint("write an IP address and a port: 127.0.0.1:7420")
            })?;
        }
        let listener = tokio::net::TcpListener::bind(serve.listen).await.map_err(|error| {
            Stopped::new(Exit::Internal, format!("error: weir cannot listen on {}: {error}", serve.listen))
                .hint("is another weir running? Choose another port: weir serve --listen 127.0.0.1:7421")
        })?;
        let address = listener.local_addr().map_err(Stopped::internal)?;
        let gateway = start::serving(&loaded.effective).await?;
        let admin = match admin::start(&gateway, &loaded.effective).await {
            Ok(admin) => admin,
            Err(stopped) => {
                gateway.shutdown().await;
                return Err(stopped);
            }
        };
        talk(&format!("weir: listening on http://{address}/mcp"));
        let served = surface::http::serve(gateway.clone(), listener, loaded.effective.serve.clone(), stop).await;
        if let Some(admin) = admin {
            admin.ended().await;
        }
        gateway.shutdown().await;
        served.map_err(Stopped::internal)?;
        Ok(Exit::Ok)
    }
}
