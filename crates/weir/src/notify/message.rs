//! What is told: JSON that a script can read, with one sentence for those that show text.

use serde::Serialize;
use serde_json::value::RawValue;
use weir_model::Approval;

use super::Batch;
use crate::answer::escape;

/// Longer arguments are cut; whoever decides sees the whole.
const ARGUMENTS_BYTES_MAX: usize = 4 * 1024;
/// Tools that the sentence names.
const NAMED_MAX: usize = 3;
const NAME_CHARS_MAX: usize = 80;

#[derive(Serialize)]
struct Message<'a> {
    event: &'static str,
    text: String,
    approvals: Vec<Waiting<'a>>,
    more: usize,
}

#[derive(Serialize)]
struct Waiting<'a> {
    id: &'a str,
    run: &'a str,
    principal: &'a str,
    tool: String,
    written: &'a str,
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<&'a RawValue>,
    /// The beginning of arguments that are too long to be here.
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments_cut: Option<&'a str>,
    line: u32,
    reason: &'static str,
    asked_unix_ms: u64,
    expires_unix_ms: u64,
}

/// Hidden characters are escaped: a person may read this as it is.
pub(super) fn json(batch: &Batch) -> String {
    let message = Message {
        event: "approvals_waiting",
        text: text(batch),
        approvals: batch.approvals.iter().map(waiting).collect(),
        more: batch.more,
    };
    let json = serde_json::to_string(&message).expect("text and numbers always serialize");
    escape::json(&json).into_owned()
}

fn waiting(approval: &Approval) -> Waiting<'_> {
    let whole = (approval.arguments.len() <= ARGUMENTS_BYTES_MAX).then_some(&*approval.arguments);
    let arguments = whole.and_then(|json| serde_json::from_str::<&RawValue>(json).ok());
    let end = approval.arguments.floor_char_boundary(ARGUMENTS_BYTES_MAX);
    Waiting {
        id: approval.id.as_str(),
        run: approval.run.as_str(),
        principal: approval.principal.as_str(),
        tool: approval.tool.to_string(),
        written: &approval.written,
        effect: approval.effect.as_str(),
        arguments,
        arguments_cut: arguments.is_none().then(|| &approval.arguments[..end]),
        line: approval.line,
        reason: approval.reason.as_str(),
        asked_unix_ms: approval.asked_unix_ms,
        expires_unix_ms: approval.expires_unix_ms,
    }
}

fn text(batch: &Batch) -> String {
    let named = batch.approvals.iter().take(NAMED_MAX);
    let named: Vec<String> = named
        .map(|approval| format!("{} ({})", escape::line(&approval.tool.to_string(), NAME_CHARS_MAX), approval.effect))
        .collect();
    let waiting = batch.approvals.len() + batch.more;
    let others = match waiting - named.len() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let calls = if waiting == 1 { "A call waits".to_owned() } else { format!("{waiting} calls wait") };
    format!("{calls} for a decision: {}{others}. See them with: weir approvals", named.join(", "))
}
