//! Every mistake and what is said about it, row by row; then what valid files become.

use std::{fs, path::Path};

use proptest::prelude::*;
use tempfile::TempDir;
use weir_upstream::{Transport, UpstreamConfig};

use super::*;

mod clients;
mod durable;
mod mistakes;
mod openapi;
mod policy;

/// A project folder and a home folder with some files in them.
struct World {
    root: TempDir,
    variables: Vec<(&'static str, &'static str)>,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let world = Self { root: tempfile::tempdir().unwrap(), variables: Vec::new() };
        for folder in ["project", "home"] {
            fs::create_dir_all(world.root.path().join(folder)).unwrap();
        }
        for (path, text) in files {
            world.write(path, text.as_bytes());
        }
        world
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    fn surroundings(&self) -> Surroundings {
        let home = self.root.path().join("home");
        Surroundings::fixed(self.variables.clone(), Some(home), self.root.path().join("project"))
    }

    fn load(&self, ask: &Ask) -> Result<Loaded, ConfigInvalid> {
        load(ask, &self.surroundings())
    }

    fn found(&self) -> Loaded {
        self.load(&Ask::default()).unwrap_or_else(|invalid| panic!("{invalid}"))
    }

    /// What is said about a configuration that is not valid.
    fn refused(&self, set: &[&str]) -> String {
        let ask = Ask { file: None, set: set.iter().map(|set| (*set).to_owned()).collect() };
        let invalid = self.load(&ask).expect_err("it is not valid");
        invalid.to_string().replace(&self.root.path().display().to_string(), "ROOT")
    }
}

fn weir_toml(text: &str) -> World {
    World::new(&[("project/weir.toml", text)])
}

/// An upstream in one line, credentials shown as the tests may.
fn summary(upstream: &UpstreamConfig, root: &Path) -> String {
    let pairs = |pairs: &[(String, weir_model::Secret)]| {
        let shown: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
        shown.join(" ")
    };
    let transport = match &upstream.transport {
        Transport::Stdio { command, args, env, cwd } => {
            format!("{command} {args:?} env[{}] in {}", pairs(env), cwd.as_ref().unwrap().display())
        }
        Transport::Http { url, headers } => format!("{url} headers[{}]", pairs(headers)),
        Transport::OpenApi(api) => format!("{:?} headers[{}]", api.description, pairs(&api.headers)),
    };
    let auth = upstream.auth.as_ref().map(|auth| format!(" auth[{}]", openapi::credential(auth)));
    let transport = format!("{transport}{}", auth.unwrap_or_default()).replace(&root.display().to_string(), "ROOT");
    format!("{}: {transport}", upstream.name)
}

fn summaries(world: &World) -> String {
    let loaded = world.found();
    let upstreams = loaded.effective.upstreams.iter().map(|upstream| summary(upstream, world.root.path()));
    let notes = loaded.notes.iter().map(|note| format!("note: {note}"));
    let warnings = loaded.warnings.iter().map(|warning| format!("warning: {}", warning.message));
    upstreams.chain(notes).chain(warnings).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_whole_weir_toml() {
    let world = weir_toml(
        r#"
        import = ["~/.cursor/mcp.json"]

        [upstream.files]
        command = "npx"
        args = ["-y", "@modelcontextprotocol/server-filesystem", "${workspaceFolder}"]
        env = { LEVEL = "debug", PORT = 8080, TOKEN = "${TOKEN}" }
        start_timeout_ms = 5000
        call_deadline_ms = 1000
        protocol = "legacy"
        include = ["read_*"]
        exclude = ["read_secret"]

        [upstream.local]
        command = "./bin/server"
        cwd = "~/data"

        [upstream.tracker]
        url = "https://mcp.example.com/mcp"
        auth = { bearer = "${TOKEN}" }
        headers = { "X-Team" = "${TEAM:-core}" }

        [upstream.off]
        command = "never"
        enabled = false

        [limits]
        wall_ms = 1_000
        memory_mib = 64
        calls = 0

        [serve]
        listen = "0.0.0.0:80"
        allowed_hosts = ["weir.example.com"]
        allowed_origins = ["https://app.example.com"]

        [sandbox]
        workers = 3
        "#,
    )
    .with("TOKEN", "t0p");
    world.write(
        "home/.cursor/mcp.json",
        br#"{"mcpServers": {"git": {"command": "uvx", "args": ["mcp-server-git"]}, "files": {"command": "other"}}}"#,
    );
    insta::assert_snapshot!(summaries(&world), @r#"
    files: npx ["-y", "@modelcontextprotocol/server-filesystem", "ROOT/project"] env[LEVEL=debug PORT=8080 TOKEN=t0p] in ROOT/project
    local: ROOT/project/./bin/server [] env[] in ROOT/home/data
    tracker: https://mcp.example.com/mcp headers[X-Team=core] auth[bearer t0p]
    git: uvx ["mcp-server-git"] env[] in ROOT/project
    note: `files` of ~/.cursor/mcp.json is described before it already; that one is used
    "#);
    let effective = world.found().effective;
    let files = &effective.upstreams[0];
    assert_eq!((files.start_timeout.as_millis(), files.call_deadline.unwrap().as_millis()), (5_000, 1_000));
    assert_eq!(files.protocol, weir_upstream::Protocol::Legacy);
    assert!(files.tools.admits("read_file") && !files.tools.admits("read_secret") && !files.tools.admits("write_file"));
    assert_eq!(effective.disabled, ["off"]);
    let limits = &effective.limits;
    assert_eq!((limits.wall.as_millis(), limits.memory_bytes, limits.calls), (1_000, 64 << 20, 0));
    assert_eq!(limits.cpu, weir_model::Limits::default().cpu);
    assert_eq!(effective.serve.listen.to_string(), "0.0.0.0:80");
    assert_eq!(effective.workers.unwrap().get(), 3);
    assert_eq!(effective.cache_dir.unwrap(), world.root.path().join("home/.cache/weir"));
}

#[test]
fn set_overrides_any_one_setting() {
    let world = weir_toml("[upstream.files]\ncommand = \"a\"\nargs = [\"1\"]\n[limits]\ncpu_ms = 100\n");
    type Shown = fn(&Effective) -> String;
    let rows: [(&str, Shown, &str); 10] = [
        ("limits.cpu_ms=2000", |e| e.limits.cpu.as_millis().to_string(), "2000"),
        ("limits.cpu_ms = 2_000", |e| e.limits.cpu.as_millis().to_string(), "2000"),
        ("serve.listen=localhost:9000", |e| e.serve.listen.to_string(), "127.0.0.1:9000"),
        ("serve.listen=\"[::1]:9000\"", |e| e.serve.listen.to_string(), "[::1]:9000"),
        ("serve.allowed_hosts=[\"a\", \"b\"]", |e| e.serve.allowed_hosts.join("+"), "a+b"),
        ("sandbox.workers=2", |e| e.workers.unwrap().to_string(), "2"),
        ("upstream.files.enabled=false", |e| e.disabled.join("+"), "files"),
        ("upstream.files.protocol=modern", |e| format!("{:?}", e.upstreams[0].protocol), "Modern"),
        ("upstream.\"a b\".url=http://127.0.0.1:1/mcp", |e| e.upstreams[1].name.to_string(), "a b"),
        (
            "upstream.n.command=5",
            |e| format!("{:?}", e.upstreams[1].transport).chars().take(20).collect(),
            "Stdio { command: \"5\"",
        ),
    ];
    for (set, of, expected) in rows {
        let ask = Ask { file: None, set: vec!["limits.cpu_ms=50".to_owned(), set.to_owned()] };
        let loaded = world.load(&ask).unwrap_or_else(|invalid| panic!("{set}: {invalid}"));
        assert_eq!(of(&loaded.effective), expected, "{set}");
    }
}

#[test]
fn files_are_found_best_first() {
    let servers = r#"{"mcpServers": {"a": {"command": "a"}}}"#;
    let toml = "[upstream.a]\ncommand = \"a\"\n";
    let all = [
        ("project/weir.toml", toml),
        ("project/.mcp.json", servers),
        ("project/.cursor/mcp.json", servers),
        ("project/.vscode/mcp.json", r#"{"servers": {"a": {"command": "a"}}}"#),
        ("home/.config/weir/weir.toml", toml),
        ("home/.claude.json", servers),
        ("home/.cursor/mcp.json", servers),
        ("home/.codex/config.toml", "[mcp_servers.a]\ncommand = \"a\"\n"),
        ("home/.config/Claude/claude_desktop_config.json", servers),
    ];
    for first in 0..all.len() {
        let loaded = World::new(&all[first..]).found();
        let expected = all[first].0.replace("project/", "").replace("home/", "~/");
        assert_eq!(loaded.file, Some(expected));
        assert_eq!(loaded.also_seen.len(), all.len() - first - 1, "{:?}", loaded.also_seen);
        assert_eq!(loaded.effective.upstreams.len(), 1);
    }
    let nothing = World::new(&[]).found();
    assert!(nothing.file.is_none() && nothing.effective.upstreams.is_empty());
    let passed_over =
        World::new(&[("home/.claude.json", r#"{"theme": "dark"}"#), ("home/.cursor/mcp.json", servers)]).found();
    assert_eq!(passed_over.file.as_deref(), Some("~/.cursor/mcp.json"));
    assert_eq!(passed_over.also_seen, ["~/.claude.json (no servers in it)"]);
}

/// R19: a gateway that calls itself would never stop.
#[test]
fn r19_entries_that_are_weir_itself_are_left_out() {
    let world = World::new(&[(
        "project/.mcp.json",
        r#"{"mcpServers": {
            "weir": {"command": "weir", "args": ["stdio"]},
            "path": {"command": "/usr/local/bin/weir", "args": ["stdio"]},
            "wrapped": {"command": "env", "args": ["-i", "weir", "stdio"]},
            "http": {"url": "http://localhost:7420/mcp"},
            "six": {"url": "http://[::1]:7420/mcp"},
            "other": {"url": "http://localhost:7421/mcp"},
            "shop": {"command": "weir", "args": ["demo", "--stdio"]}
        }}"#,
    )]);
    let loaded = world.found();
    let names: Vec<_> = loaded.effective.upstreams.iter().map(|upstream| upstream.name.as_str()).collect();
    assert_eq!(names, ["other", "shop"]);
    insta::assert_snapshot!(loaded.notes.join("\n"), @r"
    `weir` is weir itself (its command is weir) and is left out: a gateway does not call itself
    `path` is weir itself (its command is weir) and is left out: a gateway does not call itself
    `wrapped` is weir itself (its command is weir) and is left out: a gateway does not call itself
    `http` is weir itself (its url is where weir listens) and is left out: a gateway does not call itself
    `six` is weir itself (its url is where weir listens) and is left out: a gateway does not call itself
    ");
}

#[test]
fn every_documented_key_is_read_and_every_read_key_is_documented() {
    let source = source::Source::new("weir.toml", "[upstream.a]\n");
    let tree = tree::parse_toml(&source).unwrap();
    let entry = &tree.entry("upstream").unwrap().node.entry("a").unwrap();
    let (_, mut read) = weir_toml::upstream(entry, Path::new("/"), &mut Findings::default()).unwrap();
    let mut documented: Vec<_> = setting::UPSTREAM_KEYS.iter().map(|key| key.key).collect();
    read.sort_unstable();
    documented.sort_unstable();
    assert_eq!(read, documented);
    for (table, keys) in [
        ("policy", &setting::POLICY_KEYS[..]),
        ("store", &setting::STORE_KEYS),
        ("approvals", &setting::APPROVAL_KEYS),
        ("admin", &setting::ADMIN_KEYS),
    ] {
        let documented: Vec<_> = keys.iter().map(|key| key.key).collect();
        let refused = weir_toml(&format!("[{table}]\nnothing_like_it = 1\n")).refused(&[]);
        assert!(refused.contains(&format!("hint: known here: {}\n", documented.join(", "))), "{refused}");
    }
}

#[test]
fn limits_say_what_they_read_back() {
    for limit in &setting::LIMITS {
        for value in [limit.min, limit.max] {
            let mut limits = weir_model::Limits::default();
            (limit.apply)(&mut limits, value);
            assert_eq!((limit.of)(&limits), value, "{}", limit.key);
        }
        let default = (limit.of)(&weir_model::Limits::default());
        assert!((limit.min..=limit.max).contains(&default), "{}", limit.key);
    }
}

/// Credentials do not show, wherever a configuration is printed.
#[test]
fn a_loaded_configuration_prints_no_credential() {
    let world = weir_toml("[upstream.a]\ncommand = \"a\"\nenv = { T = \"${TOKEN}\" }\n[upstream.b]\nurl = \"https://b.example\"\nauth = { bearer = \"${TOKEN}\" }\n")
        .with("TOKEN", "canary-4711");
    assert!(!format!("{:?}", world.found()).contains("canary"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in prop::sample::select(vec!["weir.toml", ".mcp.json", ".vscode/mcp.json"])) {
        let world = World::new(&[]);
        world.write(&format!("project/{name}"), &bytes);
        if let Err(invalid) = world.load(&Ask::default()) {
            prop_assert!(!invalid.to_string().is_empty());
        }
    }

    #[test]
    fn arbitrary_shapes_never_panic(text in r#"[\[\]{}"':,=.#/\\$a-c0-9 \n]{0,120}"#) {
        let world = World::new(&[("project/weir.toml", &format!("[upstream.a]\n{text}"))]);
        let _ = world.load(&Ask::default()).map_err(|invalid| invalid.to_string());
        for table in ["policy", "policy.tools", "store", "approvals", "admin", "upstream.a.auth", "upstream.a.schemes"] {
            let world = World::new(&[("project/weir.toml", &format!("upstream.a.command = \"a\"\n[{table}]\n{text}"))]);
            let _ = world.load(&Ask::default()).map_err(|invalid| invalid.to_string());
        }
        let world = World::new(&[("project/.mcp.json", &format!(r#"{{"mcpServers": {{"a": {text}"#))]);
        let _ = world.load(&Ask::default()).map_err(|invalid| invalid.to_string());
    }

    #[test]
    fn arbitrary_assignments_never_panic(text in "(limits|serve|upstream|sandbox|import|policy|store|approvals|admin)?[a-z._\"=\\[\\]{}0-9 é]{0,40}") {
        let world = World::new(&[]);
        let _ = world.load(&Ask { file: None, set: vec![text] }).map_err(|invalid| invalid.to_string());
    }

    #[test]
    fn arbitrary_references_never_panic(text in r"[$\{\}:a-zA-Z_é -]{0,40}") {
        let source = source::Source::new("x", text.clone());
        let located = source::Located::new(text.clone(), source.place(0..text.len()));
        let surroundings = Surroundings::fixed([], None, "/".into());
        let mut findings = Findings::default();
        let expanded = reference::expand(&located, Path::new("/"), &surroundings, &mut findings);
        prop_assert_eq!(expanded.is_none(), !findings.errors.is_empty());
    }
}
