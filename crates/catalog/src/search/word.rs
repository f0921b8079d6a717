//! Text to terms: identifiers split at case, underscores and digits; stop words dropped; Porter stems.

use std::{cell::RefCell, collections::HashMap};

use rust_stemmers::{Algorithm, Stemmer};

/// A longer word is cut: it is no word.
const WORD_BYTES_MAX: usize = 40;

const STOP_WORDS: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "had", "has", "have", "he", "help", "her", "him", "his", "how", "i", "if", "in", "into",
    "is", "it", "its", "just", "let", "like", "ll", "may", "me", "might", "my", "need", "of", "on", "or", "our",
    "please", "re", "s", "she", "should", "so", "some", "such", "t", "than", "that", "the", "their", "them", "then",
    "there", "these", "they", "this", "those", "to", "us", "ve", "want", "was", "we", "were", "what", "when", "where",
    "which", "who", "will", "with", "would", "you", "your",
];

/// Stems words, and remembers them: many texts have few different words. Cheap to make.
pub(super) struct Terms {
    stemmer: Stemmer,
    known: RefCell<HashMap<String, String>>,
}

impl Terms {
    pub(super) fn new() -> Self {
        Self { stemmer: Stemmer::create(Algorithm::English), known: RefCell::default() }
    }

    /// Every term of a text, in order, repeats included.
    pub(super) fn of(&self, text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        for run in text.split(|c: char| !c.is_alphanumeric()) {
            for word in words(run) {
                let word = word.to_lowercase();
                if !STOP_WORDS.contains(&word.as_str()) {
                    terms.push(self.stem(&word));
                }
            }
        }
        terms
    }

    pub(super) fn stem(&self, word: &str) -> String {
        let word = &word[..word.floor_char_boundary(WORD_BYTES_MAX)];
        if let Some(stem) = self.known.borrow().get(word) {
            return stem.clone();
        }
        let stem = self.stemmer.stem(word).into_owned();
        self.known.borrow_mut().insert(word.to_owned(), stem.clone());
        stem
    }
}

/// `listPullRequests2` → list, Pull, Requests, 2; `HTTPServer` → HTTP, Server.
fn words(run: &str) -> impl Iterator<Item = &str> {
    let mut cuts = vec![0];
    let chars: Vec<(usize, char)> = run.char_indices().collect();
    for at in 1..chars.len() {
        let (before, (here, c)) = (chars[at - 1].1, chars[at]);
        let after = chars.get(at + 1).map(|&(_, c)| c);
        let humps = before.is_lowercase() && c.is_uppercase()
            || before.is_uppercase() && c.is_uppercase() && after.is_some_and(char::is_lowercase);
        if humps || before.is_numeric() != c.is_numeric() {
            cuts.push(here);
        }
    }
    cuts.push(run.len());
    let mut ends = cuts.clone().into_iter().skip(1);
    cuts.into_iter().filter_map(move |start| ends.next().map(|end| &run[start..end])).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_sentences_become_the_same_terms() {
        for (text, terms) in [
            ("listPullRequests", "list pull request"),
            ("list_pull_requests", "list pull request"),
            ("Lists the pull-requests of a repository", "list pull request repositori"),
            ("HTTPServer2Config", "http server 2 config"),
            ("API-get-user", "api get user"),
            ("the of and", ""),
            ("naïve Größe", "naïv größe"),
        ] {
            assert_eq!(Terms::new().of(text).join(" "), terms, "{text:?}");
        }
    }
}
