//! The ways a credential is written by whoever repeats it. Every copy made here is wiped when it is dropped.
//!
//! Room is taken before anything is written: a text that grows leaves what it held before behind.

use base64::{
    Engine,
    engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

pub(super) type Form = Zeroizing<String>;

/// The credential itself comes first. The same text may occur more than once.
pub(super) fn forms(credential: &str) -> Vec<Form> {
    let mut forms = vec![Form::new(credential.to_owned())];
    forms.extend(JSON_WRITERS.map(|writer| in_json(credential, writer)));
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        forms.extend([0, 1, 2].map(|before| in_base64(&alphabet, credential, before)));
    }
    forms.extend(URL_WRITERS.map(|writer| in_url(credential, writer)));
    forms
}

/// What a writer of JSON escapes beyond what it must.
#[derive(Clone, Copy)]
struct JsonWriter {
    also: &'static str,
    beyond_ascii: bool,
    digits: &'static [u8; 16],
}

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// Most of them; Go's; Python's and Ruby's; PHP's two; Java's; .NET's.
const JSON_WRITERS: [JsonWriter; 7] = [
    JsonWriter { also: "", beyond_ascii: false, digits: LOWER },
    JsonWriter { also: "&<>", beyond_ascii: false, digits: LOWER },
    JsonWriter { also: "", beyond_ascii: true, digits: LOWER },
    JsonWriter { also: "/", beyond_ascii: true, digits: LOWER },
    JsonWriter { also: "/", beyond_ascii: false, digits: LOWER },
    JsonWriter { also: "", beyond_ascii: true, digits: UPPER },
    JsonWriter { also: "\"&'+<>`", beyond_ascii: true, digits: UPPER },
];

/// Which characters stay as they are in URLs, besides letters and digits: RFC 3986's, Python's, JavaScript's, and those of a form,
/// where a space is a plus.
const URL_WRITERS: [(&str, &[u8; 16]); 5] =
    [("-._~", UPPER), ("-._~", LOWER), ("-._~/", UPPER), ("-._~!*'()", UPPER), ("-._*+", UPPER)];

fn in_json(credential: &str, writer: JsonWriter) -> Form {
    let mut out = Form::new(String::with_capacity(credential.len() * 6));
    for c in credential.chars() {
        match c {
            '/' if writer.also.contains('/') => out.push_str("\\/"),
            c if writer.also.contains(c) || (writer.beyond_ascii && !c.is_ascii()) => {
                escaped(c, writer.digits, &mut out)
            }
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => escaped(c, writer.digits, &mut out),
            c => out.push(c),
        }
    }
    out
}

fn escaped(c: char, digits: &[u8; 16], out: &mut Form) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str("\\u");
        out.extend([12, 8, 4, 0].map(|shift| char::from(digits[usize::from(*unit >> shift & 0xf)])));
    }
}

/// What base64 of the credential, or of any text that holds it, has of it for certain, where so many bytes stand before it in a group of
/// three. A character on each side may be left, which says next to nothing.
fn in_base64(alphabet: &GeneralPurpose, credential: &str, before: usize) -> Form {
    let mut bytes = Zeroizing::new(Vec::with_capacity(before + credential.len()));
    bytes.resize(before, 0);
    bytes.extend_from_slice(credential.as_bytes());
    let whole = Form::new(alphabet.encode(&*bytes));
    // The first characters are of what stands before it too, the last one of what stands behind.
    Form::new(whole[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned())
}

fn in_url(credential: &str, (kept, digits): (&str, &[u8; 16])) -> Form {
    let mut out = Form::new(String::with_capacity(credential.len() * 3));
    let is_form = kept.contains('+');
    for byte in credential.bytes() {
        match char::from(byte) {
            ' ' if is_form => out.push('+'),
            c if c.is_ascii_alphanumeric() || (c != '+' && kept.contains(c)) => out.push(c),
            _ => {
                out.push('%');
                out.extend([byte >> 4, byte & 0xf].map(|digit| char::from(digits[usize::from(digit)])));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn t14_every_writer_writes_one_of_the_forms() {
        let forms = forms("a\"b/c&d+é😀\n'(");
        let forms: Vec<&str> = forms.iter().map(|form| form.as_str()).collect();
        for written in [
            r#"a\"b/c&d+é😀\n'("#,
            r#"a\"b\/c&d+é😀\n'("#,
            r#"a\"b\/c&d+\u00e9\ud83d\ude00\n'("#,
            r#"a\"b/c\u0026d+é😀\n'("#,
            r#"a\"b/c&d+\u00e9\ud83d\ude00\n'("#,
            r#"a\"b/c&d+\u00E9\uD83D\uDE00\n'("#,
            r#"a\u0022b/c\u0026d\u002B\u00E9\uD83D\uDE00\n\u0027("#,
            "a%22b%2Fc%26d%2B%C3%A9%F0%9F%98%80%0A%27%28",
            "a%22b%2fc%26d%2b%c3%a9%f0%9f%98%80%0a%27%28",
            "a%22b/c%26d%2B%C3%A9%F0%9F%98%80%0A%27%28",
            "a%22b%2Fc%26d%2B%C3%A9%F0%9F%98%80%0A'(",
        ] {
            assert!(forms.contains(&written), "{written}: {forms:?}");
        }
    }

    proptest! {
        /// Wherever in a longer text it stands: of base64, at most a character on each side is left.
        #[test]
        fn t14_base64_of_what_holds_it_holds_a_form(
            before in prop::collection::vec(any::<u8>(), 0..7),
            credential in "\\PC{6,40}",
            after in prop::collection::vec(any::<u8>(), 0..7),
            url_safe in any::<bool>(),
        ) {
            let all = [before.as_slice(), credential.as_bytes(), after.as_slice()].concat();
            let alphabet = if url_safe { URL_SAFE_NO_PAD } else { STANDARD_NO_PAD };
            let written = alphabet.encode(&all);
            let bits = credential.len() * 8;
            let found = forms(&credential).into_iter().any(|form| written.contains(form.as_str()) && form.len() * 6 + 12 > bits);
            prop_assert!(found, "{}", written);
        }

        #[test]
        fn forms_are_what_libraries_write(credential in "\\PC{1,40}|[ -~]{1,40}") {
            let forms = forms(&credential);
            let has = |written: &str| forms.iter().any(|form| form.as_str() == written);
            let quoted = serde_json::to_string(&credential).unwrap();
            prop_assert!(has(&quoted[1..quoted.len() - 1]));
            prop_assert!(has(&url::form_urlencoded::byte_serialize(credential.as_bytes()).collect::<String>()));
        }
    }
}
