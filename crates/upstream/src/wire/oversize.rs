//! Which request a message answers, by its first and last bytes alone: for answers too long to keep or to read twice.

use super::RequestId;

/// How many bytes of each end are looked at.
pub(crate) const END_BYTES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oversize {
    Answer(RequestId),
    /// A request or notification: nobody waits for it.
    Unasked,
    Unknown,
}

/// `head` and `tail` are the ends of one JSON object's text. Every serializer in use writes the envelope's short
/// members either before or after the long one, so the id stands in the head, or in the tail as the last or last but one.
/// A lying upstream can at worst fail another of its own calls.
pub(crate) fn id_of_oversize(head: &[u8], tail: &[u8]) -> Oversize {
    match from_head(head) {
        Oversize::Unknown => from_tail(tail).map_or(Oversize::Unknown, Oversize::Answer),
        known => known,
    }
}

/// Reads `"key": scalar` members until something longer comes.
fn from_head(head: &[u8]) -> Oversize {
    let mut rest = head.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
    let mut id = None;
    while let Some((key, after)) = string(rest.trim_ascii_start()) {
        let Some(value) = after.trim_ascii_start().strip_prefix(b":") else { break };
        if key == b"method" {
            return Oversize::Unasked;
        }
        let Some((scalar, after)) = scalar(value.trim_ascii_start()) else { break };
        if key == b"id" {
            id = std::str::from_utf8(scalar).ok().and_then(RequestId::parse);
        }
        match after.trim_ascii_start().strip_prefix(b",") {
            Some(next) => rest = next,
            None => break,
        }
    }
    id.map_or(Oversize::Unknown, Oversize::Answer)
}

fn from_tail(tail: &[u8]) -> Option<RequestId> {
    let key = br#""id""#;
    let at = memchr::memmem::rfind(tail, key)?;
    let value = tail[at + key.len()..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let (scalar, after) = scalar(value)?;
    // Nothing but short members of the envelope may follow, or this is some other object's id.
    let closed = match after.trim_ascii() {
        b"}" => true,
        rest => rest.strip_prefix(b",").is_some_and(|rest| {
            let compact: Vec<u8> = rest.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
            compact == br#""jsonrpc":"2.0"}"#
        }),
    };
    if closed { RequestId::parse(std::str::from_utf8(scalar).ok()?) } else { None }
}

/// A string without escapes, as envelope keys are.
fn string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', text)?;
    (text[end] == b'"').then(|| (&text[..end], &text[end + 1..]))
}

/// A string keeps its quotes: an id in quotes is not one of ours.
fn scalar(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.starts_with(b"\"") {
        let (inner, _) = string(text)?;
        return Some(text.split_at(inner.len() + 2));
    }
    let end = text.iter().position(|b| matches!(b, b',' | b'}') || b.is_ascii_whitespace())?;
    (end > 0 && !matches!(text[0], b'{' | b'[')).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_at_either_end() {
        let answer = |n: &str| Oversize::Answer(RequestId::parse(n).unwrap());
        for (head, tail, expected) in [
            (r#"{"jsonrpc":"2.0","id":42,"result":{"content":["#, "}", answer("42")),
            (r#" { "id" : 42 , "result" : ["#, "]}", answer("42")),
            (r#"{"result":{"id":7,"#, r#""}],"isError":false},"jsonrpc":"2.0","id":42}"#, answer("42")),
            (r#"{"result":{"id":7,"#, r#"},"id":42,"jsonrpc":"2.0"}"#, answer("42")),
            (r#"{"result":{"id":7,"#, r#""id":9}]},"jsonrpc":"2.0"}"#, Oversize::Unknown),
            (r#"{"jsonrpc":"2.0","id":"42","result":{"#, "}}", Oversize::Unknown),
            (r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"#, "}}", Oversize::Unasked),
            (r#"{"jsonrpc":"2.0","id":42,"method":"roots/list","params":{"#, "}}", Oversize::Unasked),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", Oversize::Unknown),
            ("", "", Oversize::Unknown),
        ] {
            assert_eq!(id_of_oversize(head.as_bytes(), tail.as_bytes()), expected, "{head} … {tail}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_ends_are_read(head in "[\\PC\"{}:,\\\\]{0,60}", tail in "[\\PC\"{}:,\\\\]{0,60}") {
            id_of_oversize(head.as_bytes(), tail.as_bytes());
        }
    }
}
