//! What a YAML scalar is, among JSON's types: `no`, `on`, dates and `0123` are text, and there is no NaN.

use std::borrow::Cow;

use serde_json::Number;

use super::node::Node;

/// `tag` is the word of a core tag (`str`, `int`, …), or empty for any other tag, which says nothing.
pub(super) fn scalar<'a>(text: Cow<'a, str>, is_plain: bool, tag: Option<&str>) -> Node<'a> {
    match tag {
        Some("str") => return Node::Text(text),
        Some("null") if text.is_empty() || text == "null" || text == "~" => return Node::Null,
        Some("int" | "float") => return number(&text).map_or(Node::Text(text), Node::Number),
        Some("bool") => return boolean(&text).map_or(Node::Text(text), Node::Bool),
        _ if !is_plain => return Node::Text(text),
        _ => {}
    }
    if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL") {
        return Node::Null;
    }
    match (boolean(&text), number(&text)) {
        (Some(value), _) => Node::Bool(value),
        (None, Some(number)) => Node::Number(number),
        (None, None) => Node::Text(text),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A number as YAML's core schema writes them, of the size that JSON numbers have here: whole ones of 64 bits are exact.
fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        b'0'..=b'9' | b'.' => ("", text),
        _ => return None,
    };
    if let Some(radix) = radix(text) {
        return radix;
    }
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = all_digits(whole)
        && fraction.is_none_or(all_digits)
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty))
        // `0123` is an octal number to some readers and a decimal one to others: text to this one.
        && (whole.len() < 2 || !whole.starts_with('0'))
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && all_digits(digits)
        });
    if !is_number {
        return None;
    }
    if fraction.is_none() && exponent.is_none() {
        let whole = format!("{sign}{whole}");
        if let Ok(number) = whole.parse::<u64>() {
            return Some(number.into());
        }
        if let Ok(number) = whole.parse::<i64>() {
            return Some(number.into());
        }
    }
    Number::from_f64(format!("{sign}{digits}").parse().ok()?)
}

/// `0o17` and `0xff`. `Some(None)`: it looks like one and is none.
fn radix(text: &str) -> Option<Option<Number>> {
    let (digits, radix) = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(digits), _) => (digits, 8),
        (None, Some(digits)) => (digits, 16),
        (None, None) => return None,
    };
    let is_digits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    Some(is_digits.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from))
}
