//! A person's decision, from wherever it comes: a client's dialog, the command line, the admin API.

use std::time::{SystemTime, UNIX_EPOCH};

use weir_model::{ApprovalId, Decision, PrincipalId};
use weir_store::{DecideOutcome, Store, StoreUnavailable};

/// Decides about a waiting call. `principal`: only about calls of this one; `None` is the operator.
pub async fn decide(
    store: &Store,
    approval: &ApprovalId,
    decision: Decision,
    by: &str,
    principal: Option<&PrincipalId>,
) -> Result<DecideOutcome, StoreUnavailable> {
    if principal.is_some() && store.approval(approval, principal).await?.is_none() {
        return Ok(DecideOutcome::NotWaiting);
    }
    store.decide(approval, decision, by, now_unix_ms()).await
}

fn now_unix_ms() -> u64 {
    // A clock before 1970 expires nothing early.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
