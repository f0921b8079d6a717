//! What was odd and did not matter: few sentences, short ones, each once.

use std::collections::HashSet;

use weir_model::limits;

/// Characters of one sentence.
const SENTENCE_CHARS_MAX: usize = 300;
/// Characters of a word of the description in a sentence.
const QUOTED_CHARS_MAX: usize = 120;

#[derive(Debug, Default)]
pub(crate) struct Notes {
    kept: Vec<String>,
    known: HashSet<String>,
    more: usize,
}

impl Notes {
    pub(crate) fn warn(&mut self, sentence: impl Into<String>) {
        let mut sentence = sentence.into();
        if let Some((end, _)) = sentence.char_indices().nth(SENTENCE_CHARS_MAX) {
            sentence.truncate(end);
            sentence.push('…');
        }
        if self.kept.len() + 1 >= limits::WARNINGS_MAX {
            self.more += usize::from(!self.known.contains(&sentence));
        } else if self.known.insert(sentence.clone()) {
            self.kept.push(sentence);
        }
    }

    pub(crate) fn into_sentences(mut self) -> Vec<String> {
        match self.more {
            0 => {}
            1 => self.kept.push("and one more warning".to_owned()),
            more => self.kept.push(format!("and {more} more warnings")),
        }
        self.kept
    }
}

/// A word of the description as a sentence shows it: short, in quotes, without control characters.
pub(crate) fn quote(text: &str) -> String {
    let mut shown = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == QUOTED_CHARS_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown.push('`');
    shown
}
