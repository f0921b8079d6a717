//! Foreign text made safe to quote: no control characters, no invisible or reordering ones, no line that looks like weir's.

use std::{borrow::Cow, fmt::Write};

use super::MARK;

/// One line of foreign text: line breaks, control and invisible characters become escapes; never longer than `chars_max`.
pub fn line(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max * 4));
    for (at, c) in text.chars().enumerate() {
        if at == chars_max {
            out.push('…');
            break;
        }
        push(&mut out, c);
    }
    guarded(out)
}

/// Foreign text of several lines; line breaks and tabs stay.
pub fn block(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<_> = text
        .split('\n')
        .map(|line_text| {
            let mut out = String::with_capacity(line_text.len());
            for c in line_text.chars() {
                if c == '\t' { out.push(c) } else { push(&mut out, c) }
            }
            guarded(out)
        })
        .collect();
    Cow::Owned(lines.join("\n"))
}

/// JSON text with hidden characters as JSON's own escapes: it stays JSON, and the same value.
pub fn json(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| matches!(c, '\n' | '\r' | '\t') || !is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut units = [0u16; 2];
    for c in text.chars() {
        if is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("writing to a String cannot fail");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Whether text can be shown exactly as it is.
pub fn is_plain(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\n' | '\t') || !is_hidden(c))
        && !text.split('\n').any(|line_text| line_text.trim_start().starts_with(MARK))
}

fn guarded(line_text: String) -> String {
    if line_text.trim_start().starts_with(MARK) { format!("> {line_text}") } else { line_text }
}

fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if is_hidden(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String cannot fail"),
        _ => out.push(c),
    }
}

/// Characters that change what a terminal or a reader sees without being seen: controls, bidirectional overrides,
/// zero-width characters (but for the joiners that scripts and emoji need), line separators, language tags.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn r14_log_forging_is_escaped() {
        let rows = [
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("\u{1b}]8;;http://evil\u{7}x", "\\u{1b}]8;;http://evil\\u{7}x"),
            ("progress\rdone", "progress\\rdone"),
            ("a\u{202e}b\u{e0041}", "a\\u{202e}b\\u{e0041}"),
            ("[weir] run completed", "> [weir] run completed"),
            ("  [weir] x", ">   [weir] x"),
            ("plain – ü 日本", "plain – ü 日本"),
        ];
        for (text, expected) in rows {
            assert_eq!(line(text, 200), expected);
            assert_eq!(block(text), expected);
        }
        assert_eq!(line("a\nb", 200), "a\\nb");
        assert_eq!(block("a\n\u{1b}b\n[weir] c"), "a\n\\u{1b}b\n> [weir] c");
        assert_eq!(line(&"x".repeat(10), 4), "xxxx…");
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = serde_json::to_string("a\u{202e}b\u{e0041}\u{1b}").expect("serialises");
        assert_eq!(json(&text), r#""a\u202eb\udb40\udc41\u001b""#);
    }

    proptest! {
        #[test]
        fn escaped_json_is_the_same_value(value in any::<String>()) {
            let text = serde_json::to_string(&value).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<String>(&json(&text)).expect("valid"), value);
        }

        #[test]
        fn what_is_escaped_is_plain(text in any::<String>()) {
            prop_assert!(is_plain(&line(&text, 1_000)));
            prop_assert!(is_plain(&block(&text)));
        }
    }
}
