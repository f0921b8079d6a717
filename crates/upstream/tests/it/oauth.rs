//! Logins and tokens with an authorization server and an MCP server that nobody here wrote. The test plays the browser.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use futures_util::future::join_all;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::mpsc,
};
use weir_model::Secret;
use weir_upstream::{
    Auth, Fleet, FleetConfig, LoggedIn, LoggedOut, Login, LoginAsked, LoginPending, OAuth2, Reference, Transport,
    UpstreamConfig, begin_login, logout,
};

use crate::{real::tool, support::*};

/// The two servers, as a process.
struct Servers {
    _child: Child,
    said: Lines<BufReader<ChildStdout>>,
    issuer: String,
    mcp: String,
    strict: String,
}

impl Servers {
    async fn start(options: &str) -> Self {
        let script = here("tests/it/oauth_server.mjs");
        let mut child = Command::new(tool("bin/node"))
            .arg(script)
            .args([tool("npm").as_str(), options])
            .env("NODE_NO_WARNINGS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(PATIENCE, said.next_line()).await.expect("it never listens");
        let told: Value = serde_json::from_str(&first.unwrap().expect("it ended at once")).unwrap();
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Self { _child: child, said, issuer: text("issuer"), mcp: text("mcp"), strict: text("strict") }
    }

    /// The next request for a token, a revocation or a registration that it answered.
    async fn asked(&mut self) -> Value {
        let asked = async {
            loop {
                let line = self.said.next_line().await.unwrap().expect("it ended");
                // It has things of its own to say as well.
                if line.starts_with('{') {
                    return serde_json::from_str(&line).unwrap();
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("nothing was asked of it")
    }

    fn upstream(&self, auth: Option<Auth>) -> UpstreamConfig {
        at(&self.mcp, auth)
    }
}

fn at(url: &str, auth: Option<Auth>) -> UpstreamConfig {
    let mut config = upstream(Transport::Http { url: url.to_owned(), headers: Vec::new() });
    (config.auth, config.allow_private) = (auth, true);
    config
}

/// A private directory whose key is in a file: no test touches anybody's keyring.
pub(crate) fn tokens(directory: &Path) -> PathBuf {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let path = directory.join("tokens");
    std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
    let options = &mut std::fs::File::options();
    let mut key = options.write(true).create_new(true).mode(0o600).open(path.join("key")).unwrap();
    std::io::Write::write_all(&mut key, b"file BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n").unwrap();
    path
}

fn with_tokens(config: &UpstreamConfig, tokens: &Path) -> Arc<Fleet> {
    let tokens = Some(tokens.to_owned());
    Fleet::start(FleetConfig { upstreams: vec![config.clone()], tokens, ..FleetConfig::default() })
}

/// Cookies, redirects, and the two forms of the server's development pages.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// From the address the person was given to the one the browser is sent back to.
    async fn visits(mut self, start: &str, back: &str) -> String {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut url = reqwest::Url::parse(start).unwrap();
        let mut form = None;
        for _ in 0..20 {
            let request = match form.take() {
                Some(body) => client
                    .post(url.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body::<String>(body),
                None => client.get(url.clone()),
            };
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
            for cookie in response.headers().get_all("set-cookie") {
                let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
                let value = rest.split(';').next().unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            if let Some(location) = response.headers().get("location") {
                let next = url.join(location.to_str().unwrap()).unwrap();
                if next.as_str().starts_with(back) {
                    return next.into();
                }
                url = next;
                continue;
            }
            let status = response.status();
            let page = response.text().await.unwrap();
            let action = page.split("action=\"").nth(1).unwrap_or_else(|| panic!("{status} at {url}: {page}"));
            url = url.join(action.split('"').next().unwrap()).unwrap();
            let login = page.contains("value=\"login\"");
            form = Some(if login { "prompt=login&login=me&password=x" } else { "prompt=consent" }.to_owned());
        }
        panic!("it never comes back");
    }
}

fn query(url: &str, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The person says yes, and the browser fetches the address it is sent back to.
async fn says_yes(pending: LoginPending) -> LoggedIn {
    let back = Browser::default().visits(pending.url(), pending.redirect()).await;
    let (_keep, nothing_pasted) = mpsc::channel(1);
    let (logged_in, page) = tokio::join!(pending.complete(nothing_pasted), reqwest::get(back));
    assert!(page.unwrap().text().await.unwrap().contains("You can close this page"));
    logged_in.unwrap()
}

async fn begin(upstream: &UpstreamConfig, tokens: &Path, scopes: &[&str]) -> LoginPending {
    let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
    begin_login(LoginAsked { upstream, tokens, scopes: &scopes }).await.unwrap()
}

#[tokio::test]
async fn a_login_by_registration_reaches_the_server_and_ends() {
    let mut servers = Servers::start("{}").await;
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    // Nothing in the config: the server asks, and weir says what to do.
    let config = servers.upstream(None);
    let before = with_tokens(&config, &tokens);
    let reason = absent(&before).await;
    assert!(reason.contains("run `weir login up`"), "{reason}");
    before.shutdown().await;

    let pending = begin(&config, &tokens, &[]).await;
    assert_eq!(servers.asked().await["asked"], "/reg");
    assert_eq!(query(pending.url(), "resource").as_deref(), Some(servers.mcp.as_str()));
    assert_eq!(query(pending.url(), "code_challenge_method").as_deref(), Some("S256"));
    let logged_in = says_yes(pending).await;
    assert_eq!((logged_in.issuer.as_str(), logged_in.renewable), (servers.issuer.as_str(), true));
    assert_eq!(logged_in.scopes, ["tools"], "what was granted for this resource");
    let asked = servers.asked().await;
    assert_eq!((&asked["grant"], &asked["status"]), (&"authorization_code".into(), &200.into()));
    assert_eq!(asked["resource"], servers.mcp.as_str());

    let fleet = with_tokens(&config, &tokens);
    assert_eq!(ready(&fleet).await.names(), ["whoami", "echo_token"]);
    let who = said(&fleet, "whoami", "{}").await;
    assert!(who.contains(r#""scopes":["tools""#), "{who}");
    assert_eq!(said(&fleet, "echo_token", "{}").await, "token [redacted]", "t14: not even when it is echoed");
    fleet.shutdown().await;

    assert_eq!(logout(&config, &tokens).await.unwrap(), LoggedOut::Revoked);
    assert_eq!(servers.asked().await["asked"], "/token/revocation");
    assert_eq!(logout(&config, &tokens).await.unwrap(), LoggedOut::Already);
    let after = with_tokens(&config, &tokens);
    assert!(absent(&after).await.contains("run `weir login up`"));
    after.shutdown().await;
}

#[tokio::test]
async fn a_registered_client_and_a_browser_elsewhere() {
    let mut servers = Servers::start(r#"{"registration":false}"#).await;
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    let unregistered = servers.upstream(None);
    let refused = begin_login(LoginAsked { upstream: &unregistered, tokens: &tokens, scopes: &[] }).await.unwrap_err();
    assert!(refused.to_string().contains("registers no clients by itself"), "{refused}");

    let login = Login { client_id: Some("native".into()), ..Login::default() };
    let config = servers.upstream(Some(Auth::Login(login)));
    let pending = begin(&config, &tokens, &[]).await;
    assert_eq!(query(pending.url(), "client_id").as_deref(), Some("native"));
    let back = Browser::default().visits(pending.url(), pending.redirect()).await;
    let (paste, pasted) = mpsc::channel(1);
    paste.send(format!("  {back} ")).await.unwrap();
    pending.complete(pasted).await.unwrap();
    assert_eq!(servers.asked().await["grant"], "authorization_code");

    let fleet = with_tokens(&config, &tokens);
    let who = said_when_ready(&fleet).await;
    assert!(who.contains(r#""client":"native""#), "{who}");
    fleet.shutdown().await;
}

async fn said_when_ready(fleet: &Fleet) -> String {
    ready(fleet).await;
    said(fleet, "whoami", "{}").await
}

#[tokio::test]
async fn a_step_up_unites_the_scopes() {
    let servers = Servers::start("{}").await;
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    let config = servers.upstream(Some(Auth::Login(Login::default())));
    let first = says_yes(begin(&config, &tokens, &[]).await).await;
    assert_eq!(first.scopes, ["tools"]);
    let more = says_yes(begin(&config, &tokens, &["extra"]).await).await;
    assert_eq!(more.scopes, ["tools", "extra"]);
    let pending = begin(&config, &tokens, &[]).await;
    assert_eq!(query(pending.url(), "scope").as_deref(), Some("tools extra offline_access"), "none is lost");
    drop(pending);
    // A login is for one resource: the other address of the same server knows nothing of it.
    let strict = at(&servers.strict, Some(Auth::Login(Login::default())));
    let fleet = with_tokens(&strict, &tokens);
    assert!(absent(&fleet).await.contains("not logged in: run `weir login up`"));
    fleet.shutdown().await;
    let asked = begin(&strict, &tokens, &[]).await;
    assert_eq!(query(asked.url(), "scope").as_deref(), Some("tools extra offline_access"), "what its challenge wants");
}

#[tokio::test]
async fn tokens_are_renewed_and_their_refresh_tokens_rotate() {
    // Shorter than any margin: every use renews, none waits for an end.
    let mut servers = Servers::start(r#"{"ttl":4}"#).await;
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    let config = servers.upstream(Some(Auth::Login(Login::default())));
    says_yes(begin(&config, &tokens, &[]).await).await;
    assert_eq!(servers.asked().await["asked"], "/reg");
    assert_eq!(servers.asked().await["grant"], "authorization_code");
    // Two processes with one login: a refresh token that is used twice ends it.
    let (one, other) = (with_tokens(&config, &tokens), with_tokens(&config, &tokens));
    let all = join_all([said_when_ready(&one), said_when_ready(&other)]).await;
    assert!(all.iter().all(|who| who.contains("tools")), "{all:?}");
    let again = join_all([said(&one, "whoami", "{}"), said(&other, "whoami", "{}"), said(&one, "whoami", "{}")]).await;
    assert!(again.iter().all(|who| who.contains("tools")), "{again:?}");
    for _ in 0..3 {
        let asked = servers.asked().await;
        assert_eq!((&asked["grant"], &asked["status"]), (&"refresh_token".into(), &200.into()), "{asked}");
    }
    one.shutdown().await;
    other.shutdown().await;
}

fn machine(servers: &Servers, secret: &str) -> Auth {
    Auth::OAuth2(OAuth2 {
        token_url: format!("{}/token", servers.issuer),
        client_id: "machine".into(),
        client_secret: Some(Reference::Value(Secret::new(secret.into()))),
        refresh_token: None,
        scopes: vec!["tools".into()],
        audience: None,
    })
}

#[tokio::test]
async fn h19_client_credentials_for_fifty_callers_are_one_token() {
    let mut servers = Servers::start("{}").await;
    let config = servers.upstream(Some(machine(&servers, "machine-secret-0123456789")));
    let fleet = fleet(vec![config]);
    ready(&fleet).await;
    let all = join_all((0..50).map(|_| said(&fleet, "whoami", "{}"))).await;
    assert!(all.iter().all(|who| who.contains(r#""client":"machine""#)), "{all:?}");
    fleet.shutdown().await;
    assert_eq!(servers.asked().await["header"], "Basic");
    // The next thing it was asked is this: there was no further token.
    reqwest::Client::new().post(format!("{}/reg", servers.issuer)).body("{}").send().await.unwrap();
    assert_eq!(servers.asked().await["asked"], "/reg");
}

#[tokio::test]
async fn h19_a_wrong_secret_is_told_without_it() {
    let servers = Servers::start("{}").await;
    let config = servers.upstream(Some(machine(&servers, "wrong-s3cret-value")));
    let fleet = fleet(vec![config]);
    let reason = absent(&fleet).await;
    assert!(reason.contains("refuses: invalid_client") && !reason.contains("wrong-s3cret"), "{reason}");
    fleet.shutdown().await;
}
