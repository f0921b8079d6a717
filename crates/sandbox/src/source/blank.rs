//! Source text in which spans become spaces and single characters change, so that every other character keeps its line and column.

use oxc::span::Span;

use super::entry::Wrap;

const KEEP: u8 = 0;
const BLANK: u8 = 1;

/// What is to change in a source text. Marks are per byte; a character goes by the mark of its first byte.
pub(super) struct Blanks<'s> {
    source: &'s str,
    marks: Vec<u8>,
    puts: Vec<(usize, u8)>,
}

impl<'s> Blanks<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, marks: vec![KEEP; source.len()], puts: Vec::new() }
    }

    pub(super) fn blank(&mut self, span: Span) {
        self.blank_bytes(span.start, span.end);
    }

    pub(super) fn blank_bytes(&mut self, start: u32, end: u32) {
        if let Some(marks) = self.marks.get_mut(start as usize..end as usize) {
            marks.fill(BLANK);
        }
    }

    /// Puts an ASCII character in place of the one at `at`. Wins over blanks.
    pub(super) fn put(&mut self, at: u32, character: u8) {
        self.puts.push((self.source.floor_char_boundary(at as usize), character));
    }

    /// Blanks a whole statement or class element, leaving a `;` so that its neighbours are not joined.
    pub(super) fn blank_statement(&mut self, span: Span) {
        self.blank(span);
        self.put(span.start, b';');
    }

    pub(super) fn apply(mut self, wrap: Option<&Wrap>) -> String {
        for (at, character) in self.puts {
            if let Some(mark) = self.marks.get_mut(at) {
                *mark = character;
            }
        }
        let mut text = String::with_capacity(self.source.len() + 32);
        for (at, character) in self.source.char_indices() {
            if let Some(wrap) = wrap {
                wrap.insert_before(at, &mut text);
            }
            match self.marks[at] {
                KEEP => text.push(character),
                _ if matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}') => text.push(character),
                mark => {
                    text.push(if mark == BLANK { ' ' } else { char::from(mark) });
                    text.extend(std::iter::repeat_n(' ', character.len_utf16() - 1));
                }
            }
        }
        if let Some(wrap) = wrap {
            wrap.insert_before(self.source.len(), &mut text);
        }
        text
    }
}

/// The first byte at or after `at` that is neither white space nor part of a comment.
pub(super) fn after_trivia(source: &str, at: u32) -> u32 {
    let mut at = at as usize;
    loop {
        let rest = &source[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let comment = if trimmed.starts_with("//") {
            trimmed.find('\n')
        } else if trimmed.starts_with("/*") {
            trimmed.find("*/").map(|end| end + 2)
        } else {
            None
        };
        match comment {
            Some(length) => at += length,
            None => return u32::try_from(at).unwrap_or(u32::MAX),
        }
    }
}

/// The byte at `at`, 0 beyond the end.
pub(super) fn byte_at(source: &str, at: u32) -> u8 {
    source.as_bytes().get(at as usize).copied().unwrap_or_default()
}

/// Whether a line ends between two places.
pub(super) fn breaks_between(source: &str, start: u32, end: u32) -> bool {
    source.get(start as usize..end as usize).is_some_and(|text| text.contains(['\n', '\r', '\u{2028}', '\u{2029}']))
}
