//! The admin API: runs, approvals and stored values over HTTP with JSON, for consoles and scripts of the operator's.
//!
//! It has a listener of its own and a token of its own, and nobody without that token learns anything, not even which
//! paths there are. It decides nothing that the command line decides otherwise: both ask the store.

use std::{io, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use weir_store::RunFilter;
use weir_upstream::UpstreamState;

mod approvals;
mod body;
mod caller;
mod listener;
pub mod lookup;
mod query;
mod refusal;
mod results;
mod runs;
pub mod timeline;
pub mod value;
pub mod view;

use self::{caller::Callers, refusal::Refusal};
use crate::{
    config::{Admin, Serve},
    gateway::Gateway,
};

/// What a request is answered with.
type Answer = Result<Response, Refusal>;

/// Answers until `shutdown`, then finishes what it is answering. `serve` names the hosts and origins that are answered besides
/// loopback and the address listened on.
pub async fn serve(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    admin: Admin,
    serve: &Serve,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let callers = Callers::new(listener.local_addr()?.ip(), serve, admin.token);
    let router = Router::new()
        .route("/v1/health", get(health))
        .route("/v1/runs", get(runs::list))
        .route("/v1/runs/{run}", get(runs::one))
        .route("/v1/runs/{run}/cancel", post(runs::cancel))
        .route("/v1/approvals", get(approvals::list))
        .route("/v1/approvals/{approval}", get(approvals::one).post(approvals::decide))
        .route("/v1/results/{id}", get(results::page))
        .fallback(async || Refusal::no_such_path())
        .method_not_allowed_fallback(async || Refusal::wrong_method())
        .layer(middleware::from_fn_with_state(Arc::new(callers), caller::known))
        .with_state(gateway);
    listener::answer(listener, router, shutdown).await;
    Ok(())
}

fn ok(value: Value) -> Answer {
    Ok(answer(StatusCode::OK, &value))
}

fn answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// Whether it works: its store answers, and which upstreams are there.
async fn health(State(gateway): State<Arc<Gateway>>) -> Answer {
    gateway.store().runs(RunFilter { limit: 1, ..RunFilter::default() }).await?;
    let statuses = gateway.statuses();
    let upstreams = statuses.iter().map(|status| {
        let state = match &status.state {
            UpstreamState::Ready { .. } => "ready",
            UpstreamState::Starting => "starting",
            UpstreamState::Absent { .. } => "absent",
        };
        json!({ "name": status.name.as_str(), "state": state })
    });
    ok(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "upstreams": upstreams.collect::<Vec<_>>(),
    }))
}
