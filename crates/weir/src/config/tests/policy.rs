//! `[policy]`: which tool a name means, what is said of wrong ones, and what client files bring.

use weir_model::{AskFor, Effect};

use super::{World, weir_toml};
use crate::config::{Ask, Loaded};

const UPSTREAMS: &str = "upstream.mail.command = \"m\"\nupstream.\"mail.eu\".command = \"e\"\nupstream.\"my hub\".command = \"h\"\nupstream.off = { command = \"o\", enabled = false }\n";

/// Every rule and effect, one a line.
fn shown(loaded: &Loaded) -> String {
    let policy = &loaded.effective.policy;
    let upstreams = policy.upstreams.iter().map(|(name, rule)| format!("{name}: {}", rule.as_str()));
    let tools = policy.tools.iter().map(|(id, rule)| format!("{id}: {}", rule.as_str()));
    let effects = loaded.effective.effects.iter().map(|(id, effect)| format!("{id} is {effect}"));
    upstreams.chain(tools).chain(effects).collect::<Vec<_>>().join("\n")
}

fn with(policy: &str) -> World {
    weir_toml(&format!("{UPSTREAMS}{policy}"))
}

fn set(world: &World, set: &[&str]) -> Loaded {
    let ask = Ask { file: None, set: set.iter().map(|set| (*set).to_owned()).collect() };
    world.load(&ask).unwrap_or_else(|invalid| panic!("{invalid}"))
}

#[test]
fn nothing_said_asks_for_what_is_destructive() {
    let loaded = with("").found();
    assert_eq!((loaded.effective.policy.ask, shown(&loaded).as_str()), (AskFor::Destructive, ""));
}

#[test]
fn all_that_can_be_said() {
    let world = with(
        r#"
        [policy]
        ask = "writes"
        [policy.upstreams]
        mail = "allow"
        off = "deny"
        "my hub" = "ask"
        [policy.tools]
        "mail.send" = "ask"
        "mail/read.all" = "deny"
        "my hub.close-issue" = "allow"
        "mail.files/read" = "ask"
        off.x = "allow"
        [policy.tools."my hub"]
        "open.all" = "ask"
        [policy.effects]
        "mail/search" = "read"
        "mail/move" = "write"
        mail.send = "destructive"
        "#,
    );
    let loaded = world.found();
    assert_eq!(loaded.effective.policy.ask, AskFor::Writes);
    insta::assert_snapshot!(shown(&loaded), @r"
    mail: allow
    my hub: ask
    off: deny
    mail/files/read: ask
    mail/read.all: deny
    mail/send: ask
    my hub/close-issue: allow
    my hub/open.all: ask
    off/x: allow
    mail/move is write
    mail/search is read
    mail/send is destructive
    ");
}

#[test]
fn which_tool_a_name_means() {
    for (policy, expected) in [
        ("\"mail.send\" = \"ask\"", "mail/send: ask"),
        ("\"mail/send\" = \"ask\"", "mail/send: ask"),
        ("mail.send = \"ask\"", "mail/send: ask"),
        ("\"mail/a.b/c\" = \"deny\"", "mail/a.b/c: deny"),
        ("\"mail.a/b\" = \"deny\"", "mail/a/b: deny"),
        ("\"my hub.a.b\" = \"allow\"", "my hub/a.b: allow"),
        ("\"my hub\".a.b = \"allow\"", "my hub/a.b: allow"),
        ("\"mail.eu/send\" = \"ask\"", "mail.eu/send: ask"),
        ("\"mail/eu.send\" = \"ask\"", "mail/eu.send: ask"),
        ("\"off.x\" = \"deny\"", "off/x: deny"),
    ] {
        let loaded = with(&format!("[policy.tools]\n{policy}\n")).found();
        assert_eq!(shown(&loaded), expected, "{policy}");
    }
}

const MISTAKEN: &str = r#"[policy]
ask = "write"
[policy.upstreams]
mial = "deny"
mail = "forbid"
[policy.tools]
"mial.send" = "deny"
"send" = "deny"
"mail." = "deny"
"mail.eu.send" = "deny"
"mail.send" = "deny"
"mail/send" = "ask"
[policy.effects]
"mail.send" = "reads"
"#;

#[test]
fn names_and_words_that_fit_nothing() {
    insta::assert_snapshot!(with(MISTAKEN).refused(&[]), @r#"
    error: `ask` is "write"
     --> weir.toml:6:7
      |
    6 | ask = "write"
      |       ^^^^^^^
      hint: did you mean `writes`?

    error: no upstream is called `mial`
     --> weir.toml:8:1
      |
    8 | mial = "deny"
      | ^^^^
      hint: did you mean `mail`?

    error: `mail` is "forbid"
     --> weir.toml:9:8
      |
    9 | mail = "forbid"
      |        ^^^^^^^^
      hint: known here: allow, ask, deny

    error: no upstream is called `mial`
      --> weir.toml:11:1
       |
    11 | "mial.send" = "deny"
       | ^^^^^^^^^^^
      hint: did you mean `mail.send`?

    error: `send` does not say whose tool it is
      --> weir.toml:12:1
       |
    12 | "send" = "deny"
       | ^^^^^^
      hint: write "NAME.tool" with the name of its upstream; for all of its tools [policy.upstreams] has NAME

    error: `mail.` names no tool
      --> weir.toml:13:1
       |
    13 | "mail." = "deny"
       | ^^^^^^^
      hint: write "NAME.tool"

    error: `mail.eu.send` fits two upstreams
      --> weir.toml:14:1
       |
    14 | "mail.eu.send" = "deny"
       | ^^^^^^^^^^^^^^
      hint: write "mail/eu.send" or "mail.eu/send", in quotes

    error: `mail/send` is spoken of here a second time
      --> weir.toml:16:1
       |
    16 | "mail/send" = "ask"
       | ^^^^^^^^^^^
      hint: `NAME.tool` and `NAME/tool` are the same tool

    error: `mail.send` is "reads"
      --> weir.toml:18:15
       |
    18 | "mail.send" = "reads"
       |               ^^^^^^^
      hint: did you mean `read`?

    the configuration has 9 problems; nothing was started
    "#);
}

#[test]
fn dotted_names_are_pointed_at_as_a_whole_where_they_can() {
    let toml = with("[policy.tools]\nmial.send = \"ask\"\n[policy.effects.mial]\nsend = \"read\"\n");
    insta::assert_snapshot!(toml.refused(&["policy.tools.mial.read=ask"]), @r#"
    error: no upstream is called `mial`
     --> --set:1:14
      |
    1 | policy.tools.mial.read=ask
      |              ^^^^^^^^^
      hint: did you mean `mail.read`?

    error: no upstream is called `mial`
     --> weir.toml:6:1
      |
    6 | mial.send = "ask"
      | ^^^^^^^^^
      hint: did you mean `mail.send`?

    error: no upstream is called `mial`
     --> weir.toml:8:1
      |
    8 | send = "read"
      | ^^^^
      hint: did you mean `mail.send`?

    the configuration has 3 problems; nothing was started
    "#);
}

#[test]
fn set_says_it_again() {
    let world = with("[policy.tools]\n\"mail.send\" = \"ask\"\n[policy.upstreams]\nmail = \"deny\"\n");
    for (over, expected) in [
        (&["policy.tools.mail.send=deny"][..], "mail: deny\nmail/send: deny"),
        (&["policy.tools.\"mail/send\"=deny"], "mail: deny\nmail/send: deny"),
        (&["policy.upstreams.mail=allow", "policy.upstreams.mail=ask"], "mail: ask\nmail/send: ask"),
        (&["policy.effects.mail.send=read"], "mail: deny\nmail/send: ask\nmail/send is read"),
    ] {
        assert_eq!(shown(&set(&world, over)), expected, "{over:?}");
    }
    assert_eq!(set(&world, &["policy.ask=never"]).effective.policy.ask, AskFor::Never);
}

const CLIENT: &str = r#"{"mcpServers": {
    "roo": {"command": "a", "alwaysAllow": ["read", "list\n"]},
    "kiro": {"command": "b", "autoApprove": ["*", "x"]},
    "gemini": {"command": "c", "trust": true},
    "none": {"command": "d", "trust": false, "autoApprove": [], "alwaysAllow": []},
    "odd": {"command": "e", "autoApprove": true},
    "off": {"command": "f", "autoApprove": ["x"], "disabled": true}
}}"#;

fn told(loaded: &Loaded) -> String {
    let warnings = loaded.warnings.iter().map(|warning| format!("warning: {}", warning.message));
    loaded.notes.iter().cloned().chain(warnings).collect::<Vec<_>>().join("\n")
}

#[test]
fn lists_of_client_files_become_rules_and_are_told() {
    let loaded = World::new(&[("project/.mcp.json", CLIENT)]).found();
    insta::assert_snapshot!(shown(&loaded), @r"
    gemini: allow
    kiro: allow
    kiro/x: allow
    roo/list
    : allow
    roo/read: allow
    ");
    insta::assert_snapshot!(told(&loaded), @r"
    `roo`: its client's file allows without asking: read, list\n
    `kiro`: its client's file allows without asking: all of its tools
    `gemini`: its client's file allows without asking: all of its tools
    warning: `autoApprove` of `odd` is no list of tools and is not used
    ");
    let many: Vec<String> = (0..12).map(|n| format!("\"t{n}\"")).collect();
    let file = format!(r#"{{"mcpServers": {{"a": {{"command": "a", "alwaysAllow": [{}]}}}}}}"#, many.join(","));
    let loaded = World::new(&[("project/.mcp.json", &file)]).found();
    insta::assert_snapshot!(told(&loaded), @"`a`: its client's file allows without asking: t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 2 more");
}

#[test]
fn codex_says_it_tool_by_tool() {
    let world = World::new(&[(
        "home/.codex/config.toml",
        r#"
        [mcp_servers.a]
        command = "a"
        enabled_tools = ["x", "y"]
        default_tools_approval_mode = "approve"
        [mcp_servers.a.tools.x]
        approval_mode = "prompt"
        [mcp_servers.a.tools.y]
        approval_mode = "auto"
        output_token_limit = 5
        [mcp_servers.b]
        command = "b"
        [mcp_servers.b.tools.z]
        approval_mode = "approve"
        [mcp_servers.b.tools.w]
        approval_mode = "auto"
        [mcp_servers.c]
        command = "c"
        default_tools_approval_mode = "writes"
        "#,
    )]);
    let loaded = world.found();
    insta::assert_snapshot!(shown(&loaded), @r"
    a: allow
    a/x: ask
    a/y: ask
    b/z: allow
    ");
    insta::assert_snapshot!(told(&loaded), @r#"
    `a`: its client's file allows without asking: all of its tools but x, y
    `b`: its client's file allows without asking: z
    warning: what `c` says of approvals, "writes", is not used
    "#);
}

/// What the operator wrote for weir is nearer than what somebody clicked in a client.
#[test]
fn policy_wins_over_client_files() {
    let import = "import = [\"client.json\"]\n";
    for (policy, expected) in [
        ("", "gemini: allow\nkiro: allow\nkiro/x: allow\nroo/list\n: allow\nroo/read: allow"),
        ("ask = \"always\"", ""),
        ("upstreams = { roo = \"ask\", kiro = \"deny\" }", "gemini: allow\nkiro: deny\nroo: ask"),
        (
            "tools = { roo = { read = \"deny\" }, kiro = { y = \"ask\" } }",
            "gemini: allow\nkiro: allow\nkiro/x: allow\nkiro/y: ask\nroo/list\n: allow\nroo/read: deny",
        ),
    ] {
        let toml = format!("{import}[policy]\n{policy}\n");
        let loaded = World::new(&[("project/weir.toml", &toml), ("project/client.json", CLIENT)]).found();
        assert_eq!(shown(&loaded), expected, "{policy}");
    }
    let shadowed = "import = [\"client.json\"]\n[upstream.roo]\ncommand = \"mine\"\n";
    let loaded = World::new(&[("project/weir.toml", shadowed), ("project/client.json", CLIENT)]).found();
    assert!(!shown(&loaded).contains("roo"), "rules go with the description that is used");
}

#[test]
fn a_rule_is_for_the_call_that_is_made() {
    let policy = with("[policy]\nask = \"never\"\ntools = { mail = { send = \"deny\" } }\n").found().effective.policy;
    let id =
        |name: &str| weir_model::ToolId { upstream: weir_model::UpstreamName::new("mail").unwrap(), name: name.into() };
    assert_eq!(policy.rule(&id("send"), Effect::Read), weir_model::Rule::Deny);
    assert_eq!(policy.rule(&id("Send"), Effect::Destructive), weir_model::Rule::Allow);
}
