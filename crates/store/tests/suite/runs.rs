//! Runs: whose they are, who has them in hand, how they end.

use std::time::Duration;

use weir_bridge::port::{CallOutcome, Durability, Journal, Record};
use weir_model::{ApprovalId, CallSeq, CallStatus, FaultKind, PrincipalId, RunId, RunStatus};
use weir_store::{ApprovalState, Cancellation, Claim, DecideOutcome, RunFilter, RunState};

use crate::{
    place::Place,
    sample::{approval, claimed, closed, intent, parked, principal, recorded, report, written},
};

/// G03, G04: another principal's run is the same as none.
pub(crate) async fn g03_and_g04_another_principals_run_is_as_absent(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1]).await;
    let (stranger, own) = (PrincipalId::new("stranger"), principal());
    for (run, whose, there) in [("run_a", &own, true), ("run_a", &stranger, false), ("run_b", &own, false)] {
        let id = RunId::new(run);
        let told = format!("{run} of {whose}");
        assert_eq!(store.recorded(&id, Some(whose)).await.expect("readable").is_some(), there, "{told}");
        assert!(store.report(&id, Some(whose)).await.expect("readable").is_none(), "{told}");
        assert_eq!(store.approvals_of(&id, Some(whose)).await.expect("readable").is_empty(), !there, "{told}");
        let approval = ApprovalId::new(format!("apr_{run}_1"));
        assert_eq!(store.approval(&approval, Some(whose)).await.expect("readable").is_some(), there, "{told}");
        let filter = RunFilter { principal: Some(whose.clone()), limit: 10, ..RunFilter::default() };
        assert_eq!(store.runs(filter).await.expect("readable").is_empty(), *whose == stranger, "{told}");
        if !there {
            let claim = store.claim(&id, whose).await.expect("answered");
            assert!(matches!(claim, Claim::Unknown), "{told}: {claim:?}");
            let cancelled = store.cancel(&id, Some(whose)).await.expect("answered");
            assert!(matches!(cancelled, Cancellation::Unknown), "{told}: {cancelled:?}");
        }
    }
    assert!(store.approvals(Some(&stranger)).await.expect("readable").is_empty());
    assert_eq!(store.approvals(Some(&own)).await.expect("readable").len(), 1);
    // Ids as only a client would write them.
    for odd in ["", "run_\0", "run é", &"x".repeat(100_000)] {
        assert!(store.recorded(&RunId::new(odd), None).await.expect("answered").is_none());
        assert!(matches!(store.claim(&RunId::new(odd), &own).await, Ok(Claim::Unknown)));
        assert!(store.approval(&ApprovalId::new(odd), None).await.expect("answered").is_none());
    }
}

pub(crate) async fn lists_are_newest_first_and_paged(place: &Place) {
    let store = place.open().await;
    for run in ["run_1", "run_2", "run_3"] {
        written(&store, run, vec![Record::Intent(intent(1)), Record::Intent(intent(2))]).await;
    }
    parked(&store, "run_4", &[1, 2]).await;
    closed(&store, "run_2").await;
    let listed = async |filter: RunFilter| {
        let runs = store.runs(RunFilter { limit: filter.limit.max(1), ..filter }).await.expect("readable");
        runs.iter().map(|run| run.run.as_str().to_owned()).collect::<Vec<_>>()
    };
    let all = RunFilter { limit: 10, ..RunFilter::default() };
    assert_eq!(listed(all.clone()).await, ["run_4", "run_3", "run_2", "run_1"]);
    assert_eq!(listed(RunFilter { limit: 2, ..all.clone() }).await, ["run_4", "run_3"]);
    let before = RunFilter { before: Some(RunId::new("run_3")), ..all.clone() };
    assert_eq!(listed(before).await, ["run_2", "run_1"]);
    let ended = RunFilter { states: vec![RunState::Completed, RunState::Parked], ..all.clone() };
    assert_eq!(listed(ended).await, ["run_4", "run_2"]);
    let summary = &store.runs(all).await.expect("readable")[0];
    assert_eq!((summary.calls, summary.waiting, summary.decided), (2, 2, 0));
    assert_eq!((summary.first_line.as_str(), summary.plan), ("hub.close(n=1)", true));
    assert_eq!((summary.state, summary.started_unix_ms, summary.changed_unix_ms), (RunState::Parked, 500, 1_000));
}

pub(crate) async fn a_parked_run_is_claimed_once(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_a", &[1]).await;
    assert_eq!(claimed(&store, "run_a").await.records.len(), 1);
    let again = store.claim(&RunId::new("run_a"), &principal()).await.expect("answered");
    assert!(matches!(again, Claim::Running), "{again:?}");
}

pub(crate) async fn an_ended_run_says_so(place: &Place) {
    let store = place.open().await;
    written(&store, "run_a", Vec::new()).await;
    closed(&store, "run_a").await;
    let claim = store.claim(&RunId::new("run_a"), &principal()).await.expect("answered");
    let Claim::Ended(found) = claim else { panic!("{claim:?}") };
    assert_eq!((found.status, &found.result), (RunStatus::Completed, &report("run_a").result));
    assert!(matches!(store.cancel(&RunId::new("run_a"), None).await, Ok(Cancellation::Ended)));
}

pub(crate) async fn a_parked_run_is_cancelled_with_its_calls(place: &Place) {
    let store = place.open().await;
    let outcome = CallOutcome {
        seq: CallSeq(1),
        outcome: Ok("123".into()),
        next: None,
        warnings: vec!["odd".to_owned()],
        took: Duration::from_secs(1),
        reused: true,
    };
    let records = vec![Record::Intent(intent(1)), Record::Outcome(outcome), Record::Intent(intent(2))];
    written(&store, "run_a", records).await;
    store.parked(&RunId::new("run_a"), &[approval("run_a", 2)]).await.expect("parked");
    let cancelled = store.cancel(&RunId::new("run_a"), Some(&principal())).await.expect("answered");
    let Cancellation::Cancelled(report) = cancelled else { panic!("{cancelled:?}") };
    assert_eq!(report.fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Cancelled));
    assert_eq!(report.status, RunStatus::Cancelled);
    let calls: Vec<_> = report.calls.iter().map(|call| (call.seq.0, &call.status, call.response_bytes)).collect();
    assert_eq!(calls, [(1, &CallStatus::Ok, 3), (2, &CallStatus::Cancelled, 0)]);
    assert_eq!(report.usage.bytes_processed, 3);
    assert_eq!(recorded(&store, "run_a").await.report, Some(report));
    assert!(store.approvals(None).await.expect("readable").is_empty(), "nothing of it waits");
    let approval = ApprovalId::new("apr_run_a_2");
    let late = store.decide(&approval, weir_model::Decision::Approve, "late", 2_000).await.expect("answered");
    assert_eq!(late, DecideOutcome::NotWaiting);
    let of_run = store.approvals_of(&RunId::new("run_a"), None).await.expect("readable");
    assert_eq!(of_run[0].1, ApprovalState::Withdrawn);
}

pub(crate) async fn a_running_run_is_asked_to_cancel(place: &Place) {
    let store = place.open().await;
    written(&store, "run_a", Vec::new()).await;
    // Behind the record that opens it.
    assert!(matches!(store.cancel(&RunId::new("run_a"), None).await, Ok(Cancellation::Asked)));
    assert_eq!(store.cancelling().await.expect("readable"), [RunId::new("run_a")]);
    closed(&store, "run_a").await;
    assert_eq!(store.cancelling().await.expect("readable"), []);
}

pub(crate) async fn runs_of_a_closed_store_are_orphans(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    written(&one, "run_a", vec![Record::Intent(intent(1))]).await;
    written(&other, "run_b", Vec::new()).await;
    one.flush().await.expect("flushed");
    other.flush().await.expect("flushed");
    assert_eq!(other.orphans().await.expect("readable"), [], "both live");
    assert!(matches!(other.claim(&RunId::new("run_a"), &principal()).await, Ok(Claim::Running)));
    drop(one);
    let orphans = other.orphans().await.expect("readable");
    assert_eq!(orphans.iter().map(|run| run.run.as_str()).collect::<Vec<_>>(), ["run_a"]);
    assert_eq!(other.park_orphans().await.expect("parked"), 1);
    assert_eq!(other.park_orphans().await.expect("parked"), 0);
    let listed = other.runs(RunFilter { limit: 10, ..RunFilter::default() }).await.expect("readable");
    assert_eq!(listed.iter().map(|run| run.state).collect::<Vec<_>>(), [RunState::Running, RunState::Parked]);
    assert_eq!(claimed(&other, "run_a").await.records.len(), 1);
}

/// A store that was taken for dead must not write into what is another's now.
pub(crate) async fn g10_a_run_that_was_claimed_elsewhere_is_written_no_more(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    written(&one, "run_a", vec![Record::Intent(intent(1))]).await;
    one.parked(&RunId::new("run_a"), &[]).await.expect("parked");
    claimed(&other, "run_a").await;
    for durability in [Durability::Soon, Durability::Now] {
        let late = one.append(&RunId::new("run_a"), Record::Intent(intent(2)), durability).await;
        assert!(late.is_err() || durability == Durability::Soon);
    }
    one.flush().await.expect("flushed");
    other.append(&RunId::new("run_a"), Record::Intent(intent(3)), Durability::Now).await.expect("it is its own");
    let records = recorded(&other, "run_a").await.records;
    assert_eq!(records, [Record::Intent(intent(1)), Record::Intent(intent(3))]);
    // Back where it was: what that store knew of it is void.
    other.parked(&RunId::new("run_a"), &[]).await.expect("parked");
    claimed(&one, "run_a").await;
    one.append(&RunId::new("run_a"), Record::Intent(intent(4)), Durability::Now).await.expect("it is its own again");
    assert_eq!(recorded(&one, "run_a").await.records.len(), 3);
}
