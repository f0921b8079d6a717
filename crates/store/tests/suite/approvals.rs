//! Approvals: bound, decided once, used once, gone in time.

use weir_bridge::port::{Durability, Journal, Record};
use weir_model::{Approval, ApprovalId, AskReason, CallSeq, Decision, Rule, RunId, limits::DENIAL_CHARS_MAX};
use weir_store::{ApprovalState, DecideOutcome, Store};

use crate::{
    place::Place,
    sample::{approval, claimed, closed, intent, opened, parked, principal, recorded, tool},
};

fn id(seq: u32) -> ApprovalId {
    ApprovalId::new(format!("apr_run_a_{seq}"))
}

async fn decided(store: &Store, seq: u32, decision: Decision, now: u64) -> DecideOutcome {
    store.decide(&id(seq), decision, "me", now).await.expect("answered")
}

fn used(seq: u32, decision: Decision) -> Record {
    Record::Decided { seq: CallSeq(seq), approval: id(seq), decision }
}

async fn state(store: &Store, seq: u32) -> ApprovalState {
    store.approval(&id(seq), None).await.expect("readable").expect("there").state
}

pub(crate) async fn the_first_to_decide_wins(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1, 2]).await;
    let waiting = store.approvals(None).await.expect("readable");
    assert_eq!(
        waiting,
        [(approval("run_a", 1), ApprovalState::Waiting), (approval("run_a", 2), ApprovalState::Waiting)]
    );
    let denied = Decision::Deny { message: "x".repeat(DENIAL_CHARS_MAX + 5) };
    assert_eq!(decided(&store, 1, denied, 2_000).await, DecideOutcome::Decided);
    let kept = Decision::Deny { message: "x".repeat(DENIAL_CHARS_MAX) };
    let second = store.decide(&id(1), Decision::Approve, "another", 2_001).await.expect("answered");
    assert_eq!(second, DecideOutcome::AlreadyDecided { by: "me".to_owned(), decision: kept.clone() });
    assert_eq!(store.approvals(None).await.expect("readable").len(), 1);
    assert_eq!(recorded(&store, "run_a").await.decisions, [(approval("run_a", 1), kept.clone())]);
    let expected = ApprovalState::Decided { by: "me".to_owned(), decision: kept, unix_ms: 2_000 };
    assert_eq!(state(&store, 1).await, expected);
}

pub(crate) async fn what_does_not_wait_gets_one_answer(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1, 2, 3]).await;
    assert_eq!(decided(&store, 1, Decision::Approve, 9_000).await, DecideOutcome::NotWaiting, "expired");
    assert_eq!(decided(&store, 1, Decision::Approve, u64::MAX).await, DecideOutcome::NotWaiting, "a clock that jumps");
    assert_eq!(decided(&store, 4, Decision::Approve, 2_000).await, DecideOutcome::NotWaiting, "never was");
    assert_eq!(decided(&store, 2, Decision::Approve, 2_000).await, DecideOutcome::Decided);
    let done = Decision::Done { value: "1".into() };
    assert_eq!(decided(&store, 3, done, 2_000).await, DecideOutcome::NotInDoubt);
    claimed(&store, "run_a").await;
    store.append(&RunId::new("run_a"), used(2, Decision::Approve), Durability::Now).await.expect("used");
    assert_eq!(decided(&store, 2, Decision::Approve, 2_000).await, DecideOutcome::NotWaiting, "used");
    // A clock that jumps back wakes nothing that a reader saw expire by its own.
    place.clock.set(9_000);
    assert_eq!(store.approvals(None).await.expect("readable"), [], "expired");
    assert_eq!(state(&store, 3).await, ApprovalState::Expired);
    place.clock.set(0);
    assert_eq!(store.approvals(None).await.expect("readable").len(), 2);
    closed(&store, "run_a").await;
    assert_eq!(decided(&store, 3, Decision::Approve, 2_000).await, DecideOutcome::NotWaiting, "its run ended");
}

pub(crate) async fn runs_that_wait_for_nothing_more_are_listed(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1, 2]).await;
    parked(&store, "run_b", &[1]).await;
    let listed = async || store.decided().await.expect("readable");
    assert_eq!(listed().await, []);
    decided(&store, 1, Decision::Approve, 2_000).await;
    assert_eq!(listed().await, [], "one of its calls still waits");
    decided(&store, 2, Decision::Deny { message: String::new() }, 2_000).await;
    assert_eq!(listed().await, [(RunId::new("run_a"), principal())]);
    place.clock.set(9_000);
    assert_eq!(listed().await, [], "a decision expires");
    place.clock.set(0);
    claimed(&store, "run_a").await;
    assert_eq!(listed().await, [], "somebody has it");
}

pub(crate) async fn a_decision_is_used_once(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1, 2, 3]).await;
    assert_eq!(decided(&store, 1, Decision::Approve, 2_000).await, DecideOutcome::Decided);
    assert_eq!(decided(&store, 3, Decision::ApproveForRun, 2_000).await, DecideOutcome::Decided);
    assert_eq!(claimed(&store, "run_a").await.decisions.len(), 2);
    let run = RunId::new("run_a");
    let undecided = store.append(&run, used(2, Decision::Approve), Durability::Now).await;
    assert!(undecided.is_err(), "nobody decided it");
    store.append(&run, used(1, Decision::Approve), Durability::Now).await.expect("decided");
    assert!(store.append(&run, used(1, Decision::Approve), Durability::Now).await.is_err(), "used");
    store.append(&run, used(3, Decision::ApproveForRun), Durability::Now).await.expect("decided");
    let unknown = Record::Decided { seq: CallSeq(9), approval: id(9), decision: Decision::ApproveAlways };
    assert!(store.append(&run, unknown, Durability::Now).await.is_err(), "nobody asked for it");
    let found = recorded(&store, "run_a").await;
    assert_eq!((found.records.len(), found.decisions), (5, Vec::new()));
    let expected = ApprovalState::Used { by: "me".to_owned(), decision: Decision::Approve, unix_ms: 2_000 };
    assert_eq!(state(&store, 1).await, expected);
}

pub(crate) async fn asking_again_keeps_a_decision_that_was_made(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1, 2, 3]).await;
    claimed(&store, "run_a").await;
    // While the run goes on, somebody decides.
    assert_eq!(decided(&store, 1, Decision::Approve, 2_000).await, DecideOutcome::Decided);
    let later = |seq| Approval { asked_unix_ms: 5_000, expires_unix_ms: 15_000, ..approval("run_a", seq) };
    store.parked(&RunId::new("run_a"), &[later(1), later(2)]).await.expect("parked");
    assert_eq!(recorded(&store, "run_a").await.decisions, [(approval("run_a", 1), Decision::Approve)]);
    let waiting = store.approvals(None).await.expect("readable");
    assert_eq!(waiting, [(approval("run_a", 2), ApprovalState::Waiting)], "it waits since it was first asked for");
    assert_eq!(state(&store, 3).await, ApprovalState::Withdrawn, "it is asked for no more");
    // One that has expired is asked for anew.
    place.clock.set(10_000);
    claimed(&store, "run_a").await;
    let anew = |seq| Approval { asked_unix_ms: 10_000, expires_unix_ms: 20_000, ..approval("run_a", seq) };
    store.parked(&RunId::new("run_a"), &[anew(1), anew(2)]).await.expect("parked");
    let waiting = store.approvals(None).await.expect("readable");
    assert_eq!(waiting, [(anew(1), ApprovalState::Waiting), (anew(2), ApprovalState::Waiting)]);
}

pub(crate) async fn a_call_in_doubt_is_asked_for_again(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1]).await;
    decided(&store, 1, Decision::Approve, 2_000).await;
    claimed(&store, "run_a").await;
    let run = RunId::new("run_a");
    store.append(&run, used(1, Decision::Approve), Durability::Now).await.expect("decided");
    // It was sent, and weir died: the same call, under the same name, for another reason.
    let doubt = Approval { reason: AskReason::InDoubt, ..approval("run_a", 1) };
    store.parked(&run, std::slice::from_ref(&doubt)).await.expect("parked");
    assert_eq!(store.approvals(None).await.expect("readable"), [(doubt.clone(), ApprovalState::Waiting)]);
    let done = Decision::Done { value: format!("[{}0]", "1,".repeat(10_000)).into() };
    assert_eq!(decided(&store, 1, done.clone(), 3_000).await, DecideOutcome::Decided);
    assert_eq!(claimed(&store, "run_a").await.decisions, [(doubt, done.clone())]);
    store.append(&run, used(1, done.clone()), Durability::Now).await.expect("decided");
    assert_eq!(recorded(&store, "run_a").await.records.last(), Some(&used(1, done)));
}

pub(crate) async fn always_is_an_entry_of_the_policy(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1]).await;
    assert_eq!(store.policy_entries().await.expect("readable"), []);
    decided(&store, 1, Decision::ApproveAlways, 2_000).await;
    assert_eq!(store.policy_entries().await.expect("readable"), [(tool("close-it"), Rule::Allow)]);
    for rule in [Rule::Deny, Rule::Ask] {
        store.add_policy_entry(&tool("close-it"), rule).await.expect("added");
    }
    store.add_policy_entry(&tool("b\0"), Rule::Allow).await.expect("added");
    let expected = [(tool("b\0"), Rule::Allow), (tool("close-it"), Rule::Ask)];
    assert_eq!(store.policy_entries().await.expect("readable"), expected);
    assert!(store.remove_policy_entry(&tool("b\0")).await.expect("removed"));
    assert!(!store.remove_policy_entry(&tool("b\0")).await.expect("answered"));
}

pub(crate) async fn an_approver_sees_the_whole_snippet(place: &Place) {
    let store = place.open().await;
    store.opened(opened("run_a")).await.expect("opened");
    store.append(&RunId::new("run_a"), Record::Intent(intent(1)), Durability::Soon).await.expect("appended");
    let arguments = format!(r#"{{"text":"{}"}}"#, "x".repeat(50_000));
    let large = Approval { arguments: arguments.into(), ..approval("run_a", 1) };
    store.parked(&RunId::new("run_a"), std::slice::from_ref(&large)).await.expect("parked");
    let view = store.approval(&id(1), None).await.expect("readable").expect("there");
    assert_eq!((view.approval, view.state), (large, ApprovalState::Waiting));
    assert_eq!((view.source, view.language), (opened("run_a").source, opened("run_a").language));
}
