//! A first look at hostile shapes, before the parser sees them: deep brackets overflow a recursive parser, and long chains
//! of `<`, each of which may begin type arguments, take it time that grows with their square. Strings are skipped roughly.

use weir_model::{Fault, FaultKind, limits};

use super::text;

/// Refuses brackets nested beyond any program a person or a model writes.
pub(super) fn check(source: &str) -> Result<(), Box<Fault>> {
    let bytes = source.as_bytes();
    let (mut at, mut depth, mut angles) = (0, 0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'<' => angles += 1,
            b'>' => angles = angles.saturating_sub(1),
            b'"' | b'\'' => at = after_literal(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at += to_line_end(&bytes[at..]),
            _ => {}
        }
        if matches!(byte, b'{' | b'}' | b';') {
            angles = 0;
        }
        if depth > limits::SOURCE_NESTING_MAX || angles > limits::SOURCE_NESTING_MAX {
            let message = format!("The source nests brackets more than {} deep.", limits::SOURCE_NESTING_MAX);
            let position = Some(text::position(source, at));
            let fault = Fault::new(FaultKind::Syntax, message).at(position);
            return Err(Box::new(fault.hint("Build deep structures with a loop.")));
        }
        at += 1;
    }
    Ok(())
}

/// The index of the closing quote, or of the line's end.
fn after_literal(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 1,
            b'\n' => return at,
            byte if *byte == quote => return end,
            _ => {}
        }
        end += 1;
    }
    at
}

fn to_line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()).saturating_sub(1)
}
