//! weir's own functions inside a snippet: `sleep`, `search`, `describe`, `store`, `load`. No upstream is involved.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use weir_catalog::stub;
use weir_model::{
    FailureKind, HandleId, Language, ToolFailure,
    limits::{SEARCH_QUERIES_MAX, STATE_KEY_BYTES_MAX, STATE_TTL, STATE_VALUE_BYTES_MAX},
};

use crate::{
    approval::arguments_hash,
    call::CallContext,
    port::{Ask, FunctionOutcome, StateRefused, Stored, StoredKind},
};

/// Tokens of one `describe` inside a snippet.
const DESCRIBE_TOKENS_MAX: usize = 8_000;
/// Hits of one `search` inside a snippet, per query.
const SEARCH_HITS_MAX: usize = 50;
/// What the name of a handle begins with.
const HANDLE: &str = "h_";
/// The longest a value is kept under a key.
const STATE_TTL_MAX_MS: f64 = 366.0 * 24.0 * 3600.0 * 1000.0;
/// Names one `describe` takes.
const DESCRIBE_TOOLS_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", tag = "function", content = "arguments", deny_unknown_fields)]
enum Function {
    Sleep { ms: f64 },
    Search { queries: Vec<String>, limit: Option<usize> },
    Describe { tools: Vec<String> },
    Store { key: String, value: Value, ttl_ms: Option<f64> },
    Load { handle: String },
}

/// JSON text of the value.
pub(crate) async fn function(run: &CallContext, language: Language, ask: &Ask) -> Result<String, ToolFailure> {
    let arguments: Value = serde_json::from_str(&ask.arguments).map_err(|error| misuse(ask, &error.to_string()))?;
    let asked = json!({ "function": ask.member, "arguments": arguments });
    let function = Function::deserialize(asked).map_err(|error| misuse(ask, &error.to_string()))?;
    match function {
        Function::Sleep { ms } => {
            if !(0.0..=1e12).contains(&ms) {
                return Err(misuse(ask, "ms must be a number from 0"));
            }
            run.clock.sleep(Duration::from_secs_f64(ms / 1000.0)).await;
            Ok("null".into())
        }
        Function::Search { queries, limit } => Ok(search(run, language, &queries, limit.unwrap_or(5))),
        Function::Describe { tools } => Ok(describe(run, language, &tools)),
        Function::Store { key, value, ttl_ms } => store(run, ask, &key, &value, ttl_ms).await,
        Function::Load { handle } if handle.starts_with(HANDLE) => load(run, &HandleId::new(handle)).await,
        Function::Load { handle: key } => stored(run, &key).await,
    }
}

/// What the journal keeps of a function that ended.
pub(crate) fn record(ask: &Ask, outcome: Result<&str, &str>) -> FunctionOutcome {
    FunctionOutcome {
        op: ask.op,
        member: ask.member.clone(),
        arguments_hash: arguments_hash(&ask.arguments),
        outcome: outcome.map(Arc::from).map_err(Arc::from),
    }
}

async fn store(
    run: &CallContext,
    ask: &Ask,
    key: &str,
    value: &Value,
    ttl_ms: Option<f64>,
) -> Result<String, ToolFailure> {
    if key.is_empty() || key.len() > STATE_KEY_BYTES_MAX || key.starts_with(HANDLE) {
        let rule = format!("a key has 1 to {STATE_KEY_BYTES_MAX} bytes and does not begin with \"{HANDLE}\"");
        return Err(misuse(ask, &rule));
    }
    let ttl = match ttl_ms {
        None => STATE_TTL,
        Some(ms) if (1.0..=STATE_TTL_MAX_MS).contains(&ms) => Duration::from_secs_f64(ms / 1000.0),
        Some(_) => return Err(misuse(ask, "ttl_ms must be a number from 1, at most a year")),
    };
    let value = value.to_string();
    if value.len() as u64 > STATE_VALUE_BYTES_MAX {
        let size = value.len();
        let message =
            format!("store(): the value is {size} bytes; at most {STATE_VALUE_BYTES_MAX} are kept under one key");
        return Err(ToolFailure::new(FailureKind::LimitExceeded, message));
    }
    run.state.store(&run.principal, key, value.into(), ttl).await.map_err(refused)?;
    Ok("null".into())
}

/// `null` for a key that holds nothing.
async fn stored(run: &CallContext, key: &str) -> Result<String, ToolFailure> {
    let value = run.state.load(&run.principal, key).await.map_err(refused)?;
    Ok(value.map_or_else(|| "null".to_owned(), |value| value.to_string()))
}

fn refused(error: StateRefused) -> ToolFailure {
    let kind = match error {
        StateRefused::Full(_) => FailureKind::LimitExceeded,
        StateRefused::Unavailable(_) => FailureKind::Internal,
    };
    ToolFailure::new(kind, error.to_string())
}

fn misuse(ask: &Ask, reason: &str) -> ToolFailure {
    let name: String = ask.member.chars().take(100).collect();
    ToolFailure::new(FailureKind::InvalidArguments, format!("{name}(): {reason}"))
}

fn search(run: &CallContext, language: Language, queries: &[String], limit: usize) -> String {
    let mut hits: Vec<Value> = Vec::new();
    for query in queries.iter().take(SEARCH_QUERIES_MAX) {
        for hit in run.catalog.search(query, limit.clamp(1, SEARCH_HITS_MAX), &*run.access) {
            let known = hits.iter().any(|seen| seen["tool"] == hit.entry.path());
            if !known {
                let signature = hit.entry.signature(language);
                hits.push(
                    json!({ "tool": hit.entry.path(), "effect": hit.entry.effect().as_str(), "signature": signature }),
                );
            }
        }
    }
    Value::from(hits).to_string()
}

fn describe(run: &CallContext, language: Language, tools: &[String]) -> String {
    let entries: Vec<_> = tools
        .iter()
        .take(DESCRIBE_TOOLS_MAX)
        .filter_map(|path| run.catalog.resolve_path(path))
        .filter(|entry| run.access.sees(&entry.tool().id))
        .cloned()
        .collect();
    json!(stub::render(&run.catalog, &entries, language, DESCRIBE_TOKENS_MAX).text).to_string()
}

async fn load(run: &CallContext, handle: &HandleId) -> Result<String, ToolFailure> {
    let stored = run
        .handles
        .get(&run.principal, handle)
        .await
        .map_err(|error| ToolFailure::new(FailureKind::Internal, error.to_string()))?;
    let Stored { kind, bytes } = stored.ok_or_else(|| {
        let name: String = handle.as_str().chars().take(80).collect();
        ToolFailure::new(
            FailureKind::InvalidArguments,
            format!("there is no value behind the handle {name}: it may have been dropped; fetch it again"),
        )
    })?;
    Ok(match kind {
        StoredKind::Json => String::from_utf8_lossy(&bytes).into_owned(),
        StoredKind::Binary(mime) => match std::str::from_utf8(&bytes) {
            Ok(text) if mime.starts_with("text/") => json!(text).to_string(),
            _ => json!({ "mime": mime, "bytes": bytes.len(), "base64": BASE64_STANDARD.encode(&bytes) }).to_string(),
        },
    })
}
