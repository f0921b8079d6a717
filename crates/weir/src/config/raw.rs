//! A configuration as written: typed, placed, but neither expanded nor judged. Every file format ends here.

use std::path::PathBuf;

use weir_model::Rule;

use super::source::{Located, Place};

mod auth;

pub(super) use auth::{RawAuth, RawCredential, RawLogin, RawOAuth2, RawReference};

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
    /// A path or a URL of a description.
    pub openapi: Option<Located<String>>,
    pub base_url: Option<Located<String>>,
    pub variables: Vec<(Located<String>, Located<String>)>,
    pub auth: Option<RawAuth>,
    /// By the description's names of its security schemes.
    pub schemes: Vec<(Located<String>, RawAuth)>,
    pub deprecated: Option<Located<bool>>,
    pub allow_private: Option<Located<bool>>,
    pub rate: Option<Located<u64>>,
    pub concurrency: Option<Located<u64>>,
    pub protocol: Option<Located<String>>,
    pub include: Option<Vec<Located<String>>>,
    pub exclude: Option<Vec<Located<String>>>,
    pub start_timeout_ms: Option<Located<u64>>,
    pub call_deadline_ms: Option<Located<u64>>,
    pub idempotency_header: Option<Located<String>>,
    pub enabled: Option<Located<bool>>,
    /// What a client's file says of asking before this server's tools are called.
    pub client_rules: ClientRules,
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
            openapi: None,
            base_url: None,
            variables: Vec::new(),
            auth: None,
            schemes: Vec::new(),
            deprecated: None,
            allow_private: None,
            rate: None,
            concurrency: None,
            protocol: None,
            include: None,
            exclude: None,
            start_timeout_ms: None,
            call_deadline_ms: None,
            idempotency_header: None,
            enabled: None,
            client_rules: ClientRules::default(),
            misread: false,
        }
    }

    /// `over` wins, key by key; tables are merged.
    pub(super) fn overlay(&mut self, over: Self) {
        fn table<T>(base: &mut Vec<(Located<String>, T)>, over: Vec<(Located<String>, T)>) {
            base.retain(|(name, _)| !over.iter().any(|(other, _)| other.value == name.value));
            base.extend(over);
        }
        one(&mut self.kind, over.kind);
        one(&mut self.command, over.command);
        one(&mut self.env_file, over.env_file);
        one(&mut self.cwd, over.cwd);
        one(&mut self.url, over.url);
        one(&mut self.openapi, over.openapi);
        one(&mut self.base_url, over.base_url);
        one(&mut self.auth, over.auth);
        one(&mut self.deprecated, over.deprecated);
        one(&mut self.allow_private, over.allow_private);
        one(&mut self.rate, over.rate);
        one(&mut self.concurrency, over.concurrency);
        one(&mut self.protocol, over.protocol);
        one(&mut self.include, over.include);
        one(&mut self.exclude, over.exclude);
        one(&mut self.start_timeout_ms, over.start_timeout_ms);
        one(&mut self.call_deadline_ms, over.call_deadline_ms);
        one(&mut self.idempotency_header, over.idempotency_header);
        one(&mut self.enabled, over.enabled);
        self.misread |= over.misread;
        if !over.args.is_empty() {
            self.args = over.args;
        }
        table(&mut self.env, over.env);
        table(&mut self.headers, over.headers);
        table(&mut self.variables, over.variables);
        table(&mut self.schemes, over.schemes);
    }
}

/// Rules of a client's file, by the server's own names of its tools.
#[derive(Debug, Default)]
pub(super) struct ClientRules {
    pub whole: Option<Rule>,
    pub tools: Vec<(String, Rule)>,
}

/// A name in one of the tables of `[policy]`, and what is said of it.
#[derive(Debug)]
pub(super) struct RawWord {
    pub name: Located<String>,
    /// Written as a table within a table, `mail.send` without quotes: its dots are separators and nothing else.
    pub nested: bool,
    pub word: Located<String>,
}

#[derive(Debug, Default)]
pub(super) struct RawPolicy {
    pub ask: Option<Located<String>>,
    pub upstreams: Vec<RawWord>,
    pub tools: Vec<RawWord>,
    pub effects: Vec<RawWord>,
}

#[derive(Debug, Default)]
pub(super) struct RawStore {
    pub path: Option<Located<String>>,
    pub url: Option<Located<String>>,
    pub keep_days: Option<Located<u64>>,
    pub keep_mb: Option<Located<u64>>,
}

#[derive(Debug, Default)]
pub(super) struct RawApprovals {
    pub expire_hours: Option<Located<u64>>,
    pub notify: Option<RawNotify>,
}

#[derive(Debug)]
pub(super) struct RawNotify {
    pub place: Place,
    pub command: Option<Vec<Located<String>>>,
    pub webhook: Option<Located<String>>,
}

#[derive(Debug)]
pub(super) struct RawAdmin {
    pub place: Place,
    pub listen: Option<Located<String>>,
    pub token: Option<Located<String>>,
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
    pub policy: RawPolicy,
    pub store: RawStore,
    pub approvals: RawApprovals,
    pub admin: Option<RawAdmin>,
    pub import: Vec<Located<String>>,
}

fn one<T>(base: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *base = over;
    }
}

impl RawConfig {
    /// `over` wins, setting by setting. Upstreams and imports are not settings.
    pub(super) fn overlay(&mut self, over: Self) {
        self.limits.extend(over.limits);
        one(&mut self.listen, over.listen);
        one(&mut self.allowed_hosts, over.allowed_hosts);
        one(&mut self.allowed_origins, over.allowed_origins);
        one(&mut self.workers, over.workers);
        one(&mut self.language, over.language);
        one(&mut self.policy.ask, over.policy.ask);
        self.policy.upstreams.extend(over.policy.upstreams);
        self.policy.tools.extend(over.policy.tools);
        self.policy.effects.extend(over.policy.effects);
        self.store.overlay(over.store);
        one(&mut self.approvals.expire_hours, over.approvals.expire_hours);
        one(&mut self.approvals.notify, over.approvals.notify);
        match (&mut self.admin, over.admin) {
            (Some(admin), Some(over)) => {
                one(&mut admin.listen, over.listen);
                one(&mut admin.token, over.token);
            }
            (admin, over) => one(admin, over),
        }
    }
}

impl RawStore {
    fn overlay(&mut self, over: Self) {
        // One place replaces the other: `--set store.path=…` needs no way to unset the file's `url`.
        if over.path.is_some() || over.url.is_some() {
            (self.path, self.url) = (over.path, over.url);
        }
        one(&mut self.keep_days, over.keep_days);
        one(&mut self.keep_mb, over.keep_mb);
    }
}
