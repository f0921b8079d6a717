//! Which era an upstream speaks, and who it says it is.
//!
//! No single error code decides: only a proper discovery result or error -32022 means the stateless era.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    Client, Era,
    link::{Answer, Ended, Link, Request},
    pending::Lost,
    wire::{self, Refused, outgoing::quoted},
};

const UNSUPPORTED_VERSION: i64 = -32022;
const SERVER_CHARS_MAX: usize = 120;

/// What a handshake agreed on.
#[derive(Debug, Clone)]
pub(crate) struct Greeting {
    pub(crate) era: Era,
    /// Name and version, for people.
    pub(crate) server: String,
    /// Whether it says that it will tell of changed tools.
    pub(crate) announces_changes: bool,
}

#[derive(Debug)]
pub(crate) enum Discovery {
    Modern(Greeting),
    /// Of the older era, or gone silent: to be tried with `initialize` on a fresh connection.
    NotModern,
    /// No point in trying on.
    Hopeless(Ended),
}

#[derive(Debug)]
pub(crate) enum Initialization {
    Legacy(Greeting),
    /// Refused because it speaks only the stateless era.
    ModernOnly,
    Failed(Ended),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DiscoverResult<'a> {
    #[serde(default, borrow)]
    supported_versions: Vec<Cow<'a, str>>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
    #[serde(borrow)]
    capabilities: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct DiscoverMeta {
    #[serde(rename = "io.modelcontextprotocol/serverInfo")]
    server: Option<Implementation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InitializeResult<'a> {
    #[serde(borrow)]
    protocol_version: Cow<'a, str>,
    server_info: Option<Implementation>,
    #[serde(borrow)]
    capabilities: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Implementation {
    name: String,
    version: String,
}

#[derive(Deserialize, Default)]
struct Supported {
    supported: Vec<String>,
}

/// One `server/discover`; how long to wait is the caller's.
pub(crate) async fn discover(link: &Link, meta: &str) -> Discovery {
    match link.request(Request::plain(Some(Era::MODERN), "server/discover", &[], meta)).await {
        Ok(answer) => discovered(&answer),
        Err(Lost::Status { status: status @ (401 | 403), hint, .. }) => {
            Discovery::Hopeless(denied(status, hint.as_deref()))
        }
        Err(Lost::Status { body, .. }) => match error_code(&body) {
            Some((UNSUPPORTED_VERSION, supported)) => unsupported(&supported),
            _ => Discovery::NotModern,
        },
        Err(Lost::NotSent(why)) if matches!(link, Link::Http(_)) => Discovery::Hopeless(Ended::plain(why.as_ref())),
        Err(_) => Discovery::NotModern,
    }
}

fn discovered(answer: &Answer) -> Discovery {
    match wire::answer::<DiscoverResult<'_>>(&answer.bytes, answer.id) {
        Ok(result) if result.supported_versions.iter().any(|v| *v == Era::MODERN.as_str()) => {
            let meta = result.meta.and_then(|meta| serde_json::from_str::<DiscoverMeta>(meta.get()).ok());
            Discovery::Modern(Greeting {
                era: Era::MODERN,
                server: server(meta.and_then(|meta| meta.server)),
                announces_changes: announces_changes(result.capabilities),
            })
        }
        Err(Refused::Rpc(error)) if error.code == UNSUPPORTED_VERSION => {
            let supported = error.data.and_then(|data| serde_json::from_str::<Supported>(&data).ok());
            unsupported(&supported.unwrap_or_default().supported)
        }
        _ => Discovery::NotModern,
    }
}

fn unsupported(supported: &[String]) -> Discovery {
    if supported.is_empty() || supported.iter().any(|v| Era::legacy(v).is_some()) {
        return Discovery::NotModern;
    }
    let listed: Vec<String> = supported.iter().take(8).map(|v| v.chars().take(20).collect()).collect();
    Discovery::Hopeless(Ended::plain(format!(
        "it speaks only protocol versions weir does not know: {}",
        listed.join(", ")
    )))
}

/// `initialize` and, when that is agreed, `notifications/initialized`.
pub(crate) async fn initialize(link: &Link, client: &Client) -> Initialization {
    let members = format!(
        r#""protocolVersion":"{}","capabilities":{{}},"clientInfo":{{"name":{},"version":{}}}"#,
        Era::LEGACY,
        quoted(&client.name),
        quoted(&client.version)
    );
    let answer = match link.request(Request::plain(None, "initialize", &[&members], "")).await {
        Ok(answer) => answer,
        Err(lost) => return not_initialized(link, lost).await,
    };
    match wire::answer::<InitializeResult<'_>>(&answer.bytes, answer.id) {
        Ok(result) => agreed(link, &result).await,
        Err(Refused::Rpc(error)) if error.code == UNSUPPORTED_VERSION => Initialization::ModernOnly,
        Err(refused) => {
            Initialization::Failed(Ended::with_detail("it refused to initialize", Some(refused.to_string())))
        }
    }
}

async fn agreed(link: &Link, result: &InitializeResult<'_>) -> Initialization {
    let Some(era) = Era::legacy(&result.protocol_version) else {
        let version: String = result.protocol_version.chars().take(20).collect();
        return Initialization::Failed(Ended::plain(format!(
            "it speaks protocol version {version:?}, which weir does not know"
        )));
    };
    if let Err(lost) = link.initialized(era).await {
        return Initialization::Failed(Ended::plain(lost.to_string()));
    }
    Initialization::Legacy(Greeting {
        era,
        server: server(
            result.server_info.as_ref().map(|i| Implementation { name: i.name.clone(), version: i.version.clone() }),
        ),
        announces_changes: announces_changes(result.capabilities),
    })
}

async fn not_initialized(link: &Link, lost: Lost) -> Initialization {
    match lost {
        Lost::Status { status: status @ (401 | 403), hint, .. } => {
            Initialization::Failed(denied(status, hint.as_deref()))
        }
        Lost::Status { status, body, .. } => match error_code(&body) {
            Some((UNSUPPORTED_VERSION, _)) => Initialization::ModernOnly,
            _ => Initialization::Failed(Ended::plain(no_endpoint(status))),
        },
        Lost::Gone(_) | Lost::NotSent(_) if matches!(link, Link::Stdio(_)) => {
            Initialization::Failed(link.ended().await)
        }
        other => Initialization::Failed(Ended::plain(other.to_string())),
    }
}

fn denied(status: u16, hint: Option<&str>) -> Ended {
    let hint = hint.unwrap_or("it wants other credentials than those in weir's config");
    Ended::plain(format!("it answered with HTTP status {status}: {hint}"))
}

fn no_endpoint(status: u16) -> String {
    let hint = match status {
        404 | 405 => {
            ": no Streamable HTTP endpoint is there; check the URL (the older HTTP+SSE transport is not supported)"
        }
        _ => "",
    };
    format!("it answered initialize with HTTP status {status}{hint}")
}

/// The error of a body that came with an HTTP error status, whose id may be null.
fn error_code(body: &str) -> Option<(i64, Vec<String>)> {
    #[derive(Deserialize)]
    struct Body {
        error: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        code: i64,
        data: Option<Supported>,
    }
    let error = serde_json::from_str::<Body>(body).ok()?.error;
    Some((error.code, error.data.unwrap_or_default().supported))
}

fn server(implementation: Option<Implementation>) -> String {
    let Implementation { name, version } = implementation.unwrap_or_default();
    let text = format!("{name} {version}");
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(SERVER_CHARS_MAX).collect();
    if text.is_empty() { "unnamed server".into() } else { text }
}

fn announces_changes(capabilities: Option<&RawValue>) -> bool {
    #[derive(Deserialize)]
    struct Capabilities {
        tools: Option<Tools>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Tools {
        list_changed: Option<bool>,
    }
    capabilities
        .and_then(|c| serde_json::from_str::<Capabilities>(c.get()).ok())
        .and_then(|c| c.tools?.list_changed)
        .unwrap_or(false)
}
