//! The keys of `weir.toml`. `--set` arguments are read by the same code.

use std::{path::Path, sync::Arc};

use weir_model::limits::JSON_DEPTH_MAX;

use super::{
    fields::{Fields, Unknown, integer_of, mismatch},
    problem::{Findings, Problem, suggestion},
    raw::{RawConfig, RawUpstream},
    setting::{CONCURRENCY_MAX, LIMITS, LimitSetting, RATE_MAX, START_TIMEOUT_MS_MAX, WORKERS_MAX},
    source::{Located, Source},
    tree::{Entry, Node, Value, has_credentials, is_secret_key},
};

mod auth;
mod durable;
mod policy;

const HOUR_MS: u64 = 3_600_000;

/// What people write for a credential, and where it belongs.
const ELSEWHERE: [(&str, &str); 3] = [
    ("bearer", "write auth = { bearer = \"${TOKEN}\" }"),
    ("token", "write auth = { bearer = \"${TOKEN}\" }"),
    ("oauth", "write auth = { login = {} }, then: weir login NAME"),
];

/// Reads a whole file's tree. `folder` is what relative paths start from.
pub(super) fn read(root: &Node, folder: &Path, findings: &mut Findings) -> RawConfig {
    let mut config = RawConfig::default();
    let Some(mut fields) = Fields::of(root, "weir.toml", findings) else { return config };
    let upstream = fields.take("upstream");
    let limits = fields.take("limits");
    let serve = fields.take("serve");
    let sandbox = fields.take("sandbox");
    let durable = ["policy", "store", "approvals", "admin"].map(|table| fields.take(table));
    config.import = fields.texts("import").unwrap_or_default();
    if let Some(upstream) = upstream {
        config.upstreams = upstreams(&upstream.node, folder, fields.findings());
    }
    if let Some(limits) = limits {
        config.limits = limit_values(&limits.node, fields.findings());
    }
    if let Some(entry) = serve
        && let Some(mut serve) = Fields::of(&entry.node, "[serve]", fields.findings())
    {
        config.listen = serve.text("listen");
        config.allowed_hosts = serve.texts("allowed_hosts");
        config.allowed_origins = serve.texts("allowed_origins");
        serve.finish(Unknown::Refused);
    }
    if let Some(entry) = sandbox
        && let Some(mut sandbox) = Fields::of(&entry.node, "[sandbox]", fields.findings())
    {
        config.workers = sandbox.integer("workers", 1, WORKERS_MAX);
        config.language = sandbox.text("language");
        sandbox.finish(Unknown::Refused);
    }
    let [policy, store, approvals, admin] = durable;
    let findings = fields.findings();
    config.policy = policy.map(|entry| policy::read(&entry.node, findings)).unwrap_or_default();
    config.store = store.and_then(|entry| durable::store(&entry.node, findings)).unwrap_or_default();
    config.approvals = approvals.and_then(|entry| durable::approvals(&entry.node, findings)).unwrap_or_default();
    config.admin = admin.and_then(|entry| durable::admin(entry, findings));
    fields.finish(Unknown::Refused);
    config
}

fn upstreams(node: &Node, folder: &Path, findings: &mut Findings) -> Vec<RawUpstream> {
    let Value::Table(entries) = &node.value else {
        findings
            .error(mismatch("`upstream`", "a table", node).hint("write [upstream.NAME] with a name of your choice"));
        return Vec::new();
    };
    entries.iter().filter_map(|entry| upstream(entry, folder, findings).map(|(raw, _)| raw)).collect()
}

/// One `[upstream.NAME]`, and the keys that were understood.
pub(super) fn upstream(
    entry: &Entry,
    folder: &Path,
    findings: &mut Findings,
) -> Option<(RawUpstream, Vec<&'static str>)> {
    let name = Located::new(entry.key.clone(), entry.key_place.clone());
    let mut raw = RawUpstream::new(name, folder.to_path_buf());
    let errors_before = findings.errors.len();
    let mut fields = Fields::of(&entry.node, format!("[upstream.{}]", entry.key), findings)?;
    raw.command = fields.text("command");
    raw.args = fields.texts("args").unwrap_or_default();
    raw.env = fields.text_table("env");
    raw.cwd = fields.text("cwd");
    raw.url = fields.text("url");
    raw.headers = fields.text_table("headers");
    raw.openapi = fields.text("openapi");
    raw.base_url = fields.text("base_url");
    raw.variables = fields.text_table("variables");
    raw.auth = fields.take("auth").and_then(|entry| auth::read(entry, "`auth`", fields.findings()));
    raw.schemes = fields.take("schemes").map(|entry| auth::schemes(entry, fields.findings())).unwrap_or_default();
    raw.deprecated = fields.boolean("deprecated");
    raw.allow_private = fields.boolean("allow_private");
    raw.rate = fields.integer("rate", 1, RATE_MAX);
    raw.concurrency = fields.integer("concurrency", 1, CONCURRENCY_MAX);
    for (key, hint) in ELSEWHERE {
        fields.misplaced(key, hint);
    }
    raw.protocol = fields.text("protocol");
    raw.include = fields.texts("include");
    raw.exclude = fields.texts("exclude");
    raw.start_timeout_ms = fields.integer("start_timeout_ms", 1, START_TIMEOUT_MS_MAX);
    raw.call_deadline_ms = fields.integer("call_deadline_ms", 1, HOUR_MS);
    raw.idempotency_header = fields.text("idempotency_header");
    raw.enabled = fields.boolean("enabled");
    raw.env_file = fields.text("env_file");
    let known = fields.finish(Unknown::Refused);
    raw.misread = findings.errors.len() > errors_before;
    Some((raw, known))
}

fn limit_values(node: &Node, findings: &mut Findings) -> Vec<(usize, u64)> {
    let Value::Table(entries) = &node.value else {
        findings.error(mismatch("`limits`", "a table", node));
        return Vec::new();
    };
    let mut values = Vec::new();
    for entry in entries {
        match LIMITS.iter().position(|setting| setting.key == entry.key) {
            Some(at) => {
                let LimitSetting { key, min, max, .. } = &LIMITS[at];
                values.extend(integer_of(&entry.node, key, *min, *max, findings).map(|value| (at, value.value)));
            }
            None => findings.error(
                Problem::new(format!("unknown key `{}` in [limits]", entry.key))
                    .at(&entry.key_place)
                    .hint_maybe(suggestion(&entry.key, &LIMITS.map(|setting| setting.key))),
            ),
        }
    }
    values
}

/// Turns one `--set KEY=VALUE` into the tree that a file with this one setting would have been.
pub(super) fn assignment(argument: &str) -> Result<Node, Problem> {
    let source = Source::new("--set", argument);
    let whole = source.place(0..argument.len());
    let Some((path, value)) = argument.split_once('=') else {
        return Err(Problem::new(format!("`--set {argument}` has no value"))
            .at(&whole)
            .hint("write --set KEY=VALUE, for example --set limits.cpu_ms=2000"));
    };
    let keys = keys(&source, path.trim())?;
    let at = argument.len() - value.len();
    if keys.iter().any(|(key, _)| is_secret_key(key)) || has_credentials(value) {
        source.mark_secrets(Vec::from_iter(std::iter::once(at..argument.len())));
    }
    let mut node = Node { value: Value::Bare(value.trim().to_owned()), place: source.place(at..argument.len()) };
    for (key, span) in keys.into_iter().rev() {
        let entry = Entry { key, key_place: source.place(span), node };
        node = Node { value: Value::Table(vec![entry]), place: whole.clone() };
    }
    Ok(node)
}

/// The dotted keys of a path, quoted ones included: `upstream."my server".url`.
fn keys(source: &Arc<Source>, path: &str) -> Result<Vec<(String, std::ops::Range<usize>)>, Problem> {
    let refused = |what: &str| {
        Err(Problem::new(format!("`{path}` is no name of a setting: {what}"))
            .at(&source.place(0..path.len()))
            .hint("settings are named as in weir.toml: limits.cpu_ms, serve.listen, upstream.NAME.url"))
    };
    let mut keys = Vec::new();
    let mut at = 0;
    loop {
        let rest = &path[at..];
        let (key, len) = if let Some(quoted) = rest.strip_prefix('"') {
            let Some(end) = quoted.find('"') else { return refused("a quote is not closed") };
            (quoted[..end].to_owned(), end + 2)
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            (rest[..end].to_owned(), end)
        };
        if key.is_empty() {
            return refused("a part is empty");
        }
        keys.push((key, at..at + len));
        if keys.len() > JSON_DEPTH_MAX {
            return refused("it has too many parts");
        }
        at += len;
        match path[at..].chars().next() {
            None => return Ok(keys),
            Some('.') => at += 1,
            Some(_) => return refused("after a quoted part a dot is expected"),
        }
    }
}
