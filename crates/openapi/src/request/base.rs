//! Where an API is, from the description's servers and the operator's variables.
//!
//! A snippet has no word in this. A URL that different readers would take for different places is refused all the same.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{BadBase, shown};
use crate::{Server, Variable};

/// The URL as it is joined to paths: absolute, normalised, without a slash at its end.
pub(super) fn parse(text: &str) -> Result<String, BadBase> {
    let bad = |why: &str| BadBase(format!("`{}` cannot be an API's base URL: {why}", plain(text)));
    unambiguous(text).map_err(bad)?;
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(bad("it must begin with https:// or http://"));
    };
    if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(bad("it must begin with https:// or http://"));
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(bad("it holds a user name or a password: credentials belong under `auth`"));
    }
    if authority.is_empty() || authority.starts_with(':') {
        return Err(bad("it names no host"));
    }
    if path.contains(['?', '#']) {
        return Err(bad("it holds a query or a fragment: only a path may follow the host"));
    }
    if path.split('/').any(|segment| matches!(&*percent_decode_str(segment).decode_utf8_lossy(), "." | "..")) {
        return Err(bad("its path holds `.` or `..`"));
    }
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    let plain = url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(bad("it is no plain URL of a host and a path"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The server's URL with its variables filled in and, when it is relative, joined to the description's own.
pub(super) fn filled(
    server: &Server,
    variables: &BTreeMap<String, String>,
    document: Option<&str>,
) -> Result<String, BadBase> {
    let text = fill(server, variables)?;
    if text.contains("://") {
        return Ok(text);
    }
    let bad = |why: &str| BadBase(format!("the description's server `{}` cannot be used: {why}", plain(&text)));
    unambiguous(&text).map_err(bad)?;
    if text.contains(['?', '#']) {
        return Err(bad("it holds a query or a fragment"));
    }
    if text.split('/').next().is_some_and(|first| first.contains(':')) {
        return Err(bad("it must begin with https:// or http://, or be relative: set `base_url`"));
    }
    let document = document.and_then(|document| Url::parse(document).ok());
    let Some(document) = document.filter(|document| matches!(document.scheme(), "http" | "https")) else {
        return Err(bad("it is relative, and the description was not read from a URL: set `base_url`"));
    };
    let reference = if text.is_empty() { "/" } else { &text };
    let mut url = document.join(reference).map_err(|error| bad(&error.to_string()))?;
    url.set_query(None);
    url.set_fragment(None);
    // The document's own credentials, if it had any, are not the API's.
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return Err(bad("it names no host"));
    }
    Ok(url.into())
}

/// Characters that URL readers drop, trim or take for others.
fn unambiguous(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("it holds a space or a control character");
    }
    if text.contains('\\') {
        return Err("it holds a backslash");
    }
    if text.contains(['{', '}']) {
        return Err("it holds a variable that has no value");
    }
    Ok(())
}

/// Which part of a URL a variable stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Scheme,
    /// Between borders of labels: may be several labels.
    Host,
    /// Beside other characters of one label.
    Label,
    Port,
    Path,
}

fn fill(server: &Server, variables: &BTreeMap<String, String>) -> Result<String, BadBase> {
    let template = server.url.as_str();
    let (mut out, mut at) = (String::with_capacity(template.len()), 0);
    while let Some(open) = template[at..].find('{').map(|open| at + open) {
        let Some(close) = template[open..].find('}').map(|close| open + close) else {
            return Err(BadBase(format!("the description's server `{}` has an unclosed brace", plain(template))));
        };
        out.push_str(&template[at..open]);
        let name = &template[open + 1..close];
        out.push_str(&value(name, part(template, open, close + 1), server.variables.get(name), variables)?);
        at = close + 1;
    }
    out.push_str(&template[at..]);
    Ok(out)
}

fn part(template: &str, open: usize, end: usize) -> Part {
    let start = match template.find("://") {
        Some(colon) if open < colon => return Part::Scheme,
        Some(colon) => colon + 3,
        None if template.starts_with("//") => 2,
        None => return Part::Path,
    };
    if open < start || template[start..open].contains('/') {
        return Part::Path;
    }
    let after = template[end..].chars().next();
    match template[..open].chars().next_back() {
        Some(':') => Part::Port,
        Some('/' | '.') if matches!(after, None | Some('/' | '.' | ':')) => Part::Host,
        _ => Part::Label,
    }
}

fn value(
    name: &str,
    part: Part,
    variable: Option<&Variable>,
    variables: &BTreeMap<String, String>,
) -> Result<String, BadBase> {
    let configured = variables.get(name);
    let Some(value) = configured.or(variable.map(|variable| &variable.default)) else {
        return Err(BadBase(format!(
            "the server variable `{}` has no value: set it under `variables`, or set `base_url`",
            shown(name)
        )));
    };
    let bad = |why: &str| BadBase(format!("the server variable `{}` cannot be `{}`: {why}", shown(name), shown(value)));
    let allowed = variable.map(|variable| variable.allowed.as_slice()).unwrap_or_default();
    let listed = allowed.contains(value);
    if configured.is_some() && !allowed.is_empty() && !listed {
        let list: Vec<String> = allowed.iter().take(20).map(|one| format!("`{}`", shown(one))).collect();
        return Err(bad(&format!("the description allows {}", list.join(", "))));
    }
    // The description may fill its own path with several segments, the operator's value is one.
    let trusted = configured.is_none() || listed;
    if !fits(value, part, trusted) {
        return Err(bad(match part {
            Part::Scheme => "it stands for the scheme, which is http or https",
            Part::Host => "it stands in the host's name, which is letters, digits, hyphens and dots",
            Part::Label => "it stands in the host's name, where letters, digits and hyphens may be",
            Part::Port => "it stands for the port, which is a number",
            Part::Path => "it stands in the path, where letters, digits and `-._~` may be; set `base_url` for more",
        }));
    }
    Ok(value.clone())
}

fn fits(value: &str, part: Part, trusted: bool) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let port = |port: &str| !port.is_empty() && port.parse::<u16>().is_ok();
    match part {
        Part::Scheme => value.eq_ignore_ascii_case("https") || value.eq_ignore_ascii_case("http"),
        Part::Host => {
            let (host, number) = match value.split_once(':') {
                Some((host, number)) if trusted => (host, Some(number)),
                _ => (value, None),
            };
            host.split('.').all(label) && number.is_none_or(port)
        }
        // A description's own label may be a fitting piece of one: `{prefix}api.example.com` with `eu-` or nothing.
        Part::Label if trusted => value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')),
        Part::Label => label(value),
        Part::Port => port(value),
        Part::Path if trusted => !value.split('/').any(|segment| matches!(segment, "." | "..")),
        Part::Path => {
            value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
                && !matches!(value, "" | "." | "..")
        }
    }
}

/// A URL as a message may show it: without what could be a credential.
fn plain(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match (url.split_once("://"), url.rfind('@')) {
        (Some((scheme, _)), Some(at)) => shown(&format!("{scheme}://…{}", &url[at..])),
        (None, Some(at)) => shown(&format!("…{}", &url[at..])),
        _ => shown(url),
    }
}
