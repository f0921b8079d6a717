//! Bytes to frames. Trusts nothing it reads; keeps no more than one frame and a read's worth of what follows.
//! A large body is read into the very memory that is given out: it is never there twice.

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
    /// The frame under way, if it is large; `buffer` is empty then.
    large: Option<Large>,
}

/// A frame whose body is read into the memory it stays in: it is never there twice.
#[derive(Debug)]
struct Large {
    head: Vec<u8>,
    body: Vec<u8>,
    body_len: usize,
}

impl Decoder {
    /// The buffer to append what was read to, with room for some of the frame under way.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        self.compact();
        if self.large.is_none() {
            self.large = self.begin_large();
        }
        let wanted = match self.sizes() {
            Some((head, body)) if body <= BUFFER_BYTES => PREFIX_BYTES + head + body,
            _ => 0,
        };
        match &mut self.large {
            Some(large) => &mut large.body,
            None => {
                self.buffer.reserve(wanted.saturating_sub(self.buffer.len()).max(BUFFER_BYTES));
                &mut self.buffer
            }
        }
    }

    /// The next whole frame, if it is there.
    pub(crate) fn next<H: DeserializeOwned>(&mut self) -> Result<Option<(H, Vec<u8>)>, FrameInvalid> {
        if let Some(large) = self.large.take_if(|large| large.body.len() >= large.body_len) {
            let Large { head, mut body, body_len } = large;
            self.buffer.extend_from_slice(&body[body_len..]);
            body.truncate(body_len);
            return Ok(Some((read_head(&head)?, body)));
        }
        let Some((head_len, body_len)) = self.sizes() else { return Ok(None) };
        if body_len as u64 > limits::FRAME_BYTES_MAX {
            return Err(FrameInvalid::TooLarge(body_len as u64));
        }
        let head_at = self.at + PREFIX_BYTES;
        let body_at = head_at + head_len;
        let Some(body) = self.buffer.get(body_at..body_at + body_len) else { return Ok(None) };
        let head = read_head(&self.buffer[head_at..body_at])?;
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

    /// Moves the unread rest to the front.
    fn compact(&mut self) {
        self.buffer.drain(..self.at);
        self.at = 0;
    }

    /// Takes what is there of a frame with a large body out of the buffer, which must begin with it.
    fn begin_large(&mut self) -> Option<Large> {
        let (head_len, body_len) = self.sizes()?;
        if body_len <= BUFFER_BYTES || body_len as u64 > limits::FRAME_BYTES_MAX {
            return None;
        }
        let body_at = PREFIX_BYTES + head_len;
        let begun = self.buffer.get(body_at..).filter(|begun| begun.len() < body_len)?;
        let mut body = Vec::with_capacity(body_len);
        body.extend_from_slice(begun);
        let head = self.buffer[PREFIX_BYTES..body_at].to_vec();
        self.buffer.clear();
        Some(Large { head, body, body_len })
    }
}

fn read_head<H: DeserializeOwned>(head: &[u8]) -> Result<H, FrameInvalid> {
    match postcard::take_from_bytes(head) {
        Ok((head, [])) => Ok(head),
        Ok(_) | Err(_) => Err(FrameInvalid::Head),
    }
}
