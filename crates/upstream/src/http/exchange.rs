//! One POST and its answer: plain JSON, or an event stream in which the answer comes last.

use std::time::Duration;

use reqwest::{
    Response,
    header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
};
use weir_model::limits;

use super::{
    Inner, heading, is_gone,
    sse::{EventTooLarge, Events},
    stream,
};
use crate::{
    link::Request,
    oauth,
    pending::Lost,
    wire::{Inbound, RequestId, error_reply, inbound, pong},
};

/// Of a body that came with an error status.
const ERROR_BYTES_MAX: u64 = 64 * 1024;
/// Messages beside the answer in one stream.
const UNASKED_MAX: usize = 100_000;
/// How often a broken legacy stream is picked up again.
const RESUMES_MAX: usize = 3;

pub(super) async fn post(inner: &std::sync::Arc<Inner>, id: RequestId, request: &Request<'_>) -> Result<Vec<u8>, Lost> {
    let session = inner.session();
    let headers = heading::of_request(inner, request, session.as_ref());
    let mut body = Vec::new();
    request.outgoing.write(id, &mut body);
    let post = inner.client.post(inner.url.clone()).headers(headers).body(body);
    let response = inner.send(post).await?;
    let status = response.status();
    if is_gone(status, session.as_ref()) {
        inner.session_lost();
        return Err(Lost::NotSent("it ended the session; weir opens another".into()));
    }
    if !status.is_success() {
        return refused(inner, response, id).await;
    }
    if request.outgoing.method == "initialize"
        && let Some(opened) = response.headers().get(heading::SESSION)
    {
        inner.open_session(opened);
    }
    match kind(&response)? {
        Kind::Json => whole(response, limits::MESSAGE_BYTES_MAX).await,
        Kind::Events => streamed(inner, id, request, response).await,
    }
}

enum Kind {
    Json,
    Events,
}

fn kind(response: &Response) -> Result<Kind, Lost> {
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    // None was asked for, and unpacking one is how a small answer becomes a large one.
    if !matches!(header(CONTENT_ENCODING), "" | "identity") {
        return Err(Lost::Protocol("its answer is compressed, which weir did not ask for".into()));
    }
    let media = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/json" => Ok(Kind::Json),
        "text/event-stream" => Ok(Kind::Events),
        _ => {
            let shown: String = media.chars().take(60).collect();
            Err(Lost::Protocol(format!("its answer has content type {shown:?}, not JSON or an event stream").into()))
        }
    }
}

/// Stops reading at the limit, whatever length was announced.
async fn whole(mut response: Response, bytes_max: u64) -> Result<Vec<u8>, Lost> {
    if response.content_length().is_some_and(|announced| announced > bytes_max) {
        return Err(Lost::TooLarge(bytes_max));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| broke(&e))? {
        if (body.len() + chunk.len()) as u64 > bytes_max {
            return Err(Lost::TooLarge(bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn broke(error: &reqwest::Error) -> Lost {
    Lost::Gone(format!("the connection to it broke: {}", super::cause(error)).into())
}

/// An error status may come with a proper JSON-RPC error.
async fn refused(inner: &Inner, response: Response, id: RequestId) -> Result<Vec<u8>, Lost> {
    let status = response.status().as_u16();
    let hint = oauth::hint(&inner.credential.upstream, status, response.headers());
    let hint = hint.filter(|_| inner.credential.by_login).map(Into::into);
    let retry_after =
        response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
    let readable = kind(&response).is_ok_and(|kind| matches!(kind, Kind::Json)) || is_text(&response);
    let body = if readable { whole(response, ERROR_BYTES_MAX).await.unwrap_or_default() } else { Vec::new() };
    if matches!(inbound(&body), Inbound::Answer(answered) if answered == id) && !matches!(status, 401 | 403 | 429) {
        return Ok(body);
    }
    Err(Lost::Status { status, retry_after, body: String::from_utf8_lossy(&body).into(), hint })
}

fn is_text(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("text/plain"))
        && !response.headers().contains_key(CONTENT_ENCODING)
}

async fn streamed(
    inner: &std::sync::Arc<Inner>,
    id: RequestId,
    request: &Request<'_>,
    mut response: Response,
) -> Result<Vec<u8>, Lost> {
    let cap = usize::try_from(limits::MESSAGE_BYTES_MAX).unwrap_or(usize::MAX);
    let mut unasked = 0;
    for _ in 0..=RESUMES_MAX {
        let mut events = Events::new(cap);
        let broken = loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break Lost::Gone("it ended the stream before the answer".into()),
                Err(error) => break broke(&error),
            };
            let found = events.feed(&chunk).map_err(|EventTooLarge| Lost::TooLarge(limits::MESSAGE_BYTES_MAX))?;
            for event in found {
                if act(inner, id, request, &event.data) {
                    return Ok(event.data);
                }
                unasked += 1;
            }
            if unasked > UNASKED_MAX {
                return Err(Lost::Protocol("it floods the answer's stream with other messages".into()));
            }
        };
        // The request is not sent again: a legacy stream whose events have ids is only read on.
        let legacy = request.era.filter(|era| !era.is_modern());
        let (Some(era), Some(last)) = (legacy, events.last_id()) else { return Err(broken) };
        response = stream::open(inner, era, Some(last)).await.map_err(|_| broken)?;
    }
    Err(Lost::Gone("it ended the stream again and again before the answer".into()))
}

/// Whether this is the answer.
fn act(inner: &std::sync::Arc<Inner>, id: RequestId, request: &Request<'_>, message: &[u8]) -> bool {
    match inbound(message) {
        Inbound::Answer(answered) if answered == id => return true,
        Inbound::Progress { token, note } if token == id => {
            if let Some(sink) = &request.progress {
                sink.pass(&note);
            }
        }
        other => unasked(inner, other, message),
    }
    false
}

/// What may come on any stream.
pub(super) fn unasked(inner: &std::sync::Arc<Inner>, message: Inbound<'_>, bytes: &[u8]) {
    let reply = match message {
        Inbound::ToolsChanged => {
            inner.events.changed.notify_one();
            return;
        }
        Inbound::Ping(id) => pong(id),
        Inbound::Request(id) => error_reply(id),
        Inbound::Answer(_) | Inbound::Stray | Inbound::Batch(_) => return inner.events.stray(),
        Inbound::Noise => return inner.events.noise(bytes),
        Inbound::Progress { .. } | Inbound::Notification => return,
    };
    if !inner.may_reply() {
        return inner.events.dropped();
    }
    let inner = inner.clone();
    inner.tracker.clone().spawn(async move {
        // One that asks and then does not listen has asked for nothing.
        let _ = inner.say(&reply).await;
        inner.replied();
    });
}
