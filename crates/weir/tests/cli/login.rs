//! `weir login` and `weir logout`: a login server and an MCP server that demands its tokens, neither of which anybody here wrote, and
//! a browser with a person at it. Tokens are kept in the home of the test.

use std::{
    fs::DirBuilder,
    io::{BufRead, BufReader, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use weir_testkit::{installed, node};

use super::Terminal;

/// The two servers, as one process.
struct Servers {
    child: Child,
    /// What it says of each request; it would end if nobody could read that.
    _said: BufReader<ChildStdout>,
    issuer: String,
    mcp: String,
}

impl Servers {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../upstream/tests/it/oauth_server.mjs");
        let mut child = Command::new(installed("bin/node"))
            .arg(script)
            .args([installed("npm").to_str().unwrap(), "{}"])
            .env("NODE_NO_WARNINGS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let told: Value = serde_json::from_str(&first).unwrap();
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Self { child, _said: said, issuer: text("issuer"), mcp: text("mcp") }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Terminal {
    /// With one upstream that wants a login, and the key of the tokens in a file: no test touches anybody's keyring.
    fn guarded(servers: &Servers) -> Self {
        let terminal = Self::new()
            .with("weir.toml", format!("[upstream.guarded]\nurl = \"{}\"\nallow_private = true\n", servers.mcp));
        let tokens = terminal.root.path().join("home/.local/state/weir/tokens");
        DirBuilder::new().recursive(true).mode(0o700).create(&tokens).unwrap();
        let mut key = std::fs::File::options();
        let mut key = key.write(true).create_new(true).mode(0o600).open(tokens.join("key")).unwrap();
        key.write_all(b"file BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n").unwrap();
        terminal
    }

    /// Logs in, the person being at a browser; what the command says then, and the page the browser shows.
    fn log_in(&self) -> (Value, String) {
        let mut child = self.command(&["login", "guarded", "--no-browser", "--json"]).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let start = loop {
            let line = said.next().expect("it says where to log in").unwrap();
            if let Some(url) = line.strip_prefix("  ").filter(|rest| rest.starts_with("http://")) {
                break url.to_owned();
            }
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/browser.mjs");
        let browser = node(&script).env("START", start).stderr(Stdio::inherit()).output().unwrap();
        let page = String::from_utf8(browser.stdout).unwrap();
        assert!(browser.status.success(), "{page}");
        let rest: Vec<String> = said.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{rest:?}");
        (serde_json::from_slice(&output.stdout).unwrap(), page)
    }
}

const WHO: &[&str] = &["run", "--code", "return (await guarded.whoami({})).scopes"];

#[test]
fn a_login_is_used_by_runs_until_it_is_ended() {
    let servers = Servers::start();
    let terminal = Terminal::guarded(&servers);
    let before = terminal.run(WHO);
    assert_eq!(before.code, 1, "{}", before.err);
    assert!(before.err.contains("run `weir login guarded`"), "{}", before.err);

    let (told, page) = terminal.log_in();
    assert_eq!(
        (&told["upstream"], &told["issuer"], &told["scopes"], &told["renewable"]),
        (&json!("guarded"), &json!(servers.issuer), &json!(["tools"]), &json!(true)),
        "{told}"
    );
    assert!(page.contains("You can close this page"), "{page}");

    // Another process each time: what there is of the login is in the file.
    let after = terminal.run(WHO);
    assert_eq!((after.code, after.out.as_str()), (0, "[\"tools\"]\n"), "{}", after.err);
    let echoed = terminal.run(&["run", "--code", "return await guarded.echo_token({})"]);
    assert_eq!(echoed.out, "\"token [redacted]\"\n", "t14: {}", echoed.err);

    let ended = terminal.run(&["logout", "guarded"]);
    assert_eq!(ended.out, "logged out of guarded; its tokens are revoked\n", "{}", ended.err);
    let again = terminal.run(&["logout", "guarded"]);
    assert_eq!((again.code, again.out.as_str()), (0, "nobody was logged in to guarded\n"), "{}", again.err);
    let after = terminal.run(WHO);
    assert!(after.code == 1 && after.err.contains("run `weir login guarded`"), "{}", after.err);
}
