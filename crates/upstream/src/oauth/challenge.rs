//! What an upstream says of the credential it wants: `WWW-Authenticate`, read leniently and within bounds.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use weir_model::{UpstreamName, limits};

use super::text;

/// A `Bearer` challenge (RFC 6750, RFC 9728).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) resource_metadata: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) error: Option<String>,
}

/// The first of a server's challenges that is for a bearer.
pub(super) fn bearer(headers: &HeaderMap) -> Option<Challenge> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).find_map(parsed)
}

/// What to do about a 401 or 403, when the upstream's answer says that a login would help.
pub(crate) fn hint(upstream: &UpstreamName, status: u16, headers: &HeaderMap) -> Option<String> {
    let challenge = bearer(headers)?;
    let scopes = challenge.scope.as_deref().map(|scope| text::united(text::scopes(scope))).unwrap_or_default();
    match (status, challenge.error.as_deref()) {
        (403, Some("insufficient_scope")) if !scopes.is_empty() => {
            let asked: String = scopes.iter().map(|scope| format!(" --scope{}", shown(scope))).collect();
            Some(format!("it wants more rights: run `weir login {upstream}{asked}`"))
        }
        (403, Some("insufficient_scope")) => Some("it wants more rights, and does not say which".to_owned()),
        (401, _) => Some(format!("it wants a login: run `weir login {upstream}`")),
        _ => None,
    }
}

/// As it can be pasted into a shell.
fn shown(scope: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/' | b'@' | b'+' | b',');
    let scope: String = scope.chars().take(200).collect();
    match scope.bytes().all(plain) {
        true if !scope.starts_with('-') => format!(" {scope}"),
        _ => format!("='{}'", scope.replace('\'', "'\\''")),
    }
}

fn parsed(header: &str) -> Option<Challenge> {
    if header.len() > limits::CHALLENGE_BYTES_MAX {
        return None;
    }
    let mut scan = Scan { rest: header };
    let mut found: Option<Challenge> = None;
    while let Some(word) = scan.word() {
        match scan.value() {
            Some(value) => {
                let Some(challenge) = &mut found else { continue };
                let place = match word.to_ascii_lowercase().as_str() {
                    "resource_metadata" => &mut challenge.resource_metadata,
                    "scope" => &mut challenge.scope,
                    "error" => &mut challenge.error,
                    _ => continue,
                };
                // Said twice, the first counts.
                place.get_or_insert(value);
            }
            // A word without a value begins a challenge, or is one's `token68`.
            None if word.eq_ignore_ascii_case("bearer") && found.is_none() => found = Some(Challenge::default()),
            None if found.is_some() => break,
            None => {}
        }
    }
    found
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(c)
}

struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    /// A token, whatever separates it from the one before.
    fn word(&mut self) -> Option<&'a str> {
        let start = self.rest.find(is_token)?;
        let text = &self.rest[start..];
        let end = text.find(|c: char| !is_token(c)).unwrap_or(text.len());
        self.rest = &text[end..];
        Some(&text[..end])
    }

    /// `=` and a token or quoted text, if that follows.
    fn value(&mut self) -> Option<String> {
        let after = self.rest.trim_start().strip_prefix('=')?.trim_start();
        let Some(quoted) = after.strip_prefix('"') else {
            // What comes after the padding of a `token68` is no value of it.
            let directly = after.starts_with(is_token);
            self.rest = after;
            return if directly { self.word().map(str::to_owned) } else { None };
        };
        let (mut text, mut chars) = (String::new(), quoted.char_indices());
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &quoted[at + 1..];
                    return Some(text);
                }
                '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
                c => text.push(c),
            }
        }
        self.rest = "";
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn challenges_as_servers_write_them() {
        let rows = [
            r#"Bearer resource_metadata="https://a/.well-known/oauth-protected-resource", scope="a b""#,
            r#"bearer realm="x, y=\"z\"",error=insufficient_scope,scope="a""#,
            r#"Basic realm="b", Bearer scope="s""#,
            r#"Negotiate dG9rZW4=, Bearer error="invalid_token", Digest scope="no""#,
            "Bearer",
            r#"Basic realm="Bearer scope=1""#,
            r#"Bearer scope="unterminated"#,
            "Bearer scope=\"one\", scope=\"two\"",
            "",
        ];
        let all: Vec<String> = rows.iter().map(|row| format!("{:?}", parsed(row))).collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        Some(Challenge { resource_metadata: Some("https://a/.well-known/oauth-protected-resource"), scope: Some("a b"), error: None })
        Some(Challenge { resource_metadata: None, scope: Some("a"), error: Some("insufficient_scope") })
        Some(Challenge { resource_metadata: None, scope: Some("s"), error: None })
        Some(Challenge { resource_metadata: None, scope: None, error: Some("invalid_token") })
        Some(Challenge { resource_metadata: None, scope: None, error: None })
        None
        Some(Challenge { resource_metadata: None, scope: None, error: None })
        Some(Challenge { resource_metadata: None, scope: Some("one"), error: None })
        None
        "#);
        assert_eq!(parsed(&format!("Bearer scope=\"{}\"", "x".repeat(10_000))), None, "too long to be meant");
    }

    #[test]
    fn a_step_up_names_the_command() {
        let name = UpstreamName::new("hub").unwrap();
        let told = |status: u16, header: &'static str| {
            let headers = [(WWW_AUTHENTICATE, HeaderValue::from_static(header))].into_iter().collect();
            hint(&name, status, &headers).unwrap_or_default()
        };
        let rows = [
            told(403, r#"Bearer error="insufficient_scope", scope="repo:write mail.read""#),
            told(403, r#"Bearer error="insufficient_scope", scope="a;rm b$(x) -c""#),
            told(403, r#"Bearer error="insufficient_scope""#),
            told(403, r#"Bearer error="invalid_token""#),
            told(401, "Bearer"),
            told(401, "Basic"),
        ];
        insta::assert_snapshot!(rows.join("\n"), @"
        it wants more rights: run `weir login hub --scope repo:write --scope mail.read`
        it wants more rights: run `weir login hub --scope='a;rm' --scope='b$(x)' --scope='-c'`
        it wants more rights, and does not say which

        it wants a login: run `weir login hub`
        ");
    }

    proptest! {
        #[test]
        fn no_header_breaks_it(header in "\\PC{0,80}") {
            let _ = parsed(&header);
            let _ = parsed(&format!("Bearer {header}"));
        }
    }
}
