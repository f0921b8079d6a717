//! Plain looks at source and JSON text.

use weir_model::{Position, limits};

use crate::frame::cut;

/// The line of this one-based number, cut to what a fault quotes.
pub(crate) fn line(source: &str, number: u32) -> Option<String> {
    let line = source.lines().nth(usize::try_from(number.checked_sub(1)?).ok()?)?;
    Some(cut(line, limits::SOURCE_LINE_CHARS_MAX))
}

/// Where byte `offset` is: one-based, columns in UTF-16 units.
pub(crate) fn position(source: &str, offset: usize) -> Position {
    let before = &source[..source.floor_char_boundary(offset)];
    let line_at = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[line_at..].encode_utf16().count() + 1;
    Position { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(column).unwrap_or(u32::MAX) }
}

/// Whether JSON text holds, outside strings, an integer beyond 2^53 - 1 in size: one that a double may not hold exactly.
pub(crate) fn holds_big_integer(json: &str) -> bool {
    const DIGITS_SAFE: usize = 15;
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at + 1),
            b'0'..=b'9' => {
                let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let next = bytes.get(at + digits);
                let whole = !matches!(next, Some(b'.' | b'e' | b'E'));
                if digits > DIGITS_SAFE && whole && beyond_double(&json[at..at + digits]) {
                    return true;
                }
                at += digits;
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-' | b'0'..=b'9'))
                    .count();
            }
            _ => at += 1,
        }
    }
    false
}

fn beyond_double(digits: &str) -> bool {
    const SAFE_MAX: u64 = (1 << 53) - 1;
    digits.parse::<u64>().map_or(true, |value| value > SAFE_MAX)
}

/// The index after a string's closing quote.
fn after_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether JSON text is nested deeper than `depth_max`.
pub(crate) fn nested_deeper(json: &str, depth_max: usize) -> bool {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = after_string(bytes, at + 1);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > depth_max {
            return true;
        }
        at += 1;
    }
    false
}
