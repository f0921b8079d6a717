//! What waits to be written to a child: one buffer, emptied by one writer, so that many calls become one write.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::Notify,
};
use weir_model::limits;

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    closed: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    buffer: Mutex<Buffer>,
    filled: Notify,
}

/// The child does not read its input, or has closed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Full,
    Closed,
}

/// An emptied buffer larger than this is given back.
const KEPT_BYTES_MAX: usize = 64 * 1024;

impl Outbox {
    /// `write` appends one message; the line end is added here.
    pub(crate) fn push(&self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Refusal> {
        {
            let mut buffer = self.buffer();
            if buffer.closed {
                return Err(Refusal::Closed);
            }
            if buffer.bytes.len() as u64 > limits::OUTBOX_BYTES_MAX {
                return Err(Refusal::Full);
            }
            write(&mut buffer.bytes);
            buffer.bytes.push(b'\n');
        }
        self.filled.notify_one();
        Ok(())
    }

    /// The writer ends once it has written what is there.
    pub(crate) fn close(&self) {
        self.buffer().closed = true;
        self.filled.notify_one();
    }

    /// Writes until closed or the other end is.
    pub(crate) async fn drain(&self, mut input: impl AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut writing = Vec::new();
        loop {
            let closed = {
                let mut buffer = self.buffer();
                std::mem::swap(&mut buffer.bytes, &mut writing);
                buffer.closed
            };
            if writing.is_empty() {
                if closed {
                    return input.shutdown().await;
                }
                self.filled.notified().await;
                continue;
            }
            input.write_all(&writing).await?;
            input.flush().await?;
            writing.clear();
            if writing.capacity() > KEPT_BYTES_MAX {
                writing = Vec::new();
            }
        }
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_leave_in_order_and_whole() {
        let outbox = Outbox::default();
        for text in ["one", "two"] {
            outbox.push(|b| b.extend_from_slice(text.as_bytes())).unwrap();
        }
        outbox.close();
        let mut written = Vec::new();
        outbox.drain(&mut written).await.unwrap();
        assert_eq!(written, b"one\ntwo\n");
        assert_eq!(outbox.push(|_| {}), Err(Refusal::Closed));
    }

    #[test]
    fn a_child_that_reads_nothing_fills_no_memory() {
        let outbox = Outbox::default();
        let message = vec![b'x'; 1024 * 1024];
        let mut taken = 0;
        while outbox.push(|b| b.extend_from_slice(&message)).is_ok() {
            taken += 1;
        }
        assert!(taken as u64 <= limits::OUTBOX_BYTES_MAX / (1024 * 1024) + 1, "{taken}");
        assert_eq!(outbox.push(|_| {}), Err(Refusal::Full));
    }
}
