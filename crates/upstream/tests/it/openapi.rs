//! An API by its description: where the description comes from, what becomes of it, what a call is on the wire.

use std::{fs, sync::Arc};

use serde_json::{Value, json};
use weir_bridge::port::UpstreamCall;
use weir_model::{FailureKind, Part};
use weir_upstream::{
    Auth, CredentialStatus, DescriptionAt, DescriptionStatus, Fleet, FleetConfig, Glob, OpenApi, Selector,
    UpstreamConfig, UpstreamState,
};

use crate::{
    api::{Described, FakeApi, file, shop, status as answered, upstream_of, value},
    support::*,
};

async fn description(fleet: &Fleet) -> (DescriptionStatus, Vec<CredentialStatus>) {
    ready(fleet).await;
    match &fleet.status().borrow()[0].state {
        UpstreamState::Ready { description: Some(description), credentials, .. } => {
            ((**description).clone(), credentials.to_vec())
        }
        other => panic!("no description: {other:?}"),
    }
}

fn keeping(directory: &std::path::Path, upstream: UpstreamConfig) -> Arc<Fleet> {
    let descriptions = Some(directory.join("kept"));
    Fleet::start(FleetConfig { upstreams: vec![upstream], descriptions, ..FleetConfig::default() })
}

#[tokio::test]
async fn a_description_in_a_file_is_an_upstream() {
    let api = FakeApi::echoing().await;
    let described = Described::new(&shop(&api.url()));
    let fleet = fleet(vec![upstream_of(described.api())]);
    let ready = ready(&fleet).await;
    assert_eq!((ready.era.as_str(), ready.server.as_str()), ("OpenAPI 3.0.3", "Shop 1.2"));
    insta::assert_snapshot!(ready.names().join(" "), @"listThings createThing getThing putThing deleteThing getBytes withKey withBoth withCookie withMaybe withNever");
    let line = |name: &str| ready.tools.iter().find(|tool| &*tool.id.name == name).unwrap().request.clone().unwrap();
    assert_eq!(&*line("listThings"), format!("GET {}/things ?tag ?page", api.url()));
    assert_eq!(&*line("getThing"), format!("GET {}/things/{{id}}", api.url()));
    let deprecated: Vec<&str> = ready.tools.iter().filter(|tool| tool.deprecated).map(|tool| &*tool.id.name).collect();
    assert_eq!(deprecated, ["deleteThing"]);
    insta::assert_snapshot!(ready.warnings.join("\n"), @"4 of its operations need credentials the config does not have (bear, cookie, key, oauth, query), and calls of them fail: add them under [upstream.up.schemes], or one for all as `auth`");
    assert!(api.asked().is_empty(), "nothing is sent before a call");
    fleet.shutdown().await;
    assert!(matches!(fleet.status().borrow()[0].state, UpstreamState::Absent { .. }));
}

#[tokio::test]
async fn a_call_is_the_request_that_the_description_says() {
    let api = FakeApi::echoing().await;
    let described = Described::new(&shop(&api.url()));
    let fleet = started(upstream_of(described.api())).await;
    let reply = call(&fleet, "getThing", r#"{"id":"a/b ü"}"#).await.unwrap();
    let [Part::Json(json)] = reply.parts.as_slice() else { panic!("{reply:?}") };
    let heard: Value = serde_json::from_str(json).unwrap();
    assert_eq!(heard["line"], "GET /things/a%2Fb%20%C3%BC");
    assert_eq!(heard["headers"]["accept-encoding"], "identity");
    call(&fleet, "listThings", r#"{"page":2,"tag":"a&b=c"}"#).await.unwrap();
    call(&fleet, "createThing", r#"{"name":"x"}"#).await.unwrap();
    insta::assert_snapshot!(api.lines().join("\n"), @r"
    GET /things/a%2Fb%20%C3%BC
    GET /things?tag=a%26b%3Dc&page=2
    POST /things
    ");
    let posted = api.asked().pop().unwrap();
    assert_eq!((posted.header("content-type"), posted.body.as_str()), ("application/json", r#"{"name":"x"}"#));
    fleet.shutdown().await;
}

#[tokio::test]
async fn what_the_api_refuses_is_a_failure_with_its_facts() {
    let api = FakeApi::answering(|_| {
        answered(404, &[("content-type", "application/json")], r#"{"message":"no such thing","code":"gone"}"#)
    })
    .await;
    let fleet = started(upstream_of(Described::new(&shop(&api.url())).api())).await;
    let failure = call(&fleet, "getThing", r#"{"id":"1"}"#).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.status, failure.code.as_deref()),
        (FailureKind::ToolError, Some(404), Some("gone"))
    );
    assert!(failure.message.starts_with("up/getThing: "), "{}", failure.message);
    assert_eq!(failure.body.as_deref(), Some(r#"{"message":"no such thing","code":"gone"}"#));
    let refused = call(&fleet, "getThing", r#"{"id":".."}"#).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::InvalidArguments);
    assert!(
        refused.message.starts_with("up/getThing: ") && refused.message.ends_with("; nothing was sent"),
        "{}",
        refused.message
    );
    let unknown = call(&fleet, "getNothing", "{}").await.unwrap_err();
    assert_eq!(unknown.kind, FailureKind::UnknownTool);
    assert_eq!(api.lines(), ["GET /things/1"]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn bytes_stay_bytes() {
    let api = FakeApi::answering(|_| answered(200, &[("content-type", "image/png")], "\u{1}PNG")).await;
    let fleet = started(upstream_of(Described::new(&shop(&api.url())).api())).await;
    let reply = call(&fleet, "getBytes", "{}").await.unwrap();
    assert_eq!(reply.parts, [Part::Blob { mime: "image/png".into(), bytes: b"\x01PNG".to_vec() }]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn constant_headers_the_key_and_the_trace_go_along() {
    let api = FakeApi::echoing().await;
    let described = Described::new(&shop(&api.url()));
    let headers = vec![("X-Version".to_owned(), weir_model::Secret::new("2022".into()))];
    let upstream = UpstreamConfig {
        idempotency_header: Some("Idempotency-Key".into()),
        ..upstream_of(OpenApi { headers, ..described.api() })
    };
    let fleet = started(upstream).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = UpstreamCall {
        idempotency_key: Some("key-1".into()),
        traceparent: Some(trace.into()),
        ..request("createThing", r#"{"name":"x"}"#)
    };
    send(&fleet, request).await.unwrap();
    let asked = api.asked().pop().unwrap();
    let sent = ["x-version", "idempotency-key", "traceparent"].map(|name| asked.header(name));
    assert_eq!(sent, ["2022", "key-1", trace]);
    assert!(asked.header("user-agent").starts_with("weir/"));
    fleet.shutdown().await;
}

#[tokio::test]
async fn c09_credentials_go_where_the_description_says() {
    let api = FakeApi::echoing().await;
    let described = Described::new(&shop(&api.url()));
    let schemes = [("key", "k-secret"), ("query", "q secret&x"), ("cookie", "c-secret")];
    let schemes = schemes.map(|(name, text)| (name.to_owned(), Auth::SchemeKey(value(text))));
    let fleet = started(upstream_of(OpenApi { schemes: schemes.into(), ..described.api() })).await;
    for tool in ["withKey", "withBoth", "withCookie", "withMaybe", "listThings"] {
        call(&fleet, tool, "{}").await.unwrap();
    }
    let seen: Vec<String> = api
        .asked()
        .iter()
        .map(|asked| {
            format!(
                "{} key={} cookie={} auth={}",
                asked.line,
                asked.header("x-key"),
                asked.header("cookie"),
                asked.header("authorization")
            )
        })
        .collect();
    insta::assert_snapshot!(seen.join("\n"), @r"
    GET /key key=k-secret cookie=- auth=-
    GET /both?key=q+secret%26x key=k-secret cookie=- auth=-
    GET /cookie key=- cookie=sid=c-secret auth=-
    GET /maybe key=k-secret cookie=- auth=-
    GET /things key=- cookie=- auth=-
    ");
    let failure = call(&fleet, "withNever", "{}").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Denied);
    insta::assert_snapshot!(failure.message, @"up/withNever: it needs the credential oauth, or bear, which weir's config does not have: add it under [upstream.up.schemes], or one for all operations as `auth`; the call was not sent");
    assert_eq!(api.asked().len(), 5);
    let (_, credentials) = description(&fleet).await;
    let told: Vec<String> =
        credentials.iter().map(|one| format!("{:?} {} {}", one.scheme, one.configured, one.told)).collect();
    assert!(!told.join("").contains("secret"), "{told:?}");
    let missing: Vec<&str> =
        credentials.iter().filter(|one| !one.configured).filter_map(|one| one.scheme.as_deref()).collect();
    assert_eq!(missing, ["bear", "oauth"]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn c09_the_configs_own_credential_is_for_all_and_wins() {
    let api = FakeApi::echoing().await;
    let described = Described::new(&shop(&api.url()));
    let schemes = [("key".to_owned(), Auth::SchemeKey(value("k-secret")))].into();
    let upstream = UpstreamConfig {
        auth: Some(Auth::Bearer(value("all-secret"))),
        ..upstream_of(OpenApi { schemes, ..described.api() })
    };
    let fleet = started(upstream).await;
    for tool in ["listThings", "withKey", "withNever"] {
        let reply = call(&fleet, tool, "{}").await.unwrap();
        // The server repeats its headers: the credential is not in what comes back.
        let text = format!("{reply:?}");
        assert!(text.contains("[redacted]") && !text.contains("all-secret"), "{text}");
    }
    for asked in api.asked() {
        assert_eq!(
            (asked.header("authorization"), asked.header("x-key")),
            ("Bearer all-secret", "-"),
            "{}",
            asked.line
        );
    }
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_credential_comes_back_nowhere() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let secret = "s3cr/t+pass";
    let encoded = STANDARD.encode(secret);
    let said = format!("{secret} {encoded} s3cr%2Ft%2Bpass");
    let bodies = said.clone();
    let api = FakeApi::answering(move |asked| match asked.line.as_str() {
        "GET /bytes" => answered(200, &[("content-type", "application/octet-stream")], &bodies),
        "GET /things" => answered(200, &[("content-type", "text/plain")], &bodies),
        "GET /key" => answered(200, &[], ""),
        _ => answered(
            500,
            &[("content-type", "application/json")],
            &json!({ "message": bodies, "code": bodies }).to_string(),
        ),
    })
    .await;
    let described = Described::new(&shop(&api.url()));
    let fleet =
        started(UpstreamConfig { auth: Some(Auth::Bearer(value(secret))), ..upstream_of(described.api()) }).await;
    let all = [
        format!(
            "{:?}",
            call(&fleet, "getBytes", "{}")
                .await
                .unwrap()
                .parts
                .into_iter()
                .map(|part| match part {
                    Part::Blob { bytes, .. } => String::from_utf8(bytes).unwrap(),
                    other => format!("{other:?}"),
                })
                .collect::<Vec<_>>()
        ),
        format!("{:?}", call(&fleet, "listThings", "{}").await),
        format!("{:?}", call(&fleet, "getThing", r#"{"id":"1"}"#).await.unwrap_err()),
        format!("{:?}", fleet.status().borrow()),
    ];
    for text in &all[..3] {
        assert!(text.contains("[redacted]"), "{text}");
    }
    for text in &all {
        assert!(!text.contains(secret) && !text.contains(&encoded) && !text.contains("s3cr%2F"), "{text}");
    }
    fleet.shutdown().await;
}

/// An error's body, message and code are cut to size; where the cut falls must not matter.
#[tokio::test]
async fn t14_a_credential_that_a_cut_goes_through_leaves_no_part_of_itself() {
    let secret = "credential-".repeat(8);
    let echoed = secret.clone();
    let api = FakeApi::answering(move |asked| {
        let before: usize = asked.line.rsplit('/').next().unwrap().parse().unwrap();
        let said = format!("{}{echoed}", "x".repeat(before));
        answered(500, &[("content-type", "application/json")], &json!({ "message": said, "code": said }).to_string())
    })
    .await;
    let described = Described::new(&shop(&api.url()));
    let fleet =
        started(UpstreamConfig { auth: Some(Auth::Bearer(value(&secret))), ..upstream_of(described.api()) }).await;
    for before in [0, 40, 60, 95, 220, 280, 295, 1_990, 4_000, 4_060, 4_090] {
        let failure = call(&fleet, "getThing", &format!(r#"{{"id":"{before}"}}"#)).await.unwrap_err();
        let text = format!("{failure:?}");
        assert!(!text.contains("cred"), "{before}: {text}");
    }
    fleet.shutdown().await;
}

#[tokio::test]
async fn a_refused_credential_is_got_anew_once_even_for_a_write() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    fs::write(&token, "old-token\n").unwrap();
    let renewed = token.clone();
    let api = FakeApi::answering(move |asked| match asked.header("authorization") {
        "Bearer new-token" => answered(200, &[], ""),
        _ => {
            fs::write(&renewed, "new-token\n").unwrap();
            answered(401, &[], "")
        }
    })
    .await;
    let described = Described::new(&shop(&api.url()));
    let upstream = UpstreamConfig { auth: Some(Auth::Bearer(file(&token))), ..upstream_of(described.api()) };
    let fleet = started(upstream).await;
    let write = UpstreamCall { idempotency_key: Some("k".into()), ..request("createThing", r#"{"name":"x"}"#) };
    send(&fleet, write).await.unwrap();
    let sent: Vec<String> = api.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    assert_eq!(sent, ["Bearer old-token", "Bearer new-token"]);
    fleet.shutdown().await;

    // What is no other than before is not sent again.
    let api = FakeApi::answering(|_| answered(401, &[], "")).await;
    let described = Described::new(&shop(&api.url()));
    let fleet =
        started(UpstreamConfig { auth: Some(Auth::Bearer(value("only-token"))), ..upstream_of(described.api()) }).await;
    let failure = call(&fleet, "listThings", "{}").await.unwrap_err();
    assert_eq!((failure.status, api.asked().len()), (Some(401), 1));
    fleet.shutdown().await;
}

#[tokio::test]
async fn c15_c13_the_config_chooses_operations_and_shows_deprecated_ones() {
    let described = Described::new(&shop("http://127.0.0.1:1"));
    let fleet = started(upstream_of(OpenApi {
        include: vec![Selector::Path(Glob::new("/things*"))],
        exclude: vec![Selector::Method("POST".into()), Selector::Id(Glob::new("put*"))],
        deprecated: true,
        ..described.api()
    }))
    .await;
    let found = ready(&fleet).await;
    assert_eq!(found.names(), ["listThings", "getThing", "deleteThing"]);
    assert!(found.tools.iter().all(|tool| !tool.deprecated));
    let (status, _) = description(&fleet).await;
    assert_eq!((status.operations, status.left_out, status.skipped_count), (3, 8, 0));
    fleet.shutdown().await;
    let fleet =
        started(upstream_of(OpenApi { include: vec![Selector::Tag(Glob::new("none"))], ..described.api() })).await;
    let found = ready(&fleet).await;
    assert_eq!(found.warnings, ["include and exclude leave none of its 11 operations"]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn c08_where_requests_go() {
    let described = Described::new(&shop("http://{region}.example.com:8080/v1"));
    let absent_with = async |api: OpenApi, allow_private: bool| {
        let fleet = fleet(vec![UpstreamConfig { allow_private, ..upstream_of(api) }]);
        let reason = absent(&fleet).await;
        fleet.shutdown().await;
        reason
    };
    let api = FakeApi::echoing().await;
    let closed = Described::new(&shop(&api.url()));
    let reason = absent_with(closed.api(), false).await;
    assert!(reason.contains("127.0.0.1 is a loopback address") && reason.contains("allow_private = true"), "{reason}");
    let own = OpenApi { base_url: Some("http://[::1]:9/".into()), ..closed.api() };
    let reason = absent_with(own, false).await;
    assert!(reason.starts_with("its base_url cannot be used: ") && reason.contains("::1"), "{reason}");
    let reason = absent_with(Described::new(&shop("/v1")).api(), true).await;
    assert!(reason.contains("base_url"), "{reason}");

    let own = OpenApi { base_url: Some(format!("{}/base/", api.url())), ..described.api() };
    let fleet = started(upstream_of(own)).await;
    call(&fleet, "getThing", r#"{"id":"1"}"#).await.unwrap();
    assert_eq!(api.lines(), ["GET /base/things/1"]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn what_was_read_once_is_read_from_disk() {
    let above = tempfile::tempdir().unwrap();
    let described = Described::new(&shop("http://127.0.0.1:1"));
    let kept = async || {
        let fleet = keeping(above.path(), upstream_of(described.api()));
        let (status, _) = description(&fleet).await;
        let tools = ready(&fleet).await.tools;
        fleet.shutdown().await;
        (status.kept, tools)
    };
    let (first, second) = (kept().await, kept().await);
    assert_eq!((first.0, second.0), (false, true));
    assert_eq!(first.1, second.1, "and is the same");
    for entry in fs::read_dir(above.path().join("kept")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let (third, fourth) = (kept().await, kept().await);
    assert_eq!((third.0, fourth.0), (false, true), "what is corrupt is read anew, and kept again");
    assert_eq!(first.1, third.1);
    fs::write(&described.file, shop("http://127.0.0.1:2").to_string()).unwrap();
    assert!(!kept().await.0, "a changed description is another");
}

#[tokio::test]
async fn c02_a_tree_of_files_is_read_within_its_directory_and_again_when_one_changed() {
    let above = tempfile::tempdir().unwrap();
    let mut root = shop("http://127.0.0.1:1");
    root["paths"] = json!({ "/a": { "$ref": "paths/a.json" }, "/b": { "$ref": "../outside.json" } });
    let described = Described::new(&root);
    let paths = described.directory.path().join("paths");
    fs::create_dir(&paths).unwrap();
    let operation = |id: &str| json!({ "get": { "operationId": id, "responses": { "204": { "description": "" } } } });
    fs::write(paths.join("a.json"), operation("first").to_string()).unwrap();
    let outside = described.directory.path().parent().unwrap().join("outside.json");
    assert!(!outside.exists());
    let names = async || {
        let fleet = keeping(above.path(), upstream_of(described.api()));
        let (status, _) = description(&fleet).await;
        let names: Vec<String> = ready(&fleet).await.names().iter().map(|&name| name.to_owned()).collect();
        fleet.shutdown().await;
        (status.kept, names.join(" "))
    };
    assert_eq!(names().await, (false, "first".into()));
    assert_eq!(names().await, (true, "first".into()));
    fs::write(paths.join("a.json"), operation("second").to_string()).unwrap();
    assert_eq!(names().await, (false, "second".into()));
}

#[tokio::test]
async fn c17_a_description_by_url_is_fetched_when_it_changed_and_kept_for_bad_times() {
    let above = tempfile::tempdir().unwrap();
    let text = Arc::new(std::sync::Mutex::new(String::new()));
    let served = text.clone();
    let api = FakeApi::answering(move |asked| {
        let text = served.lock().unwrap().clone();
        let etag = format!("\"{}\"", text.len());
        match asked.header("if-none-match") == etag {
            true => answered(304, &[("etag", &etag)], ""),
            false => answered(200, &[("etag", &etag)], &text),
        }
    })
    .await;
    *text.lock().unwrap() = shop(&api.url()).to_string();
    let at = |path: &str| OpenApi::new(DescriptionAt::Url(format!("{}{path}", api.url())));
    let start = async |api: OpenApi| {
        let fleet = keeping(above.path(), upstream_of(api));
        let (status, _) = description(&fleet).await;
        let found = ready(&fleet).await;
        fleet.shutdown().await;
        (status.kept, found.tools.len(), found.warnings.first().cloned().unwrap_or_default())
    };
    assert!(!start(at("/openapi.json")).await.0);
    assert!(start(at("/openapi.json")).await.0);
    let conditions: Vec<String> = api.asked().iter().map(|asked| asked.header("if-none-match").to_owned()).collect();
    assert_eq!(conditions[0], "-");
    assert_ne!(conditions[1], "-");
    let mut smaller = shop(&api.url());
    smaller["paths"].as_object_mut().unwrap().retain(|path, _| path == "/things");
    *text.lock().unwrap() = smaller.to_string();
    assert_eq!(start(at("/openapi.json")).await.1, 2, "what changed is taken over");
    for trouble in [
        answered(500, &[], ""),
        answered(302, &[("location", "http://169.254.169.254/x")], ""),
        answered(200, &[], "<html>"),
    ] {
        api.first([trouble]);
        let (kept, tools, warning) = start(at("/openapi.json")).await;
        assert_eq!((kept, tools), (true, 2));
        assert!(
            warning.starts_with("its description cannot be fetched, and the copy kept from earlier is used: "),
            "{warning}"
        );
    }
    // Without a copy it is absent, with the reason.
    api.first([answered(302, &[("location", "http://elsewhere.test/secret?x")], "")]);
    let fleet = keeping(above.path(), upstream_of(at("/other.json")));
    insta::assert_snapshot!(absent(&fleet).await, @"its description cannot be fetched (it answered with a redirect to elsewhere.test, which weir does not follow; put that URL into the config)");
    fleet.shutdown().await;
    let closed = UpstreamConfig { allow_private: false, ..upstream_of(at("/third.json")) };
    let fleet = keeping(above.path(), closed);
    let reason = absent(&fleet).await;
    assert!(reason.contains("127.0.0.1 is a loopback address"), "{reason}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn what_is_no_description_is_a_reason() {
    let large = Described::of_bytes(b"{}");
    fs::File::options().write(true).open(&large.file).unwrap().set_len(100 << 20).unwrap();
    let missing = OpenApi::new(DescriptionAt::File("/nowhere/at/all.json".into()));
    let device = OpenApi::new(DescriptionAt::File("/dev/zero".into()));
    let html = Described::of_bytes(b"<!doctype html><html></html>");
    let other = Described::of_bytes(br#"{"a":1}"#);
    for (api, expected) in [
        (large.api(), "it is larger than 64 MiB"),
        (missing, "it cannot be read: entity not found"),
        (device, "it is no file"),
        (html.api(), ""),
        (other.api(), ""),
    ] {
        let fleet = fleet(vec![upstream_of(api)]);
        let reason = absent(&fleet).await;
        assert!(reason.starts_with("its description cannot be read (") && reason.contains(expected), "{reason}");
        let failure = call(&fleet, "listThings", "{}").await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::UpstreamUnavailable);
        assert!(
            !failure.message.contains('/')
                || failure
                    .message
                    .starts_with("up/listThings: its upstream is absent: its description cannot be read;"),
            "no host path for agents: {}",
            failure.message
        );
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn c16_so_many_at_once_and_no_more() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest) = (now.clone(), most.clone());
    let api = FakeApi::answering(move |_| {
        let (now, most) = (counted.clone(), highest.clone());
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // The body is sent some time later; until then the request is under way.
        let body = futures_util::stream::once(async move {
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            now.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, std::convert::Infallible>("{}")
        });
        axum::response::Response::new(axum::body::Body::from_stream(body))
    })
    .await;
    let described = Described::new(&shop(&api.url()));
    let fleet = started(upstream_of(OpenApi { concurrency: 2, ..described.api() })).await;
    let calls = (0..8).map(|_| call(&fleet, "listThings", "{}"));
    let all = futures_util::future::join_all(calls).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn fixtures_of_others_are_upstreams_and_stay_apart() {
    let fixtures = here("../../fixtures/openapi");
    let at = |name: &str| OpenApi {
        base_url: Some("http://127.0.0.1:1".into()),
        ..OpenApi::new(DescriptionAt::File(fixtures.join(name)))
    };
    for (name, least) in [
        ("petstore_v3.yaml", 19),
        ("opensandbox_execd.yaml", 20),
        ("opensandbox_lifecycle.yml", 5),
        ("oas-examples/3.0_json_security.json", 5),
        ("oas-examples/3.0_json_parameters-style.json", 5),
        ("oas-examples/3.1_json_schema-types.json", 1),
    ] {
        let fleet = fleet(vec![upstream_of(at(name))]);
        let (status, _) = description(&fleet).await;
        assert!(status.operations >= least, "{name}: {status:?}");
        fleet.shutdown().await;
    }
}
