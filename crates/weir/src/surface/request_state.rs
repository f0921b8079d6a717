//! The state that goes out with an `input_required` answer and comes back with the person's decisions.
//!
//! What comes back is anybody's: a state counts only if this process signed it, for this principal and this very request, not
//! too long ago, and not used yet. Whatever is wrong with one, the answer is the same, and nothing was decided by it.

use std::{
    collections::{HashSet, VecDeque},
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rmcp::model::{JsonObject, RequestStateCodec, SealOptions};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use weir_bridge::canonical_arguments;
use weir_model::{ApprovalId, PrincipalId, RunId};

/// How long a client's dialog may stay open. The call can be decided elsewhere after that.
const TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// States that wait to come back; the oldest is forgotten for one more, and then refused like any other that is not known.
const OUTSTANDING_MAX: usize = 4_096;
/// What is longer was not made here.
const STATE_BYTES_MAX: usize = 16 * 1024;

/// What a state stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) run: RunId,
    /// The approvals the client was asked about.
    pub(super) approvals: Vec<ApprovalId>,
    /// Those that the person turned away from without deciding; they are not asked about again in this exchange.
    pub(super) left_open: Vec<ApprovalId>,
    /// The exchange began with a new run, which its client takes along when it goes away.
    pub(super) owned: bool,
}

/// The same, as it travels: signed, readable by anybody.
#[derive(Serialize, Deserialize)]
struct Payload {
    run: String,
    approvals: Vec<String>,
    left_open: Vec<String>,
    owned: bool,
    once: String,
}

#[derive(Default)]
struct Outstanding {
    unused: HashSet<String>,
    order: VecDeque<String>,
}

pub(super) struct RequestStates {
    /// `None` when the system gave no randomness for a key: then no state is made and none is taken.
    codec: Option<RequestStateCodec>,
    outstanding: Mutex<Outstanding>,
}

impl Default for RequestStates {
    /// With a key of this process's own: what an earlier process signed is refused.
    fn default() -> Self {
        let codec = random::<32>().and_then(|key| RequestStateCodec::try_new(key).ok());
        Self { codec, outstanding: Mutex::default() }
    }
}

impl RequestStates {
    /// A state for one use. `None` where there is no randomness.
    pub(super) fn seal(&self, asked: &Asked, principal: &PrincipalId, request: &RequestDigest) -> Option<String> {
        self.sealed(asked, principal, request, TTL)
    }

    fn sealed(&self, asked: &Asked, principal: &PrincipalId, request: &RequestDigest, ttl: Duration) -> Option<String> {
        let once = hex(&random::<16>()?);
        let texts = |ids: &[ApprovalId]| ids.iter().map(|id| id.as_str().to_owned()).collect();
        let payload = Payload {
            run: asked.run.as_str().to_owned(),
            approvals: texts(&asked.approvals),
            left_open: texts(&asked.left_open),
            owned: asked.owned,
            once: once.clone(),
        };
        let bound = bound_to(principal, request);
        let options = SealOptions::new().associated_data(&bound).ttl(ttl);
        let sealed = self.codec.as_ref()?.seal_json_with(&payload, &options).ok()?;
        if sealed.len() > STATE_BYTES_MAX {
            return None;
        }
        let mut outstanding = self.outstanding.lock().unwrap_or_else(PoisonError::into_inner);
        if outstanding.order.len() >= OUTSTANDING_MAX
            && let Some(oldest) = outstanding.order.pop_front()
        {
            outstanding.unused.remove(&oldest);
        }
        outstanding.unused.insert(once.clone());
        outstanding.order.push_back(once);
        Some(sealed)
    }

    /// What the state stands for, once. `None` for one that is forged, another principal's, another request's, too old,
    /// used, or simply none.
    pub(super) fn take(&self, state: &str, principal: &PrincipalId, request: &RequestDigest) -> Option<Asked> {
        if state.len() > STATE_BYTES_MAX {
            return None;
        }
        let payload: Payload = self.codec.as_ref()?.open_json_with(state, &bound_to(principal, request)).ok()?;
        let mut outstanding = self.outstanding.lock().unwrap_or_else(PoisonError::into_inner);
        if !outstanding.unused.remove(&payload.once) {
            return None;
        }
        let ids = |texts: Vec<String>| texts.into_iter().map(ApprovalId::new).collect();
        Some(Asked {
            run: RunId::new(payload.run),
            approvals: ids(payload.approvals),
            left_open: ids(payload.left_open),
            owned: payload.owned,
        })
    }
}

/// The request a state belongs to: the tool and its arguments, however a client orders their fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestDigest([u8; 32]);

impl RequestDigest {
    pub(super) fn of(tool: &str, arguments: Option<&JsonObject>) -> Self {
        let text = arguments.map_or_else(|| "{}".to_owned(), |object| serde_json::json!(object).to_string());
        // What has no canonical form is compared as it was written.
        let canonical = canonical_arguments(&text).map_or(text, |(_, canonical)| canonical);
        let mut hasher = Sha256::new();
        for part in [tool.as_bytes(), canonical.as_bytes()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// The digest has a fixed length, so that no two pairs are the same bytes.
fn bound_to(principal: &PrincipalId, request: &RequestDigest) -> Vec<u8> {
    [&request.0[..], principal.as_str().as_bytes()].concat()
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing to a String cannot fail");
        out
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn asked(run: &str) -> Asked {
        Asked {
            run: RunId::new(run),
            approvals: vec![ApprovalId::new("apr_1"), ApprovalId::new("apr_2")],
            left_open: vec![ApprovalId::new("apr_0")],
            owned: true,
        }
    }

    fn request(arguments: &Value) -> RequestDigest {
        RequestDigest::of("execute", arguments.as_object())
    }

    #[test]
    fn a_state_is_good_once_for_its_principal_and_request() {
        let states = RequestStates::default();
        let ann = PrincipalId::new("ann");
        let state = states.seal(&asked("run_1"), &ann, &request(&json!({"code": "1", "plan": true}))).expect("sealed");
        let same = request(&json!({"plan": true, "code": "1"}));
        assert_eq!(states.take(&state, &ann, &same), Some(asked("run_1")), "the order of fields is the client's");
        assert_eq!(states.take(&state, &ann, &same), None, "used");
    }

    #[test]
    fn g04_no_other_state_is_taken_and_the_good_one_stays_good() {
        let (states, another) = (RequestStates::default(), RequestStates::default());
        let (ann, bob) = (PrincipalId::new("ann"), PrincipalId::new("bob"));
        let mine = request(&json!({"code": "1"}));
        let state = states.seal(&asked("run_1"), &ann, &mine).expect("sealed");
        let old = states.sealed(&asked("run_1"), &ann, &mine, Duration::ZERO).expect("sealed");
        // It is old from the next millisecond on.
        let sealed = SystemTime::now();
        while sealed.elapsed().is_ok_and(|since| since < Duration::from_millis(2)) {}
        let mut forged = state.clone();
        forged.insert(20, 'A');
        for (state, principal, request) in [
            (&*state, &bob, &mine),
            (&*state, &ann, &request(&json!({"code": "2"}))),
            (&*state, &ann, &RequestDigest::of("search", json!({"code": "1"}).as_object())),
            (&*old, &ann, &mine),
            (&*forged, &ann, &mine),
            (&*another.seal(&asked("run_1"), &ann, &mine).expect("sealed"), &ann, &mine),
            (&*"x".repeat(1 << 20), &ann, &mine),
            ("", &ann, &mine),
        ] {
            assert_eq!(states.take(state, principal, request), None, "{state}");
        }
        assert!(states.take(&state, &ann, &mine).is_some(), "it was not used up by others");
    }

    #[test]
    fn states_that_never_come_back_are_forgotten() {
        let states = RequestStates::default();
        let (ann, mine) = (PrincipalId::new("ann"), request(&json!({})));
        let seal = || states.seal(&asked("run_1"), &ann, &mine).expect("sealed");
        let first = seal();
        let rest: Vec<_> = (0..OUTSTANDING_MAX).map(|_| seal()).collect();
        assert_eq!(states.take(&first, &ann, &mine), None);
        assert!(rest.iter().all(|state| states.take(state, &ann, &mine).is_some()));
    }

    proptest! {
        #[test]
        fn what_was_not_sealed_here_is_not_taken(state in "(rs1|rs2)?[.A-Za-z0-9_-]{0,120}") {
            let states = RequestStates::default();
            prop_assert_eq!(states.take(&state, &PrincipalId::new("ann"), &request(&json!({}))), None);
        }
    }
}
