//! The files of MCP clients, read as they are: whatever they call the table of servers and its fields.
//! These files belong to other programs: what weir does not know there is a warning, never an error.

use std::path::{Path, PathBuf};

use weir_model::Rule;

use super::{
    fields::{Fields, Unknown},
    problem::{Findings, Problem},
    raw::{ClientRules, Kind, RawAuth, RawCredential, RawLogin, RawReference, RawUpstream},
    source::Located,
    surroundings::Surroundings,
    tree::{Entry, Node, Value},
};

/// What the table of servers is called: Claude, Cursor, Windsurf, Gemini … · VS Code · Zed · Codex.
pub(super) const TABLES: [&str; 4] = ["mcpServers", "servers", "context_servers", "mcp_servers"];

/// The servers of one client file.
#[derive(Debug, Default)]
pub(super) struct ClientFile {
    pub upstreams: Vec<RawUpstream>,
    /// The file has a table of servers, be it empty.
    pub has_table: bool,
}

/// `path` decides what `${workspaceFolder}` means: the project the file lies in.
pub(super) fn read(root: &Node, path: &Path, surroundings: &Surroundings, findings: &mut Findings) -> ClientFile {
    let mut file = ClientFile::default();
    if !matches!(root.value, Value::Table(_)) {
        findings.error(super::fields::mismatch("the file", "a table with `mcpServers`", root));
        return file;
    }
    let workspace = workspace(path, surroundings);
    let mut tables: Vec<&Entry> = TABLES.iter().filter_map(|table| root.entry(table)).collect();
    // VS Code's settings.json nests its servers under `mcp`.
    tables.extend(root.entry("mcp").and_then(|mcp| mcp.node.entry("servers")));
    // Claude Code keeps what was added for one project under that project's path; it wins there.
    let project = root
        .entry("projects")
        .and_then(|projects| projects.node.entry(&surroundings.cwd.display().to_string()))
        .and_then(|project| project.node.entry("mcpServers"));
    for table in project.into_iter().chain(tables) {
        file.has_table = true;
        let Value::Table(entries) = &table.node.value else {
            findings.error(super::fields::mismatch(&format!("`{}`", table.key), "a table of servers", &table.node));
            continue;
        };
        for entry in entries {
            if file.upstreams.iter().any(|known| known.name.value == entry.key) {
                continue;
            }
            if let Some(upstream) = server(entry, &table.key, &workspace, findings) {
                file.upstreams.push(upstream);
            }
        }
    }
    if root.entry("extensions").is_some() && !file.has_table {
        findings.error(
            Problem::new("this looks like a file of Goose; weir does not read those")
                .hint("copy each extension: [upstream.NAME] with command = \"…\" and args = [\"…\"] in weir.toml"),
        );
    }
    file
}

/// The project of a file in a client's own folder is the folder around it.
fn workspace(path: &Path, surroundings: &Surroundings) -> PathBuf {
    let folder = path.parent().unwrap_or(&surroundings.cwd);
    let in_project = |name: &str| folder.file_name().is_some_and(|file| file == name);
    let project = if [".cursor", ".vscode", ".roo", ".gemini", ".codex", ".zed"].into_iter().any(in_project) {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    match &surroundings.home {
        // A file for the whole user knows no project: the one weir was started in.
        Some(home) if project == home || !path.starts_with(&surroundings.cwd) && path.starts_with(home) => {
            surroundings.cwd.clone()
        }
        _ => project.to_path_buf(),
    }
}

fn server(entry: &Entry, table: &str, workspace: &Path, findings: &mut Findings) -> Option<RawUpstream> {
    let name = Located::new(entry.key.clone(), entry.key_place.clone());
    let mut raw = RawUpstream::new(name, workspace.to_path_buf());
    let mut fields = Fields::of(&entry.node, format!("`{}` of `{table}`", entry.key), findings)?;
    command(&mut fields, &mut raw);
    address(&mut fields, &mut raw);
    filters(&mut fields, &mut raw);
    timeouts(&mut fields, &mut raw);
    raw.client_rules = rules(&mut fields, &entry.key);
    // What is for people or for the client's own screens.
    for key in ["description", "name", "title", "icon", "gallery", "version", "source", "settings", "dev"] {
        fields.take(key);
    }
    fields.finish(Unknown::Warned);
    if raw.command.is_none() && raw.url.is_none() && raw.enabled.as_ref().is_none_or(|enabled| enabled.value) {
        findings.error(
            Problem::new(format!("`{}` has neither `command` nor `url`", entry.key))
                .at(&entry.key_place)
                .hint("a server over stdio has a command, one over HTTP has a url"),
        );
        return None;
    }
    Some(raw)
}

fn command(fields: &mut Fields<'_>, raw: &mut RawUpstream) {
    raw.kind = fields.text("type").or_else(|| fields.text("transport")).and_then(|kind| kind_of(&kind, fields));
    // Zed nested the whole command once: {"command": {"path": …, "args": […], "env": {…}}}.
    match fields.take("command") {
        Some(nested) if matches!(nested.node.value, Value::Table(_)) => {
            if let Some(mut inner) = Fields::of(&nested.node, "`command`", fields.findings()) {
                raw.command = inner.text("path");
                raw.args = inner.texts("args").unwrap_or_default();
                raw.env = inner.text_table("env");
                inner.finish(Unknown::Warned);
            }
        }
        Some(_) => raw.command = fields.text("command"),
        None => {}
    }
    if let Some(args) = fields.texts("args") {
        raw.args = args;
    }
    raw.env.extend(fields.text_table("env"));
    // Codex: variables handed through by name.
    for name in fields.texts("env_vars").unwrap_or_default() {
        let value = Located::new(format!("${{{}}}", name.value), name.place.clone());
        raw.env.push((name, value));
    }
    raw.env_file = fields.text_of(&["envFile", "env_file"]);
    raw.cwd = fields.text("cwd");
}

fn kind_of(kind: &Located<String>, fields: &mut Fields<'_>) -> Option<Located<Kind>> {
    let known = match kind.value.as_str() {
        "stdio" | "local" | "command" => Kind::Stdio,
        "http" | "streamable-http" | "streamable_http" | "streamableHttp" | "remote" => Kind::Http,
        "sse" => Kind::Sse,
        other => {
            let problem = Problem::new(format!("`type` is \"{other}\", which weir does not know")).at(&kind.place);
            fields.findings().error(problem.hint("it knows stdio, http (also streamable-http) and sse"));
            return None;
        }
    };
    Some(Located::new(known, kind.place.clone()))
}

fn address(fields: &mut Fields<'_>, raw: &mut RawUpstream) {
    let http = fields.text_of(&["httpUrl", "serverUrl", "server_url"]);
    let url = fields.text("url");
    if http.is_some() {
        raw.url = http;
        // Gemini: `url` beside `httpUrl` is the old transport; the new one is taken.
    } else {
        raw.url = url;
    }
    raw.headers = fields.text_table("headers");
    raw.headers.extend(fields.text_table("http_headers"));
    for (header, variable) in fields.text_table("env_http_headers") {
        let value = Located::new(format!("${{{}}}", variable.value), variable.place.clone());
        raw.headers.push((header, value));
    }
    if let Some(variable) = fields.text("bearer_token_env_var") {
        let place = variable.place.clone();
        let value = Located::new(format!("${{{}}}", variable.value), variable.place);
        raw.auth = Some(RawAuth { place, credential: RawCredential::Bearer(RawReference::Text(value)) });
    }
    let login = login(fields);
    let has_header = raw.headers.iter().any(|(name, _)| name.value.eq_ignore_ascii_case("authorization"));
    if raw.auth.is_none() && !has_header {
        raw.auth = login;
    }
}

/// A client that was registered beforehand: Claude Code and Gemini call it `oauth`, Cursor `auth`.
fn login(fields: &mut Fields<'_>) -> Option<RawAuth> {
    let entry = fields.take("oauth").or_else(|| fields.take("auth"))?;
    let mut inner = Fields::of(&entry.node, format!("`{}`", entry.key), fields.findings())?;
    let login = RawLogin {
        client_id: inner.text_of(&["clientId", "CLIENT_ID", "client_id"]),
        client_secret: inner.text_of(&["clientSecret", "CLIENT_SECRET", "client_secret"]).map(RawReference::Text),
        scopes: inner.texts("scopes").unwrap_or_default(),
        redirect_port: inner.integer("callbackPort", 1, u16::MAX.into()),
        ..RawLogin::default()
    };
    let on = inner.boolean("enabled").is_none_or(|enabled| enabled.value);
    inner.finish(Unknown::Ignored);
    (on && login.client_id.is_some())
        .then(|| RawAuth { place: entry.key_place.clone(), credential: RawCredential::Login(login) })
}

fn filters(fields: &mut Fields<'_>, raw: &mut RawUpstream) {
    for key in ["includeTools", "enabled_tools", "tools", "available_tools"] {
        // Codex has a table of that name, with what it asks for: `rules` reads it.
        if fields.take(key).is_some_and(|entry| key == "tools" && matches!(entry.node.value, Value::Table(_))) {
            continue;
        }
        if let Some(names) = fields.texts(key) {
            // Copilot writes `tools: ["*"]` for all.
            raw.include = Some(names).filter(|names| names.iter().all(|name| name.value != "*"));
        }
    }
    for key in ["excludeTools", "disabled_tools", "disabledTools"] {
        if let Some(names) = fields.texts(key) {
            raw.exclude.get_or_insert_default().extend(names);
        }
    }
    if let Some(enabled) = fields.boolean("enabled") {
        raw.enabled = Some(enabled);
    }
    if let Some(disabled) = fields.boolean("disabled") {
        raw.enabled = Some(Located::new(!disabled.value, disabled.place));
    }
}

fn timeouts(fields: &mut Fields<'_>, raw: &mut RawUpstream) {
    const SECONDS_MAX: u64 = 3_600;
    let ms = |seconds: Located<u64>| Located::new(seconds.value * 1_000, seconds.place);
    raw.start_timeout_ms =
        fields.integer("startup_timeout_ms", 1, 600_000).or(fields.integer("startup_timeout_sec", 1, 600).map(ms));
    raw.call_deadline_ms = fields.integer("tool_timeout_sec", 1, SECONDS_MAX).map(ms);
    // Gemini counts milliseconds, others seconds: nothing says which, so the client's `timeout` is left alone.
    fields.take("timeout");
}

/// What the client asks before it calls: lists of tools it does not ask for, or a word for each.
fn rules(fields: &mut Fields<'_>, server: &str) -> ClientRules {
    let mut rules = ClientRules::default();
    // Roo and Kilo; Cline, Kiro and Amazon Q. `*` stands for all of them.
    for key in ["alwaysAllow", "autoApprove"] {
        let Some(entry) = fields.take(key) else { continue };
        let Value::List(names) = &entry.node.value else {
            let problem = Problem::new(format!("`{key}` of `{server}` is no list of tools and is not used"));
            fields.findings().warn(problem.at(&entry.node.place));
            continue;
        };
        for name in names {
            match &name.value {
                Value::Text(name) if name == "*" => rules.whole = Some(Rule::Allow),
                Value::Text(name) => rules.tools.push((name.clone(), Rule::Allow)),
                _ => {}
            }
        }
    }
    // Gemini.
    if fields.take("trust").is_some_and(|entry| matches!(entry.node.value, Value::Bool(true))) {
        rules.whole = Some(Rule::Allow);
    }
    codex_rules(fields, server, &mut rules);
    rules
}

/// `default_tools_approval_mode`, and `[mcp_servers.NAME.tools.TOOL] approval_mode`, which wins over it.
fn codex_rules(fields: &mut Fields<'_>, server: &str, rules: &mut ClientRules) {
    if let Some(mode) = fields.text("default_tools_approval_mode") {
        rules.whole = codex_rule(&mode, server, fields.findings()).or(rules.whole);
    }
    let Some(Value::Table(tools)) = fields.take("tools").map(|entry| &entry.node.value) else { return };
    for tool in tools {
        let Some(mut inner) = Fields::of(&tool.node, format!("`{}` of `tools`", tool.key), fields.findings()) else {
            continue;
        };
        let Some(mode) = inner.text("approval_mode") else { continue };
        let rule = codex_rule(&mode, server, inner.findings());
        // Where all tools are allowed, one that is not has its reason.
        let rule = rule.or_else(|| (rules.whole == Some(Rule::Allow)).then_some(Rule::Ask));
        rules.tools.extend(rule.map(|rule| (tool.key.clone(), rule)));
    }
}

/// `auto` leaves it to what the tools say of themselves, as weir does.
fn codex_rule(mode: &Located<String>, server: &str, findings: &mut Findings) -> Option<Rule> {
    match mode.value.as_str() {
        "approve" => Some(Rule::Allow),
        "prompt" => Some(Rule::Ask),
        "auto" => None,
        other => {
            let problem = Problem::new(format!("what `{server}` says of approvals, \"{other}\", is not used"));
            findings.warn(problem.at(&mode.place).hint("say it in weir.toml: [policy] ask, upstreams or tools"));
            None
        }
    }
}
