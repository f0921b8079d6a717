//! `docs/reference/config.md`, written from the same tables that read the file.

use std::fmt::Write;

use weir_model::Limits;

use super::setting::{
    ADMIN_KEYS, APPROVAL_KEYS, KeyDoc, LIMITS, LISTEN_DEFAULT, POLICY_KEYS, STORE_KEYS, UPSTREAM_KEYS, WORKERS_MAX,
};

/// The whole page.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n## `[upstream.NAME]`\n\nWhere tools come from. NAME is yours to choose: 1 to 64 characters. ");
    page.push_str("A model sees it as the first half of `NAME.tool(…)`.\n");
    keys(&mut page, &UPSTREAM_KEYS);
    page.push_str(CREDENTIALS);
    page.push_str(POLICY);
    keys(&mut page, &POLICY_KEYS);
    page.push_str(TOOL_NAMES);
    page.push_str("\n## `[approvals]`\n\nCalls that wait for somebody's decision.\n");
    keys(&mut page, &APPROVAL_KEYS);
    page.push_str(NOTIFICATION);
    page.push_str(
        "\n## `[store]`\n\nWhere runs, approvals, results and stored values are kept. Either `path` or `url`.\n",
    );
    keys(&mut page, &STORE_KEYS);
    page.push_str(
        "\n## `[admin]`\n\nThe admin API, over HTTP on a listener of its own. Off unless this table is there.\n",
    );
    keys(&mut page, &ADMIN_KEYS);
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

fn keys(page: &mut String, keys: &[KeyDoc]) {
    page.push_str("\n| key | value | meaning |\n|---|---|---|\n");
    for KeyDoc { key, shape, doc } in keys {
        let shape = shape.replace('|', "\\|");
        let _ = writeln!(page, "| `{key}` | {shape} | {doc} |");
    }
}

const CREDENTIALS: &str = r#"
### Credentials

`auth` is one credential for every request over HTTP. `[upstream.NAME.schemes]` has one for each security scheme of a
description, by its name there.

| written | sent as |
|---|---|
| `{ bearer = TEXT }` | `Authorization: Bearer …` |
| `{ basic = { user = TEXT, password = TEXT } }` | `Authorization: Basic …` |
| `{ header = { name = "X-Api-Key", value = TEXT } }` | a header |
| `{ query = { name = "key", value = TEXT } }` | a pair of the query |
| `{ cookie = { name = "session", value = TEXT } }` | a cookie |
| `{ oauth2 = { token_url, client_id, client_secret?, refresh_token?, scopes?, audience? } }` | a bearer token that weir gets from `token_url` and renews: with `refresh_token` by that, else as client credentials |
| `{ login = { client_id?, client_secret?, client_metadata_url?, scopes?, redirect_port?, issuer? } }` | a bearer token that a person gets once, by `weir login NAME`; weir keeps and renews it |
| `{ value = TEXT }` | only in `schemes`: the scheme says itself where it goes |

TEXT is one of these. Files, commands and keyrings are read when a credential is needed, and again when it was refused.

| written | the credential is |
|---|---|
| `"${VAR}"` | the variable |
| `{ file = "secret.txt" }` | the file's text, without the line end at its end |
| `{ command = ["pass", "show", "key"] }` | what the command prints, without the line end; no shell reads it |
| `{ keyring = "service/account" }` | in the keyring of the system |

```toml
[upstream.shop]
openapi = "https://api.example.com/openapi.json"
auth    = { oauth2 = { token_url = "https://auth.example.com/token", client_id = "weir", client_secret = "${SHOP_SECRET}" } }

[upstream.petstore]
openapi = "petstore.yaml"

[upstream.petstore.schemes]
petstore_auth = { bearer = "${PETSTORE_TOKEN}" }
api_key       = { value = { file = "petstore.key" } }
```
"#;

const POLICY: &str = r#"
## `[policy]`

Which calls wait for a person, and which are never made. Decided at each call, with its real arguments. The nearest rule
holds: the tool's, then its upstream's, then `ask`.

```toml
[policy]
ask = "writes"

[policy.upstreams]
tracker = "allow"

[policy.tools]
"tracker.delete_project" = "deny"
"mail/send" = "ask"

[policy.effects]
"files.search" = "read"
```
"#;

const TOOL_NAMES: &str = r#"
A TOOL is written `NAME/tool`, exactly as the upstream NAME calls it, or `NAME.tool`, with that name or with the one a
model sees. Where both names of one tool have a rule, the stricter one holds. A name that fits no upstream is an error; one
that fits no tool of an upstream is told in the log.
"#;

const NOTIFICATION: &str = r#"
```json
{"event": "approvals_waiting",
 "text": "A call waits for a decision: mail/send (write). See them with: weir approvals",
 "approvals": [{"id": "apr_…", "run": "…", "principal": "local", "tool": "mail/send", "written": "mail.send",
                "effect": "write", "arguments": {"to": "…"}, "line": 4, "reason": "policy",
                "asked_unix_ms": 0, "expires_unix_ms": 0}],
 "more": 0}
```

Each approval is told of once; what begins to wait while a message is under way goes into the next, 100 at most and the rest
counted in `more`. Arguments over 4 KiB are cut (`arguments_cut`). A command runs in the folder of the file with a short list
of variables (PATH, HOME, LANG, those of the desktop) and is killed with all it started after 10 seconds. What cannot be
delivered is told in the log and not tried again.
"#;

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
auth    = { bearer = "${TRACKER_TOKEN}" }
exclude = ["delete_*"]

[upstream.github]
openapi = "github.json"
auth    = { bearer = { keyring = "weir/github" } }
include = ["tag:issues", "GET"]

[limits]
cpu_ms = 2000
```

## References

Any string of an upstream, of `[serve]`, `[store]`, `[approvals]` and `[admin]` may contain them. An unset variable is an error that names it; it is never sent as written.

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
| `oauth` (Claude Code, Gemini), `auth` (Cursor) | a client registered beforehand: `auth = { login = … }` |
| `includeTools`, `excludeTools`, `enabled_tools`, `disabled_tools`, `tools` | which tools are visible |
| `disabled`, `enabled` | whether the server is used |
| `alwaysAllow` (Roo, Kilo), `autoApprove` (Cline, Kiro, Amazon Q) | tools with the rule `allow`; `*` gives it to all. weir says so when it starts |
| `trust` (Gemini) | `true`: the rule `allow` for all tools |
| `default_tools_approval_mode`, `tools.TOOL.approval_mode` (Codex) | `approve`: the rule `allow`; `prompt`: the rule `ask` |

What `[policy]` says of an upstream or a tool wins over its client's file. With `ask = "always"` nothing is allowed by one.

What weir does not know in such a file is a warning. `${input:id}` is an error: an editor would ask, weir cannot.
An entry that starts weir itself, or points at where it listens, is left out. Goose keeps its servers in YAML, which
weir does not read: copy them.
"#;
