//! Text of and for authorization servers: forms, scopes, and what they say of errors, made safe to show.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use weir_model::{Secret, limits};
use zeroize::Zeroizing;

const MARK: &str = "[redacted]";
/// Shorter ones are too likely to be ordinary text.
const SECRET_BYTES_MIN: usize = 6;

/// `application/x-www-form-urlencoded`.
pub(super) fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

pub(super) fn encoded(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() * 3));
    encode(text, &mut out);
    out
}

fn encode(text: &str, out: &mut String) {
    const HEX: [u8; 16] = *b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

/// Scopes of a text, in order, each once, none that no server could mean.
pub(super) fn scopes(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|scope| is_scope(scope))
}

/// RFC 6749's `scope-token`.
pub(super) fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// All of them, each once, in the order they first stand in.
pub(super) fn united<'a>(lists: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut united: Vec<String> = Vec::new();
    for scope in lists {
        if united.len() < limits::SCOPES_MAX && is_scope(scope) && !united.iter().any(|have| have == scope) {
            united.push(scope.to_owned());
        }
    }
    united
}

/// What a server says, for people and agents: one line, bounded, without what was sent to it.
pub(super) fn said(text: &str, secrets: &[&Secret]) -> String {
    let mut clean = text.to_owned();
    // "Basic dXNlcjpwYXNz": what follows the scheme is the credential.
    let bare = secrets.iter().filter_map(|secret| secret.expose().split_once(' ').map(|(_, bare)| bare));
    let all = secrets.iter().map(|secret| secret.expose()).chain(bare);
    let mut forms: Vec<String> = all.flat_map(forms).collect();
    forms.retain(|form| form.len() >= SECRET_BYTES_MIN);
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    for form in &forms {
        clean = clean.replace(form.as_str(), MARK);
    }
    let line = clean.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(limits::OAUTH_ERROR_CHARS_MAX).collect::<String>().trim().to_owned()
}

fn forms(secret: &str) -> [String; 5] {
    [
        secret.to_owned(),
        encoded(secret).to_string(),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded_as_one_unit_each() {
        let told = form([("scope", "a b"), ("x&y", "=%ü"), ("empty", "")]);
        insta::assert_snapshot!(told.as_str(), @"scope=a%20b&x%26y=%3D%25%C3%BC&empty=");
    }

    #[test]
    fn scopes_are_united_in_order() {
        let lists = "b a  b \"x \u{7f} \\ c";
        assert_eq!(united(scopes(lists).chain(["d", "a", "", "e f"])), ["b", "a", "c", "d"]);
    }

    #[test]
    fn h19_what_a_server_says_holds_no_secret() {
        let secret = Secret::new("s3cr+t/value".to_owned());
        for (told, expected) in [
            ("no s3cr+t/value here", "no [redacted] here"),
            ("q=s3cr%2Bt%2Fvalue&", "q=[redacted]&"),
            ("Basic czNjcit0L3ZhbHVl", "Basic [redacted]"),
            ("two\r\nlines\u{1b}[31m", "two  lines [31m"),
        ] {
            assert_eq!(said(told, &[&secret]), expected, "{told:?}");
        }
        assert_eq!(said(&"x".repeat(10_000), &[]).len(), limits::OAUTH_ERROR_CHARS_MAX);
    }
}
