//! Lines of bounded length from a stream of any bytes. A line over the limit is skipped to its end, and its two ends kept.

use std::io;

use memchr::memchr;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::wire::oversize::END_BYTES;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Without its end; a byte order mark before it is gone.
    Whole(Vec<u8>),
    /// Over the limit: its first and last bytes.
    TooLong { head: Vec<u8>, tail: Vec<u8> },
}

pub(crate) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// Bytes before this belong to lines already given out.
    start: usize,
    /// No line end lies between `start` and this.
    searched: usize,
    bytes_max: usize,
    skipping: Option<(Vec<u8>, Vec<u8>)>,
}

const READ_BYTES: usize = 64 * 1024;
/// A line longer than this is given away with its buffer instead of being copied.
const GIVEN_AWAY_MIN: usize = 256 * 1024;

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(source: R, bytes_max: usize) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            bytes_max: bytes_max.max(2 * END_BYTES),
            skipping: None,
        }
    }

    /// `None` at the end; what stands after the last line end is no line. Cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[self.searched..]) {
                return Ok(Some(self.line_ending_at(self.searched + at)));
            }
            self.searched = self.buffer.len();
            self.skip_if_too_long();
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    async fn read(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.reserve(READ_BYTES);
        Ok(self.source.read_buf(&mut self.buffer).await? > 0)
    }

    fn line_ending_at(&mut self, end: usize) -> Line {
        let next = end + 1;
        if let Some((head, mut tail)) = self.skipping.take() {
            extend_tail(&mut tail, &self.buffer[self.start..end]);
            self.advance(next);
            return Line::TooLong { head, tail };
        }
        let length = end - self.start;
        if length > self.bytes_max {
            let line = &self.buffer[self.start..end];
            let (head, tail) = (line[..END_BYTES].to_vec(), line[length - END_BYTES..].to_vec());
            self.advance(next);
            return Line::TooLong { head, tail };
        }
        let line = if length >= GIVEN_AWAY_MIN && self.start == 0 {
            let rest = self.buffer.split_off(next);
            let mut line = std::mem::replace(&mut self.buffer, rest);
            line.truncate(end);
            (self.start, self.searched) = (0, 0);
            line
        } else {
            let line = self.buffer[self.start..end].to_vec();
            self.advance(next);
            line
        };
        Line::Whole(without_mark(line))
    }

    fn advance(&mut self, to: usize) {
        (self.start, self.searched) = (to, to);
        if self.start == self.buffer.len() {
            self.buffer.clear();
            (self.start, self.searched) = (0, 0);
        }
    }

    fn skip_if_too_long(&mut self) {
        let unfinished = &self.buffer[self.start..];
        match &mut self.skipping {
            Some((_, tail)) => extend_tail(tail, unfinished),
            None if unfinished.len() > self.bytes_max => {
                let head = unfinished[..END_BYTES].to_vec();
                let mut tail = Vec::new();
                extend_tail(&mut tail, unfinished);
                self.skipping = Some((head, tail));
            }
            None => return,
        }
        self.buffer = Vec::new();
        (self.start, self.searched) = (0, 0);
    }
}

fn extend_tail(tail: &mut Vec<u8>, more: &[u8]) {
    tail.extend_from_slice(&more[more.len().saturating_sub(END_BYTES)..]);
    let over = tail.len().saturating_sub(END_BYTES);
    tail.drain(..over);
}

fn without_mark(line: Vec<u8>) -> Vec<u8> {
    match line.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => rest.to_vec(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Everything the reader makes of these reads, one after another.
    fn lines(reads: &[&[u8]], bytes_max: usize) -> Vec<Line> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut builder = Vec::new();
            for read in reads {
                builder.push(io::Cursor::new(read.to_vec()));
            }
            let mut chained: Box<dyn AsyncRead + Unpin> = Box::new(tokio::io::empty());
            for read in builder {
                chained = Box::new(chained.chain(read));
            }
            let mut lines = Lines::new(chained, bytes_max);
            let mut all = Vec::new();
            while let Some(line) = lines.next().await.unwrap() {
                all.push(line);
            }
            all
        })
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.into())
    }

    #[test]
    fn m01_lines_of_any_bytes() {
        let reads: [(&[&[u8]], Vec<Line>); 6] = [
            (&[b"a\nb\n"], vec![whole("a"), whole("b")]),
            (&[b"a", b"b", b"\n", b"c\nd"], vec![whole("ab"), whole("c")]),
            (&[b"\xef\xbb\xbf{}\r\n"], vec![whole("{}\r")]),
            (&[b"\n\n"], vec![whole(""), whole("")]),
            (&[b"\x00\xff\n"], vec![Line::Whole(b"\x00\xff".to_vec())]),
            (&[b"never ends"], vec![]),
        ];
        for (reads, expected) in reads {
            assert_eq!(lines(reads, 10_000), expected, "{reads:?}");
        }
    }

    #[test]
    fn m01_a_line_over_the_limit_is_skipped_with_its_ends_kept() {
        let max = 2 * END_BYTES;
        let long = format!("HEAD{}TAIL", "x".repeat(300_000));
        for pieces in [1, 7, 300] {
            let mut text = long.clone().into_bytes();
            text.extend_from_slice(b"\nnext\n");
            let reads: Vec<&[u8]> = text.chunks(text.len().div_ceil(pieces)).collect();
            let found = lines(&reads, max);
            let [Line::TooLong { head, tail }, next] = &found[..] else { panic!("{found:?}") };
            assert_eq!((head.len(), tail.len()), (END_BYTES, END_BYTES));
            assert!(head.starts_with(b"HEAD") && tail.ends_with(b"TAIL"));
            assert_eq!(next, &whole("next"));
        }
    }

    #[test]
    fn a_long_line_within_the_limit_comes_whole() {
        let long = "y".repeat(GIVEN_AWAY_MIN + 5);
        let text = format!("{long}\nrest\n{long}\n");
        let reads: Vec<&[u8]> = text.as_bytes().chunks(100_000).collect();
        assert_eq!(lines(&reads, 10_000_000), vec![whole(&long), whole("rest"), whole(&long)]);
    }

    proptest! {
        #[test]
        fn cutting_the_stream_differently_changes_nothing(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..3_000), cut in 1_usize..50
        ) {
            let reads: Vec<&[u8]> = text.chunks(cut).collect();
            prop_assert_eq!(lines(&reads, 10_000), lines(&[&text], 10_000));
        }
    }
}
