//! The names of approvals and attempts: hashes over exactly what they stand for.

use sha2::{Digest, Sha256};
use weir_model::{ApprovalId, CallSeq, PrincipalId, RunId, ToolId};

/// The approval of one attempt at one call: of this tool, with these canonical bytes, by this principal, at this place of this
/// run. Nobody can guess it, since nobody can guess the run's id; and it fits no other call.
pub fn approval_id(
    tool: &ToolId,
    arguments: &str,
    principal: &PrincipalId,
    (run, seq): (&RunId, CallSeq),
    attempt: u32,
) -> ApprovalId {
    let numbers = [seq.0.to_be_bytes(), attempt.to_be_bytes()].concat();
    let parts: [&[u8]; 6] = [
        tool.upstream.as_str().as_bytes(),
        tool.name.as_bytes(),
        arguments.as_bytes(),
        principal.as_str().as_bytes(),
        run.as_str().as_bytes(),
        &numbers,
    ];
    ApprovalId::new(format!("apr_{:032x}", hash("weir approval", &parts)))
}

/// What an upstream may know one call by, however often it is sent.
pub(crate) fn idempotency_key(run: &RunId, seq: CallSeq) -> String {
    let parts: [&[u8]; 2] = [run.as_str().as_bytes(), &seq.0.to_be_bytes()];
    format!("weir-{:032x}", hash("weir idempotency key", &parts))
}

/// The first half of SHA-256 over a function's arguments.
pub(crate) fn arguments_hash(arguments: &str) -> [u8; 16] {
    hash("weir function", &[arguments.as_bytes()]).to_be_bytes()
}

/// 128 bits of SHA-256. Each part goes in with its length, so that no two lists of parts are the same bytes.
fn hash(purpose: &str, parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    u128::from_be_bytes(digest[..16].try_into().expect("SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_model::UpstreamName;

    use super::*;

    /// G04: nothing of what an approval is bound to can be exchanged.
    #[test]
    fn g04_an_approval_fits_one_call() {
        let id = |upstream: &str, name: &str, arguments: &str, principal: &str, run: &str, seq, attempt| {
            let tool = ToolId { upstream: UpstreamName::new(upstream).expect("a name"), name: Arc::from(name) };
            approval_id(&tool, arguments, &PrincipalId::new(principal), (&RunId::new(run), CallSeq(seq)), attempt)
        };
        let ids = [
            id("mail", "send", "{}", "ann", "run_1", 1, 0),
            id("mai", "lsend", "{}", "ann", "run_1", 1, 0),
            id("mail", "send", "{} ", "ann", "run_1", 1, 0),
            id("mail", "send", "{}", "bob", "run_1", 1, 0),
            id("mail", "send", "{}", "ann", "run_2", 1, 0),
            id("mail", "send", "{}", "ann", "run_1", 2, 0),
            id("mail", "send", "{}", "ann", "run_1", 1, 1),
        ];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        assert_eq!(ids[0], id("mail", "send", "{}", "ann", "run_1", 1, 0));
        assert!(ids[0].as_str().starts_with("apr_") && ids[0].as_str().len() == 36, "{}", ids[0]);
    }
}
