//! APIs that lie, stall, flood and fall over, and the one failure each of them is.

use std::{io::Write, time::Duration};

use weir_bridge::port::UpstreamCall;
use weir_model::{FailureKind, Part, ToolFailure, limits};
use weir_upstream::{Auth, Fleet, OpenApi, UpstreamConfig};

use crate::{
    api::{Described, FakeApi, RawApi, Then, shop, status as answered, upstream_of, value},
    support::*,
};

async fn at(url: &str) -> std::sync::Arc<Fleet> {
    started(upstream_of(Described::new(&shop(url)).api())).await
}

async fn failure(fleet: &Fleet) -> ToolFailure {
    call(fleet, "listThings", "{}").await.unwrap_err()
}

/// What one call of a server that says these bytes ends as, within a short deadline.
async fn of_raw(bytes: impl Into<Vec<u8>>, then: Then) -> (ToolFailure, usize) {
    let raw = RawApi::saying(bytes.into(), then).await;
    let fleet = at(&format!("http://{}", raw.at)).await;
    let request = UpstreamCall { deadline: Duration::from_millis(1_500), ..request("listThings", "{}") };
    let failure = send(&fleet, request).await.unwrap_err();
    fleet.shutdown().await;
    (failure, raw.asked())
}

fn write(tool: &str, arguments: &str) -> UpstreamCall {
    UpstreamCall { idempotency_key: Some("once".into()), ..request(tool, arguments) }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An answer of JSON in this coding.
fn coded(status: &str, coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn h13_what_is_compressed_unasked_is_unpacked() {
    let json = br#"{"name":"thing"}"#;
    for (coding, body) in [
        ("gzip", gzipped(json)),
        ("X-GZIP", gzipped(json)),
        ("deflate", deflated(json)),
        // Without its frame.
        ("deflate", deflated(json)[2..deflated(json).len() - 4].to_vec()),
        ("identity", json.to_vec()),
    ] {
        let raw = RawApi::saying(coded("200 OK", coding, &body), Then::Close).await;
        let fleet = at(&format!("http://{}", raw.at)).await;
        let reply = call(&fleet, "listThings", "{}").await.unwrap();
        assert_eq!(reply.parts, [Part::Json(r#"{"name":"thing"}"#.into())], "{coding}");
        fleet.shutdown().await;
    }
    // What went wrong is told compressed too, and is cut as any other.
    let sorry = format!(r#"{{"message":"sorry","more":"{}"}}"#, "x".repeat(1 << 20));
    let (failure, _) = of_raw(coded("404 Not Found", "gzip", &gzipped(sorry.as_bytes())), Then::Close).await;
    assert_eq!((failure.kind, failure.status), (FailureKind::ToolError, Some(404)));
    assert!(failure.body.unwrap().starts_with(r#""{\"message\":\"sorry\""#));
    let (failure, _) = of_raw(coded("404 Not Found", "gzip", &gzipped(br#"{"message":"sorry"}"#)), Then::Close).await;
    assert_eq!(failure.body.as_deref(), Some(r#"{"message":"sorry"}"#));
}

#[tokio::test]
async fn h13_bombs_stacks_and_broken_streams_are_refused() {
    let bomb = gzipped(&vec![b' '; 16 << 20]);
    assert!(bomb.len() < 50_000);
    let whole = gzipped(br#"{"name":"thing"}"#);
    for (coding, body, expected) in [
        ("gzip", bomb.as_slice(), "more than 100 times larger"),
        ("gzip, gzip, gzip", &whole, "compressed (gzip, gzip, gzip)"),
        ("br", &whole, "compressed (br)"),
        ("zstd", &whole, "compressed (zstd)"),
        ("gzip", &whole[..whole.len() - 1], "is damaged, or was cut off"),
        ("deflate", &whole, "is damaged, or was cut off"),
        ("gzip", b"{}", "is damaged, or was cut off"),
    ] {
        let (failure, asked) = of_raw(coded("200 OK", coding, body), Then::Close).await;
        assert_eq!((failure.kind, asked), (FailureKind::UpstreamProtocol, 1), "{coding}");
        assert!(failure.message.contains(expected), "{coding}: {}", failure.message);
    }
    // Of a size that is fair, and over the limit all the same.
    let numbers = (0..400_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let large = gzipped(format!("[{numbers}]").as_bytes());
    let raw = RawApi::saying(coded("200 OK", "gzip", &large), Then::Close).await;
    let described = Described::new(&shop(&format!("http://{}", raw.at)));
    let limited = UpstreamConfig { response_bytes_max: 2 << 20, ..upstream_of(described.api()) };
    assert!((large.len() as u64) < limited.response_bytes_max);
    let fleet = started(limited).await;
    assert_eq!(failure(&fleet).await.kind, FailureKind::ResponseTooLarge);
    fleet.shutdown().await;
}

#[tokio::test]
async fn h13_lengths_are_no_promise() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let (short, _) = of_raw(format!("{json}content-length: 100\r\n\r\n{{}}"), Then::Close).await;
    assert_eq!(short.kind, FailureKind::UpstreamUnavailable, "{short:?}");
    let (huge, _) = of_raw(format!("{json}content-length: 99999999999\r\n\r\n"), Then::Hang).await;
    assert_eq!(huge.kind, FailureKind::ResponseTooLarge, "{huge:?}");
    let (two, _) = of_raw(format!("{json}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}"), Then::Close).await;
    assert!(matches!(two.kind, FailureKind::UpstreamUnavailable | FailureKind::UpstreamProtocol), "{two:?}");
}

#[tokio::test]
async fn h14_an_answer_without_end_is_cut_off_by_its_size() {
    static CHUNK: [u8; 65_536 + 9] = {
        let mut chunk = [b'x'; 65_536 + 9];
        let (head, mut i) = (*b"10000\r\n", 0);
        while i < head.len() {
            chunk[i] = head[i];
            i += 1;
        }
        (chunk[65_536 + 7], chunk[65_536 + 8]) = (b'\r', b'\n');
        chunk
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let raw = RawApi::saying(head.into(), Then::Repeat(&CHUNK)).await;
    let described = Described::new(&shop(&format!("http://{}", raw.at)));
    let fleet = started(UpstreamConfig { response_bytes_max: 1 << 20, ..upstream_of(described.api()) }).await;
    let failure = failure(&fleet).await;
    assert_eq!(failure.kind, FailureKind::ResponseTooLarge);
    assert!(failure.message.contains("over the limit of 1 MiB"), "{}", failure.message);
    fleet.shutdown().await;
}

#[tokio::test]
async fn h22_an_event_stream_without_end_is_cut_off_by_its_size() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    for again in [&b"data: {\"tick\":1}\n\n"[..], b"a line that never ends "] {
        let raw = RawApi::saying(head.into(), Then::Repeat(again)).await;
        let described = Described::new(&shop(&format!("http://{}", raw.at)));
        let fleet = started(UpstreamConfig { response_bytes_max: 1 << 16, ..upstream_of(described.api()) }).await;
        assert_eq!(failure(&fleet).await.kind, FailureKind::ResponseTooLarge);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn h14_who_dawdles_meets_the_deadline() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
    let cases = [
        (head.to_owned(), Then::Drip(b' ')),
        ("HTTP/1.1 200 OK\r\nx-slow: ".to_owned(), Then::Drip(b'a')),
        (String::new(), Then::Hang),
        (head.to_owned(), Then::Hang),
        ("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n".to_owned(), Then::Drip(b':')),
        (String::new(), Then::Repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    ];
    let all = cases.map(|(bytes, then)| async move {
        let (failure, asked) = of_raw(bytes.clone(), then).await;
        assert_eq!((failure.kind, asked), (FailureKind::DeadlineExceeded, 1), "{bytes:?}: {failure:?}");
    });
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn h14_headers_are_bounded() {
    let many =
        format!("HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\n{{}}", "x-a: b\r\n".repeat(limits::ANSWER_HEADERS_MAX));
    let large = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 2\r\n\r\n{{}}",
        format!("x-a: {}\r\n", "b".repeat(1_000)).repeat(70)
    );
    let one = format!("HTTP/1.1 200 OK\r\nx-a: {}\r\n\r\n", "b".repeat(1 << 20));
    for head in [many, large, one] {
        let (failure, asked) = of_raw(head, Then::Close).await;
        assert!(
            matches!(failure.kind, FailureKind::UpstreamProtocol | FailureKind::UpstreamUnavailable),
            "{failure:?}"
        );
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn h15_what_was_sent_is_not_sent_again() {
    for said in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "nonsense\r\n\r\n"] {
        let raw = RawApi::saying(said.into(), Then::Close).await;
        let fleet = at(&format!("http://{}", raw.at)).await;
        let failure = send(&fleet, write("createThing", r#"{"name":"x"}"#)).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable, raw.asked()),
            (FailureKind::UpstreamUnavailable, false, 1),
            "{said:?}"
        );
        assert!(failure.message.contains("may have been carried out"), "{}", failure.message);
        fleet.shutdown().await;
    }
}

#[tokio::test]
async fn h15_an_upstream_that_fails_again_and_again_is_left_alone() {
    let raw = RawApi::saying(Vec::new(), Then::Close).await;
    let fleet = at(&format!("http://{}", raw.at)).await;
    let failures = usize::try_from(limits::CIRCUIT_FAILURES_MAX).unwrap();
    for _ in 0..failures {
        send(&fleet, write("createThing", r#"{"name":"x"}"#)).await.unwrap_err();
    }
    assert_eq!(raw.asked(), failures);
    let failure = failure(&fleet).await;
    assert_eq!(failure.kind, FailureKind::UpstreamUnavailable);
    assert!(failure.message.contains("is left alone for another") && failure.retry_after.is_some(), "{failure:?}");
    assert_eq!(raw.asked(), failures, "and nothing was sent");
    fleet.shutdown().await;
}

#[tokio::test]
async fn h15_who_cannot_be_reached_is_told() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fleet = at(&format!("http://{nobody}")).await;
    let failure = failure(&fleet).await;
    assert_eq!((failure.kind, failure.retryable), (FailureKind::UpstreamUnavailable, true));
    assert!(
        failure.message.starts_with("up/listThings: it cannot be reached: ")
            && failure.message.ends_with("; the call was not sent"),
        "{}",
        failure.message
    );
    fleet.shutdown().await;
}

/// The bridge decides whether anything is sent again; from here every call leaves once, with what it needs to decide.
#[tokio::test]
async fn h17_every_call_is_sent_once_and_told_when_to_come_back() {
    let api = FakeApi::echoing().await;
    let fleet = at(&api.url()).await;
    let seconds = |seconds: u64| Some(Duration::from_secs(seconds));
    for (status, header, retryable, wait) in [
        (503, "", true, None),
        (429, "", true, None),
        (429, "3", true, seconds(3)),
        (429, "999999", true, Some(limits::RETRY_AFTER_TOLD_MAX)),
        (429, "18446744073709551616", true, Some(limits::RETRY_AFTER_TOLD_MAX)),
        (429, "Fri, 31 Dec 2100 23:59:59 GMT", true, Some(limits::RETRY_AFTER_TOLD_MAX)),
        (429, "-1", true, None),
        (429, "soon", true, None),
        (500, "1", true, seconds(1)),
        (501, "", false, None),
        (404, "", false, None),
    ] {
        let arguments = r#"{"id":"1","name":"x"}"#;
        for request in
            [request("listThings", "{}"), write("createThing", r#"{"name":"x"}"#), write("putThing", arguments)]
        {
            let before = api.lines().len();
            let headers = [("retry-after", header)];
            api.first([answered(status, &headers[usize::from(header.is_empty())..], "")]);
            let failure = send(&fleet, request).await.unwrap_err();
            let told = (failure.status, failure.retryable, failure.retry_after);
            assert_eq!((told, api.lines().len() - before), ((Some(status), retryable, wait), 1), "{status} {header}");
        }
    }
    fleet.shutdown().await;
}

#[tokio::test]
async fn h18_connections_and_cookies_belong_to_one_upstream() {
    let api = FakeApi::answering(|_| answered(200, &[("set-cookie", "sid=tracked; Path=/")], "{}")).await;
    let described = Described::new(&shop(&api.url()));
    let named = |name: &str, secret: &str| UpstreamConfig {
        name: weir_model::UpstreamName::new(name).unwrap(),
        auth: Some(Auth::Bearer(value(secret))),
        ..upstream_of(described.api())
    };
    let fleet = fleet(vec![named("up", "first-secret"), named("other", "second-secret")]);
    fleet.settled(PATIENCE).await;
    for name in ["up", "other", "up", "other"] {
        let mut request = request("listThings", "{}");
        request.tool.upstream = weir_model::UpstreamName::new(name).unwrap();
        send(&fleet, request).await.unwrap();
    }
    let asked = api.asked();
    assert!(asked.iter().all(|one| one.header("cookie") == "-"));
    let peers = |secret: &str| -> Vec<_> {
        asked.iter().filter(|one| one.header("authorization").ends_with(secret)).map(|one| one.peer).collect()
    };
    let (first, second) = (peers("first-secret"), peers("second-secret"));
    assert_eq!((first.len(), second.len()), (2, 2));
    assert!(first.iter().all(|peer| !second.contains(peer)), "{first:?} {second:?}");
    fleet.shutdown().await;
}

#[tokio::test]
async fn h09_a_redirect_is_told_and_its_target_never_asked() {
    let elsewhere = FakeApi::echoing().await;
    for target in
        [format!("{}/x?token=y", elsewhere.url()), "http://169.254.169.254/latest".into(), "file:///etc/passwd".into()]
    {
        let to = target.clone();
        let api = FakeApi::answering(move |_| answered(307, &[("location", &to)], "")).await;
        let described = Described::new(&shop(&api.url()));
        let fleet =
            started(UpstreamConfig { auth: Some(Auth::Bearer(value("the-secret"))), ..upstream_of(described.api()) })
                .await;
        let failure = failure(&fleet).await;
        assert_eq!((failure.status, api.lines().len()), (Some(307), 1), "{failure:?}");
        assert!(!failure.message.contains("token=y"), "{}", failure.message);
        fleet.shutdown().await;
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn h07_a_description_cannot_lead_inside() {
    for server in ["http://169.254.169.254", "http://[::ffff:127.0.0.1]:1", "http://2130706433:1", "http://10.0.0.1"] {
        let described = Described::new(&shop(server));
        let fleet = fleet(vec![UpstreamConfig { allow_private: false, ..upstream_of(described.api()) }]);
        let reason = absent(&fleet).await;
        assert!(reason.contains("its server cannot be used: "), "{server}: {reason}");
        fleet.shutdown().await;
    }
    // A name is judged when it is connected to: `localhost` is looked up by this machine.
    let api = FakeApi::echoing().await;
    let described = Described::new(&shop(&format!("http://localhost:{}", api.at.port())));
    let closed = UpstreamConfig { allow_private: false, ..upstream_of(OpenApi { ..described.api() }) };
    let fleet = started(closed).await;
    let failure = failure(&fleet).await;
    assert_eq!((failure.kind, failure.retryable), (FailureKind::Denied, false));
    assert!(
        failure.message.contains("is a loopback address") && failure.message.contains("allow_private = true"),
        "{}",
        failure.message
    );
    assert!(api.asked().is_empty());
    fleet.shutdown().await;
}
