//! MCP over Streamable HTTP at `/mcp`, both protocol eras on one endpoint, and `/healthz`.
//!
//! Loopback by default. Host and Origin are checked (a web page must not reach a gateway on the reader's machine), every
//! body, header and wait is bounded, and a client that goes away takes its runs with it.

mod connections;
mod endpoint;
mod sessions;

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    routing::{any, get},
};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_model::limits::{DRAIN_TIMEOUT, HEADER_BYTES_MAX, HEADER_READ_TIMEOUT, HEADERS_MAX};

use self::{
    connections::{Connections, Counted},
    endpoint::Endpoint,
};
use super::handler::Shared;
use crate::{config::Serve, gateway::Gateway};

/// After a connection could not be accepted: whatever is short will not be there at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Where connections end: politely, or now.
#[derive(Clone, Default)]
struct Ends {
    drain: CancellationToken,
    now: CancellationToken,
}

/// Answers until `shutdown` is cancelled, then lets the runs under way end within [`DRAIN_TIMEOUT`].
///
/// `config` names the hosts and origins answered besides loopback and the address listened on.
pub async fn serve(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    config: Serve,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let ends = Ends::default();
    let hosts = hosts(listener.local_addr()?.ip(), config.allowed_hosts);
    let endpoint =
        Endpoint::new(Shared::new(gateway.clone()), hosts, origins(config.allowed_origins), ends.now.clone());
    let router = Router::new()
        .route("/mcp", any(endpoint::mcp))
        .with_state(Arc::new(endpoint))
        .route("/healthz", get(async || "ok\n"));
    let connections = Connections::new();
    let tasks = TaskTracker::new();
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = accept(&listener, &router, &connections, &tasks, &ends) => {}
    }
    drop(listener);
    gateway.stop();
    ends.drain.cancel();
    connections.close_listening();
    tasks.close();
    if tokio::time::timeout(DRAIN_TIMEOUT, tasks.wait()).await.is_err() {
        tracing::info!("runs still under way are cancelled");
    }
    ends.now.cancel();
    tasks.wait().await;
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    router: &Router,
    connections: &Arc<Connections>,
    tasks: &TaskTracker,
    ends: &Ends,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = connections.admit().await;
                tasks.spawn(answer(stream, router.clone(), connection, ends.clone()));
            }
            Err(error) => {
                // Out of descriptors: an idle connection makes room. Anything else concerns that client alone.
                tracing::debug!(%error, "a connection was not accepted");
                connections.close_idle();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn hosts(listens_on: IpAddr, allowed: Vec<String>) -> Vec<String> {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !listens_on.is_unspecified() {
        hosts.push(listens_on.to_string());
    }
    hosts.extend(allowed);
    hosts
}

fn origins(allowed: Vec<String>) -> Vec<String> {
    let loopback = ["localhost", "127.0.0.1", "[::1]"];
    let any_port = |host: &str| [format!("http://{host}:*"), format!("https://{host}:*")];
    loopback.into_iter().flat_map(any_port).chain(allowed).collect()
}

async fn answer(stream: TcpStream, router: Router, connection: connections::Connection, ends: Ends) {
    // Answers are small and written whole: waiting for more to send only adds delay.
    let _ = stream.set_nodelay(true);
    let closed = connection.closed();
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), Counted::new(router, connection));
    let mut serving = std::pin::pin!(serving);
    let mut draining = false;
    loop {
        tokio::select! {
            result = serving.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = closed.cancelled() => return,
            () = ends.now.cancelled() => return,
            () = ends.drain.cancelled(), if !draining => {
                serving.as_mut().graceful_shutdown();
                draining = true;
            }
        }
    }
}
