//! One call, from its canonical arguments to its unwrapped answer. Sent once; dropped, it is cancelled at the upstream.

use weir_bridge::port::UpstreamCall;
use weir_model::{FailureKind, ToolFailure, ToolReply, limits};

use crate::{
    link::{ProgressSink, Request},
    listing::param_header_values,
    openapi,
    refusal::Told,
    reply,
    seat::{Seat, Standing},
    wire::{Outgoing, outgoing::quoted},
};

/// What an answer may be longer than its own limit for being wrapped.
const ENVELOPE_BYTES: u64 = limits::MESSAGE_BYTES_MAX - limits::RESPONSE_BYTES_MAX;

pub(crate) async fn call(seat: &Seat, call: UpstreamCall) -> Result<ToolReply, ToolFailure> {
    let deadline = seat.deadline(call.deadline);
    let told = Told { tool: &call.tool, redactor: &seat.redactor, repeatable: false };
    let session = match seat.standing() {
        Standing::Up(session) => session,
        Standing::Open(service) => return openapi::call(&service, &call, told, deadline).await,
        Standing::Starting => return Err(told.unavailable("its upstream is still starting; the call was not sent")),
        Standing::Down(ended) => {
            return Err(told.unavailable(&format!("its upstream is absent: {}; the call was not sent", ended.cause)));
        }
    };
    let Some(facts) = session.facts(&call.tool) else {
        let message = format!("{}: its upstream offers no such tool any more; the call was not sent", call.tool);
        return Err(ToolFailure::new(FailureKind::UnknownTool, message));
    };
    let told = Told { repeatable: facts.repeatable, ..told };

    let name = quoted(&call.tool.name);
    let members = [r#""name":"#, &name, r#","arguments":"#, &call.arguments];
    let request = Request {
        era: Some(session.era),
        outgoing: Outgoing {
            method: "tools/call",
            members: &members,
            meta: &session.meta,
            traceparent: call.traceparent.as_deref(),
            idempotency_key: call.idempotency_key.as_deref(),
            wants_progress: call.progress.is_some(),
        },
        progress: call.progress.clone().map(|sink| ProgressSink::new(sink, seat.redactor.clone())),
        name: Some(&call.tool.name),
        param_headers: param_header_values(&facts.param_headers, &call.arguments),
    };
    let answer = match tokio::time::timeout(deadline, session.link.request(request)).await {
        Ok(answer) => answer.map_err(|lost| told.lost(&lost))?,
        Err(_) => return Err(told.deadline(deadline)),
    };
    let bytes_max = seat.config.response_bytes_max;
    if answer.bytes.len() as u64 > bytes_max.saturating_add(ENVELOPE_BYTES) {
        return Err(told.too_large(bytes_max));
    }
    reply::unwrap(&answer, told)
}
