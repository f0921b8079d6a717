//! The files of MCP clients, as their own documentation writes them.

use super::{World, summaries};

#[test]
fn claude_code() {
    let world = World::new(&[(
        "project/.mcp.json",
        r#"{
          "mcpServers": {
            "stdio": {"type": "stdio", "command": "${HOME_BIN:-/opt/bin}/server", "args": ["--key", "${KEY}"], "env": {"A": "${KEY}"}},
            "http": {"type": "http", "url": "${BASE:-https://api.example.com}/mcp", "headers": {"Authorization": "Bearer ${KEY}"}},
            "streamable": {"type": "streamable-http", "url": "https://b.example.com/mcp"},
            "sse": {"type": "sse", "url": "https://c.example.com/sse"}
          }
        }"#,
    )])
    .with("KEY", "k1");
    insta::assert_snapshot!(summaries(&world), @r#"
    stdio: /opt/bin/server ["--key", "k1"] env[A=k1] in ROOT/project
    http: https://api.example.com/mcp headers[Authorization=Bearer k1]
    streamable: https://b.example.com/mcp headers[]
    sse: https://c.example.com/sse headers[]
    warning: `sse` is said to speak HTTP+SSE, the transport of 2024; weir does not
    "#);
}

/// What was added for one project lies under that project's path, and wins there.
#[test]
fn claude_code_keeps_projects_apart() {
    let world = World::new(&[]);
    let project = world.root.path().join("project").display().to_string();
    let text = serde_json::json!({
        "numStartups": 3,
        "mcpServers": {"a": {"command": "user"}, "b": {"command": "user"}},
        "projects": {
            project: {"mcpServers": {"a": {"command": "project"}}, "history": []},
            "/elsewhere": {"mcpServers": {"c": {"command": "elsewhere"}}},
        },
    });
    world.write("home/.claude.json", text.to_string().as_bytes());
    insta::assert_snapshot!(summaries(&world), @r"
    a: project [] env[] in ROOT/project
    b: user [] env[] in ROOT/project
    ");
}

#[test]
fn cursor() {
    let world = World::new(&[
        (
            "project/.cursor/mcp.json",
            r#"{"mcpServers": {
                "local": {"command": "node", "args": ["${workspaceFolder}/server.js", "${userHome}", "${pathSeparator}"], "envFile": "${workspaceFolder}/.env", "env": {"B": "2"}},
                "remote": {"url": "https://a.example.com/mcp", "headers": {"X-Key": "${env:KEY}"}}
            }}"#,
        ),
        ("project/.env", "A=1\nB=1\n"),
    ])
    .with("KEY", "k1");
    insta::assert_snapshot!(summaries(&world), @r#"
    local: node ["ROOT/project/server.js", "ROOT/home", "/"] env[A=1 B=2] in ROOT/project
    remote: https://a.example.com/mcp headers[X-Key=k1]
    "#);
}

#[test]
fn vs_code() {
    let text = r#"{
        // asked for once
        "inputs": [{"type": "promptString", "id": "api-key", "password": true}],
        "servers": {
            "fetch": {"command": "uvx", "args": ["mcp-server-fetch"], "dev": {"watch": "src"}},
            "remote": {"type": "http", "url": "https://a.example.com/mcp", "headers": {"X-Key": "${input:api-key}"}}, /* trailing */
        },
    }"#;
    let world = World::new(&[("project/.vscode/mcp.json", text)]);
    insta::assert_snapshot!(world.refused(&[]), @r#"
    error: `${input:api-key}` is asked for by the editor; weir has nobody to ask
     --> .vscode/mcp.json:6:98
      |
    6 | …"http", "url": "https://a.example.com/mcp", "headers": {"X-Key": "${input:api-key}"}}, /* trailing */
      |                                                                    ^^^^^^^^^^^^^^^^
      hint: write `${API_KEY}` instead and set that variable

    the configuration has a problem; nothing was started
    "#);
    let world = World::new(&[("project/.vscode/mcp.json", &text.replace("${input:api-key}", "${API_KEY}"))])
        .with("API_KEY", "k");
    insta::assert_snapshot!(summaries(&world), @r#"
    fetch: uvx ["mcp-server-fetch"] env[] in ROOT/project
    remote: https://a.example.com/mcp headers[X-Key=k]
    "#);
}

#[test]
fn windsurf_cline_roo_gemini_copilot() {
    let world = World::new(&[(
        "project/.mcp.json",
        r#"{"mcpServers": {
            "windsurf": {"serverUrl": "https://a.example.com/mcp"},
            "gemini": {"httpUrl": "https://b.example.com/mcp", "url": "https://old.example.com/sse", "timeout": 5000, "trust": false},
            "cline": {"command": "c", "alwaysAllow": ["read"], "disabled": false, "autoApprove": []},
            "off": {"command": "d", "disabled": true},
            "copilot": {"type": "local", "command": "e", "args": [], "tools": ["*"]},
            "typo": {"command": "f", "arg": ["x"]}
        }}"#,
    )]);
    insta::assert_snapshot!(summaries(&world), @r"
    windsurf: https://a.example.com/mcp headers[]
    gemini: https://b.example.com/mcp headers[]
    cline: c [] env[] in ROOT/project
    copilot: e [] env[] in ROOT/project
    typo: f [] env[] in ROOT/project
    note: `cline`: its client's file allows without asking: read
    warning: unknown key `arg` in `typo` of `mcpServers`
    ");
}

#[test]
fn tool_filters() {
    let world = World::new(&[(
        "project/.mcp.json",
        r#"{"mcpServers": {"a": {"command": "a", "includeTools": ["read", "list"], "excludeTools": ["list"]}, "b": {"command": "b", "tools": ["x"], "disabledTools": ["y"]}}}"#,
    )]);
    let effective = world.found().effective;
    let admits = |at: usize, name: &str| effective.upstreams[at].tools.admits(name);
    assert_eq!([admits(0, "read"), admits(0, "list"), admits(0, "write")], [true, false, false]);
    assert_eq!([admits(1, "x"), admits(1, "y")], [true, false]);
}

#[test]
fn zed_and_codex() {
    let world = World::new(&[(
        "home/.config/zed/settings.json",
        r#"{"theme": "One", "context_servers": {
            "old": {"command": {"path": "node", "args": ["s.js"], "env": {"A": "1"}}, "settings": {}},
            "new": {"source": "custom", "command": "node", "args": ["t.js"], "enabled": true}
        }}"#,
    )]);
    insta::assert_snapshot!(summaries(&world), @r#"
    old: node ["s.js"] env[A=1] in ROOT/project
    new: node ["t.js"] env[] in ROOT/project
    "#);
    let world = World::new(&[(
        "home/.codex/config.toml",
        r#"
        model = "x"
        [mcp_servers.docs]
        command = "docs-server"
        env_vars = ["KEY"]
        startup_timeout_sec = 20
        tool_timeout_sec = 45
        enabled_tools = ["search"]
        [mcp_servers.figma]
        url = "https://mcp.figma.example/mcp"
        bearer_token_env_var = "KEY"
        http_headers = { "X-Region" = "eu" }
        env_http_headers = { "X-Org" = "KEY" }
        "#,
    )])
    .with("KEY", "k1");
    insta::assert_snapshot!(summaries(&world), @r"
    docs: docs-server [] env[KEY=k1] in ROOT/project
    figma: https://mcp.figma.example/mcp headers[X-Region=eu X-Org=k1] auth[bearer k1]
    ");
    let docs = &world.found().effective.upstreams[0];
    assert_eq!((docs.start_timeout.as_secs(), docs.call_deadline.unwrap().as_secs()), (20, 45));
}
