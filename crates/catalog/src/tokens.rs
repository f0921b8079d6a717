//! Counts tokens as o200k does. The table costs memory and is loaded by the first text that needs counting.

use bpe_openai::o200k_base;

/// Tokens (o200k) of a text.
pub fn count(text: &str) -> usize {
    o200k_base().count(text)
}

/// Whether a text has at most `max` tokens. A token is at least one byte, so a short text needs no counting.
pub fn fits(text: &str, max: usize) -> bool {
    text.len() <= max || {
        let tokenizer = o200k_base();
        tokenizer.count_till_limit(&tokenizer.normalize(text), max).is_some()
    }
}

/// The longest prefix of at most `max` tokens, cut between characters.
pub fn prefix(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let tokenizer = o200k_base();
    let (mut end, mut left) = (0, max);
    for piece in tokenizer.split(text) {
        let tokens = tokenizer.bpe.encode_via_backtracking(piece.as_bytes());
        if tokens.len() <= left {
            end += piece.len();
            left -= tokens.len();
            continue;
        }
        end += tokens[..left].iter().map(|&token| tokenizer.bpe.token_len(token)).sum::<usize>();
        break;
    }
    &text[..text.floor_char_boundary(end)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_like_o200k() {
        for (text, tokens) in [("", 0), ("hello world", 2), ("github.list_issues", 4), ("tiktoken is great!", 6)] {
            assert_eq!(count(text), tokens, "{text:?}");
        }
    }

    #[test]
    fn a_token_limit_at_its_edges() {
        let text = "one two three four five six seven eight";
        assert_eq!(count(text), 8);
        for (max, whole) in [(8, true), (7, false), (0, false), (9, true)] {
            assert_eq!(fits(text, max), whole, "{max}");
        }
        assert_eq!(prefix(text, 3), "one two three");
        assert_eq!(prefix(text, 0), "");
        assert_eq!(prefix(text, 8), text);
    }

    proptest! {
        #[test]
        fn a_prefix_is_a_prefix_and_fits(text in "\\PC{0,80}", max in 0usize..40) {
            let cut = prefix(&text, max);
            prop_assert!(text.starts_with(cut));
            prop_assert!(cut.len() == text.len() || fits(&text[..cut.len()], max + 1));
            prop_assert_eq!(fits(&text, max), count(&text) <= max);
        }
    }
}
