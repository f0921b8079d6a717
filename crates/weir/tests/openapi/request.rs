//! Two requests compared byte by byte, after what HTTP and URLs let two correct clients write differently.
//!
//! Each difference that is let through is named here with its reason; everything else must be the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::server::Seen;

/// Headers that belong to a client or its connection, not to the operation. `accept` is the client's wish among what is
/// declared; `x-case` is the oracle's own mark.
const OF_THE_CLIENT: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "host",
    "pragma",
    "priority",
    "sec-fetch-mode",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-case",
];

/// A request with nothing left of what may differ.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Normal {
    method: String,
    path: String,
    /// In order of names; those of one name in their own order, which means something.
    query: Vec<(String, String)>,
    headers: BTreeMap<String, String>,
    body: Vec<String>,
}

impl Normal {
    /// Without a header that one side was told to send.
    pub(crate) fn without(mut self, header: &str) -> Self {
        self.headers.remove(header);
        self
    }
}

pub(crate) fn normal(seen: &Seen) -> Normal {
    let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let content_type = seen.header("content-type").unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut headers = BTreeMap::new();
    for (name, value) in &seen.headers {
        if OF_THE_CLIENT.contains(&name.as_str()) {
            continue;
        }
        let value = match name.as_str() {
            // A boundary is any text that does not occur in the parts.
            "content-type" if media.starts_with("multipart/") => media.clone(),
            "content-type" => content_type.to_ascii_lowercase().replace(' ', ""),
            // Cookie values are percent-encoded by custom, and customs differ in what they leave.
            "cookie" => escapes(value, Plus::Itself),
            _ => value.clone(),
        };
        headers.insert(name.clone(), value);
    }
    let body = match media.as_str() {
        _ if seen.body.is_empty() => Vec::new(),
        "application/x-www-form-urlencoded" => {
            let text = String::from_utf8_lossy(&seen.body);
            pairs(&text, Plus::Space).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
        }
        media if media.starts_with("multipart/") => parts(content_type, &seen.body),
        media if media.ends_with("json") => vec![json(&String::from_utf8_lossy(&seen.body))],
        _ => vec![String::from_utf8_lossy(&seen.body).into_owned()],
    };
    Normal {
        method: seen.method.clone(),
        path: escapes(path, Plus::Itself),
        query: pairs(query, Plus::Itself),
        headers,
        body,
    }
}

#[derive(Clone, Copy)]
enum Plus {
    Itself,
    /// In forms, and only there, `+` is a space.
    Space,
}

fn pairs(text: &str, plus: Plus) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (escapes(name, plus), escapes(value, plus))
        })
        .collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs
}

/// RFC 3986, 6.2.2: escapes of unreserved characters are decoded and hexadecimal digits are upper case. `!'()*` are sub-delims
/// without a meaning in any style of OpenAPI, and clients escape them or not; what may not stand in a URI at all is escaped.
fn escapes(text: &str, plus: Plus) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!'()*".contains(&byte);
    let mut out = String::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match (byte, plus) {
            (b'%', _) => {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                match u8::from_str_radix(&hex, 16) {
                    Ok(byte) if plain(byte) => out.push(char::from(byte)),
                    Ok(byte) => out.push_str(&format!("%{byte:02X}")),
                    Err(_) => out.push_str(&format!("%{hex}")),
                }
            }
            (b'+', Plus::Space) => out.push_str("%20"),
            _ if plain(byte) || b"$&+,;=:@/".contains(&byte) => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// JSON objects have no order.
fn json(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|error| format!("{error}: {text}"), |value| sorted(&value))
}

fn sorted(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().map(|(name, value)| (name, sorted(value))).collect();
            format!("{fields:?}")
        }
        other => other.to_string(),
    }
}

/// The parts, in order of their names: name, file name, type and content.
fn parts(content_type: &str, body: &[u8]) -> Vec<String> {
    let boundary = content_type.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="));
    let boundary = boundary.unwrap_or_else(|| panic!("{content_type} has no boundary")).trim_matches('"');
    let text: String = body.iter().map(|byte| char::from(*byte)).collect();
    let mut parts: Vec<(String, String)> =
        text.split(&format!("--{boundary}")).skip(1).take_while(|part| !part.starts_with("--")).map(part).collect();
    parts.sort_by(|one, other| one.0.cmp(&other.0));
    parts.into_iter().map(|(name, rest)| format!("{name}: {rest}")).collect()
}

fn part(text: &str) -> (String, String) {
    let (head, content) =
        text.trim_start_matches("\r\n").split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?} is no part"));
    let content = content.strip_suffix("\r\n").unwrap_or(content);
    let (mut name, mut file, mut kind) = (String::new(), None, None);
    for line in head.split("\r\n") {
        let (field, value) = line.split_once(':').unwrap();
        match field.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                let parameter = |wanted: &str| {
                    let found = value.split("; ").find_map(|text| text.trim().strip_prefix(&format!("{wanted}=")));
                    found.map(|text| text.trim_matches('"').to_owned())
                };
                name = parameter("name").unwrap();
                // A browser's FormData has no typed text but a file called `blob`.
                file = parameter("filename").filter(|file| file != "blob");
            }
            // RFC 7578, 4.4: text/plain is what a part without a type is.
            "content-type" => kind = Some(value.trim().to_owned()).filter(|kind| !kind.starts_with("text/plain")),
            other => panic!("a part has the header {other}"),
        }
    }
    let content = if kind.as_deref().is_some_and(|kind| kind.starts_with("application/json")) {
        let bytes: Vec<u8> = content.chars().map(|c| c as u8).collect();
        json(&String::from_utf8_lossy(&bytes))
    } else {
        content.to_owned()
    };
    (name, format!("{file:?} {kind:?} {content:?}"))
}

/// What a normalisation must not let through.
#[test]
fn only_legal_differences_are_let_through() {
    let seen = |target: &str, content_type: &str, body: &str| Seen {
        method: "POST".into(),
        target: target.into(),
        headers: vec![("content-type".into(), content_type.into())],
        body: body.as_bytes().into(),
    };
    for (one, other, same) in [
        (seen("/a%2db?x=1&y=2", "a/b", ""), seen("/a-b?y=2&x=1", "A/B", ""), true),
        (seen("/a%2fb", "a/b", ""), seen("/a/b", "a/b", ""), false),
        (seen("/a%252fb", "a/b", ""), seen("/a%2Fb", "a/b", ""), false),
        (seen("/?x=a,b", "a/b", ""), seen("/?x=a%2Cb", "a/b", ""), false),
        (seen("/?x=1&x=2", "a/b", ""), seen("/?x=2&x=1", "a/b", ""), false),
        (seen("/?x=a+b", "a/b", ""), seen("/?x=a%20b", "a/b", ""), false),
        (seen("/?x=(a|b)", "a/b", ""), seen("/?x=%28a%7Cb%29", "a/b", ""), true),
        (
            seen("/", "application/x-www-form-urlencoded", "x=a+b&y=%2B"),
            seen("/", "application/x-www-form-urlencoded", "y=%2b&x=a%20b"),
            true,
        ),
        (
            seen("/", "application/json", r#"{"a":1,"b":[1,2]}"#),
            seen("/", "application/json", r#"{"b":[1,2],"a":1}"#),
            true,
        ),
        (seen("/", "application/json", "[1,2]"), seen("/", "application/json", "[2,1]"), false),
        (seen("/", "application/json", "1"), seen("/", "application/json", "1.0"), false),
        (
            seen(
                "/",
                "multipart/form-data; boundary=a",
                "--a\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--a--\r\n",
            ),
            seen(
                "/",
                "multipart/form-data; boundary=bb",
                "--bb\r\ncontent-disposition: form-data; name=\"x\"\r\ncontent-type: text/plain\r\n\r\n1\r\n--bb--\r\n",
            ),
            true,
        ),
        (
            seen(
                "/",
                "multipart/form-data; boundary=a",
                "--a\r\nContent-Disposition: form-data; name=\"x\"; filename=\"f\"\r\n\r\n1\r\n--a--\r\n",
            ),
            seen(
                "/",
                "multipart/form-data; boundary=a",
                "--a\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--a--\r\n",
            ),
            false,
        ),
    ] {
        assert_eq!(normal(&one) == normal(&other), same, "{one:?}\n{other:?}");
    }
}
