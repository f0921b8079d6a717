//! `/mcp`: a bounded body, then rmcp's service; what rmcp refuses in plain words is refused in JSON-RPC's.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;
use weir_model::limits::{BODY_READ_TIMEOUT, CLIENT_MESSAGE_BYTES_MAX, MIB};

use super::sessions::Sessions;
use crate::surface::{
    handler::{SessionEnd, Shared, Surface},
    message,
};

/// Comments on silent streams, so that no proxy takes them for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const SESSION_HEADER: &str = "mcp-session-id";
const BODY_BYTES_MAX: usize = CLIENT_MESSAGE_BYTES_MAX as usize;

pub(super) struct Endpoint {
    service: StreamableHttpService<Surface, Sessions>,
    sessions: Arc<Sessions>,
}

impl Endpoint {
    pub(super) fn new(shared: Arc<Shared>, hosts: Vec<String>, origins: Vec<String>, end: CancellationToken) -> Self {
        let sessions = Arc::new(Sessions::default());
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(hosts)
            .with_allowed_origins(origins)
            .enforce_origin_validation()
            .with_json_response(true)
            .with_sse_keep_alive(Some(KEEP_ALIVE))
            .with_max_request_body_bytes(BODY_BYTES_MAX)
            .with_cancellation_token(end);
        let service = StreamableHttpService::new(move || Ok(Surface::new(shared.clone())), sessions.clone(), config);
        Self { service, sessions }
    }
}

pub(super) async fn mcp(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = match bounded(body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let session = parts.headers.get(SESSION_HEADER).and_then(|id| endpoint.sessions.end_of(id.to_str().ok()?));
    let ends_nothing = parts.method == Method::DELETE && session.is_none();
    if let Some(end) = session {
        parts.extensions.insert(SessionEnd(end));
    }
    let answer = endpoint.service.handle(Request::from_parts(parts, Body::from(body.clone()))).await;
    match answer.status() {
        StatusCode::ACCEPTED if ends_nothing => (StatusCode::NOT_FOUND, "there is no such session\n").into_response(),
        // rmcp says this also of JSON that is no message.
        StatusCode::UNSUPPORTED_MEDIA_TYPE => match message::parse(&body) {
            Err(refusal) if !body.is_empty() => {
                (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], refusal.json()).into_response()
            }
            _ => answer.map(Body::new),
        },
        _ => answer.map(Body::new),
    }
}

/// The body, whole, within its size and time.
async fn bounded(body: Body) -> Result<Bytes, Response> {
    match tokio::time::timeout(BODY_READ_TIMEOUT, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let text = format!("the body is longer than {} MiB, the most weir takes\n", CLIENT_MESSAGE_BYTES_MAX / MIB);
            Err((StatusCode::PAYLOAD_TOO_LARGE, text).into_response())
        }
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body broke off\n").into_response()),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body took too long\n").into_response()),
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}
