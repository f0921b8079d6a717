//! The legacy era's own stream, a GET that stays open: how an upstream says that its tools changed.

use std::sync::Arc;

use reqwest::{Response, StatusCode, header::HeaderValue};
use tokio::time::{Instant, sleep};

use super::{Inner, exchange::unasked, heading, is_gone, sse::Events};
use crate::{Era, backoff::Backoff, pending::Lost, wire::inbound};

/// One event here is a short notification.
const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// A stream that lived so long has earned a fresh start of the waits.
const STEADY: std::time::Duration = std::time::Duration::from_secs(30);

pub(super) async fn open(inner: &Inner, era: Era, last_event: Option<&str>) -> Result<Response, Lost> {
    let session = inner.session();
    let mut headers = heading::of_session(&inner.headers, era.as_str(), session.as_ref());
    if let Some(last) = last_event.and_then(|last| HeaderValue::from_str(last).ok()) {
        headers.insert(heading::LAST_EVENT, last);
    }
    let response = inner.send(inner.client.get(inner.url.clone()).headers(headers)).await?;
    let status = response.status();
    if is_gone(status, session.as_ref()) {
        inner.session_lost();
    }
    let is_stream = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .is_some_and(|v| v.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream"));
    if status == StatusCode::OK && is_stream {
        Ok(response)
    } else {
        Err(Lost::Status { status: status.as_u16(), retry_after: None, body: "".into(), hint: None })
    }
}

/// Listens for as long as the upstream offers it, and picks up where a stream broke.
pub(super) async fn listen(inner: &Arc<Inner>, era: Era) {
    let mut backoff = Backoff::default();
    let mut last_event: Option<String> = None;
    loop {
        let since = Instant::now();
        match open(inner, era, last_event.as_deref()).await {
            Ok(response) => last_event = read(inner, response).await.or(last_event),
            // It offers no such stream, or the session is over.
            Err(Lost::Status { status, .. }) if status < 500 => return,
            Err(_) => {}
        }
        if since.elapsed() >= STEADY {
            backoff.reset();
        }
        sleep(backoff.next()).await;
        // What changed meanwhile may have gone unheard.
        inner.events.changed.notify_one();
    }
}

async fn read(inner: &Arc<Inner>, mut response: Response) -> Option<String> {
    let mut events = Events::new(EVENT_BYTES_MAX);
    while let Ok(Some(chunk)) = response.chunk().await {
        let Ok(found) = events.feed(&chunk) else {
            inner.events.oversize();
            break;
        };
        for event in found {
            unasked(inner, inbound(&event.data), &event.data);
        }
    }
    events.last_id().map(str::to_owned)
}
