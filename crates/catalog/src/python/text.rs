//! Foreign text inside Python's own marks: string literals, docstrings, comments. Nothing gets out of them.

use crate::{plain, schema::Doc};

/// A comment longer than this stands above what it is about.
const TRAILING_CHARS_MAX: usize = 80;

/// JSON text of a scalar as Python writes it; `None` for a number that is not whole, which cannot be a literal type.
pub(super) fn literal(json: &str) -> Option<String> {
    match json {
        "true" => Some("True".to_owned()),
        "false" => Some("False".to_owned()),
        "null" => Some("None".to_owned()),
        _ if json.starts_with('"') => Some(string(json)),
        _ => json.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-').then(|| json.to_owned()),
    }
}

/// A key of a dict, or any other text, as a string.
pub(crate) fn quoted(name: &str) -> String {
    string(&serde_json::Value::from(name).to_string())
}

/// JSON text of a string as a Python string of the same value: what a reader cannot see, and what a fence or an
/// element is made of, is escaped.
fn string(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        let is_hidden = !c.is_ascii() && plain::line(&c.to_string(), 1).is_empty();
        let is_mark = match c {
            '/' => text.ends_with('*') || text.ends_with('<'),
            '*' => text.ends_with('/'),
            '|' => text.ends_with('<'),
            '`' => text.ends_with("``"),
            _ => false,
        };
        match u32::from(c) {
            code if is_mark => text.push_str(&format!("\\x{code:02x}")),
            code if is_hidden && code > 0xffff => text.push_str(&format!("\\U{code:08x}")),
            code if is_hidden => text.push_str(&format!("\\u{code:04x}")),
            _ => text.push(c),
        }
    }
    text
}

/// A docstring of a function whose body is indented by `pad`; `None` when there is nothing to say.
pub(crate) fn docstring(text: &str, pad: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let would_close = c == '"' && rest.peek().is_none_or(|next| *next == '"');
        if would_close || c == '\\' {
            safe.push('\\');
        }
        safe.push(c);
    }
    Some(format!("{pad}\"\"\"{}\"\"\"\n", indented(&safe, pad)))
}

/// A comment above a declaration: no line of it but the first begins where a declaration's own could.
pub(crate) fn comment_lines(text: &str, pad: &str) -> String {
    let mut lines = text.lines();
    let Some(first) = lines.next() else { return String::new() };
    let mut comment = format!("{pad}# {}\n", defused(first));
    for line in lines {
        comment.push_str(pad);
        comment.push_str(&if line.is_empty() { "#\n".to_owned() } else { format!("#   {}\n", defused(line)) });
    }
    comment
}

/// Lines of weir's own, as comments.
pub(crate) fn hashed(lines: &str) -> String {
    lines.lines().map(|line| format!("# {line}\n")).collect()
}

/// A declaration with what is said about it: behind it where that is short, else above it.
pub(crate) fn commented(declaration: &str, text: &str, pad: &str) -> String {
    if text.is_empty() || text.contains('\n') || text.chars().count() > TRAILING_CHARS_MAX {
        return format!("{}{pad}{declaration}\n", comment_lines(text, pad));
    }
    format!("{pad}{declaration}  # {}\n", defused(text))
}

/// What a schema says about a value, as plain text of a few lines.
pub(crate) fn note(doc: &Doc, chars_max: usize) -> String {
    if chars_max == 0 {
        return String::new();
    }
    let text = doc.description.as_deref().map(|text| plain::block(text, chars_max)).unwrap_or_default();
    if doc.notes.is_empty() {
        return text;
    }
    let notes = plain::line(&doc.notes.join("; "), 200);
    if text.is_empty() { notes } else { format!("{text} ({notes})") }
}

fn indented(text: &str, pad: &str) -> String {
    let mut lines = text.lines();
    let mut indented = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        indented.push('\n');
        if !line.is_empty() {
            indented.push_str(pad);
            indented.push_str(line);
        }
    }
    indented
}

/// A comment that says something to a type checker (`type: ignore`, `pyright: basic`) says it to the reader only.
fn defused(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        let order = ["type", "pyright", "mypy", "noqa"].iter().find_map(|word| safe.strip_suffix(word));
        if c == ':' && order.is_some_and(|before| before.trim_end().is_empty() || before.trim_end().ends_with('#')) {
            safe.push(' ');
        }
        safe.push_str(&line[at..at + c.len_utf8()]);
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn literals_keep_their_value() {
        for (json, python) in [
            (r#""open""#, Some(r#""open""#)),
            (r#""a\"b\\""#, Some(r#""a\"b\\""#)),
            (r#""a\nb""#, Some(r#""a\nb""#)),
            (r#""*/ </x> ```""#, Some(r#""*\x2f <\x2fx> ``\x60""#)),
            ("\"\u{200b}\u{e0041}\"", Some(r#""\u200b\U000e0041""#)),
            ("true", Some("True")),
            ("-7", Some("-7")),
            ("1.5", None),
            ("1e400", None),
        ] {
            assert_eq!(literal(json).as_deref(), python, "{json}");
        }
    }

    #[test]
    fn docstrings_end_where_they_end() {
        for (text, python) in [
            ("Lists.", "\"\"\"Lists.\"\"\"\n"),
            ("a\"", "\"\"\"a\\\"\"\"\"\n"),
            ("\"\"\"x", "\"\"\"\\\"\\\"\"x\"\"\"\n"),
            ("\\", "\"\"\"\\\\\"\"\"\n"),
            ("a\n\nb", "\"\"\"a\n\n  b\"\"\"\n"),
        ] {
            assert_eq!(
                docstring(text, "  ").map(|shown| shown.trim_start().to_owned()).as_deref(),
                Some(python),
                "{text}"
            );
        }
        assert_eq!(docstring(" \n", "  "), None);
    }

    #[test]
    fn comments_give_no_orders() {
        for (text, python) in [
            ("type: ignore", "# type : ignore\n"),
            ("x # type: ignore", "# x # type : ignore\n"),
            ("the type: a word", "# the type: a word\n"),
            ("a\n\npyright: basic", "# a\n#\n#   pyright : basic\n"),
        ] {
            assert_eq!(comment_lines(text, ""), python, "{text}");
        }
    }

    proptest! {
        /// T08. Read as Python reads it, the docstring is one string and nothing follows; a comment is only comments.
        #[test]
        fn t08_no_text_leaves_a_docstring_or_a_comment(text in "(\"|\\\\|\\n|[a#:{}]|\"\"\"|type:|\\PC){0,40}") {
            let shown = docstring(&text, "    ");
            prop_assert_eq!(shown.is_none(), text.trim().is_empty());
            if let Some(shown) = shown {
                let body = shown.trim_start().strip_prefix("\"\"\"").unwrap();
                let end = closing(body);
                prop_assert_eq!(end.map(|end| &body[end..]), Some("\n"), "{}", body);
            }
            for line in comment_lines(&text, "  ").lines() {
                prop_assert!(line.starts_with("  #"), "{}", line);
            }
        }

        #[test]
        fn t08_a_literal_is_the_same_text(text in "(\"|\\\\|'|\\PC|[*/<`|\\x00-\\x1f]){0,30}") {
            let shown = quoted(&text);
            prop_assert!(!shown.contains(['\n', '\r']) && !shown.contains("*/") && !shown.contains("```"));
            prop_assert_eq!(read(&shown), text);
        }
    }

    /// Bytes up to the end of the three quotes that close a docstring.
    fn closing(body: &str) -> Option<usize> {
        let mut escaped = false;
        for (at, c) in body.char_indices() {
            if !escaped && body[at..].starts_with("\"\"\"") {
                return Some(at + 3);
            }
            escaped = c == '\\' && !escaped;
        }
        None
    }

    /// The value of a Python string literal in double quotes.
    fn read(literal: &str) -> String {
        let mut value = String::new();
        let mut rest = literal.strip_prefix('"').unwrap().strip_suffix('"').unwrap().chars();
        while let Some(c) = rest.next() {
            assert_ne!(c, '"');
            if c != '\\' {
                value.push(c);
                continue;
            }
            let c = rest.next().unwrap();
            value.push(match "xuU".find(c) {
                Some(at) => {
                    let hex: String = rest.by_ref().take(2 << at).collect();
                    char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap()
                }
                None => "\n\r\t\u{8}\u{c}\"\\".chars().nth("nrtbf\"\\".find(c).unwrap()).unwrap(),
            });
        }
        value
    }
}
