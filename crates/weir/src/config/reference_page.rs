//! `docs/reference/config.md`, written from the same tables that read the file.

use std::fmt::Write;

use weir_model::Limits;

use super::setting::{KeyDoc, LIMITS, LISTEN_DEFAULT, UPSTREAM_KEYS, WORKERS_MAX};

/// The whole page.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n## `[upstream.NAME]`\n\nWhere tools come from. NAME is yours to choose: 1 to 64 characters. ");
    page.push_str("A model sees it as the first half of `NAME.tool(…)`.\n\n| key | value | meaning |\n|---|---|---|\n");
    for KeyDoc { key, shape, doc } in &UPSTREAM_KEYS {
        let shape = shape.replace('|', "\\|");
        let _ = writeln!(page, "| `{key}` | {shape} | {doc} |");
    }
    page.push_str("\n## `[limits]`\n\nWhat one run may use. A snippet can neither catch nor raise any of them.\n\n");
    page.push_str("| key | default | from – to | meaning |\n|---|---|---|---|\n");
    let defaults = Limits::default();
    for limit in &LIMITS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} – {} | {} |",
            limit.key,
            (limit.of)(&defaults),
            limit.min,
            limit.max,
            limit.doc
        );
    }
    let _ = write!(
        page,
        "\n## `[serve]`\n\n| key | default | meaning |\n|---|---|---|\n\
         | `listen` | \"{LISTEN_DEFAULT}\" | Address and port of `weir serve`. |\n\
         | `allowed_hosts` | [] | Values of the header `Host` that are answered, beside the loopback names. |\n\
         | `allowed_origins` | [] | Values of the header `Origin` that are answered, beside the loopback ones. |\n\
         \n## `[sandbox]`\n\n| key | default | meaning |\n|---|---|---|\n\
         | `workers` | by the number of cores | Worker processes at most, 1 – {WORKERS_MAX}. |\n\
         | `language` | `typescript` | The language of snippets that name none: typescript, javascript, python or starlark. |\n"
    );
    page.push_str(TAIL);
    page
}

const HEAD: &str = r#"<!-- Written by the test `the_config_page_is_current`; do not edit. -->
# Configuration

weir reads **one** file: the one named by `--config FILE`, or else the first of these that has servers in it.

1. `./weir.toml`
2. the project's client files: `.mcp.json`, `.cursor/mcp.json`, `.vscode/mcp.json`, `.roo/mcp.json`
3. `$XDG_CONFIG_HOME/weir/weir.toml` (or `~/.config/weir/weir.toml`)
4. the user's client files: `~/.claude.json`, `~/.cursor/mcp.json`, Claude Desktop, Windsurf, Codex, Gemini, VS Code, Zed

It says on stderr which file it took and which others it saw. `--set KEY=VALUE` overrides any one setting and may be
repeated: `--set limits.cpu_ms=2000 --set upstream.github.protocol=legacy`.

Nothing is opened or started before the whole configuration is valid. Every mistake is shown at once, each with file,
line, column and what to do.

```toml
import = ["~/.cursor/mcp.json"]      # optional: the servers of a client file, beside those below

[upstream.files]
command = "npx"
args    = ["-y", "@modelcontextprotocol/server-filesystem", "."]

[upstream.tracker]
url     = "https://mcp.example.com/mcp"
bearer  = "${TRACKER_TOKEN}"
exclude = ["delete_*"]

[limits]
cpu_ms = 2000
```

## References

Any string of an upstream may contain them. An unset variable is an error that names it; it is never sent as written.

| written | becomes |
|---|---|
| `${VAR}`, `${env:VAR}` | the variable |
| `${VAR:-default}` | the variable, or the default when it is unset or empty |
| `${userHome}` | the home folder |
| `${workspaceFolder}` | the project the file lies in |
| `$${` | a literal `${` |

Relative paths start from the folder of the file. `~/` is the home folder.
"#;

const TAIL: &str = r#"
## Client files

Read as they are, JSON with comments and trailing commas included: the table `mcpServers` (Claude, Cursor, Windsurf,
Cline, Roo, Gemini), `servers` (VS Code), `context_servers` (Zed) or `mcp_servers` (Codex, TOML).

| field | meaning |
|---|---|
| `command`, `args`, `env`, `envFile`, `cwd` | a server over stdio |
| `url`, `serverUrl`, `httpUrl`, `headers` | a server over HTTP |
| `type` | `stdio`, `http` (also `streamable-http`, `streamable_http`, `streamableHttp`) or `sse` (a warning: Streamable HTTP is tried); may be left out |
| `bearer_token_env_var`, `env_http_headers`, `env_vars` | Codex: credentials by the name of a variable |
| `includeTools`, `excludeTools`, `enabled_tools`, `disabled_tools`, `tools` | which tools are visible |
| `disabled`, `enabled` | whether the server is used |
| `alwaysAllow`, `autoApprove` | not used yet; weir says so |

What weir does not know in such a file is a warning. `${input:id}` is an error: an editor would ask, weir cannot.
An entry that starts weir itself, or points at where it listens, is left out. Goose keeps its servers in YAML, which
weir does not read: copy them.
"#;
