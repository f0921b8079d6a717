//! weir's own functions inside a snippet: `sleep`, `search`, `describe`, `load`. No upstream is involved.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use weir_catalog::stub;
use weir_model::{FailureKind, HandleId, Language, ToolFailure, limits::SEARCH_QUERIES_MAX};

use crate::{
    call::CallContext,
    port::{Ask, Stored, StoredKind},
};

/// Tokens of one `describe` inside a snippet.
const DESCRIBE_TOKENS_MAX: usize = 8_000;
/// Hits of one `search` inside a snippet, per query.
const SEARCH_HITS_MAX: usize = 50;
/// Names one `describe` takes.
const DESCRIBE_TOOLS_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", tag = "function", content = "arguments", deny_unknown_fields)]
enum Function {
    Sleep { ms: f64 },
    Search { queries: Vec<String>, limit: Option<usize> },
    Describe { tools: Vec<String> },
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
        Function::Load { handle } => load(run, &HandleId::new(handle)).await,
    }
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
