//! MCP over stdin and stdout, one message a line, both protocol eras on one pipe. stdout carries protocol and nothing else.
//!
//! rmcp's own stdio transport drops what it cannot read without a word, and a session of its own fixes the era by the first
//! message. This one answers garbage, caps a line, serves both eras to the end, and writes what is ready in one go.

mod lines;
mod outbox;
mod pipe;

use std::{future, io, sync::Arc};

use rmcp::{
    RoleServer,
    model::ErrorCode,
    service::{RxJsonRpcMessage, TxJsonRpcMessage, serve_directly_with_ct},
    transport::Transport,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use weir_model::limits::{CLIENT_MESSAGE_BYTES_MAX, HANGUP_GRACE, MIB};

use self::{
    lines::{Line, Lines},
    outbox::Outbox,
};
use super::{
    handler::{Shared, Surface},
    message::{self, Refusal},
};
use crate::gateway::Gateway;

/// Serves the process's own stdin and stdout. Returns when the client closes its end or `shutdown` is cancelled, after the
/// runs under way have ended: by themselves within a grace, else cancelled.
pub async fn serve(gateway: Arc<Gateway>, shutdown: CancellationToken) -> io::Result<()> {
    let (reader, writer) = pipe::open()?;
    let stopping = async {
        shutdown.cancelled().await;
        gateway.stop();
        future::pending::<()>().await;
    };
    tokio::select! {
        () = serve_on(gateway.clone(), reader, writer, shutdown.clone()) => Ok(()),
        () = stopping => unreachable!("it only tells the gateway"),
    }
}

/// Like [`serve`], on any pair of streams.
pub async fn serve_on<R, W>(gateway: Arc<Gateway>, reader: R, writer: W, shutdown: CancellationToken)
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let shared = Shared::new(gateway);
    let outbox = Arc::new(Outbox::default());
    let runs = CancellationToken::new();
    let hangup = CancellationToken::new();
    let writing = shared.tasks.spawn({
        let (outbox, runs) = (outbox.clone(), runs.clone());
        async move {
            if let Err(error) = outbox.write_to(writer).await {
                tracing::debug!(%error, "the client stopped reading");
                runs.cancel();
            }
        }
    });
    shared.tasks.spawn(end_runs_after(hangup.clone(), runs.clone()));
    let transport = Pipe { lines: Lines::new(reader), outbox: outbox.clone(), shutdown, hangup: hangup.clone() };
    // Not `serve`: that one fixes the era by the first message, and one pipe may carry both.
    let session = serve_directly_with_ct(Surface::new(shared.clone()), transport, None, runs.clone());
    if let Err(error) = session.waiting().await {
        tracing::error!(%error, "the session broke");
    }
    hangup.cancel();
    runs.cancel();
    outbox.close();
    // A client that does not read its last answers is not waited for.
    if tokio::time::timeout(HANGUP_GRACE, writing).await.is_err() {
        tracing::debug!("the client did not read its last answers");
    }
}

/// Once nothing more can arrive, runs get a grace to end by themselves, so that `printf … | weir stdio` is answered.
async fn end_runs_after(hangup: CancellationToken, runs: CancellationToken) {
    hangup.cancelled().await;
    tokio::select! {
        () = tokio::time::sleep(HANGUP_GRACE) => runs.cancel(),
        () = runs.cancelled() => {}
    }
}

struct Pipe<R> {
    lines: Lines<R>,
    outbox: Arc<Outbox>,
    shutdown: CancellationToken,
    hangup: CancellationToken,
}

impl<R: AsyncRead + Send + Unpin> Pipe<R> {
    /// The next message; what is none is answered here. Cancel-safe: a partial line stays in `lines`.
    async fn message(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            self.outbox.room().await;
            let refusal = match self.lines.next().await {
                Ok(Line::Message(bytes)) => match message::parse(bytes) {
                    Ok(message) => return Some(message),
                    Err(refusal) => *refusal,
                },
                Ok(Line::TooLong) => {
                    let cap = CLIENT_MESSAGE_BYTES_MAX / MIB;
                    Refusal::new(
                        ErrorCode::INVALID_REQUEST,
                        format!("the message is longer than {cap} MiB, the most weir takes; it was not read"),
                    )
                }
                Ok(Line::End) => return None,
                Err(error) => {
                    tracing::debug!(%error, "the client cannot be read");
                    return None;
                }
            };
            self.outbox.push_line(&refusal.json());
        }
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> Transport<RoleServer> for Pipe<R> {
    type Error = io::Error;

    fn send(&mut self, item: TxJsonRpcMessage<RoleServer>) -> impl Future<Output = io::Result<()>> + Send + 'static {
        std::future::ready(self.outbox.push(&item))
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let shutdown = self.shutdown.clone();
        let message = tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            message = self.message() => message,
        };
        if message.is_none() {
            self.hangup.cancel();
        }
        message
    }

    async fn close(&mut self) -> io::Result<()> {
        self.outbox.close();
        Ok(())
    }
}
