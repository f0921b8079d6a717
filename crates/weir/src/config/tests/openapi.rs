//! HTTP APIs and credentials: what they become, and what is said about mistakes.

use weir_upstream::{Auth, DescriptionAt, Reference, Selector, Transport};

use super::{World, weir_toml};

fn reference(reference: &Reference) -> String {
    match reference {
        Reference::Value(value) => value.expose().to_owned(),
        Reference::File(path) => format!("file {}", path.display()),
        Reference::Command(words) => format!("command {words:?}"),
        Reference::Keyring { service, account } => format!("keyring {service} of {account}"),
    }
}

/// A credential in one line, as only tests may show it.
pub(super) fn credential(auth: &Auth) -> String {
    let maybe = |what: &str, of: &Option<Reference>| of.as_ref().map(|of| format!(" {what} {}", reference(of)));
    match auth {
        Auth::Bearer(token) => format!("bearer {}", reference(token)),
        Auth::Basic { user, password } => format!("basic {}:{}", reference(user), reference(password)),
        Auth::Key { place, name, value } => format!("{place:?} {name}={}", reference(value)),
        Auth::SchemeKey(value) => format!("key {}", reference(value)),
        Auth::OAuth2(oauth2) => format!(
            "oauth2 {} as {}{}{} for {:?} at {:?}",
            oauth2.token_url,
            oauth2.client_id,
            maybe("secret", &oauth2.client_secret).unwrap_or_default(),
            maybe("refresh", &oauth2.refresh_token).unwrap_or_default(),
            oauth2.scopes,
            oauth2.audience,
        ),
        Auth::Login(login) => format!(
            "login as {:?}{} for {:?} on {:?} at {:?}",
            login.client_id,
            maybe("secret", &login.client_secret).unwrap_or_default(),
            login.scopes,
            login.redirect_port,
            login.issuer,
        ),
    }
}

fn selector(selector: &Selector) -> String {
    match selector {
        Selector::Tag(glob) => format!("tag {glob}"),
        Selector::Path(glob) => format!("path {glob}"),
        Selector::Method(method) => format!("method {method}"),
        Selector::Id(glob) => format!("id {glob}"),
    }
}

#[test]
fn an_api_and_all_that_can_be_said_of_it() {
    let world = weir_toml(
        r#"
        [upstream.github]
        openapi = "specs/github.json"
        base_url = "https://api.github.com"
        variables = { region = "${REGION:-eu}", version = 3 }
        auth = { bearer = "${TOKEN}" }
        include = ["tag:issues", "path:/repos/*", "GET", "issues/list-*"]
        exclude = ["DELETE"]
        deprecated = true
        allow_private = true
        rate = 10
        concurrency = 4
        idempotency_header = "Idempotency-Key"
        call_deadline_ms = 500

        [upstream.github.headers]
        X-GitHub-Api-Version = "2022-11-28"

        [upstream.pets]
        openapi = "https://api.example.com/openapi.json"

        [upstream.pets.schemes]
        petstore_auth = { bearer = "${TOKEN}" }
        api_key = { value = { file = "key.txt" } }
        "#,
    )
    .with("TOKEN", "t0p\n");
    world.write("project/specs/github.json", b"{}");
    world.write("project/key.txt", b"k");
    let loaded = world.found();
    let [github, pets] = &loaded.effective.upstreams[..] else { panic!("there are two") };
    let Transport::OpenApi(api) = &github.transport else { panic!("it is an API") };
    assert_eq!(api.description, DescriptionAt::File(world.root.path().join("project/specs/github.json")));
    assert_eq!(api.base_url.as_deref(), Some("https://api.github.com"));
    let variables: Vec<_> = api.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["region=eu", "version=3"]);
    let chosen: Vec<_> = api.include.iter().chain(&api.exclude).map(selector).collect();
    assert_eq!(chosen, ["tag issues", "path /repos/*", "method GET", "id issues/list-*", "method DELETE"]);
    assert_eq!((api.deprecated, api.rate.unwrap().get(), api.concurrency), (true, 10, 4));
    assert_eq!((api.headers[0].0.as_str(), api.headers[0].1.expose()), ("X-GitHub-Api-Version", "2022-11-28"));
    assert_eq!(credential(github.auth.as_ref().unwrap()), "bearer t0p");
    assert!(github.allow_private && !pets.allow_private);
    assert_eq!(github.call_deadline.unwrap().as_millis(), 500);
    assert_eq!(github.idempotency_header.as_deref(), Some("Idempotency-Key"));

    let Transport::OpenApi(api) = &pets.transport else { panic!("it is an API") };
    assert_eq!(api.description, DescriptionAt::Url("https://api.example.com/openapi.json".into()));
    assert_eq!((api.deprecated, api.rate, api.concurrency), (false, None, 16));
    assert!(api.include.is_empty() && api.exclude.is_empty() && pets.auth.is_none());
    let root = world.root.path().display().to_string();
    let schemes = api.schemes.iter().map(|(name, auth)| format!("{name}: {}", credential(auth)).replace(&root, "ROOT"));
    assert_eq!(schemes.collect::<Vec<_>>(), ["api_key: key file ROOT/project/key.txt", "petstore_auth: bearer t0p"]);
    assert!(loaded.warnings.is_empty() && loaded.notes.is_empty());
    assert_eq!(loaded.effective.tokens_dir.unwrap(), world.root.path().join("home/.local/state/weir/tokens"));
}

#[test]
fn every_form_of_a_credential() {
    for (written, expected) in [
        (r#"{ bearer = "${T}" }"#, "bearer t"),
        (r#"{ bearer = { command = ["pass", "show", "key"] } }"#, r#"bearer command ["pass", "show", "key"]"#),
        (r#"{ bearer = { command = ["./tell"] } }"#, r#"bearer command ["ROOT/project/./tell"]"#),
        (r#"{ bearer = { keyring = "weir/github" } }"#, "bearer keyring weir of github"),
        (r#"{ bearer = { file = "~/secret" } }"#, "bearer file ROOT/home/secret"),
        (r#"{ basic = { user = "u", password = { file = "~/secret" } } }"#, "basic u:file ROOT/home/secret"),
        (r#"{ header = { name = "X-Key", value = "${T}" } }"#, "Header X-Key=t"),
        (r#"{ query = { name = "api key", value = "${T}" } }"#, "Query api key=t"),
        (r#"{ cookie = { name = "session", value = "${T}" } }"#, "Cookie session=t"),
        (
            r#"{ oauth2 = { token_url = "https://a.example/t", client_id = "c", client_secret = "${T}", scopes = ["r", "w"], audience = "api" } }"#,
            r#"oauth2 https://a.example/t as c secret t for ["r", "w"] at Some("api")"#,
        ),
        (
            r#"{ oauth2 = { token_url = "http://127.0.0.1:1/t", client_id = "c", refresh_token = { keyring = "a/b" } } }"#,
            "oauth2 http://127.0.0.1:1/t as c refresh keyring a of b for [] at None",
        ),
        (r#"{ login = {} }"#, "login as None for [] on None at None"),
        (
            r#"{ login = { client_id = "c", client_secret = "${T}", scopes = ["r"], redirect_port = 8765, issuer = "https://a.example" } }"#,
            r#"login as Some("c") secret t for ["r"] on Some(8765) at Some("https://a.example")"#,
        ),
    ] {
        for what in ["url = \"https://x.example/mcp\"", "openapi = \"https://x.example/openapi.json\""] {
            let world = weir_toml(&format!("[upstream.a]\n{what}\nauth = {written}\n")).with("T", "t");
            world.write("home/secret", b"s");
            let loaded = world.found();
            let auth = credential(loaded.effective.upstreams[0].auth.as_ref().expect(written));
            assert_eq!(auth.replace(&world.root.path().display().to_string(), "ROOT"), expected, "{written}");
            assert!(!format!("{:?}", loaded.effective).contains("\"t\""), "{written}");
        }
    }
    let set = weir_toml("[upstream.a]\nurl = \"https://x.example\"\n").with("T", "t");
    let ask = crate::config::Ask { file: None, set: vec!["upstream.a.auth.bearer=${T}".into()] };
    assert_eq!(credential(set.load(&ask).unwrap().effective.upstreams[0].auth.as_ref().unwrap()), "bearer t");
}

#[test]
fn clients_that_were_registered_beforehand() {
    for (fields, expected) in [
        (
            r#""oauth": {"clientId": "c", "callbackPort": 8080}"#,
            Some(r#"login as Some("c") for [] on Some(8080) at None"#),
        ),
        (
            r#""auth": {"CLIENT_ID": "c", "CLIENT_SECRET": "s", "scopes": ["r"]}"#,
            Some(r#"login as Some("c") secret s for ["r"] on None at None"#),
        ),
        (r#""oauth": {"enabled": false, "clientId": "c"}"#, None),
        (r#""oauth": {"clientId": "c"}, "headers": {"authorization": "Bearer x"}"#, None),
    ] {
        let text = format!(r#"{{"mcpServers": {{"a": {{"url": "https://x.example", {fields}}}}}}}"#);
        let loaded = World::new(&[("project/.mcp.json", &text)]).found();
        assert_eq!(loaded.effective.upstreams[0].auth.as_ref().map(credential).as_deref(), expected, "{fields}");
        assert!(loaded.warnings.is_empty(), "{fields}");
    }
}

/// Rows of what is written below `[upstream.a]`, and how the error begins.
#[test]
fn mistakes() {
    for (text, expected) in [
        ("openapi = \"gone.json\"", "`openapi` names gone.json, which cannot be read: there is no such file"),
        ("openapi = \"folder\"", "`openapi` names folder, which is no file"),
        ("openapi = \"\"", "`openapi` is empty"),
        ("openapi = \"file:///etc/passwd\"", "`openapi` is neither a path nor an http address"),
        ("openapi = \"http://api.example.com/o.json\"", "`openapi` is read over plain http"),
        ("openapi = \"https://me:pw@api.example.com/o.json\"", "`openapi` has credentials in it"),
        ("openapi = \"api.json\"\nurl = \"https://x\"", "`a` has both `url` and `openapi`"),
        ("openapi = \"api.json\"\ncommand = \"x\"", "`a` has both `command` and `openapi`"),
        ("openapi = \"api.json\"\nenv = { A = \"1\" }", "`env` is for a `command`, but `a` has an `openapi`"),
        ("openapi = \"api.json\"\nprotocol = \"auto\"", "`protocol` is for MCP, but `a` has an `openapi`"),
        ("command = \"x\"\nbase_url = \"https://x\"", "`base_url` is for an `openapi`, but `a` has a `command`"),
        ("openapi = \"api.json\"\nbase_url = \"api.example.com\"", "`base_url` is no http or https address"),
        ("openapi = \"api.json\"\nbase_url = \"https://u:p@x\"", "`base_url` has credentials in it"),
        ("openapi = \"api.json\"\nbase_url = \"https://x/?a=1\"", "`base_url` has a query or a fragment"),
        ("openapi = \"api.json\"\nbase_url = \"https://x/#a\"", "`base_url` has a query or a fragment"),
        ("openapi = \"api.json\"\nheaders = { Host = \"x\" }", "the header Host is weir's own to set"),
        ("openapi = \"api.json\"\nrate = 0", "`rate` is 0, but must be from 1 to 10000"),
        ("openapi = \"api.json\"\nconcurrency = 2000", "`concurrency` is 2000, but must be from 1 to 1024"),
        ("openapi = \"api.json\"\nvariables = [\"a\"]", "`variables` should be a table of strings"),
        ("openapi = \"api.json\"\nvariables = { r = \"${NOPE}\" }", "the variable `NOPE` is not set"),
        ("openapi = \"api.json\"\ninclude = []", "`a` includes no tool at all"),
        ("openapi = \"api.json\"\ninclude = [\"tags:issues\"]", "\"tags:issues\" chooses operations by `tags:`"),
        ("openapi = \"api.json\"\ninclude = [\"tag:\"]", "\"tag:\" chooses no operation"),
        ("openapi = \"api.json\"\nexclude = [\"path:repos/*\"]", "\"repos/*\" is no path"),
        ("openapi = \"api.json\"\nexclude = [\"DELET\"]", "\"DELET\" is no method"),
        ("openapi = \"api.json\"\nauth = \"token\"", "`auth` should be a table, not a string"),
        ("openapi = \"api.json\"\nauth = {}", "`auth` names no credential"),
        ("openapi = \"api.json\"\nauth = { baerer = \"x\" }", "unknown key `baerer` in `auth`"),
        (
            "openapi = \"api.json\"\nauth = { bearer = \"a\", basic = { user = \"u\", password = \"p\" } }",
            "`auth` has both `bearer` and `basic`",
        ),
        ("openapi = \"api.json\"\nauth = { bearer = \"${NOPE}\" }", "the variable `NOPE` is not set"),
        (
            "openapi = \"api.json\"\nauth = { bearer = \"a\\nb\" }",
            "the value for bearer has characters no header may have",
        ),
        ("openapi = \"api.json\"\nauth = { bearer = 5 }", "`bearer` should be a string or a table, not an integer"),
        ("openapi = \"api.json\"\nauth = { bearer = {} }", "`bearer` does not say where it is"),
        (
            "openapi = \"api.json\"\nauth = { bearer = { file = \"api.json\", keyring = \"a/b\" } }",
            "`bearer` says twice where it is",
        ),
        (
            "openapi = \"api.json\"\nauth = { bearer = { file = \"gone\" } }",
            "`bearer` is said to be in gone, which is no file",
        ),
        ("openapi = \"api.json\"\nauth = { bearer = { command = [] } }", "`command` of `bearer` names no program"),
        ("openapi = \"api.json\"\nauth = { bearer = { keyring = \"github\" } }", "`keyring` is \"github\""),
        ("openapi = \"api.json\"\nauth = { basic = { user = \"u\" } }", "`basic` has no `password`"),
        ("openapi = \"api.json\"\nauth = { basic = { user = \"u:p\", password = \"p\" } }", "`user` has a colon in it"),
        ("openapi = \"api.json\"\nauth = { header = { value = \"x\" } }", "`header` has no `name`"),
        (
            "openapi = \"api.json\"\nauth = { header = { name = \"X Key\", value = \"x\" } }",
            "\"X Key\" is no name of a header",
        ),
        (
            "openapi = \"api.json\"\nheaders = { X-Key = \"1\" }\nauth = { header = { name = \"x-key\", value = \"x\" } }",
            "the header x-key is set by `headers` and by a credential",
        ),
        (
            "url = \"https://x\"\nheaders = { authorization = \"1\" }\nauth = { bearer = \"x\" }",
            "`auth` and a header Authorization exclude each other",
        ),
        ("openapi = \"api.json\"\nauth = { value = \"x\" }", "`auth` does not say where its `value` goes"),
        ("openapi = \"api.json\"\nauth = { oauth2 = { client_id = \"c\" } }", "`oauth2` has no `token_url`"),
        (
            "openapi = \"api.json\"\nauth = { oauth2 = { client_id = \"c\", token_url = \"http://a.example/t\" } }",
            "`token_url` is plain http",
        ),
        (
            "openapi = \"api.json\"\nauth = { login = { redirect_port = 0 } }",
            "`redirect_port` is 0, but must be from 1 to 65535",
        ),
        (
            "openapi = \"api.json\"\nauth = { login = { client_secret = \"s\" } }",
            "`login` has a `client_secret` without",
        ),
        ("openapi = \"api.json\"\nauth = { login = { issuer = \"http://a.example\" } }", "`issuer` is plain http"),
        ("openapi = \"api.json\"\nschemes = \"x\"", "`schemes` should be a table, not a string"),
        ("openapi = \"api.json\"\nschemes = { key = \"x\" }", "`key` of `schemes` should be a table, not a string"),
    ] {
        let world = weir_toml(&format!("[upstream.a]\n{text}\n"));
        world.write("project/api.json", b"{}");
        world.write("project/folder/api.json", b"{}");
        let refused = world.refused(&[]);
        let first = refused.lines().next().unwrap();
        assert!(first.strip_prefix("error: ").unwrap().starts_with(expected), "{text}\n{refused}");
        assert!(refused.contains("--> weir.toml:"), "{text}\n{refused}");
        assert!(
            refused.contains("hint: ") || refused.contains("must be from") || refused.contains("should be"),
            "{refused}"
        );
        assert!(refused.ends_with("the configuration has a problem; nothing was started"), "{text}\n{refused}");
    }
}

#[test]
fn mistakes_as_people_read_them() {
    let world = weir_toml(
        r#"[upstream.github]
openapi = "gihub.json"
include = ["tags:issues"]
auth = { bearer = "canary", basic = { user = "u" } }
"#,
    );
    insta::assert_snapshot!(world.refused(&[]), @r#"
    error: `openapi` names gihub.json, which cannot be read: there is no such file
     --> weir.toml:2:11
      |
    2 | openapi = "gihub.json"
      |           ^^^^^^^^^^^^
      hint: write a path, from the folder of this file, or an https URL

    error: "tags:issues" chooses operations by `tags:`, which weir does not know
     --> weir.toml:3:12
      |
    3 | include = ["tags:issues"]
      |            ^^^^^^^^^^^^^
      hint: did you mean `tag:issues`?

    error: `auth` has both `bearer` and `basic`
     --> weir.toml:4:29
      |
    4 | auth = { bearer = "…", basic = { user = "…" } }
      |                        ^^^^^
      hint: keep one; where an API takes several, [upstream.NAME.schemes] has one for each of its security schemes

    the configuration has 3 problems; nothing was started
    "#);
}

#[test]
fn what_is_only_worth_a_warning() {
    let world = weir_toml(
        r#"
        [upstream.a]
        openapi = "api.json"
        base_url = "http://api.example.com"
        auth = { bearer = "${T}" }
        schemes = { key = { value = "${T}" } }
        "#,
    )
    .with("T", "t");
    world.write("project/api.json", b"{}");
    let warnings: Vec<_> = world.found().warnings.iter().map(|warning| warning.message.clone()).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r"
    `a` sends its credentials and headers over plain http, where others can read them
    `schemes` of `a` is not used: its `auth` is for every request
    ");
}
