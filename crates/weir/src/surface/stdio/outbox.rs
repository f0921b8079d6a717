//! Messages on their way to the client. Whatever has gathered while one write was under way goes out in the next.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::Notify,
};
use weir_model::limits::CLIENT_QUEUE_BYTES_MAX;

#[derive(Default)]
pub(super) struct Outbox {
    queue: Mutex<Queue>,
    filled: Notify,
    drained: Notify,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    closed: bool,
}

impl Queue {
    fn has_room(&self) -> bool {
        self.closed || self.bytes.len() < CLIENT_QUEUE_BYTES_MAX
    }
}

impl Outbox {
    /// Never waits: reading from the client stops instead, see [`Outbox::room`].
    pub(super) fn push(&self, message: &impl Serialize) -> io::Result<()> {
        let mut queue = self.queue();
        if queue.closed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let before = queue.bytes.len();
        if let Err(error) = serde_json::to_writer(&mut queue.bytes, message) {
            queue.bytes.truncate(before);
            return Err(error.into());
        }
        queue.bytes.push(b'\n');
        drop(queue);
        self.filled.notify_one();
        Ok(())
    }

    /// A message that is JSON text without line breaks already.
    pub(super) fn push_line(&self, json: &str) {
        let mut queue = self.queue();
        if !queue.closed {
            queue.bytes.extend_from_slice(json.as_bytes());
            queue.bytes.push(b'\n');
        }
        drop(queue);
        self.filled.notify_one();
    }

    /// Waits while more is queued than a client may leave unread.
    pub(super) async fn room(&self) {
        loop {
            let drained = self.drained.notified();
            if self.queue().has_room() {
                return;
            }
            drained.await;
        }
    }

    /// Nothing further is taken; what is queued is still written.
    pub(super) fn close(&self) {
        self.queue().closed = true;
        self.filled.notify_one();
        self.drained.notify_waiters();
    }

    /// Writes until closed and empty, or until the client cannot be written to.
    pub(super) async fn write_to(&self, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut batch = Vec::new();
        loop {
            let closed = {
                let mut queue = self.queue();
                std::mem::swap(&mut queue.bytes, &mut batch);
                queue.closed
            };
            if batch.is_empty() {
                if closed {
                    return writer.shutdown().await;
                }
                self.filled.notified().await;
                continue;
            }
            self.drained.notify_waiters();
            let written = async {
                writer.write_all(&batch).await?;
                writer.flush().await
            };
            if let Err(error) = written.await {
                self.close();
                self.queue().bytes = Vec::new();
                return Err(error);
            }
            batch.clear();
            // One large answer must not be paid for until the end of the session.
            batch.shrink_to(256 * 1024);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_queued_is_written_in_order_and_nothing_after_the_end() {
        let outbox = Outbox::default();
        outbox.push(&1).expect("open");
        outbox.push_line("\"two\"");
        outbox.close();
        outbox.push(&3).expect_err("closed");
        let mut written = Vec::new();
        outbox.write_to(&mut written).await.expect("writes");
        assert_eq!(String::from_utf8_lossy(&written), "1\n\"two\"\n");
    }

    #[tokio::test]
    async fn a_client_that_is_gone_closes_the_outbox() {
        let outbox = Outbox::default();
        let (writer, reader) = tokio::io::duplex(16);
        drop(reader);
        outbox.push(&1).expect("open");
        outbox.write_to(writer).await.expect_err("nobody reads");
        outbox.push(&2).expect_err("closed");
    }

    #[tokio::test]
    async fn reading_waits_for_a_client_that_does_not_read() {
        let outbox = Outbox::default();
        outbox.push(&"x".repeat(CLIENT_QUEUE_BYTES_MAX)).expect("open");
        assert!(futures_util::FutureExt::now_or_never(outbox.room()).is_none());
        let (written, ()) = tokio::join!(outbox.write_to(tokio::io::sink()), async {
            outbox.room().await;
            outbox.close();
        });
        written.expect("writes");
    }
}
