//! An HTTP API for tests: it keeps what it was asked, and answers what it was told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use weir_model::{Secret, UpstreamName};
use weir_upstream::{DescriptionAt, OpenApi, Reference, Transport, UpstreamConfig};

/// One request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) peer: SocketAddr,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |value| value.to_str().unwrap())
    }
}

type Answering = Box<dyn Fn(&Asked) -> Response + Send + Sync>;

pub(crate) struct FakeApi {
    pub(crate) at: SocketAddr,
    asked: Mutex<Vec<Asked>>,
    /// Before anything else, one a request.
    first: Mutex<VecDeque<Response>>,
    answering: Answering,
}

impl FakeApi {
    /// Answers what it was asked: method and path, credentials, body.
    pub(crate) async fn echoing() -> Arc<Self> {
        Self::answering(|asked| {
            let headers: serde_json::Map<String, Value> = asked
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").into()))
                .collect();
            let heard = json!({ "line": asked.line, "headers": headers, "body": asked.body });
            status(200, &[("content-type", "application/json")], &heard.to_string())
        })
        .await
    }

    pub(crate) async fn answering(answering: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = Arc::new(Self {
            at: listener.local_addr().unwrap(),
            asked: Mutex::default(),
            first: Mutex::default(),
            answering: Box::new(answering),
        });
        let router = Router::new().fallback(answer).with_state(api.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        api
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    pub(crate) fn first(&self, answers: impl IntoIterator<Item = Response>) {
        self.first.lock().unwrap().extend(answers);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// `GET /a`, `POST /b`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

async fn answer(
    State(api): State<Arc<FakeApi>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let asked = Asked { line: format!("{method} {uri}"), headers, body, peer };
    api.asked.lock().unwrap().push(asked.clone());
    let first = api.first.lock().unwrap().pop_front();
    first.unwrap_or_else(|| (api.answering)(&asked))
}

pub(crate) fn status(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// A server that writes these bytes after each request's headers and body, and then does as told.
pub(crate) struct RawApi {
    pub(crate) at: SocketAddr,
    pub(crate) asked: Arc<Mutex<usize>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Then {
    Close,
    /// Says nothing more, and stays.
    Hang,
    /// The last bytes again and again.
    Repeat(&'static [u8]),
    /// One byte, a little later another, for ever.
    Drip(u8),
}

impl RawApi {
    pub(crate) async fn saying(bytes: Vec<u8>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let raw = Self { at: listener.local_addr().unwrap(), asked: Arc::default() };
        let (asked, bytes) = (raw.asked.clone(), Arc::new(bytes));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(say(stream, asked.clone(), bytes.clone(), then));
            }
        });
        raw
    }

    pub(crate) fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

async fn say(mut stream: TcpStream, asked: Arc<Mutex<usize>>, bytes: Arc<Vec<u8>>, then: Then) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    *asked.lock().unwrap() += 1;
    let mut going = stream.write_all(&bytes).await.is_ok();
    while going {
        going = match then {
            Then::Close => false,
            Then::Hang => std::future::pending().await,
            Then::Repeat(more) => stream.write_all(more).await.is_ok(),
            Then::Drip(byte) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                stream.write_all(&[byte]).await.is_ok()
            }
        };
    }
}

/// A description in a directory of its own, which lives as long as this.
pub(crate) struct Described {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) file: PathBuf,
}

impl Described {
    pub(crate) fn new(description: &Value) -> Self {
        Self::of_bytes(description.to_string().as_bytes())
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("openapi.json");
        std::fs::write(&file, bytes).unwrap();
        Self { directory, file }
    }

    pub(crate) fn api(&self) -> OpenApi {
        OpenApi::new(DescriptionAt::File(self.file.clone()))
    }
}

/// `up`, which may connect to this machine.
pub(crate) fn upstream_of(api: OpenApi) -> UpstreamConfig {
    let name = UpstreamName::new("up").unwrap();
    UpstreamConfig { allow_private: true, ..UpstreamConfig::new(name, Transport::OpenApi(Box::new(api))) }
}

pub(crate) fn value(text: &str) -> Reference {
    Reference::Value(Secret::new(text.to_owned()))
}

pub(crate) fn file(path: &Path) -> Reference {
    Reference::File(path.to_owned())
}

/// A small shop at this server.
pub(crate) fn shop(server: &str) -> Value {
    let id = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
    let ok = json!({ "200": { "description": "ok", "content": { "application/json": { "schema": {} } } } });
    let thing = json!({ "application/json": { "schema": { "type": "object", "properties": { "name": { "type": "string" } } } } });
    let secure =
        |id: &str, security: Value| json!({ "get": { "operationId": id, "security": security, "responses": ok } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Shop", "version": "1.2" },
        "servers": [{ "url": server }],
        "paths": {
            "/things": {
                "get": { "operationId": "listThings", "tags": ["things"], "responses": ok, "parameters": [
                    { "name": "tag", "in": "query", "schema": { "type": "string" } },
                    { "name": "page", "in": "query", "schema": { "type": "integer" } }
                ] },
                "post": { "operationId": "createThing", "tags": ["things"], "responses": ok, "requestBody": { "required": true, "content": thing } }
            },
            "/things/{id}": {
                "parameters": id,
                "get": { "operationId": "getThing", "tags": ["things"], "responses": ok },
                "put": { "operationId": "putThing", "responses": ok, "requestBody": { "content": thing } },
                "delete": { "operationId": "deleteThing", "deprecated": true, "responses": { "204": { "description": "gone" } } }
            },
            "/bytes": { "get": { "operationId": "getBytes", "responses": { "200": { "description": "ok", "content": { "application/octet-stream": {} } } } } },
            "/key": secure("withKey", json!([{ "key": [] }])),
            "/both": secure("withBoth", json!([{ "bear": [] }, { "key": [], "query": [] }])),
            "/cookie": secure("withCookie", json!([{ "cookie": [] }])),
            "/maybe": secure("withMaybe", json!([{}, { "key": [] }])),
            "/never": secure("withNever", json!([{ "oauth": ["read"] }, { "bear": [] }])),
        },
        "components": { "securitySchemes": {
            "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
            "query": { "type": "apiKey", "in": "query", "name": "key" },
            "cookie": { "type": "apiKey", "in": "cookie", "name": "sid" },
            "bear": { "type": "http", "scheme": "bearer" },
            "oauth": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://auth.test/token", "scopes": {} } } }
        } }
    })
}
