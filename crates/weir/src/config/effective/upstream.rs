//! Judges one upstream. Credentials become [`Secret`]s here, at the moment their references are expanded.

use std::time::Duration;

use axum::http::{HeaderName, Uri};
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

mod auth;
mod http;
mod openapi;

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

const TRANSPORTS: &str =
    "`command` is for an MCP server over stdio, `url` for one over HTTP, `openapi` for an HTTP API and its description";

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
    let auth = judge.auth();
    let protocol = judge.protocol();
    let tools = if raw.openapi.is_some() { ToolFilter::default() } else { judge.filter() };
    let idempotency_header = judge.idempotency_header();
    let start_ms = raw.start_timeout_ms.as_ref().map_or(START_TIMEOUT_MS_DEFAULT, |ms| ms.value);
    Some(UpstreamConfig {
        protocol: protocol?,
        tools,
        start_timeout: Duration::from_millis(start_ms),
        call_deadline: raw.call_deadline_ms.as_ref().map(|ms| Duration::from_millis(ms.value)),
        idempotency_header,
        auth,
        allow_private: raw.allow_private.as_ref().is_some_and(|allowed| allowed.value),
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

    /// Who includes nothing has written a mistake.
    fn something_included(&mut self) {
        if self.raw.include.as_ref().is_some_and(Vec::is_empty) {
            let message = format!("`{}` includes no tool at all", self.raw.name.value);
            let hint = "leave the list out to have all tools; disable the upstream to have none";
            self.error(message, &self.raw.name.place, hint);
        }
    }

    fn filter(&mut self) -> ToolFilter {
        let raw = self.raw;
        self.something_included();
        let globs = |texts: Vec<String>| texts.into_iter().map(Glob::new).collect();
        ToolFilter {
            include: globs(self.all(raw.include.as_deref().unwrap_or_default())),
            exclude: globs(self.all(raw.exclude.as_deref().unwrap_or_default())),
        }
    }

    fn transport(&mut self) -> Option<Transport> {
        let raw = self.raw;
        let name = &raw.name.value;
        let written = [("command", &raw.command), ("url", &raw.url), ("openapi", &raw.openapi)];
        let mut written = written.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?)));
        match (written.next(), written.next()) {
            (Some((one, _)), Some((other, second))) => {
                self.error(format!("`{name}` has both `{one}` and `{other}`"), &second.place, TRANSPORTS);
                None
            }
            (None, _) if raw.misread => None,
            (None, _) => {
                let message = format!("`{name}` has neither `command` nor `url` nor `openapi`");
                self.error(message, &raw.name.place, TRANSPORTS);
                None
            }
            (Some(("command", command)), None) => {
                self.kind_fits(&[Kind::Stdio], "`command`");
                self.only_over_http("a `command`", "a server over stdio gets its credentials by `env`");
                self.only_for_apis("a `command`");
                self.stdio(command)
            }
            (Some(("url", url)), None) => {
                self.kind_fits(&[Kind::Http, Kind::Sse], "`url`");
                self.sse_is_old();
                self.only_for_processes("a `url`");
                self.only_for_apis("a `url`");
                self.http(url)
            }
            (Some((_, description)), None) => {
                self.kind_fits(&[], "`openapi`");
                self.only_for_processes("an `openapi`");
                if let Some(protocol) = &raw.protocol {
                    let message = format!("`protocol` is for MCP, but `{name}` has an `openapi`");
                    self.error(message, &protocol.place, "leave it out");
                }
                self.openapi(description)
            }
        }
    }

    fn only_over_http(&mut self, has: &str, hint: &str) {
        let raw = self.raw;
        self.misfits(
            "a `url`",
            has,
            hint,
            [
                ("headers", raw.headers.first().map(|(name, _)| &name.place)),
                ("auth", raw.auth.as_ref().map(|auth| &auth.place)),
                ("allow_private", raw.allow_private.as_ref().map(|allowed| &allowed.place)),
            ],
        );
    }

    fn only_for_processes(&mut self, has: &str) {
        let raw = self.raw;
        self.misfits(
            "a `command`",
            has,
            "what is reached over HTTP gets its credentials by `auth` or `headers`",
            [
                ("args", raw.args.first().map(|arg| &arg.place)),
                ("env", raw.env.first().map(|(name, _)| &name.place)),
                ("env_file", raw.env_file.as_ref().map(|file| &file.place)),
                ("cwd", raw.cwd.as_ref().map(|cwd| &cwd.place)),
            ],
        );
    }

    fn only_for_apis(&mut self, has: &str) {
        let raw = self.raw;
        self.misfits(
            "an `openapi`",
            has,
            "leave it out",
            [
                ("base_url", raw.base_url.as_ref().map(|url| &url.place)),
                ("variables", raw.variables.first().map(|(name, _)| &name.place)),
                ("schemes", raw.schemes.first().map(|(name, _)| &name.place)),
                ("deprecated", raw.deprecated.as_ref().map(|shown| &shown.place)),
                ("rate", raw.rate.as_ref().map(|rate| &rate.place)),
                ("concurrency", raw.concurrency.as_ref().map(|most| &most.place)),
            ],
        );
    }

    /// Keys that are there and have no meaning beside what this upstream is described by.
    fn misfits<const N: usize>(&mut self, of: &str, has: &str, hint: &str, keys: [(&str, Option<&Place>); N]) {
        for (key, place) in keys {
            if let Some(place) = place {
                let message = format!("`{key}` is for {of}, but `{}` has {has}", self.raw.name.value);
                self.error(message, place, hint);
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
