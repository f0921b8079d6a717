//! From places in the text that was parsed to places in the text the user wrote.
//!
//! The two differ only by the edits recorded here, none of which adds or removes a line.

use weir_model::{Fault, FaultKind, Position};

use crate::source;

/// `written[from..to]` was replaced by `len` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) len: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    source: String,
    edits: Vec<Edit>,
}

impl Places {
    pub(super) fn new(source: String) -> Self {
        Self { source, edits: Vec::new() }
    }

    /// As the user wrote it.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Applies replacements, each a range of the source and its new text, in order and apart from one another.
    pub(super) fn edit(&mut self, replacements: &[(std::ops::Range<usize>, String)]) -> String {
        let mut text = String::with_capacity(self.source.len() + 16 * replacements.len());
        let mut done = 0;
        for (range, new) in replacements {
            text.push_str(&self.source[done..range.start]);
            text.push_str(new);
            done = range.end;
            self.edits.push(Edit { from: range.start, to: range.end, len: new.len() });
        }
        text.push_str(&self.source[done..]);
        text
    }

    /// Where byte `at` of the parsed text is in the source.
    pub(super) fn written(&self, at: usize) -> usize {
        let (mut parsed, mut written) = (0, 0);
        for edit in &self.edits {
            let begin = parsed + (edit.from - written);
            if at < begin {
                break;
            }
            if at < begin + edit.len {
                return edit.from;
            }
            (parsed, written) = (begin + edit.len, edit.to);
        }
        (written + (at - parsed)).min(self.source.len())
    }

    /// One-based, columns in UTF-16 units.
    pub(super) fn position(&self, parsed: usize) -> Position {
        let before = &self.source[..self.source.floor_char_boundary(self.written(parsed))];
        let line_at = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before[line_at..].encode_utf16().count() + 1;
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(column).unwrap_or(u32::MAX) }
    }

    /// A fault at a byte of the parsed text.
    pub(super) fn fault(&self, kind: FaultKind, message: impl Into<String>, at: Option<usize>) -> Fault {
        let position = at.map(|at| self.position(at));
        let mut fault = Fault::new(kind, message).at(position);
        fault.source_line = position.and_then(|position| source::line(&self.source, position.line));
        fault
    }
}
