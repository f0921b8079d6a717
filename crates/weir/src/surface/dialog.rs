//! A waiting call as a form in the client's own dialog, and what the person filled in as a decision.
//!
//! The form shows what would be sent and nothing that could pass for something else; an answer that is no clear decision decides
//! nothing.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use futures_util::future::BoxFuture;
use rmcp::{
    RoleServer,
    model::{
        CancelledNotificationParam, ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
        ElicitationSchema, EnumSchema, InputRequest, InputRequests, PrimitiveSchemaDefinition, ServerRequest,
        StringSchema,
    },
    service::{Peer, PeerRequestOptions, RequestContext},
};
use serde::Deserialize;
use serde_json::Value;
use weir_model::{Approval, AskReason, Decision, limits::DENIAL_CHARS_MAX};

use crate::answer::{
    escape,
    execute::waiting::{arguments, place, why},
};

/// Forms shown for one stop of a run; what waits besides is asked about when it stops again.
pub(super) const FORMS_MAX: usize = 16;
/// How long a person may take while the client's request stays open.
const DIALOG_TIMEOUT: Duration = Duration::from_secs(15 * 60);
const ARGUMENT_CHARS_MAX: usize = 4_000;
/// A value somebody types for a call that was done.
const VALUE_BYTES_MAX: usize = 64 * 1024;
const DENIED: &str = "a person denied this call";

/// Where the person behind a client can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialog {
    Nowhere,
    /// In an answer of kind `input_required`; the client repeats its request with what the person said.
    InAnswer,
    /// By a request of weir's own while the client's is open.
    InRequest,
}

impl Dialog {
    pub(super) fn of(context: &RequestContext<RoleServer>, modern: bool) -> Self {
        let elicitation = context.client_capabilities().and_then(|capabilities| capabilities.elicitation);
        // Before there were kinds, every client that could ask at all showed forms.
        let forms = elicitation.is_some_and(|kinds| kinds.form.is_some() || kinds.url.is_none());
        match (forms, modern) {
            (false, _) => Self::Nowhere,
            (true, true) => Self::InAnswer,
            (true, false) => Self::InRequest,
        }
    }
}

/// The form about one call. `source`: the whole snippet.
pub(super) fn form(approval: &Approval, source: Option<&str>) -> ElicitRequestParams {
    let mut message = format!("A program wants to call {}", place(approval, source));
    let _ = write!(message, "\nExactly this would be sent: {}", arguments(approval, ARGUMENT_CHARS_MAX));
    let _ = write!(message, "\nWhy you are asked: {}", why(approval.reason));
    let mut fields = BTreeMap::new();
    fields.insert("decision".to_owned(), decision_field(approval.reason));
    fields.insert("reason".to_owned(), text_field("Why not", "With deny: the program is told", DENIAL_CHARS_MAX));
    if approval.reason == AskReason::InDoubt {
        let field = text_field("What it answered", "With done: the call's result, as JSON", VALUE_BYTES_MAX);
        fields.insert("value".to_owned(), field);
    }
    let requested_schema = ElicitationSchema::new(fields).with_required(vec!["decision".to_owned()]);
    ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema }
}

fn decision_field(reason: AskReason) -> PrimitiveSchemaDefinition {
    let (offered, meaning): (&[&str], _) = match reason {
        AskReason::Policy => (
            &["approve", "approve_for_run", "approve_always", "deny"],
            "approve: this call, once. approve_for_run: and this tool with any arguments until the program ends. \
             approve_always: and never ask about this tool again.",
        ),
        AskReason::Plan => (&["approve", "deny"], "approve: exactly this call, once."),
        AskReason::InDoubt => {
            (&["approve", "done", "deny"], "approve: send it again. done: it was done, say what it answered.")
        }
    };
    // Without titles for the choices: there every revision since 2025-06-18 writes an enum the same way.
    let choice = EnumSchema::builder(offered.iter().map(|name| (*name).to_owned()).collect());
    PrimitiveSchemaDefinition::Enum(choice.title("Decision").description(meaning).build())
}

fn text_field(title: &'static str, description: &'static str, max: usize) -> PrimitiveSchemaDefinition {
    let max = u32::try_from(max).expect("a small constant");
    PrimitiveSchemaDefinition::String(StringSchema::new().title(title).description(description).length(0, max))
}

/// The forms of one answer; each is named by its approval.
pub(super) fn forms(approvals: &[Approval], source: Option<&str>) -> InputRequests {
    let form = |approval| InputRequest::Elicitation(ElicitRequest::new(form(approval, source)));
    approvals.iter().map(|approval| (approval.id.as_str().to_owned(), form(approval))).collect()
}

/// What the person decided in one of [`forms`]; `None` when they did not, or not clearly.
pub(super) fn decision_in(approval: &Approval, response: &Value) -> Option<Decision> {
    decision(approval, &ElicitResult::deserialize(response).ok()?)
}

/// What the person decided; `None` when they did not, or not clearly.
pub(super) fn decision(approval: &Approval, answer: &ElicitResult) -> Option<Decision> {
    if answer.action != ElicitationAction::Accept {
        return None;
    }
    let content = answer.content.as_ref()?.as_object()?;
    let text = |name: &str| content.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    match (text("decision")?, approval.reason) {
        ("approve", _) => Some(Decision::Approve),
        ("approve_for_run", AskReason::Policy) => Some(Decision::ApproveForRun),
        ("approve_always", AskReason::Policy) => Some(Decision::ApproveAlways),
        ("deny", _) => {
            let message = text("reason").unwrap_or(DENIED).chars().take(DENIAL_CHARS_MAX).collect();
            Some(Decision::Deny { message })
        }
        ("done", AskReason::InDoubt) => {
            let value = text("value").unwrap_or("null");
            let fits = value.len() <= VALUE_BYTES_MAX && serde_json::from_str::<serde::de::IgnoredAny>(value).is_ok();
            fits.then(|| Decision::Done { value: value.into() })
        }
        _ => None,
    }
}

/// Asks while the client's request stays open. `None`: no answer, for whatever reason.
pub(super) async fn ask(
    peer: &Peer<RoleServer>,
    form: ElicitRequestParams,
    abandoned: BoxFuture<'static, ()>,
) -> Option<ElicitResult> {
    let options = PeerRequestOptions::with_timeout(DIALOG_TIMEOUT);
    let request = ServerRequest::ElicitRequest(ElicitRequest::new(form));
    let asked = peer.send_request_with_option(request, options).await.ok()?;
    let id = asked.id.clone();
    tokio::select! {
        answer = asked.await_response() => match answer {
            Ok(ClientResult::ElicitResult(answer)) => Some(answer),
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(error = %escape::line(&error.to_string(), 200), "the client did not show a form");
                None
            }
        },
        () = abandoned => {
            // Nobody waits for the decision any more: the dialog may close. A client that is gone is not told.
            let _ = peer.notify_cancelled(CancelledNotificationParam::new(Some(id), Some("the request was cancelled".to_owned()))).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::answer::execute::tests::approval;

    #[test]
    fn the_form_shows_what_would_be_sent() {
        let asked = approval(AskReason::Policy, "{\"to\":\"ann\u{202e}\"}");
        let form = form(&asked, Some("\nawait mail.send({to});\u{1b}[2J\n"));
        insta::assert_snapshot!(serde_json::to_string_pretty(&form).expect("serialises"), @r#"
        {
          "mode": "form",
          "message": "A program wants to call mail.send (destructive) at line 2: await mail.send({to});\\u{1b}[2J\nExactly this would be sent: {\"to\":\"ann\\u202e\"}\nWhy you are asked: the policy asks a person before this tool is called",
          "requestedSchema": {
            "type": "object",
            "properties": {
              "decision": {
                "type": "string",
                "title": "Decision",
                "description": "approve: this call, once. approve_for_run: and this tool with any arguments until the program ends. approve_always: and never ask about this tool again.",
                "enum": [
                  "approve",
                  "approve_for_run",
                  "approve_always",
                  "deny"
                ]
              },
              "reason": {
                "type": "string",
                "title": "Why not",
                "description": "With deny: the program is told",
                "minLength": 0,
                "maxLength": 1000
              }
            },
            "required": [
              "decision"
            ]
          }
        }
        "#);
        let asked = approval(AskReason::InDoubt, "{}");
        let schema = serde_json::to_value(self::form(&asked, None)).expect("serialises");
        assert_eq!(schema["requestedSchema"]["properties"]["decision"]["enum"], json!(["approve", "done", "deny"]));
    }

    #[test]
    fn only_a_clear_answer_decides() {
        use AskReason::{InDoubt, Plan, Policy};
        let said = |message: &str| Some(Decision::Deny { message: message.into() });
        let rows = [
            (Policy, json!({"action": "accept", "content": {"decision": "approve"}}), Some(Decision::Approve)),
            (
                Policy,
                json!({"action": "accept", "content": {"decision": "approve_for_run"}}),
                Some(Decision::ApproveForRun),
            ),
            (
                Policy,
                json!({"action": "accept", "content": {"decision": "approve_always"}}),
                Some(Decision::ApproveAlways),
            ),
            (Policy, json!({"action": "accept", "content": {"decision": "deny", "reason": " no "}}), said("no")),
            (Policy, json!({"action": "accept", "content": {"decision": "deny"}}), said(DENIED)),
            (Policy, json!({"action": "accept", "content": {"decision": "done", "value": "1"}}), None),
            (Plan, json!({"action": "accept", "content": {"decision": "approve"}}), Some(Decision::Approve)),
            (Plan, json!({"action": "accept", "content": {"decision": "approve_always"}}), None),
            (InDoubt, json!({"action": "accept", "content": {"decision": "approve"}}), Some(Decision::Approve)),
            (
                InDoubt,
                json!({"action": "accept", "content": {"decision": "done"}}),
                Some(Decision::Done { value: "null".into() }),
            ),
            (
                InDoubt,
                json!({"action": "accept", "content": {"decision": "done", "value": "{\"a\":1}"}}),
                Some(Decision::Done { value: "{\"a\":1}".into() }),
            ),
            (InDoubt, json!({"action": "accept", "content": {"decision": "done", "value": "{"}}), None),
            (InDoubt, json!({"action": "accept", "content": {"decision": "approve_for_run"}}), None),
            (Policy, json!({"action": "accept"}), None),
            (Policy, json!({"action": "accept", "content": {}}), None),
            (Policy, json!({"action": "accept", "content": {"decision": true}}), None),
            (Policy, json!({"action": "accept", "content": "approve"}), None),
            (Policy, json!({"action": "decline", "content": {"decision": "approve"}}), None),
            (Policy, json!({"action": "cancel"}), None),
        ];
        for (reason, answer, expected) in rows {
            let parsed: ElicitResult = serde_json::from_value(answer.clone()).expect("a result");
            assert_eq!(decision(&approval(reason, "{}"), &parsed), expected, "{answer}");
        }
        let long = json!({"action": "accept", "content": {"decision": "deny", "reason": "x".repeat(100_000)}});
        let parsed: ElicitResult = serde_json::from_value(long).expect("a result");
        assert_eq!(decision(&approval(Policy, "{}"), &parsed), said(&"x".repeat(DENIAL_CHARS_MAX)));
    }
}
