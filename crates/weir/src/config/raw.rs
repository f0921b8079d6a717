//! A configuration as written: typed, placed, but neither expanded nor judged. Every file format ends here.

use std::path::PathBuf;

use super::source::Located;

/// One upstream as some file describes it.
#[derive(Debug)]
pub(super) struct RawUpstream {
    pub name: Located<String>,
    /// What `${workspaceFolder}` and relative paths mean for it.
    pub workspace: PathBuf,
    /// `type` of client files, when it was given.
    pub kind: Option<Located<Kind>>,
    pub command: Option<Located<String>>,
    pub args: Vec<Located<String>>,
    pub env: Vec<(Located<String>, Located<String>)>,
    pub env_file: Option<Located<String>>,
    pub cwd: Option<Located<String>>,
    pub url: Option<Located<String>>,
    pub headers: Vec<(Located<String>, Located<String>)>,
    pub bearer: Option<Located<String>>,
    pub protocol: Option<Located<String>>,
    pub include: Option<Vec<Located<String>>>,
    pub exclude: Option<Vec<Located<String>>>,
    pub start_timeout_ms: Option<Located<u64>>,
    pub call_deadline_ms: Option<Located<u64>>,
    pub enabled: Option<Located<bool>>,
    /// Something in it was not understood, and said so: what seems missing may be just that.
    pub misread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Stdio,
    Http,
    /// HTTP+SSE, the transport of 2024.
    Sse,
}

impl RawUpstream {
    pub(super) fn new(name: Located<String>, workspace: PathBuf) -> Self {
        Self {
            name,
            workspace,
            kind: None,
            command: None,
            args: Vec::new(),
            env: Vec::new(),
            env_file: None,
            cwd: None,
            url: None,
            headers: Vec::new(),
            bearer: None,
            protocol: None,
            include: None,
            exclude: None,
            start_timeout_ms: None,
            call_deadline_ms: None,
            enabled: None,
            misread: false,
        }
    }

    /// `over` wins, key by key; tables are merged.
    pub(super) fn overlay(&mut self, over: Self) {
        fn one<T>(base: &mut Option<T>, over: Option<T>) {
            if over.is_some() {
                *base = over;
            }
        }
        fn table(base: &mut Vec<(Located<String>, Located<String>)>, over: Vec<(Located<String>, Located<String>)>) {
            base.retain(|(name, _)| !over.iter().any(|(other, _)| other.value == name.value));
            base.extend(over);
        }
        one(&mut self.kind, over.kind);
        one(&mut self.command, over.command);
        one(&mut self.env_file, over.env_file);
        one(&mut self.cwd, over.cwd);
        one(&mut self.url, over.url);
        one(&mut self.bearer, over.bearer);
        one(&mut self.protocol, over.protocol);
        one(&mut self.include, over.include);
        one(&mut self.exclude, over.exclude);
        one(&mut self.start_timeout_ms, over.start_timeout_ms);
        one(&mut self.call_deadline_ms, over.call_deadline_ms);
        one(&mut self.enabled, over.enabled);
        self.misread |= over.misread;
        if !over.args.is_empty() {
            self.args = over.args;
        }
        table(&mut self.env, over.env);
        table(&mut self.headers, over.headers);
    }
}

/// Everything files and `--set` say together.
#[derive(Debug, Default)]
pub(super) struct RawConfig {
    pub upstreams: Vec<RawUpstream>,
    /// Index into [`super::setting::LIMITS`] and the value. Later ones win.
    pub limits: Vec<(usize, u64)>,
    pub listen: Option<Located<String>>,
    pub allowed_hosts: Option<Vec<Located<String>>>,
    pub allowed_origins: Option<Vec<Located<String>>>,
    pub workers: Option<Located<u64>>,
    pub language: Option<Located<String>>,
    pub import: Vec<Located<String>>,
}
