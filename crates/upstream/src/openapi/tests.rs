//! A description that changes while weir runs, looked at again without waiting for its time to come.

use std::sync::Mutex;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weir_model::UpstreamName;

use super::*;
use crate::{
    Client, Transport, UpstreamConfig, UpstreamStatus, status::Board, supervisor::Ground as Shared, verdict::Verdicts,
    warden::Warden,
};

/// Answers every request with the text that is there at the moment; an empty one is an error.
async fn serving(text: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/openapi.json", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let body = text.lock().unwrap().clone();
            let status = if body.is_empty() { "500 No" } else { "200 OK" };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

fn description(operations: usize) -> String {
    let paths: Vec<String> = (0..operations)
        .map(|n| format!(r#""/p{n}":{{"get":{{"operationId":"op{n}","responses":{{"204":{{"description":""}}}}}}}}"#))
        .collect();
    format!(r#"{{"openapi":"3.0.3","info":{{"title":"T","version":"1"}},"paths":{{{}}}}}"#, paths.join(","))
}

fn shared(board: Board) -> Shared {
    Shared {
        client: Client::default(),
        descriptions: Arc::new(Kept::in_directory(None)),
        tokens: None,
        verdicts: Verdicts::open(None),
        board: Arc::new(board),
        warden: Warden::new(None),
        stop: CancellationToken::new(),
        tracker: TaskTracker::new(),
    }
}

#[tokio::test]
async fn c17_what_changed_is_taken_over_and_what_is_broken_changes_nothing() {
    let text = Arc::new(Mutex::new(description(1)));
    let name = UpstreamName::new("up").unwrap();
    let shared = shared(Board::new([name.clone()]));
    let api = OpenApi::new(DescriptionAt::Url(serving(text.clone()).await));
    let config =
        UpstreamConfig { allow_private: true, ..UpstreamConfig::new(name, Transport::OpenApi(Box::new(api.clone()))) };
    let seat = Seat::new(0, config);
    let desk = Desk::new(&seat, &shared, &api);
    let board = shared.board.subscribe();
    let told = || {
        let UpstreamStatus { state, warnings, .. } = board.borrow()[0].clone();
        match state {
            UpstreamState::Ready { tools, .. } => (tools.len(), warnings.join("")),
            other => panic!("{other:?}"),
        }
    };
    let described = description(2).replacen(r#""204""#, r#""205""#, 1);
    let moved = description(1).replacen('{', r#"{"servers":[{"url":"http://127.0.0.9/v2"}],"#, 1);
    let mut current = desk.load_and_open().await.unwrap_or_else(|ended| panic!("{ended:?}"));
    assert_eq!(told(), (1, String::new()));
    let cannot = "its description was looked at again, and the one from before is used on: ";
    let two_new = "its description changed while weir was running: 2 new (op1, op2)";
    for (now, tools, expected) in [
        (description(1), 1, String::new()),
        (description(3), 3, two_new.into()),
        (
            String::new(),
            3,
            format!("{cannot}its description cannot be fetched (it answered with HTTP status 500){two_new}"),
        ),
        (description(3), 3, two_new.into()),
        (
            moved,
            3,
            format!(
                "{cannot}it names another server than before, http://127.0.0.9: restart weir to send requests there, or say where with `base_url`{two_new}"
            ),
        ),
        (description(2), 2, "its description changed while weir was running: 1 gone (op2)".into()),
        (described, 2, "its description changed while weir was running: 1 changed (op0)".into()),
    ] {
        *text.lock().unwrap() = now.clone();
        current = desk.look_again(current).await;
        assert_eq!(told(), (tools, expected), "{now}");
        let Standing::Open(service) = seat.standing() else { panic!("it does not stand") };
        assert_eq!(service.usable("op2").is_some(), tools > 2, "calls go by the same");
    }
    *text.lock().unwrap() = "<html>".to_owned();
    desk.look_again(current).await;
    let (tools, warned) = told();
    assert!(tools == 2 && warned.starts_with(&format!("{cannot}its description cannot be read (")), "{warned}");
}
