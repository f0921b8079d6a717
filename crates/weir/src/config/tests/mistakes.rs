//! What a person reads when a configuration is not valid, whole.

use super::{World, weir_toml};
use crate::config::Ask;

const MISTAKEN: &str = r#"[upstream.files]
comand = "npx"
args = "-y server"

[upstream.tracker]
url = "htps://mcp.example.com"
headers = { "X Team" = "core" }
auth = { bearer = "${TRACKER_TOKN}" }

[limit]
cpu_ms = 1

[limits]
cpu = 3
wall_ms = "30s"
calls = -1
"#;

#[test]
fn all_problems_of_a_file_at_once() {
    let world = weir_toml(MISTAKEN).with("TRACKER_TOKEN", "x");
    insta::assert_snapshot!(world.refused(&[]), @r#"
    error: unknown key `comand` in [upstream.files]
     --> weir.toml:2:1
      |
    2 | comand = "npx"
      | ^^^^^^
      hint: did you mean `command`?

    error: `args` should be a list of strings, not a string
     --> weir.toml:3:8
      |
    3 | args = "-y server"
      |        ^^^^^^^^^^^
      hint: write it as a list: args = ["…"]

    error: `url` is no http or https address
     --> weir.toml:6:7
      |
    6 | url = "htps://mcp.example.com"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^
      hint: write for example https://mcp.example.com/mcp

    error: "X Team" is no name of a header
     --> weir.toml:7:13
      |
    7 | headers = { "X Team" = "…" }
      |             ^^^^^^^^
      hint: write for example X-Api-Key

    error: the variable `TRACKER_TOKN` is not set
     --> weir.toml:8:20
      |
    8 | auth = { bearer = "${TRACKER_TOKN}" }
      |                    ^^^^^^^^^^^^^^^
      hint: `TRACKER_TOKEN` is set; did you mean that? Otherwise set it: export TRACKER_TOKN=…, or give a default: ${TRACKER_TOKN:-…}

    error: unknown key `limit` in weir.toml
      --> weir.toml:10:2
       |
    10 | [limit]
       |  ^^^^^
      hint: did you mean `limits`?

    error: unknown key `cpu` in [limits]
      --> weir.toml:14:1
       |
    14 | cpu = 3
       | ^^^
      hint: did you mean `cpu_ms`?

    error: `wall_ms` should be an integer from 10 to 3600000, not a string
      --> weir.toml:15:11
       |
    15 | wall_ms = "30s"
       |           ^^^^^

    error: `calls` is -1, but must be from 0 to 1000000
      --> weir.toml:16:9
       |
    16 | calls = -1
       |         ^^

    the configuration has 9 problems; nothing was started
    "#);
}

#[test]
fn syntax() {
    insta::assert_snapshot!(weir_toml("[upstream.a]\ncommand = npx\n\n[upstream.b\ncommand = \"b\"\n").refused(&[]), @r"
    error: this is no TOML: invalid float, expected `nan`
     --> weir.toml:2:11
      |
    2 | command = npx
      |           ^^^
      hint: is it a string? Those are written in quotes

    error: this is no TOML: unclosed table, expected `]`
     --> weir.toml:4:12
      |
    4 | [upstream.b
      |            ^

    the configuration has 2 problems; nothing was started
    ");
    insta::assert_snapshot!(World::new(&[("project/.mcp.json", "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"a\" \"args\": []}\n  }\n}")]).refused(&[]), @r#"
    error: this is no JSON: expected comma
     --> .mcp.json:3:25
      |
    3 |     "a": {"command": "a" "args": []}
      |                         ^

    the configuration has a problem; nothing was started
    "#);
    insta::assert_snapshot!(World::new(&[("project/.mcp.json", " ")]).refused(&[]), @r"
    error: the file is empty; JSON was expected
     --> .mcp.json:1:2
      |
    1 |  
      |  ^

    the configuration has a problem; nothing was started
    ");
    insta::assert_snapshot!(World::new(&[("project/.mcp.json", r#"{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}"#)]).refused(&[]), @r#"
    error: `a` stands here a second time
     --> .mcp.json:1:40
      |
    1 | {"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}
      |                                        ^^^

    the configuration has a problem; nothing was started
    "#);
    insta::assert_snapshot!(World::new(&[("project/.mcp.json", "[]")]).refused(&[]), @r"
    error: the file should be a table with `mcpServers`, not a list
     --> .mcp.json:1:1
      |
    1 | []
      | ^^

    the configuration has a problem; nothing was started
    ");
}

#[test]
fn transports() {
    for (text, expected) in [
        ("[upstream.a]\n", "`a` has neither `command` nor `url`"),
        ("[upstream.a]\ncommand = \"x\"\nurl = \"http://x\"\n", "`a` has both `command` and `url`"),
        ("[upstream.a]\ncommand = \"\"\n", "`command` is empty"),
        ("[upstream.a]\ncommand = \"npx -y server\"\n", "`command` looks like a whole command line"),
        ("[upstream.a]\nurl = \"mcp.example.com\"\n", "`url` is no http or https address"),
        ("[upstream.a]\nurl = \"https://me:pw@example.com\"\n", "`url` has credentials in it"),
        (
            "[upstream.a]\ncommand = \"x\"\nauth = { bearer = \"${T}\" }\n",
            "`auth` is for a `url`, but `a` has a `command`",
        ),
        ("[upstream.a]\nurl = \"https://x\"\nrate = 5\n", "`rate` is for an `openapi`, but `a` has a `url`"),
        ("[upstream.a]\nurl = \"https://x\"\nbearer = \"${T}\"\n", "unknown key `bearer` in [upstream.a]"),
        ("[upstream.a]\nurl = \"https://x\"\nenv = { A = \"1\" }\n", "`env` is for a `command`, but `a` has a `url`"),
        ("[upstream.a]\nurl = \"https://x\"\nauth = { bearer = \"\" }\n", "`bearer` is empty"),
        (
            "[upstream.a]\nurl = \"https://x\"\nheaders = { A = \"1\\n2\" }\n",
            "the value for A has characters no header may have",
        ),
        ("[upstream.a]\ncommand = \"x\"\nenv = { \"A=B\" = \"1\" }\n", "\"A=B\" is no name of a variable"),
        ("[upstream.a]\ncommand = \"x\"\nprotocol = \"modren\"\n", "`protocol` is \"modren\""),
        ("[upstream.a]\ncommand = \"x\"\ninclude = []\n", "`a` includes no tool at all"),
        ("[upstream.\"a/b\"]\ncommand = \"x\"\n", "\"a/b\" is no name for an upstream"),
        ("[upstream.a]\ncommand = \"x\"\nargs = [1]\n", "an item of `args` should be a string, not an integer"),
        ("[upstream.a]\ncommand = \"x\"\nenabled = \"no\"\n", "`enabled` should be true or false, not a string"),
        ("upstream = 3\n", "`upstream` should be a table, not an integer"),
        ("[polcy]\nask = \"never\"\n", "unknown key `polcy` in weir.toml"),
        (
            "[upstream.a]\ncommand = \"x\"\nidempotency_header = \"X-Key\"\n",
            "`idempotency_header` is for a `url`, but `a` has a `command`",
        ),
        ("[upstream.a]\nurl = \"https://x\"\nidempotency_header = \"X Key\"\n", "\"X Key\" is no name of a header"),
        (
            "[upstream.a]\nurl = \"https://x\"\nidempotency_header = \"Mcp-Name\"\n",
            "the header Mcp-Name has another value already",
        ),
        (
            "[upstream.a]\nurl = \"https://x\"\nheaders = { \"x-key\" = \"1\" }\nidempotency_header = \"X-Key\"\n",
            "the header X-Key has another value already",
        ),
        ("[serve]\nlisten = \"7420\"\n", "`listen` is \"7420\", which is no address to listen on"),
        ("[serve]\nallowed_origins = [\"app.example.com\"]\n", "\"app.example.com\" is no origin"),
        ("[sandbox]\nworkers = 0\n", "`workers` is 0, but must be from 1 to 64"),
        ("[limits]\nmemory_mib = 1.5\n", "`memory_mib` should be an integer from 16 to 4000, not a decimal number"),
        ("import = [\"other.toml\"]\n", "`import` is for the files of MCP clients"),
        ("import = [\"gone.json\"]\n", "gone.json cannot be read: there is no such file"),
    ] {
        let refused = weir_toml(text).with("T", "t").refused(&[]);
        let first = refused.lines().next().unwrap();
        assert!(first.strip_prefix("error: ").unwrap().starts_with(expected), "{text}\n{refused}");
        assert!(refused.contains("--> weir.toml:"), "{refused}");
        assert!(refused.ends_with("the configuration has a problem; nothing was started"), "{text}\n{refused}");
    }
}

#[test]
fn references() {
    let said = |value: &str| {
        let refused = weir_toml(&format!("[upstream.a]\ncommand = \"x\"\nargs = [\"{value}\"]\n")).refused(&[]);
        refused.lines().filter(|line| line.starts_with("error") || line.contains("hint")).collect::<Vec<_>>().join("\n")
    };
    let rows = ["${NOPE}", "${env:NOPE}", "${}", "${NOPE", "${input:api-key}", "${a b}", "${file:x}", "${1:-x}"];
    insta::assert_snapshot!(rows.map(said).join("\n"), @r"
    error: the variable `NOPE` is not set
      hint: set it: export NOPE=…, or give a default: ${NOPE:-…}
    error: the variable `NOPE` is not set
      hint: set it: export NOPE=…, or give a default: ${NOPE:-…}
    error: `${}` is no reference weir knows
      hint: it knows ${VAR}, ${VAR:-default}, ${env:VAR}, ${userHome} and ${workspaceFolder}; `$${` is a literal `${`
    error: `${` is not closed by `}`
      hint: write `$${` for a literal `${`
    error: `${input:api-key}` is asked for by the editor; weir has nobody to ask
      hint: write `${API_KEY}` instead and set that variable
    error: `${a b}` is no reference weir knows
      hint: it knows ${VAR}, ${VAR:-default}, ${env:VAR}, ${userHome} and ${workspaceFolder}; `$${` is a literal `${`
    error: `${file:x}` is no reference weir knows
      hint: it knows ${VAR}, ${VAR:-default}, ${env:VAR}, ${userHome} and ${workspaceFolder}; `$${` is a literal `${`
    error: `${1:-x}` is no reference weir knows
      hint: it knows ${VAR}, ${VAR:-default}, ${env:VAR}, ${userHome} and ${workspaceFolder}; `$${` is a literal `${`
    ");
}

#[test]
fn assignments() {
    let world = weir_toml("[upstream.files]\ncommand = \"x\"\n");
    for (set, expected) in [
        ("limits.cpu_ms", "`--set limits.cpu_ms` has no value"),
        ("=5", "`` is no name of a setting: a part is empty"),
        ("limits..cpu_ms=5", "`limits..cpu_ms` is no name of a setting: a part is empty"),
        ("upstream.\"a.url=5", "`upstream.\"a.url` is no name of a setting: a quote is not closed"),
        ("limits.cpu=5", "unknown key `cpu` in [limits]"),
        ("cpu_ms=5", "unknown key `cpu_ms` in weir.toml"),
        ("limits=5", "`limits` should be a table, not a string"),
        ("limits.cpu_ms=fast", "`cpu_ms` should be an integer from 10 to 3600000, not a string"),
        ("limits.cpu_ms=5", "`cpu_ms` is 5, but must be from 10 to 3600000"),
        ("upstream.flies.enabled=false", "no upstream is called `flies`"),
        ("policy.ask=sometimes", "`ask` is \"sometimes\""),
        ("policy.tools.flies.read=deny", "no upstream is called `flies`"),
        ("policy=deny", "[policy] should be a table, not a string"),
        ("store.url=mysql://x", "`url` of [store] is no postgres:// URL"),
        ("approvals.notify.webhook=example.com", "`webhook` is no http or https address"),
        ("admin.listen=localhost:1", "[admin] has no `token`"),
        ("upstream.files.args=-y", "`args` should be a list of strings, not a string"),
        ("import=[\"a.json\"]", "`import` cannot be set on the command line"),
    ] {
        let refused = world.refused(&[set]);
        assert!(refused.contains(&format!("error: {expected}")), "{set}\n{refused}");
        assert!(refused.contains("--> --set:1:"), "{set}\n{refused}");
    }
    insta::assert_snapshot!(world.refused(&["upstream.flies.enabled=false", "limits.cpu_ms=fast"]), @r"
    error: no upstream is called `flies`
     --> --set:1:10
      |
    1 | upstream.flies.enabled=false
      |          ^^^^^
      hint: did you mean `files`?

    error: `cpu_ms` should be an integer from 10 to 3600000, not a string
     --> --set:1:15
      |
    1 | limits.cpu_ms=fast
      |               ^^^^

    the configuration has 2 problems; nothing was started
    ");
}

#[test]
fn files_that_cannot_be_read() {
    let world =
        World::new(&[("project/goose.yaml", "extensions: {}"), ("project/goose.json", r#"{"extensions": {}}"#)]);
    world.write("project/binary.toml", b"a = \"\xff\"");
    world.write("project/large.json", &vec![b' '; 50_000_000]);
    let said = ["gone.toml", ".", "binary.toml", "large.json", "goose.yaml", "goose.json"].map(|file| {
        let ask = Ask { file: Some(file.into()), set: Vec::new() };
        let invalid = world.load(&ask).expect_err(file);
        invalid.problems.iter().map(|problem| problem.render("error")).collect::<String>()
    });
    insta::assert_snapshot!(said.concat(), @r#"
    error: gone.toml cannot be read: there is no such file
      hint: name another file with --config FILE, or try weir without any: weir demo
    error: . is a folder, not a file
    error: binary.toml:1: byte 5 is not UTF-8 text
      hint: save the file as UTF-8
    error: large.json has 50.0 MB; a file with settings may have 16 MiB
      hint: is this the right file?
    error: goose.yaml is YAML, which weir does not read
      hint: copy each server into weir.toml: [upstream.NAME] with command = "…" and args = ["…"]
    error: this looks like a file of Goose; weir does not read those
      hint: copy each extension: [upstream.NAME] with command = "…" and args = ["…"] in weir.toml
    "#);
}

/// Lines that are quoted show no credential, on the same line or under the caret.
#[test]
fn quoted_lines_show_no_credential() {
    let canary = "ghp_canary0123456789abcdef";
    for text in [
        format!("upstream.a = {{ comand = \"x\", env = {{ T = \"{canary}\" }} }}\n"),
        format!("[upstream.a]\nurl = \"https://x\"\nauth = {{ bearer = [\"{canary}\"] }}\n"),
        format!("[upstream.a]\nurl = \"https://x\"\nauth = \"{canary}\"\n"),
        format!("[upstream.a]\nurl = \"https://x\"\nbearer = \"{canary}\"\n"),
        format!(
            "[upstream.a]\nurl = \"https://x\"\nauth = {{ baerer = 1, header = {{ name = \"A\", value = \"{canary}\" }} }}\n"
        ),
        format!("[upstream.a]\nurl = \"https://x\"\nschemes = {{ file = \"{canary}\" }}\n"),
        format!("[upstream.a]\nurl = \"https://x\"\nheaders = {{ A = \"{canary}\\n\" }}\n"),
        format!("upstream.a = {{ command = \"x\", env = {{ T = \"{canary}\" }}\n"),
        format!("[upstream.a]\nenv = {{ T = {canary} }}\n"),
    ] {
        let refused = weir_toml(&text).refused(&[]);
        assert!(!refused.contains("canary"), "{refused}");
    }
    for text in [
        format!("[upstream.a]\nurl = \"https://me:{canary}@x\"\n"),
        format!(
            "upstream.a = {{ url = \"https://x\", auth = {{ oauth2 = {{ client_id = \"i\", client_secret = \"{canary}\" }} }} }}\n"
        ),
        format!("upstream.a = {{ comand = \"x\", schemes = {{ k = {{ value = \"{canary}\" }} }} }}\n"),
        format!("[store]\nurl = \"mysql://me:{canary}@x/db\"\n"),
        format!("[admin]\ntoken = [\"{canary}\"]\n"),
        format!("[admin]\ntokn = 1\ntoken = \"{canary}\" # or so\n"),
        format!("admin = {{ tokn = 1, token = \"{canary}\" }}\n"),
        format!("approvals = {{ notify = {{ webhook = \"{canary}\" }} }}\n"),
    ] {
        let refused = weir_toml(&text).refused(&[]);
        assert!(!refused.contains("canary"), "{refused}");
    }
    for set in ["admin.token=canary", "store.url=mysql://me:canary@x/db", "approvals.notify.webhook=canary"] {
        let refused = weir_toml("").refused(&[set]);
        assert!(!refused.contains("canary"), "{refused}");
    }
    let json = format!(r#"{{"mcpServers": {{"a": {{"url": 5, "headers": {{"A": "Bearer {canary}"}}}}}}}}"#);
    let refused = World::new(&[("project/.mcp.json", &json)]).refused(&[]);
    assert!(refused.contains("\"A\": \"…\"") && !refused.contains("canary"), "{refused}");
}
