//! Bytes to frames. Trusts nothing it reads; keeps no more than one frame and a read's worth of what follows.

use serde::de::DeserializeOwned;
use weir_model::limits;

use super::PREFIX_BYTES;

/// The buffer kept between frames.
const BUFFER_BYTES: usize = 64 * 1024;

/// The other side does not speak the protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameInvalid {
    #[error("a frame of {0} bytes is over the limit of {max}", max = limits::FRAME_BYTES_MAX)]
    TooLarge(u64),
    #[error("a frame's head cannot be read")]
    Head,
    #[error("a frame's body is not UTF-8")]
    Body,
}

#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// Where the next frame begins in `buffer`.
    at: usize,
}

impl Decoder {
    /// The buffer to append what was read to, with room for the frame under way.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        self.compact();
        let wanted = match self.sizes() {
            Some((head, body)) if (body as u64) <= limits::FRAME_BYTES_MAX => PREFIX_BYTES + head + body,
            _ => 0,
        };
        self.buffer.reserve(wanted.saturating_sub(self.buffer.len()).max(BUFFER_BYTES));
        &mut self.buffer
    }

    /// The next whole frame, if it is there.
    pub(crate) fn next<H: DeserializeOwned>(&mut self) -> Result<Option<(H, Vec<u8>)>, FrameInvalid> {
        let Some((head_len, body_len)) = self.sizes() else { return Ok(None) };
        if body_len as u64 > limits::FRAME_BYTES_MAX {
            return Err(FrameInvalid::TooLarge(body_len as u64));
        }
        let head_at = self.at + PREFIX_BYTES;
        let body_at = head_at + head_len;
        let Some(body) = self.buffer.get(body_at..body_at + body_len) else { return Ok(None) };
        let (head, rest) =
            postcard::take_from_bytes(&self.buffer[head_at..body_at]).map_err(|_invalid| FrameInvalid::Head)?;
        if !rest.is_empty() {
            return Err(FrameInvalid::Head);
        }
        let body = body.to_vec();
        self.at = body_at + body_len;
        Ok(Some((head, body)))
    }

    fn sizes(&self) -> Option<(usize, usize)> {
        let prefix: &[u8; PREFIX_BYTES] = self.buffer.get(self.at..)?.first_chunk()?;
        let [a, b, c, d, e, f] = *prefix;
        let body = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        Some((usize::from(u16::from_le_bytes([e, f])), body))
    }

    /// Moves the unread rest to the front, and gives back what a large frame needed.
    fn compact(&mut self) {
        if self.at == self.buffer.len() {
            self.buffer.clear();
        } else if self.at > 0 {
            self.buffer.drain(..self.at);
        }
        self.at = 0;
        if self.buffer.capacity() > 4 * BUFFER_BYTES && self.buffer.len() < BUFFER_BYTES && self.sizes().is_none() {
            self.buffer.shrink_to(BUFFER_BYTES);
        }
    }
}
