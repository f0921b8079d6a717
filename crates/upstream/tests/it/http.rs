//! Streamable HTTP against a server built here: both eras, JSON and streams, and what goes wrong on the way.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use weir_bridge::port::UpstreamCall;
use weir_model::{FailureKind, Part, Secret};
use weir_upstream::{Transport, UpstreamConfig, UpstreamState};

use crate::support::*;

#[derive(Default)]
struct Fake {
    modern: bool,
    /// Answers come as event streams.
    streams: bool,
    /// What `tools/call` does.
    trick: &'static str,
    /// Answers before anything is read, one a request.
    first: Mutex<VecDeque<Response>>,
    log: Mutex<Vec<String>>,
    /// Announces changed tools on the GET stream or the subscription.
    changes: tokio::sync::Notify,
    grown: Mutex<bool>,
    sessions: Mutex<u32>,
}

const META: &str = "io.modelcontextprotocol/protocolVersion";

impl Fake {
    fn logged(&self, what: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(what)).count()
    }

    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }

    fn session(&self) -> String {
        format!("session-{}", self.sessions.lock().unwrap())
    }

    fn tools(&self) -> Value {
        let tool = |name: &str| json!({ "name": name, "inputSchema": { "type": "object" } });
        let mut tools = vec![
            json!({ "name": "tøol", "inputSchema": { "type": "object" } }),
            json!({ "name": "region", "inputSchema": { "type": "object", "properties": { "r": { "type": "string", "x-mcp-header": "Region" } } } }),
            tool("call"),
        ];
        if *self.grown.lock().unwrap() {
            tools.push(tool("grown"));
        }
        json!({ "tools": tools, "resultType": "complete", "ttlMs": 0, "cacheScope": "private" })
    }
}

/// Serves it until the test's runtime ends.
async fn serve(fake: Fake) -> (Arc<Fake>, UpstreamConfig) {
    let fake = Arc::new(fake);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp?api_key=query-secret", listener.local_addr().unwrap());
    let router = Router::new().route("/mcp", any(answer)).with_state(fake.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let headers = vec![("Authorization".to_owned(), Secret::new("Bearer header-secret".into()))];
    (fake, upstream(Transport::Http { url, headers }))
}

async fn answer(State(fake): State<Arc<Fake>>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let rpc = message["method"].as_str().unwrap_or("-").to_owned();
    fake.note(format!(
        "{method} {rpc} version={} method={} name={} session={} region={} auth={} key={}+{}",
        header("mcp-protocol-version"),
        header("mcp-method"),
        header("mcp-name"),
        header("mcp-session-id"),
        header("mcp-param-region"),
        header("authorization"),
        header("x-once"),
        message["params"]["_meta"]["weir/idempotency-key"].as_str().unwrap_or("-"),
    ));
    if let Some(response) = fake.first.lock().unwrap().pop_front() {
        return response;
    }
    if fake.trick == "auth" && rpc == "tools/call" && header("authorization") == "Bearer first-token" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if method == Method::DELETE {
        return StatusCode::OK.into_response();
    }
    if method == Method::GET {
        return if fake.modern { StatusCode::METHOD_NOT_ALLOWED.into_response() } else { changes(fake, None) };
    }
    if message.get("id").is_none() {
        return StatusCode::ACCEPTED.into_response();
    }
    if rpc != "initialize" && !fake.modern && header("mcp-session-id") != fake.session() {
        let status = if header("mcp-session-id") == "-" { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND };
        return status.into_response();
    }
    if fake.modern != message["params"]["_meta"].get(META).is_some() {
        return rpc_error(&message, StatusCode::BAD_REQUEST, -32600);
    }
    respond(fake, &rpc, &message)
}

fn respond(fake: Arc<Fake>, rpc: &str, message: &Value) -> Response {
    let capabilities = json!({ "tools": { "listChanged": true } });
    let result = match rpc {
        "server/discover" => {
            json!({ "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": capabilities, "ttlMs": 0, "cacheScope": "private" })
        }
        "initialize" => {
            json!({ "protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": { "name": "fake", "version": "1" } })
        }
        "tools/list" => fake.tools(),
        "subscriptions/listen" => return changes(fake, message.get("id")),
        "tools/call" => return called(&fake, message),
        _ => return rpc_error(message, StatusCode::NOT_FOUND, -32601),
    };
    let opened = (rpc == "initialize").then(|| {
        *fake.sessions.lock().unwrap() += 1;
        fake.session()
    });
    let mut response = fake_answer(&fake, message, result);
    if let Some(session) = opened {
        response.headers_mut().insert("mcp-session-id", session.parse().unwrap());
    }
    response
}

fn fake_answer(fake: &Fake, message: &Value, result: Value) -> Response {
    let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
    if fake.streams {
        let events = format!(": hello\n\nid: 1\ndata:\n\nevent: message\ndata: {answer}\n\n");
        ([("content-type", "text/event-stream; charset=utf-8")], events).into_response()
    } else {
        ([("content-type", "application/json")], answer).into_response()
    }
}

fn rpc_error(message: &Value, status: StatusCode, code: i64) -> Response {
    let error = json!({ "jsonrpc": "2.0", "id": message["id"], "error": { "code": code, "message": "refused" } });
    (status, [("content-type", "application/json")], error.to_string()).into_response()
}

/// A stream that stays open and tells of changed tools, once.
fn changes(fake: Arc<Fake>, subscription: Option<&Value>) -> Response {
    let acknowledged = subscription
        .map(|_| "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\"}\n\n".to_owned());
    let first = stream::iter(acknowledged.into_iter().chain([": open\n\n".to_owned()]));
    let later = stream::once(async move {
        fake.changes.notified().await;
        *fake.grown.lock().unwrap() = true;
        "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n".to_owned()
    });
    let events = first.chain(later).chain(stream::pending()).map(Ok::<_, std::convert::Infallible>);
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}

fn called(fake: &Arc<Fake>, message: &Value) -> Response {
    let id = &message["id"];
    let json_type = [("content-type", "application/json")];
    let text = |text: &str| json!({ "content": [{ "type": "text", "text": text }] });
    match fake.trick {
        "hang" => {
            let watch = Watch(fake.clone());
            let silent = stream::once(async move {
                let _watch = watch;
                std::future::pending::<Result<Bytes, std::convert::Infallible>>().await
            });
            ([("content-type", "text/event-stream")], Body::from_stream(silent)).into_response()
        }
        "busy" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], "slow down, header-secret").into_response(),
        "redirect" => (StatusCode::TEMPORARY_REDIRECT, [("location", "http://169.254.169.254/")]).into_response(),
        "gzip" => ([("content-type", "application/json"), ("content-encoding", "gzip")], "bomb").into_response(),
        "html" => ([("content-type", "text/html")], "<html>").into_response(),
        "endless" => {
            let chunk = Bytes::from(vec![b'x'; 1024 * 1024]);
            let body = Body::from_stream(stream::repeat(chunk).map(Ok::<_, std::convert::Infallible>));
            (json_type, body).into_response()
        }
        "endless_event" => {
            let chunk = Bytes::from(format!("data: {}\n", "x".repeat(1024 * 1024)));
            let body = Body::from_stream(stream::repeat(chunk).map(Ok::<_, std::convert::Infallible>));
            ([("content-type", "text/event-stream")], body).into_response()
        }
        "cut" => ([("content-type", "text/event-stream")], "data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n")
            .into_response(),
        "beside" => {
            let token = &message["params"]["_meta"]["progressToken"];
            let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": token, "progress": 0.5 } });
            let ask = json!({ "jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": {} });
            let stray = json!({ "jsonrpc": "2.0", "id": 1, "result": {} });
            let answer = json!({ "jsonrpc": "2.0", "id": id, "result": text("beside") });
            let events: String = [progress, ask, stray, answer].iter().map(|m| format!("data: {m}\n\n")).collect();
            ([("content-type", "text/event-stream")], events).into_response()
        }
        "resume" => {
            let answer = json!({ "jsonrpc": "2.0", "id": id, "result": text("resumed") });
            let later = ([("content-type", "text/event-stream")], format!("data: {answer}\n\n")).into_response();
            fake.first.lock().unwrap().push_back(later);
            ([("content-type", "text/event-stream")], "id: 42\ndata:\n\n").into_response()
        }
        "leak" => fake_answer(fake, message, text("your key is query-secret and header-secret")),
        _ => fake_answer(fake, message, text(&message["params"]["arguments"].to_string())),
    }
}

/// Notes that the client closed the stream.
struct Watch(Arc<Fake>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.note("closed".into());
    }
}

#[tokio::test]
async fn both_eras_with_json_and_with_streams() {
    for (modern, streams) in [(true, false), (true, true), (false, false), (false, true)] {
        let (fake, config) = serve(Fake { modern, streams, ..Fake::default() }).await;
        let fleet = fleet(vec![config]);
        let found = ready(&fleet).await;
        assert_eq!(found.era, if modern { "2026-07-28" } else { "2025-11-25" });
        assert_eq!(found.names(), ["tøol", "region", "call"]);
        assert_eq!(said(&fleet, "call", r#"{"a":1.0}"#).await, r#"{"a":1.0}"#);
        assert_eq!(fake.logged("auth=Bearer header-secret"), fake.logged("auth="), "every request is authorised");
        fleet.shutdown().await;
        assert_eq!(fake.logged("DELETE"), usize::from(!modern), "a session is ended");
    }
}

#[tokio::test]
async fn m15_headers_repeat_the_body_in_the_stateless_era() {
    let (fake, config) = serve(Fake { modern: true, ..Fake::default() }).await;
    let fleet = started(config).await;
    call(&fleet, "tøol", "{}").await.unwrap();
    call(&fleet, "region", r#"{"r":"eu"}"#).await.unwrap();
    let calls: Vec<String> =
        fake.log.lock().unwrap().iter().filter(|l| l.contains("POST tools/call")).cloned().collect();
    insta::assert_snapshot!(calls.join("\n"), @r"
    POST tools/call version=2026-07-28 method=tools/call name==?base64?dMO4b2w=?= session=- region=- auth=Bearer header-secret key=-+-
    POST tools/call version=2026-07-28 method=tools/call name=region session=- region=eu auth=Bearer header-secret key=-+-
    ");
    fleet.shutdown().await;
}

#[tokio::test]
async fn an_idempotency_key_goes_where_the_config_says() {
    let rows = [(None, "key=-+key-1"), (Some("X-Once"), "key=key-1+key-1")];
    for (header, expected) in rows {
        for modern in [true, false] {
            let (fake, config) = serve(Fake { modern, ..Fake::default() }).await;
            let fleet = started(UpstreamConfig { idempotency_header: header.map(str::to_owned), ..config }).await;
            let keyed = UpstreamCall { idempotency_key: Some("key-1".into()), ..request("call", "{}") };
            send(&fleet, keyed).await.unwrap();
            send(&fleet, request("call", "{}")).await.unwrap();
            let calls: Vec<String> =
                fake.log.lock().unwrap().iter().filter(|l| l.contains("POST tools/call")).cloned().collect();
            assert!(calls[0].ends_with(expected), "{}", calls[0]);
            assert!(calls[1].ends_with("key=-+-"), "{}", calls[1]);
            assert_eq!(fake.logged("key="), fake.logged("key=-+-") + 1, "nothing but the call bears it");
            fleet.shutdown().await;
        }
    }
}

#[tokio::test]
async fn changed_tools_are_heard_of_in_both_eras() {
    for modern in [true, false] {
        let (fake, config) = serve(Fake { modern, ..Fake::default() }).await;
        let fleet = started(config).await;
        fake.changes.notify_one();
        status(&fleet, |s| matches!(&s.state, UpstreamState::Ready { tools, .. } if tools.len() == 4)).await;
        call(&fleet, "grown", "{}").await.unwrap();
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn a_lost_session_is_opened_again_and_no_call_is_sent_twice() {
    let (fake, config) = serve(Fake::default()).await;
    let fleet = started(config).await;
    *fake.sessions.lock().unwrap() += 1;
    let failure = call(&fleet, "call", "{}").await.unwrap_err();
    insta::assert_snapshot!(failure.message, @"up/call: it ended the session; weir opens another; the call was not sent");
    assert!(failure.retryable);
    status(&fleet, |s| matches!(s.state, UpstreamState::Absent { .. })).await;
    status(&fleet, |s| matches!(s.state, UpstreamState::Ready { .. })).await;
    call(&fleet, "call", "{}").await.unwrap();
    assert_eq!(fake.logged("POST tools/call"), 2);
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_cancelled_call_closes_its_stream_and_is_named_in_the_older_era() {
    for modern in [true, false] {
        let (fake, config) = serve(Fake { modern, trick: "hang", ..Fake::default() }).await;
        let fleet = started(config).await;
        let mut hanging = request("call", "{}");
        hanging.deadline = Duration::from_millis(300);
        assert_eq!(send(&fleet, hanging).await.unwrap_err().kind, FailureKind::DeadlineExceeded);
        eventually("the stream is closed", || (fake.logged("closed") == 1).then_some(())).await;
        if !modern {
            eventually("the upstream is told", || (fake.logged("notifications/cancelled") == 1).then_some(())).await;
        }
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_by_kind() {
    for (trick, expected) in [
        ("busy", "tool_error: up/call answered with HTTP status 429; it asks for fewer calls"),
        ("redirect", "tool_error: up/call answered with HTTP status 307"),
        (
            "gzip",
            "upstream_protocol: up/call: its answer is not what the protocol allows: its answer is compressed, which weir did not ask for",
        ),
        (
            "html",
            "upstream_protocol: up/call: its answer is not what the protocol allows: its answer has content type \"text/html\", not JSON or an event stream",
        ),
        (
            "endless",
            "response_too_large: up/call: its answer is over the limit of 34 MiB; the call itself was carried out; ask for less at once",
        ),
        (
            "endless_event",
            "response_too_large: up/call: its answer is over the limit of 34 MiB; the call itself was carried out; ask for less at once",
        ),
        (
            "cut",
            "upstream_unavailable: up/call: it ended the stream before the answer; the call may have been carried out before that",
        ),
    ] {
        let (_, config) = serve(Fake { modern: true, trick, ..Fake::default() }).await;
        let fleet = started(config).await;
        assert_eq!(failed(&fleet, "call").await, expected, "{trick}");
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn an_http_error_keeps_what_matters_and_no_credential() {
    let (_, config) = serve(Fake { modern: true, trick: "busy", ..Fake::default() }).await;
    let fleet = started(config).await;
    let failure = call(&fleet, "call", "{}").await.unwrap_err();
    assert_eq!(
        (failure.status, failure.retry_after, failure.retryable),
        (Some(429), Some(Duration::from_secs(7)), true)
    );
    assert_eq!(failure.body.as_deref(), Some("\"slow down, [redacted]\""));
    fleet.shutdown().await;

    let (_, config) = serve(Fake { modern: true, trick: "leak", ..Fake::default() }).await;
    let fleet = started(config).await;
    assert_eq!(said(&fleet, "call", "{}").await, "your key is [redacted] and [redacted]");
    fleet.shutdown().await;
}

#[tokio::test]
async fn beside_the_answer_a_stream_may_carry_more() {
    let (fake, config) = serve(Fake { trick: "beside", ..Fake::default() }).await;
    let fleet = started(config).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let mut watched = request("call", "{}");
    watched.progress = Some(Arc::new(move |progress| sink.lock().unwrap().push(progress.progress)));
    assert_eq!(send(&fleet, watched).await.unwrap().parts, [Part::Text("beside".into())]);
    assert_eq!(*seen.lock().unwrap(), [0.5]);
    eventually("the question is refused", || (fake.logged("POST - ") == 1).then_some(())).await;
    status(&fleet, |s| s.warnings.iter().any(|w| w.starts_with("answers nobody waited for"))).await;
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_broken_stream_is_read_on_without_sending_the_call_again() {
    let (fake, config) = serve(Fake { trick: "resume", ..Fake::default() }).await;
    let fleet = started(config).await;
    assert_eq!(said(&fleet, "call", "{}").await, "resumed");
    assert_eq!(fake.logged("POST tools/call"), 1);
    fleet.shutdown().await;
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_absent_with_the_reason() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, expected) in [
        (format!("http://{unused}/?token=very-secret"), "it cannot be reached: Connection refused (os error 111)"),
        ("ftp://host/".to_owned(), "its URL begins with \"ftp\"; only http and https are spoken"),
        ("no url".to_owned(), "its URL is none: relative URL without a base"),
    ] {
        let fleet = fleet(vec![upstream(Transport::Http { url, headers: Vec::new() })]);
        assert_eq!(absent(&fleet).await, expected);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn statuses_in_the_handshake_are_reasons() {
    for (status, expected) in [
        (
            StatusCode::UNAUTHORIZED,
            "it answered with HTTP status 401: it wants other credentials than those in weir's config",
        ),
        (
            StatusCode::NOT_FOUND,
            "it answered initialize with HTTP status 404: no Streamable HTTP endpoint is there; check the URL (the older HTTP+SSE transport is not supported)",
        ),
        (StatusCode::INTERNAL_SERVER_ERROR, "it answered initialize with HTTP status 500"),
    ] {
        let first = Mutex::new((0..4).map(|_| status.into_response()).collect());
        let (_, config) = serve(Fake { first, ..Fake::default() }).await;
        let fleet = fleet(vec![config]);
        assert_eq!(absent(&fleet).await, expected);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn the_credential_of_the_config_is_on_every_request_and_got_anew_when_refused() {
    for modern in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let token = directory.path().join("token");
        std::fs::write(&token, "first-token").unwrap();
        let (fake, config) = serve(Fake { modern, trick: "auth", ..Fake::default() }).await;
        let auth = weir_upstream::Auth::Bearer(weir_upstream::Reference::File(token.clone()));
        let fleet = started(UpstreamConfig { auth: Some(auth), ..config }).await;
        let bare = fake.log.lock().unwrap().iter().filter(|line| !line.contains("auth=Bearer first-token")).count();
        assert_eq!(bare, 0, "{:?}", fake.log.lock().unwrap());
        std::fs::write(&token, "second-token").unwrap();
        call(&fleet, "call", "{}").await.unwrap();
        let log = fake.log.lock().unwrap().clone();
        let calls: Vec<&str> = log
            .iter()
            .filter(|line| line.contains("tools/call"))
            .filter_map(|line| line.split(" auth=").nth(1)?.split(" key=").next())
            .collect();
        assert_eq!(calls, ["Bearer first-token", "Bearer second-token"]);
        fleet.shutdown().await;
    }
}
