//! Lines of a stream, each within [`CLIENT_MESSAGE_BYTES_MAX`]; a longer one is skipped and reported, never kept.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use weir_model::limits::CLIENT_MESSAGE_BYTES_MAX;

const CHUNK_BYTES: usize = 64 * 1024;
const LINE_BYTES_MAX: usize = CLIENT_MESSAGE_BYTES_MAX as usize;

pub(super) enum Line<'a> {
    /// Not empty, without its line break.
    Message(&'a [u8]),
    TooLong,
    End,
}

pub(super) struct Lines<R> {
    reader: R,
    /// Bytes read and not yet given out: `buffer[start..]`.
    buffer: Vec<u8>,
    start: usize,
    /// `buffer[start..scanned]` holds no line break.
    scanned: usize,
    /// Inside a line that is too long, until its end.
    skipping: bool,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::with_capacity(CHUNK_BYTES), start: 0, scanned: 0, skipping: false, ended: false }
    }

    /// Cancel-safe: nothing read is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> io::Result<Line<'_>> {
        loop {
            match self.scan() {
                Some(Found::TooLong) => return Ok(Line::TooLong),
                Some(Found::Line(from, to)) => return Ok(Line::Message(&self.buffer[from..to])),
                None if self.ended => return Ok(Line::End),
                None => self.fill().await?,
            }
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        if self.buffer.is_empty() && self.buffer.capacity() > 4 * CHUNK_BYTES {
            self.buffer = Vec::with_capacity(CHUNK_BYTES);
        }
        self.buffer.reserve(CHUNK_BYTES);
        self.ended = self.reader.read_buf(&mut self.buffer).await? == 0;
        Ok(())
    }

    /// The next thing to give out from what is buffered.
    fn scan(&mut self) -> Option<Found> {
        loop {
            let fresh = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n');
            let Some(at) = fresh.map(|at| self.scanned + at) else {
                return self.scan_rest();
            };
            let (from, too_long) = (self.start, at - self.start > LINE_BYTES_MAX);
            self.start = at + 1;
            self.scanned = self.start;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if too_long {
                return Some(Found::TooLong);
            }
            if let Some(found) = self.trimmed(from, at) {
                return Some(found);
            }
        }
    }

    /// What is buffered has no line break: a part of a line, or the last line of the stream.
    fn scan_rest(&mut self) -> Option<Found> {
        self.scanned = self.buffer.len();
        if self.skipping || self.scanned - self.start > LINE_BYTES_MAX {
            self.start = self.scanned;
            let first = !std::mem::replace(&mut self.skipping, true);
            return first.then_some(Found::TooLong);
        }
        let from = self.start;
        if !self.ended {
            return None;
        }
        self.start = self.scanned;
        self.trimmed(from, self.scanned)
    }

    fn trimmed(&self, from: usize, to: usize) -> Option<Found> {
        let line = self.buffer[from..to].trim_ascii_end();
        (!line.is_empty()).then(|| Found::Line(from, from + line.len()))
    }
}

enum Found {
    Line(usize, usize),
    TooLong,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in pieces of the sizes told, again and again.
    struct Pieces {
        bytes: Vec<u8>,
        at: usize,
        sizes: Vec<usize>,
        turn: usize,
    }

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buf: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            let size = self.sizes[self.turn % self.sizes.len()].min(self.bytes.len() - self.at).min(buf.remaining());
            buf.put_slice(&self.bytes[self.at..self.at + size]);
            self.at += size;
            self.turn += 1;
            std::task::Poll::Ready(Ok(()))
        }
    }

    fn read(bytes: &[u8], sizes: Vec<usize>) -> Vec<String> {
        let mut lines = Lines::new(Pieces { bytes: bytes.to_vec(), at: 0, sizes, turn: 0 });
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut seen = Vec::new();
            loop {
                match lines.next().await.expect("reads") {
                    Line::Message(line) => seen.push(String::from_utf8_lossy(line).into_owned()),
                    Line::TooLong => seen.push("too long".into()),
                    Line::End => return seen,
                }
            }
        })
    }

    #[test]
    fn m17_a_line_over_the_cap_is_skipped_and_the_next_is_read() {
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let fits = "y".repeat(LINE_BYTES_MAX);
        let text = format!("a\n{long}\nb\n{fits}\n{long}{long}\r\nc\r\n{long}");
        assert_eq!(
            read(text.as_bytes(), vec![CHUNK_BYTES]),
            ["a", "too long", "b", &fits, "too long", "c", "too long"]
        );
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_bytes_arrive(text in "[ab\r\n ]{0,60}", sizes in proptest::collection::vec(1usize..9, 1..6)) {
            let expected: Vec<_> = text.split('\n').map(|line| line.trim_ascii_end().to_owned()).filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(read(text.as_bytes(), sizes), expected);
        }
    }
}
