//! Connections of the admin API: few, one request each, and none for long.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_model::limits::{HEADER_BYTES_MAX, HEADER_READ_TIMEOUT, HEADERS_MAX};

/// Connections at once; further ones wait for one of these to end.
const CONNECTIONS_MAX: usize = 64;
/// One connection, from its first byte to its last.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);
/// What is being answered when the API ends gets this long.
const DRAIN: Duration = Duration::from_secs(2);

/// After a connection could not be accepted: whatever is short will not be there at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

pub(super) async fn answer(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let tasks = TaskTracker::new();
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = accept(&listener, &router, &tasks) => {}
    }
    drop(listener);
    tasks.close();
    if timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::debug!("connections to the admin API are cut off");
    }
}

async fn accept(listener: &TcpListener, router: &Router, tasks: &TaskTracker) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tasks.spawn(async move {
                    one(stream, router).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection to the admin API was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn one(stream: TcpStream, router: Router) {
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    match timeout(CONNECTION_TIME_MAX, serving).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection to the admin API ended early"),
        Err(_) => tracing::debug!("a connection to the admin API took too long"),
    }
}
