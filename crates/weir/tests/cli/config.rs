//! Before anything starts: no configuration, a wrong one, a wrong command line.

use super::Terminal;

#[test]
fn nothing_is_configured() {
    insta::assert_snapshot!(Terminal::new().session(&[&["search", "x"], &["show", "a.b"], &["stdio"], &["serve"]]), @r#"
    $ weir search x
    error: no configuration was found, neither in this folder nor in the usual places
      hint: write weir.toml with [upstream.NAME] and command = "…", url = "…" or openapi = "…", or name a client's file: --config .mcp.json
      hint: weir demo needs no configuration
    [exit 2]
    $ weir show a.b
    error: no configuration was found, neither in this folder nor in the usual places
      hint: write weir.toml with [upstream.NAME] and command = "…", url = "…" or openapi = "…", or name a client's file: --config .mcp.json
      hint: weir demo needs no configuration
    [exit 2]
    $ weir stdio
    error: no configuration was found, neither in this folder nor in the usual places
      hint: write weir.toml with [upstream.NAME] and command = "…", url = "…" or openapi = "…", or name a client's file: --config .mcp.json
      hint: weir demo needs no configuration
    [exit 2]
    $ weir serve
    error: no configuration was found, neither in this folder nor in the usual places
      hint: write weir.toml with [upstream.NAME] and command = "…", url = "…" or openapi = "…", or name a client's file: --config .mcp.json
      hint: weir demo needs no configuration
    [exit 2]
    "#);
    // The rest of it differs from host to host.
    let checked = Terminal::new().session(&[&["check"]]);
    let told: Vec<&str> =
        checked.lines().filter(|line| !line.starts_with("workers") && !line.starts_with("  ")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    $ weir check
    config     none found; weir help tells where it is looked for
    sandbox    ready   first program after N ms
    [exit 0]
    ");
}

#[test]
fn a_wrong_configuration_starts_nothing() {
    let terminal = Terminal::new().with("weir.toml", "[upstream.a]\ncomand = \"touch\"\nargs = [\"started\"]\n");
    for command in [
        &["check"] as &[&str],
        &["stdio"],
        &["serve"],
        &["search", "x"],
        &["show", "a.b"],
        &["run", "--code", "return 1"],
    ] {
        let left = terminal.run(command);
        assert_eq!((left.code, left.out.as_str()), (2, ""), "{command:?}");
        assert!(left.err.contains("--> weir.toml:2:1"), "{}", left.err);
    }
    insta::assert_snapshot!(terminal.session(&[&["check", "--set", "limits.cpu=1"]]), @r#"
    $ weir check --set limits.cpu=1
    error: unknown key `cpu` in [limits]
     --> --set:1:8
      |
    1 | limits.cpu=1
      |        ^^^
      hint: did you mean `cpu_ms`?

    error: unknown key `comand` in [upstream.a]
     --> weir.toml:2:1
      |
    2 | comand = "touch"
      | ^^^^^^
      hint: did you mean `command`?

    the configuration has 2 problems; nothing was started
    [exit 2]
    "#);
}

#[test]
fn a_wrong_command_line() {
    let terminal = Terminal::with_shop();
    for args in [
        &["serch", "x"] as &[&str],
        &["search"],
        &["run"],
        &["run", "a.ts", "--code", "return 1"],
        &["run", "--code", "1", "--language", "ruby"],
        &["search", "x", "--limit", "0"],
        &["serve", "--listen", "nowhere"],
        &["check", "--config", "gone.toml"],
        &[],
    ] {
        let left = terminal.run(args);
        assert_eq!((left.code, left.out.as_str()), (2, ""), "{args:?} {}", left.err);
        assert!(!left.err.is_empty());
    }
}

#[test]
fn help_teaches() {
    let terminal = Terminal::new();
    let help = terminal.run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    insta::assert_snapshot!(help.out, @r"
    A gateway between an AI agent and its tools

    The agent connects to weir instead of to every MCP server by itself, and sees three
    tools: search, get_schema and execute. It finds what it needs, writes one short program,
    and weir runs that program in a sandbox where every upstream tool is a typed function.
    Definitions and raw results stay out of the model's context.

    Try it, no configuration needed:   weir demo
    With the servers you have:         weir check, then weir stdio or weir serve

    Usage: weir [OPTIONS] <COMMAND>

    Commands:
      demo       See the whole idea in a second, without any configuration
      stdio      Serve an MCP client on standard input and output
      serve      Serve MCP clients over Streamable HTTP
      run        Run a program against the upstreams
      search     Search the upstreams' tools, as a model would
      show       Show tools' full types
      check      Check the configuration, and connect to everything in it
      login      Log in to an upstream that wants it
      logout     Log out of an upstream
      runs       List runs, show what one did, or replay one
      approvals  List the calls that wait for a decision
      approve    Send a call that waits
      deny       Do not send a call that waits
      done       Say that a call in doubt has happened
      cancel     End a run that is under way, or waits
      results    Print a stored value, or what a run returned
      snippets   Keep programs under a name, for agents to call
      help       Print this message or the help of the given subcommand(s)

    Options:
          --config <FILE>
              The configuration: weir.toml, or the file of an MCP client
              
              Without it, weir takes ./weir.toml, else the first of the usual client files that has
              servers in it, and says which on stderr.

          --set <KEY=VALUE>
              Override one setting; may be repeated
              
              Settings are named as in weir.toml: --set limits.cpu_ms=2000 --set
              upstream.github.enabled=false

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Exit codes:
        0  done
        1  the snippet failed, or nothing that was asked for exists
        2  the command line or the configuration is not valid; nothing was started
        3  an upstream is not available
        4  weir itself failed: a fault to report, or the system refused something
        5  the run waits for somebody's decision
      130  stopped by a signal before it was done
    ");
    for command in ["demo", "stdio", "serve", "run", "search", "show", "check"] {
        let help = terminal.run(&[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.out.contains("Usage: weir"), "{}", help.out);
    }
    assert!(!help.out.contains("worker") && !help.out.contains("warden"));
    assert_eq!(terminal.run(&["--version"]).out, format!("weir {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_file_taken_is_named_and_so_are_the_others() {
    let servers =
        r#"{"mcpServers": {"weir": {"command": "weir", "args": ["stdio"]}, "dead": {"command": "/nonexistent"}}}"#;
    let terminal = Terminal::new().with(".mcp.json", servers).with(".cursor/mcp.json", servers);
    let left = terminal.run(&["search", "x"]);
    let head: Vec<&str> = left.err.lines().take(2).collect();
    insta::assert_snapshot!(head.join("\n"), @r"
    weir: using .mcp.json (also seen: .cursor/mcp.json)
    weir: `weir` is weir itself (its command is weir) and is left out: a gateway does not call itself
    ");
}
