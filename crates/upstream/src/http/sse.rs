//! Server-sent events out of a byte stream: only their data and their ids, and never more than the limit at once.

use memchr::memchr2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) data: Vec<u8>,
}

/// One line or event is over the limit; nothing more can be read from this stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

#[derive(Debug)]
pub(crate) struct Events {
    bytes_max: usize,
    line: Vec<u8>,
    data: Vec<u8>,
    /// A data line came, though it may have been empty.
    any: bool,
    /// The last byte was a carriage return: a line feed after it ends no second line.
    after_return: bool,
    last_id: Option<String>,
}

const ID_BYTES_MAX: usize = 1024;

impl Events {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, line: Vec::new(), data: Vec::new(), any: false, after_return: false, last_id: None }
    }

    /// For `Last-Event-ID`.
    pub(crate) fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// The events these bytes complete.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) -> Result<Vec<Event>, EventTooLarge> {
        let mut events = Vec::new();
        while let Some(&first) = bytes.first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = memchr2(b'\n', b'\r', bytes);
            self.line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
            if self.line.len() + self.data.len() > self.bytes_max {
                return Err(EventTooLarge);
            }
            let Some(end) = end else { break };
            self.after_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            events.extend(self.end_line());
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            // An event without data only carries an id.
            return (std::mem::take(&mut self.any) && !data.is_empty()).then_some(Event { data });
        }
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        let (field, value) = match line.iter().position(|&b| b == b':') {
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &b""[..]),
        };
        match field {
            b"data" => {
                if self.any {
                    self.data.push(b'\n');
                }
                self.any = true;
                self.data.extend_from_slice(value);
            }
            b"id" if value.len() <= ID_BYTES_MAX && value.iter().all(|b| (0x20..0x7f).contains(b)) => {
                self.last_id = Some(String::from_utf8_lossy(value).into_owned());
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(text: &[u8], cut: usize) -> (Vec<String>, Option<String>) {
        let mut events = Events::new(100_000);
        let mut found = Vec::new();
        for chunk in text.chunks(cut) {
            found
                .extend(events.feed(chunk).unwrap().into_iter().map(|e| String::from_utf8_lossy(&e.data).into_owned()));
        }
        (found, events.last_id().map(str::to_owned))
    }

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = b"\xef\xbb\xbf: comment\nevent: message\nid: 7\ndata: {\"a\":\ndata:1}\n\ndata: x\r\n\r\nid\n\ndata:\n\ndata: y\r\rdata: lost";
        for cut in [1, 2, 3, 1_000] {
            let (found, id) = events(text, cut);
            assert_eq!(found, ["{\"a\":\n1}", "x", "y"], "cut at {cut}");
            assert_eq!(id.as_deref(), Some(""));
        }
    }

    #[test]
    fn an_endless_line_is_no_memory() {
        let mut events = Events::new(1_000);
        assert_eq!(events.feed(&[b'x'; 1_001]), Err(EventTooLarge));
        let mut events = Events::new(1_000);
        let mut fed = Ok(Vec::new());
        for _ in 0..1_000 {
            fed = fed.and_then(|_| events.feed(b"data: aaaa\n"));
        }
        assert_eq!(fed, Err(EventTooLarge), "nor is an event of endless lines");
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(text in "(data|id|:| |\r|\n|x|\\{){0,60}", cut in 1_usize..9) {
            prop_assert_eq!(events(text.as_bytes(), cut), events(text.as_bytes(), usize::MAX));
        }
    }
}
