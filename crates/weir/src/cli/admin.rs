//! The admin API beside a surface, where `[admin]` is configured.

use std::{io, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    exit::{Exit, Stopped},
    screen::talk,
};
use crate::{admin, config::Effective, gateway::Gateway};

/// The API under way; it ends with this.
pub(super) struct Listening {
    stop: DropGuard,
    task: JoinHandle<io::Result<()>>,
}

impl Listening {
    /// Lets it finish what it is answering.
    pub(super) async fn ended(self) {
        let Self { stop, task } = self;
        drop(stop);
        match task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => talk(&format!("warning: the admin API ended: {error}")),
            Err(error) => talk(&format!("warning: the admin API ended: {error}")),
        }
    }
}

/// Starts it; `None` where none is configured.
pub(super) async fn start(gateway: &Arc<Gateway>, effective: &Effective) -> Result<Option<Listening>, Stopped> {
    let Some(configured) = &effective.admin else { return Ok(None) };
    let listener = TcpListener::bind(configured.listen).await.map_err(|error| {
        let message = format!("error: the admin API cannot listen on {}: {error}", configured.listen);
        Stopped::new(Exit::Internal, message).hint("is another weir running? Give [admin] another `listen`")
    })?;
    let address = listener.local_addr().map_err(Stopped::internal)?;
    talk(&format!("weir: admin API on http://{address}/v1"));
    let stop = CancellationToken::new();
    let (gateway, configured, serve, stopped) =
        (gateway.clone(), configured.clone(), effective.serve.clone(), stop.clone());
    let task = tokio::spawn(async move { admin::serve(gateway, listener, configured, &serve, stopped).await });
    Ok(Some(Listening { stop: stop.drop_guard(), task }))
}
