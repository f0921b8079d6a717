//! What an upstream answered, as a run takes it in: one value, counted and compared with what its tool promises, and the next page.

use std::sync::{Arc, atomic::Ordering};

use serde_json::Value;
use weir_catalog::Entry;
use weir_model::{
    FailureKind, Part, ToolFailure, ToolReply,
    limits::{
        CALL_WARNING_CHARS_MAX, CALL_WARNINGS_MAX, CHECKED_OUTPUT_BYTES_MAX, NEXT_PAGE_BYTES_MAX,
        RUN_RESPONSE_BYTES_MAX,
    },
};

use super::CallContext;
use crate::{canonical_arguments, unwrap::unwrap};

#[derive(Debug)]
pub(super) struct Answer {
    /// JSON text.
    pub(super) value: String,
    /// Canonical arguments of the next page.
    pub(super) next: Option<Arc<str>>,
    /// What is odd about it.
    pub(super) warnings: Vec<String>,
}

impl Answer {
    /// What somebody says that a call answered.
    pub(super) fn of(value: &str) -> Self {
        Self { value: value.to_owned(), next: None, warnings: Vec::new() }
    }
}

/// The answer, counted against what a run may take in.
pub(super) async fn received(run: &CallContext, entry: &Entry, reply: ToolReply) -> Result<Answer, ToolFailure> {
    let ToolReply { parts, next, warnings } = reply;
    let may_be_checked = matches!(parts.as_slice(), [Part::Json(_) | Part::Text(_)]);
    let value = unwrap(&*run.handles, &run.principal, parts).await?;
    let total = run.response_bytes.fetch_add(value.len() as u64, Ordering::Relaxed) + value.len() as u64;
    if total > RUN_RESPONSE_BYTES_MAX {
        let message = format!(
            "all answers of this run together are over {RUN_RESPONSE_BYTES_MAX} bytes; ask for less, or use several runs"
        );
        return Err(ToolFailure::new(FailureKind::LimitExceeded, message));
    }
    let (next, refused) = match next.map(|next| followed(&next)) {
        None => (None, None),
        Some(Ok(next)) => (Some(next), None),
        Some(Err(why)) => (None, Some(why)),
    };
    let misfit = if may_be_checked { misfit(entry, &value) } else { None };
    let warnings = misfit.into_iter().chain(refused).chain(warnings);
    let short = |warning: String| match warning.char_indices().nth(CALL_WARNING_CHARS_MAX) {
        None => warning,
        Some((at, _)) => format!("{}…", &warning[..at]),
    };
    Ok(Answer { value, next, warnings: warnings.take(CALL_WARNINGS_MAX).map(short).collect() })
}

/// The next page's arguments in their canonical form, or why there are none to follow.
fn followed(next: &str) -> Result<Arc<str>, String> {
    if next.len() > NEXT_PAGE_BYTES_MAX {
        return Err(format!("what asks for the next page is {} bytes, too large to follow", next.len()));
    }
    let (_, canonical) =
        canonical_arguments(next).map_err(|error| format!("the next page cannot be asked for: {error}"))?;
    Ok(canonical.into())
}

/// How a value differs from what its tool says it gives; the value counts all the same.
fn misfit(entry: &Entry, value: &str) -> Option<String> {
    if value.len() > CHECKED_OUTPUT_BYTES_MAX || entry.tool().output_schema.is_none() {
        return None;
    }
    // Deeper than a tree may be: then it is not looked at.
    let value: Value = serde_json::from_str(value).ok()?;
    entry.check_output(&value)
}
