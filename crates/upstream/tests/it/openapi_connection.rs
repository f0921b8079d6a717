//! Connections that an API closes when it likes: what is kept open and closed meanwhile is nobody's failure.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use weir_bridge::port::UpstreamCall;
use weir_model::FailureKind;
use weir_upstream::Fleet;

use crate::{
    api::{Described, shop, upstream_of},
    support::*,
};

#[derive(Clone, Copy)]
enum Closes {
    /// As soon as it has answered.
    Idle,
    /// When the next request has come, without a word.
    Asked,
}

/// Answers one request on each connection as if more could follow, and closes it.
struct Closing {
    heard: Mutex<Vec<String>>,
    closed: Notify,
}

impl Closing {
    async fn start(closes: Closes) -> (Arc<Self>, Arc<Fleet>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let closing = Arc::new(Self { heard: Mutex::default(), closed: Notify::new() });
        let server = closing.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream, closes).await });
            }
        });
        (closing, started(upstream_of(Described::new(&shop(&url)).api())).await)
    }

    async fn serve(&self, mut stream: TcpStream, closes: Closes) {
        if self.hear(&mut stream).await.is_none() {
            return;
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(answer).await.unwrap();
        if let Closes::Asked = closes {
            self.hear(&mut stream).await;
        }
        drop(stream);
        self.closed.notify_one();
    }

    async fn hear(&self, stream: &mut TcpStream) -> Option<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        stream.read_exact(&mut vec![0; length.unwrap_or(0)]).await.ok()?;
        self.heard.lock().unwrap().push(head.lines().next().unwrap().to_owned());
        Some(())
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn write() -> UpstreamCall {
    UpstreamCall { idempotency_key: Some("once".into()), ..request("createThing", r#"{"name":"x"}"#) }
}

#[tokio::test]
async fn h15_a_connection_that_was_closed_while_nobody_used_it_is_no_failure() {
    let (server, fleet) = Closing::start(Closes::Idle).await;
    for request in [request("listThings", "{}"), write(), request("listThings", "{}"), write()] {
        send(&fleet, request).await.unwrap();
        server.closed.notified().await;
        // The end of the connection is there; the client sees it when the runtime next looks.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
    }
    let line = |line: &str| format!("{line} HTTP/1.1");
    assert_eq!(server.heard(), [line("GET /things"), line("POST /things"), line("GET /things"), line("POST /things")]);
    fleet.shutdown().await;
}

#[tokio::test]
async fn h15_what_a_closing_connection_swallowed_may_be_read_again_and_is_never_written_again() {
    for (request, may_be_sent_again) in [(request("listThings", "{}"), true), (write(), false)] {
        let (server, fleet) = Closing::start(Closes::Asked).await;
        call(&fleet, "listThings", "{}").await.unwrap();
        let failure = send(&fleet, request).await.unwrap_err();
        assert_eq!((failure.kind, failure.retryable), (FailureKind::UpstreamUnavailable, may_be_sent_again));
        assert_eq!(server.heard().len(), 2, "sent once: {:?}", server.heard());
        call(&fleet, "listThings", "{}").await.unwrap();
        fleet.shutdown().await;
    }
}
