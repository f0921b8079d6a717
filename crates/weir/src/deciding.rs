//! A person's decision, from wherever it comes: a client's dialog, the command line, the admin API.

use weir_model::{ApprovalId, Decision, PrincipalId};
use weir_store::{DecideOutcome, Store, StoreUnavailable};

use crate::instant::now_unix_ms;

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
