//! Authorization servers that mix, swap, lie and leave out: nobody is logged in, and nothing leaves.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use weir_model::Secret;
use weir_upstream::{
    Auth, DescriptionAt, Fleet, FleetConfig, LoggedIn, Login, LoginAsked, LoginFailure, OpenApi, Reference, Transport,
    UpstreamConfig, begin_login,
};

use crate::{
    api::{Described, upstream_of},
    oauth::tokens,
    support::*,
};

/// A resource and its authorization server at one address. Each document can be changed before it is served.
struct Fake {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    resource: Mutex<Value>,
    server: Mutex<Value>,
    challenge: Mutex<String>,
    seen: Mutex<Vec<String>>,
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let path = uri.path().to_owned();
    shared.seen.lock().unwrap().push(format!("{method} {path} {body}"));
    assert!(!headers.contains_key("authorization"), "nobody is sent a credential before there is one");
    let json = |value: &Mutex<Value>| value.lock().unwrap().to_string().into_response();
    match path.as_str() {
        "/mcp" => {
            let challenge = shared.challenge.lock().unwrap().clone();
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)]).into_response()
        }
        "/.well-known/oauth-protected-resource/mcp" => json(&shared.resource),
        "/.well-known/oauth-authorization-server" => json(&shared.server),
        "/reg" => (StatusCode::CREATED, json!({ "client_id": "dyn" }).to_string()).into_response(),
        "/token" => {
            json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 60 }).to_string().into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Fake {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let at = |path: &str| format!("{address}{path}");
        let server = json!({
            "issuer": address,
            "authorization_endpoint": at("/auth?kept=1"),
            "token_endpoint": at("/token"),
            "registration_endpoint": at("/reg"),
            "code_challenge_methods_supported": ["S256"],
        });
        let resource = json!({ "resource": at("/mcp"), "authorization_servers": [address] });
        let shared = Arc::new(Shared {
            resource: Mutex::new(resource),
            server: Mutex::new(server),
            challenge: Mutex::new("Bearer".into()),
            seen: Mutex::default(),
        });
        let router = Router::new().fallback(serve).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    /// `allow_private` is not needed: the server is at the address the operator wrote.
    fn upstream(&self, login: Login) -> UpstreamConfig {
        let mut config = upstream(Transport::Http { url: format!("{}/mcp", self.address), headers: Vec::new() });
        config.auth = Some(Auth::Login(login));
        config
    }

    fn server(&self, changes: Value) {
        change(&mut self.shared.server.lock().unwrap(), changes);
    }

    fn resource(&self, changes: Value) {
        change(&mut self.shared.resource.lock().unwrap(), changes);
    }

    /// Logs in; the browser comes back with `returned`, where `STATE` stands for this login's.
    async fn login(&self, login: Login, returned: &str) -> Result<LoggedIn, LoginFailure> {
        let directory = tempfile::tempdir().unwrap();
        let (config, tokens) = (self.upstream(login), tokens(directory.path()));
        let pending = begin_login(LoginAsked { upstream: &config, tokens: &tokens, scopes: &[] }).await?;
        let url = reqwest::Url::parse(pending.url()).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let (paste, pasted) = mpsc::channel(1);
        paste.send(format!("{}?{}", pending.redirect(), returned.replace("STATE", &state))).await.unwrap();
        pending.complete(pasted).await
    }

    /// The same, told with `AS` for its address.
    async fn told(&self, login: Login, returned: &str) -> String {
        match self.login(login, returned).await {
            Ok(logged_in) => format!("logged in at {}", logged_in.issuer).replace(&self.address, "AS"),
            Err(failure) => without_port(&failure.to_string().replace(&self.address, "AS")),
        }
    }

    fn asked(&self, path: &str) -> usize {
        self.shared.seen.lock().unwrap().iter().filter(|seen| seen.split(' ').nth(1) == Some(path)).count()
    }
}

/// The port that a browser is to come back to is another each time.
fn without_port(text: &str) -> String {
    let Some((before, after)) = text.split_once("http://127.0.0.1:") else { return text.to_owned() };
    format!("{before}http://127.0.0.1:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn change(document: &mut Value, changes: Value) {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(document.as_object_mut().unwrap().remove(name)),
            value => document[name] = value.clone(),
        }
    }
}

const YES: &str = "code=c0de&state=STATE";

#[tokio::test]
async fn m20_what_comes_back_must_be_of_this_login_and_this_server() {
    let fake = Fake::start().await;
    let issuer = fake.address.replace(':', "%3A").replace('/', "%2F");
    let mut all = Vec::new();
    for (promises_iss, returned) in [
        (false, YES.to_owned()),
        (false, format!("{YES}&iss={issuer}")),
        (true, format!("{YES}&iss={issuer}")),
        (true, YES.to_owned()),
        (false, format!("{YES}&iss=https%3A%2F%2Fevil.example")),
        (false, format!("{YES}&iss={issuer}%2F")),
        (false, "error=access_denied&state=STATE&iss=https%3A%2F%2Fevil.example".to_owned()),
        (false, "error=access_denied&error_description=not%0Anow&state=STATE".to_owned()),
        (false, "code=c0de&state=other".to_owned()),
        (false, "code=c0de".to_owned()),
        (false, "code=c0de&code=c1&state=STATE".to_owned()),
    ] {
        fake.server(json!({ "authorization_response_iss_parameter_supported": promises_iss }));
        let before = fake.asked("/token");
        let told = fake.told(Login::default(), &returned).await;
        let exchanged = if fake.asked("/token") > before { "code sent" } else { "code not sent" };
        all.push(format!("{exchanged}: {told}"));
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    code sent: logged in at AS
    code sent: logged in at AS
    code sent: logged in at AS
    code not sent: the answer does not say that it is of "AS", which always says so: somebody may be mixing servers up
    code not sent: the answer is of "https://evil.example", and "AS" was asked: somebody may be mixing servers up
    code not sent: the answer is of "AS/", and "AS" was asked: somebody may be mixing servers up
    code not sent: the answer is of "https://evil.example", and "AS" was asked: somebody may be mixing servers up
    code not sent: the login was refused: access_denied (not now)
    code not sent: it belongs to another login: its state is not this one's
    code not sent: it belongs to another login: its state is not this one's
    code not sent: it says one thing twice
    "#);
}

#[tokio::test]
async fn m20_servers_that_mix_lie_or_leave_out_are_refused() {
    let mut all = Vec::new();
    for (server, resource) in [
        (json!({ "issuer": "https://evil.example" }), json!({})),
        (json!({ "code_challenge_methods_supported": ["plain"] }), json!({})),
        (json!({ "code_challenge_methods_supported": null }), json!({})),
        (json!({ "authorization_endpoint": "javascript:alert(1)" }), json!({})),
        (json!({ "authorization_endpoint": "file:///etc/passwd" }), json!({})),
        (json!({ "authorization_endpoint": "http://as.example/auth" }), json!({})),
        (json!({ "authorization_endpoint": null }), json!({})),
        (json!({ "token_endpoint": null }), json!({})),
        (json!({ "token_endpoint": "https://169.254.169.254/token" }), json!({})),
        (json!({ "token_endpoint": "https://10.0.0.1/token" }), json!({})),
        (json!({ "registration_endpoint": "https://169.254.169.254/reg" }), json!({})),
        (json!({ "registration_endpoint": null }), json!({})),
        (json!({}), json!({ "resource": "https://other.example/mcp" })),
        (json!({}), json!({ "authorization_servers": [] })),
        (json!({}), json!({ "authorization_servers": ["https://169.254.169.254"] })),
        (json!({}), json!({ "authorization_servers": ["http://127.0.0.1:1"] })),
        (json!({}), json!({ "authorization_servers": ["file:///as"] })),
    ] {
        let fake = Fake::start().await;
        let row = if resource == json!({}) { server.to_string() } else { resource.to_string() };
        fake.server(server);
        fake.resource(resource);
        all.push(format!("{row}\n  {}", fake.told(Login::default(), YES).await));
        assert_eq!(fake.asked("/token"), 0, "{row}");
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    {"issuer":"https://evil.example"}
      the document at AS/.well-known/oauth-authorization-server is of the issuer "https://evil.example", and was asked of "AS": somebody may be mixing servers up
    {"code_challenge_methods_supported":["plain"]}
      the authorization server "AS" does not offer PKCE with S256, without which weir logs nobody in
    {"code_challenge_methods_supported":null}
      the authorization server "AS" does not offer PKCE with S256, without which weir logs nobody in
    {"authorization_endpoint":"javascript:alert(1)"}
      its authorization endpoint cannot be used: it begins with javascript:, and must be https
    {"authorization_endpoint":"file:///etc/passwd"}
      its authorization endpoint cannot be used: it begins with file:, and must be https
    {"authorization_endpoint":"http://as.example/auth"}
      its authorization endpoint cannot be used: it begins with http:, and tokens travel encrypted only
    {"authorization_endpoint":null}
      the authorization server "AS" does not offer an authorization endpoint, without which weir logs nobody in
    {"token_endpoint":null}
      the authorization server "AS" does not offer a token endpoint, without which weir logs nobody in
    {"token_endpoint":"https://169.254.169.254/token"}
      its token endpoint cannot be used: 169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    {"token_endpoint":"https://10.0.0.1/token"}
      its token endpoint cannot be used: 10.0.0.1 is a private address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    {"registration_endpoint":"https://169.254.169.254/reg"}
      its registration endpoint cannot be used: 169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    {"registration_endpoint":null}
      the authorization server registers no clients by itself: register one there, with the redirect URL http://127.0.0.1:PORT/callback, and put its id into the config as auth = { login = { client_id = "…" } }
    {"resource":"https://other.example/mcp"}
      its document at AS/.well-known/oauth-protected-resource/mcp is about "https://other.example/mcp", which is not this upstream
    {"authorization_servers":[]}
      its document names no authorization server
    {"authorization_servers":["https://169.254.169.254"]}
      its authorization server cannot be used: 169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    {"authorization_servers":["http://127.0.0.1:1"]}
      its authorization server cannot be used: 127.0.0.1 is a loopback address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    {"authorization_servers":["file:///as"]}
      its authorization server cannot be used: it begins with file:, and must be https
    "#);
}

#[tokio::test]
async fn h19_metadata_is_fetched_from_nowhere_private() {
    let mut all = Vec::new();
    for challenge in [
        r#"Bearer resource_metadata="http://169.254.169.254/latest/meta-data""#,
        r#"Bearer resource_metadata="https://169.254.169.254/latest/meta-data""#,
        r#"Bearer resource_metadata="https://[::1]:1/x""#,
        r#"Bearer resource_metadata="https://127.0.0.1:1/x""#,
        r#"Bearer resource_metadata="file:///etc/passwd""#,
        r#"Bearer resource_metadata="/relative""#,
    ] {
        let fake = Fake::start().await;
        *fake.shared.challenge.lock().unwrap() = challenge.to_owned();
        all.push(fake.told(Login::default(), YES).await);
    }
    insta::assert_snapshot!(all.join("\n"), @"
    its protected resource metadata cannot be used: it begins with http:, and tokens travel encrypted only
    its protected resource metadata cannot be used: 169.254.169.254 is the address of a cloud's metadata service, and weir connects to none of those
    its protected resource metadata cannot be used: ::1 is a loopback address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    its protected resource metadata cannot be used: 127.0.0.1 is a loopback address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    its protected resource metadata cannot be used: it begins with file:, and must be https
    its protected resource metadata cannot be used: it is no URL (relative URL without a base)
    ");
}

#[tokio::test]
async fn the_client_is_the_configured_one_then_its_document_then_a_registration() {
    let fake = Fake::start().await;
    let url = "https://weir.example/client.json";
    let document = Login { client_metadata_url: Some(url.into()), ..Login::default() };
    let configured = Login { client_id: Some("mine".into()), ..document.clone() };
    let mut all = Vec::new();
    for (knows_documents, login) in
        [(true, &configured), (true, &document), (false, &document), (true, &Login::default()), (false, &configured)]
    {
        fake.server(json!({ "client_id_metadata_document_supported": knows_documents }));
        let before = fake.asked("/reg");
        fake.login(login.clone(), YES).await.unwrap();
        let seen = fake.shared.seen.lock().unwrap().last().unwrap().clone();
        let client = seen.split("client_id=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        all.push((client, fake.asked("/reg") - before));
    }
    let expected = [("mine", 0), ("https%3A%2F%2Fweir.example%2Fclient.json", 0), ("dyn", 1), ("dyn", 1), ("mine", 0)];
    assert_eq!(all, expected.map(|(client, registered)| (client.to_owned(), registered)));
}

#[tokio::test]
async fn what_is_asked_is_what_the_rfcs_say() {
    let fake = Fake::start().await;
    fake.resource(json!({ "scopes_supported": ["a", "b"] }));
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    let config = fake.upstream(Login { scopes: vec!["c".into(), "a".into()], ..Login::default() });
    let scopes = ["d".to_owned()];
    let pending = begin_login(LoginAsked { upstream: &config, tokens: &tokens, scopes: &scopes }).await.unwrap();
    let url = reqwest::Url::parse(pending.url()).unwrap();
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(
        names.join(" "),
        "kept response_type client_id redirect_uri state code_challenge code_challenge_method scope resource"
    );
    assert_eq!(value("scope").as_deref(), Some("a b c d"));
    assert_eq!(value("redirect_uri").as_deref(), Some(pending.redirect()));
    assert_eq!(value("resource"), Some(format!("{}/mcp", fake.address)));
    assert_eq!(value("state").unwrap().len(), 43);
    let other = begin_login(LoginAsked { upstream: &config, tokens: &tokens, scopes: &[] }).await.unwrap();
    assert_ne!(reqwest::Url::parse(other.url()).unwrap().query(), url.query(), "a state is used once");
    assert!(!format!("{pending:?}").contains(&value("state").unwrap()));
}

#[tokio::test]
async fn an_api_is_logged_in_to_at_its_base_url_by_the_configured_issuer() {
    let fake = Fake::start().await;
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    let api = |base_url: &str| {
        let mut api = OpenApi::new(DescriptionAt::File("api.json".into()));
        api.base_url = Some(base_url.to_owned());
        let mut config = upstream(Transport::OpenApi(Box::new(api)));
        config.allow_private = true;
        config.auth = Some(Auth::Login(Login { issuer: Some(fake.address.clone()), ..Login::default() }));
        config
    };
    let base = format!("{}/api", fake.address);
    let config = api(&base);
    let pending = begin_login(LoginAsked { upstream: &config, tokens: &tokens, scopes: &[] }).await.unwrap();
    assert_eq!(pending.issuer(), fake.address);
    assert!(!pending.url().contains("&resource="), "{}", pending.url());
    assert_eq!(fake.asked("/api"), 0, "the config says who logs in");

    let without_private = UpstreamConfig { allow_private: false, ..api(&base) };
    let bearer = Auth::Bearer(Reference::Value(Secret::new("t".into())));
    let other = UpstreamConfig { auth: Some(bearer), ..api(&base) };
    let none = UpstreamConfig { auth: None, ..api(&base) };
    let mut all = Vec::new();
    for config in [without_private, other, none, upstream(stdio("cat", &[]))] {
        let failure = begin_login(LoginAsked { upstream: &config, tokens: &tokens, scopes: &[] }).await.unwrap_err();
        all.push(failure.to_string());
    }
    insta::assert_snapshot!(all.join("\n"), @"
    its address cannot be used: 127.0.0.1 is a loopback address, and weir connects to none of those unless the upstream's config says `allow_private = true`
    `up` has another credential in its config; to log in, let it say auth = { login = {} }
    `up` has no login in its config: let it say auth = { login = {} }
    `up` is a program on this machine; only upstreams over HTTP are logged in to
    ");
}

#[tokio::test]
async fn an_api_is_logged_in_to_at_the_one_address_that_its_description_names() {
    let fake = Fake::start().await;
    let directory = tempfile::tempdir().unwrap();
    let tokens = tokens(directory.path());
    let base = format!("{}/api", fake.address);
    let at = |servers: &[&str]| {
        let operation = |server: &&str| {
            let name = server.len().to_string();
            (
                format!("/{name}"),
                json!({ "get": { "operationId": name, "servers": [{ "url": server }], "responses": {} } }),
            )
        };
        let paths: serde_json::Map<_, _> = servers.iter().map(operation).collect();
        Described::new(&json!({ "openapi": "3.0.3", "info": { "title": "T", "version": "1" }, "paths": paths }))
    };
    let config = |described: &Described| UpstreamConfig {
        auth: Some(Auth::Login(Login { issuer: Some(fake.address.clone()), ..Login::default() })),
        ..upstream_of(described.api())
    };
    let (one, two) = (at(&[&base]), at(&[&base, "https://elsewhere.test"]));
    let one = config(&one);
    let pending = begin_login(LoginAsked { upstream: &one, tokens: &tokens, scopes: &[] }).await.unwrap();
    assert_eq!(pending.issuer(), fake.address);
    let two = config(&two);
    let failure = begin_login(LoginAsked { upstream: &two, tokens: &tokens, scopes: &[] }).await.unwrap_err();
    insta::assert_snapshot!(failure, @"the description of `up` names several addresses or none, and a login is for one: say which with base_url");
    // What is called agrees with it.
    for (config, expected) in [(one, "not logged in: run `weir login up`"), (two, "nobody can log in to it")] {
        let tokens = Some(tokens.clone());
        let fleet = Fleet::start(FleetConfig { upstreams: vec![config], tokens, ..FleetConfig::default() });
        let tool = ready(&fleet).await.names()[0].to_owned();
        let failure = call(&fleet, &tool, "{}").await.unwrap_err();
        assert!(failure.message.contains(expected), "{}", failure.message);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_that_wants_more_rights_is_told_of_with_the_command() {
    let wants = r#"Bearer error="insufficient_scope", scope="repo:write""#;
    let router = Router::new().fallback(move || async move { (StatusCode::FORBIDDEN, [(WWW_AUTHENTICATE, wants)]) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let fleet = fleet(vec![upstream(Transport::Http { url, headers: Vec::new() })]);
    let reason = absent(&fleet).await;
    assert!(reason.contains("run `weir login up --scope repo:write`"), "{reason}");
    fleet.shutdown().await;
}
