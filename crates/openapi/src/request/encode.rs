//! The ways a text is written into a URL or a form: each makes it one unit that nothing in it can end.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `allowReserved` in a query. What some reader of queries takes for a border stays encoded, `%` too, or the value would
/// be another one there: `& + # ; [ ] '`.
const RESERVED: &AsciiSet = &UNRESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'=')
    .remove(b',');

/// RFC 3986's pchar, for a description's own words in a path.
const TEMPLATE: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Unreserved,
    /// As `allowReserved` asks.
    Reserved,
    /// `application/x-www-form-urlencoded`
    Form,
}

impl Escape {
    /// `listed`: the text is an item of a list whose delimiter is a comma or looks like one.
    pub(super) fn write(self, text: &str, listed: bool, out: &mut String) {
        match self {
            Self::Unreserved => out.extend(utf8_percent_encode(text, UNRESERVED)),
            Self::Reserved if listed => out.extend(utf8_percent_encode(text, const { &RESERVED.add(b',') })),
            Self::Reserved => out.extend(utf8_percent_encode(text, RESERVED)),
            Self::Form => out.extend(url::form_urlencoded::byte_serialize(text.as_bytes())),
        }
    }
}

/// One unit of a path, a cookie, a name in a query.
pub(super) fn unit(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

pub(super) fn form_bytes(bytes: &[u8], out: &mut String) {
    out.extend(url::form_urlencoded::byte_serialize(bytes));
}

/// A description's words in a path: escapes it wrote itself are kept.
pub(super) fn template(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let escaped = bytes[at] == b'%'
            && bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let end = if escaped { at + 3 } else { at + 1 };
        if escaped {
            out.extend(bytes[at..end].iter().copied().map(char::from));
        } else {
            out.extend(percent_encode(&bytes[at..end], TEMPLATE));
        }
        at = end;
    }
    out
}
