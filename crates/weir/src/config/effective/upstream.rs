//! Judges one upstream. Credentials become [`Secret`]s here, at the moment their references are expanded.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Uri};
use weir_model::{Secret, UpstreamName};
use weir_upstream::{Glob, Protocol, ToolFilter, Transport, UpstreamConfig};

use crate::config::{
    env_file,
    problem::{Findings, Problem},
    raw::{Kind, RawUpstream},
    reference::expand,
    setting::START_TIMEOUT_MS_DEFAULT,
    source::{Located, Place},
    surroundings::Surroundings,
};

/// Headers that a request bears anyway; beside them all of the protocol's own.
const OWN_HEADERS: [&str; 11] = [
    "accept",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "last-event-id",
    "te",
    "transfer-encoding",
    "user-agent",
];

struct Judge<'a> {
    raw: &'a RawUpstream,
    surroundings: &'a Surroundings,
    findings: &'a mut Findings,
}

/// `None`, and findings, when it cannot be used.
pub(super) fn judge(raw: RawUpstream, surroundings: &Surroundings, findings: &mut Findings) -> Option<UpstreamConfig> {
    let name = match UpstreamName::new(&raw.name.value) {
        Ok(name) => Some(name),
        Err(error) => {
            findings.error(Problem::new(error.to_string()).at(&raw.name.place));
            None
        }
    };
    let mut judge = Judge { raw: &raw, surroundings, findings };
    let transport = judge.transport();
    let protocol = judge.protocol();
    let tools = judge.filter();
    let idempotency_header = judge.idempotency_header();
    let start_ms = raw.start_timeout_ms.as_ref().map_or(START_TIMEOUT_MS_DEFAULT, |ms| ms.value);
    Some(UpstreamConfig {
        protocol: protocol?,
        tools,
        start_timeout: Duration::from_millis(start_ms),
        call_deadline: raw.call_deadline_ms.as_ref().map(|ms| Duration::from_millis(ms.value)),
        idempotency_header,
        ..UpstreamConfig::new(name?, transport?)
    })
}

impl Judge<'_> {
    fn text(&mut self, text: &Located<String>) -> Option<String> {
        expand(text, &self.raw.workspace, self.surroundings, self.findings)
    }

    fn all(&mut self, texts: &[Located<String>]) -> Vec<String> {
        texts.iter().filter_map(|text| self.text(text)).collect()
    }

    fn error(&mut self, message: impl Into<String>, place: &Place, hint: &str) {
        self.findings.error(Problem::new(message).at(place).hint(hint));
    }

    fn filter(&mut self) -> ToolFilter {
        let raw = self.raw;
        if raw.include.as_ref().is_some_and(Vec::is_empty) {
            let message = format!("`{}` includes no tool at all", raw.name.value);
            self.error(
                message,
                &raw.name.place,
                "leave the list out to have all tools; disable the upstream to have none",
            );
        }
        let globs = |texts: Vec<String>| texts.into_iter().map(Glob::new).collect();
        ToolFilter {
            include: globs(self.all(raw.include.as_deref().unwrap_or_default())),
            exclude: globs(self.all(raw.exclude.as_deref().unwrap_or_default())),
        }
    }

    fn transport(&mut self) -> Option<Transport> {
        let raw = self.raw;
        let name = &raw.name.value;
        match (&raw.command, &raw.url) {
            (Some(_), Some(url)) => {
                let message = format!("`{name}` has both `command` and `url`");
                self.error(message, &url.place, "keep `command` for a server over stdio, `url` for one over HTTP");
                None
            }
            (None, None) if raw.misread => None,
            (None, None) => {
                let message = format!("`{name}` has neither `command` nor `url`");
                self.error(message, &raw.name.place, "a server over stdio has a command, one over HTTP has a url");
                None
            }
            (Some(command), None) => {
                self.kind_fits(&[Kind::Stdio], "`command`");
                for (key, place) in [
                    ("headers", raw.headers.first().map(|(name, _)| &name.place)),
                    ("bearer", raw.bearer.as_ref().map(|bearer| &bearer.place)),
                ] {
                    if let Some(place) = place {
                        let message = format!("`{key}` is for a `url`, but `{name}` has a `command`");
                        self.error(message, place, "a server over stdio gets its credentials by `env`");
                    }
                }
                self.stdio(command)
            }
            (None, Some(url)) => {
                self.kind_fits(&[Kind::Http, Kind::Sse], "`url`");
                self.sse_is_old();
                for (key, place) in [
                    ("args", raw.args.first().map(|arg| &arg.place)),
                    ("env", raw.env.first().map(|(name, _)| &name.place)),
                    ("cwd", raw.cwd.as_ref().map(|cwd| &cwd.place)),
                ] {
                    if let Some(place) = place {
                        let message = format!("`{key}` is for a `command`, but `{name}` has a `url`");
                        self.error(message, place, "a server over HTTP gets its credentials by `headers` or `bearer`");
                    }
                }
                self.http(url)
            }
        }
    }

    fn kind_fits(&mut self, kinds: &[Kind], key: &str) {
        let Some(kind) = &self.raw.kind else { return };
        if !kinds.contains(&kind.value) {
            let message = format!("`type` does not fit: `{}` has a {key}", self.raw.name.value);
            self.error(
                message,
                &kind.place,
                "stdio goes with `command`, http and sse go with `url`; `type` may be left out",
            );
        }
    }

    fn sse_is_old(&mut self) {
        let Some(kind) = self.raw.kind.as_ref().filter(|kind| kind.value == Kind::Sse) else { return };
        self.findings.warn(
            Problem::new(format!(
                "`{}` is said to speak HTTP+SSE, the transport of 2024; weir does not",
                self.raw.name.value
            ))
            .at(&kind.place)
            .hint("Streamable HTTP is tried at the same address; most servers offer it at …/mcp"),
        );
    }

    fn stdio(&mut self, command: &Located<String>) -> Option<Transport> {
        let raw = self.raw;
        let program = self.text(command);
        if program.as_ref().is_some_and(|program| program.trim().is_empty()) {
            self.error("`command` is empty", &command.place, "name the program that is the server: command = \"npx\"");
            return None;
        }
        if let Some(program) = program.as_ref().filter(|program| raw.args.is_empty() && program.contains(' ')) {
            let mut words = program.split_whitespace();
            let (first, rest) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>());
            // A path with a space in it is a file; a command line is not.
            if !self.surroundings.path(program, &raw.workspace).exists() {
                let hint = format!("no shell reads it; write command = \"{first}\" and args = {rest:?}");
                self.error("`command` looks like a whole command line", &command.place, &hint);
                return None;
            }
        }
        let errors_before = self.findings.errors.len();
        let args = self.all(&raw.args);
        let mut env = self.env_file();
        for (variable, value) in &raw.env {
            let name_fits = !variable.value.is_empty() && !variable.value.contains(['=', '\0']);
            if !name_fits {
                self.error(
                    format!("{:?} is no name of a variable", variable.value),
                    &variable.place,
                    "use letters, digits and _",
                );
            }
            if let Some(text) = self.text(value) {
                env.retain(|(known, _)| known != &variable.value);
                env.push((variable.value.clone(), Secret::new(text)));
            }
        }
        let cwd = match &raw.cwd {
            Some(cwd) => self.surroundings.path(&self.text(cwd)?, &raw.workspace),
            None => raw.workspace.clone(),
        };
        let program = self.program(program?);
        let stdio = Transport::Stdio { command: program, args, env, cwd: Some(cwd) };
        (self.findings.errors.len() == errors_before).then_some(stdio)
    }

    /// A path is relative to the file it stands in; a bare name is looked up in PATH.
    fn program(&self, program: String) -> String {
        if program.contains('/') || program.starts_with('~') {
            self.surroundings.path(&program, &self.raw.workspace).display().to_string()
        } else {
            program
        }
    }

    fn env_file(&mut self) -> Vec<(String, Secret)> {
        let Some(file) = &self.raw.env_file else { return Vec::new() };
        let Some(written) = self.text(file) else { return Vec::new() };
        let path = self.surroundings.path(&written, &self.raw.workspace);
        match env_file::read(&path, &self.surroundings.shown(&path)) {
            Ok(variables) => variables,
            Err(problems) => {
                for problem in problems {
                    let problem = if problem.place.is_none() { problem.at(&file.place) } else { problem };
                    self.findings.error(problem);
                }
                Vec::new()
            }
        }
    }

    fn http(&mut self, url: &Located<String>) -> Option<Transport> {
        let raw = self.raw;
        let errors_before = self.findings.errors.len();
        let address = self.text(url);
        if let Some(address) = &address {
            self.url_fits(address, &url.place);
        }
        let mut headers = Vec::new();
        for (name, value) in &raw.headers {
            if HeaderName::from_bytes(name.value.as_bytes()).is_err() {
                self.error(
                    format!("{:?} is no name of a header", name.value),
                    &name.place,
                    "write for example X-Api-Key",
                );
            }
            if let Some(text) = self.text(value) {
                self.header(&mut headers, &name.value, text, &value.place);
            }
        }
        if let Some(bearer) = &raw.bearer
            && let Some(token) = self.text(bearer)
        {
            if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
                self.error("`bearer` and a header Authorization exclude each other", &bearer.place, "keep one of them");
            }
            if token.trim().is_empty() {
                self.error("`bearer` is empty", &bearer.place, "leave it out, or set the variable it names");
            } else {
                self.header(&mut headers, "Authorization", format!("Bearer {}", token.trim()), &bearer.place);
            }
        }
        if let Some(address) = &address
            && !headers.is_empty()
            && address.starts_with("http://")
            && !is_loopback(address)
        {
            self.findings.warn(
                Problem::new(format!(
                    "`{}` sends its headers over plain http, where others can read them",
                    raw.name.value
                ))
                .at(&url.place)
                .hint("use https"),
            );
        }
        (self.findings.errors.len() == errors_before).then_some(())?;
        Some(Transport::Http { url: address?, headers })
    }

    fn idempotency_header(&mut self) -> Option<String> {
        let written = self.raw.idempotency_header.as_ref()?;
        let name = self.text(written)?;
        let lowered = name.to_ascii_lowercase();
        let taken = self.raw.headers.iter().any(|(header, _)| header.value.eq_ignore_ascii_case(&name));
        if self.raw.command.is_some() {
            let message = format!("`idempotency_header` is for a `url`, but `{}` has a `command`", self.raw.name.value);
            self.error(message, &written.place, "a server over stdio finds the key in `_meta`");
        } else if HeaderName::from_bytes(name.as_bytes()).is_err() {
            self.error(format!("{name:?} is no name of a header"), &written.place, "write for example Idempotency-Key");
        } else if taken || OWN_HEADERS.contains(&lowered.as_str()) || lowered.starts_with("mcp-") {
            let message = format!("the header {name} has another value already");
            self.error(message, &written.place, "write for example Idempotency-Key");
        }
        Some(name)
    }

    fn header(&mut self, headers: &mut Vec<(String, Secret)>, name: &str, value: String, place: &Place) {
        if HeaderValue::from_str(&value).is_err() {
            self.error(
                format!("the value for {name} has characters no header may have"),
                place,
                "is there a line break in it?",
            );
            return;
        }
        headers.push((name.to_owned(), Secret::new(value)));
    }

    fn url_fits(&mut self, address: &str, place: &Place) {
        let hint = "write for example https://mcp.example.com/mcp";
        match address.parse::<Uri>() {
            _ if !is_http(address) => self.error("`url` is no http or https address", place, hint),
            Ok(uri) if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
                self.error("`url` has credentials in it", place, "send them by `headers` or `bearer`");
            }
            _ => {}
        }
    }

    fn protocol(&mut self) -> Option<Protocol> {
        let Some(written) = &self.raw.protocol else { return Some(Protocol::Auto) };
        match self.text(written)?.as_str() {
            "auto" => Some(Protocol::Auto),
            "legacy" => Some(Protocol::Legacy),
            "modern" => Some(Protocol::Modern),
            other => {
                let message = format!("`protocol` is \"{other}\"");
                let near = crate::config::problem::suggestion(other, &["auto", "legacy", "modern"]);
                self.findings.error(Problem::new(message).at(&written.place).hint_maybe(near));
                None
            }
        }
    }
}

pub(super) fn is_http(address: &str) -> bool {
    address.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

pub(super) fn is_loopback(address: &str) -> bool {
    address.parse::<Uri>().ok().is_some_and(|uri| {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}
