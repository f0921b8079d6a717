//! Frames waiting to be written: small ones share a buffer, large bodies are kept as they came and never copied.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
};

use serde::Serialize;
use weir_model::limits;

use super::HEAD_BYTES_MAX;

/// Bodies up to this size are copied beside their head.
const COPIED_BYTES_MAX: usize = 16 * 1024;
/// A shared buffer is closed at this size.
const CHUNK_BYTES: usize = 64 * 1024;
/// Buffers handed to one write.
const SLICES_MAX: usize = 16;

/// What was pushed does not fit a frame; it was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message is too large for a frame")]
pub(crate) struct TooLarge;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    chunks: VecDeque<Vec<u8>>,
    /// Bytes of the first chunk that are written already.
    written: usize,
    bytes: usize,
}

impl Outbox {
    pub(crate) fn push<H: Serialize>(&mut self, head: &H, body: Vec<u8>) -> Result<(), TooLarge> {
        if body.len() as u64 > limits::FRAME_BYTES_MAX {
            return Err(TooLarge);
        }
        let head = postcard::to_stdvec(head).map_err(|_unserializable| TooLarge)?;
        if head.len() > HEAD_BYTES_MAX {
            return Err(TooLarge);
        }
        let body_len = u32::try_from(body.len()).map_err(|_too_large| TooLarge)?;
        let head_len = u16::try_from(head.len()).map_err(|_too_large| TooLarge)?;
        let copied = if body.len() <= COPIED_BYTES_MAX { body.as_slice() } else { &[] };
        let chunk = self.open_chunk();
        chunk.extend_from_slice(&body_len.to_le_bytes());
        chunk.extend_from_slice(&head_len.to_le_bytes());
        chunk.extend_from_slice(&head);
        chunk.extend_from_slice(copied);
        self.bytes += super::PREFIX_BYTES + head.len() + body.len();
        if copied.len() != body.len() {
            self.chunks.push_back(body);
        }
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Bytes not yet written.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes as much as `write` takes. `Ok(true)`: all of it.
    pub(crate) fn flush(&mut self, mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>) -> io::Result<bool> {
        while !self.is_empty() {
            let written = self.written;
            let slices: Vec<IoSlice<'_>> = self
                .chunks
                .iter()
                .take(SLICES_MAX)
                .enumerate()
                .map(|(n, chunk)| IoSlice::new(if n == 0 { &chunk[written..] } else { chunk }))
                .collect();
            match write(&slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.consume(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn consume(&mut self, mut count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
        while let Some(first) = self.chunks.front() {
            let left = first.len() - self.written;
            if count < left {
                self.written += count;
                return;
            }
            count -= left;
            self.written = 0;
            self.chunks.pop_front();
        }
    }

    /// The last chunk if it may grow, else a new one.
    fn open_chunk(&mut self) -> &mut Vec<u8> {
        if self.chunks.back().is_none_or(|last| last.len() >= CHUNK_BYTES) {
            self.chunks.push_back(Vec::new());
        }
        self.chunks.back_mut().expect("a chunk was pushed just now or is there")
    }
}
