//! Journals: what is acknowledged is kept, in its order, and nothing else is.

use std::sync::Arc;

use weir_bridge::port::{Durability, Journal, Record, RunClosed, RunOpened};
use weir_model::{CallSeq, OpId, Report, RunId, RunStatus};

use crate::{
    place::Place,
    sample::{self, closed, intent, opened, parked, recorded, written},
};

pub(crate) async fn records_come_back_in_their_order(place: &Place) {
    let store = place.open().await;
    written(&store, "run_a", sample::records()).await;
    written(&store, "run_b", vec![Record::Intent(intent(9))]).await;
    let found = recorded(&store, "run_a").await;
    assert_eq!(found.opened, opened("run_a"));
    assert_eq!(found.records, sample::records());
    assert_eq!((found.decisions, found.report), (Vec::new(), None));
    assert_eq!(recorded(&store, "run_b").await.records.len(), 1);
    let through_the_port = Journal::recorded(&*store, &RunId::new("run_a")).await.expect("readable");
    assert_eq!(through_the_port.expect("there").records, sample::records());
}

pub(crate) async fn an_append_to_a_run_that_rests_is_refused(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_parked", &[1]).await;
    written(&store, "run_ended", Vec::new()).await;
    closed(&store, "run_ended").await;
    for run in ["run_parked", "run_ended"] {
        let before = recorded(&store, run).await.records.len();
        let late = store.append(&RunId::new(run), Record::Intent(intent(2)), Durability::Now).await;
        assert!(late.is_err(), "{run}");
        let soon = store.append(&RunId::new(run), Record::Intent(intent(3)), Durability::Soon).await;
        drop(soon);
        assert_eq!(recorded(&store, run).await.records.len(), before, "{run}");
    }
    // It was refused something, and goes on all the same for whoever claims it.
    sample::claimed(&store, "run_parked").await;
    store.append(&RunId::new("run_parked"), Record::Intent(intent(4)), Durability::Now).await.expect("it is ours");
    assert_eq!(recorded(&store, "run_parked").await.records.len(), 2);
}

pub(crate) async fn a_run_is_opened_once(place: &Place) {
    let store = place.open().await;
    written(&store, "run_a", vec![Record::Intent(intent(1))]).await;
    // Acknowledged before it is written, as every record that is safe soon: the next one is told.
    store.opened(RunOpened { seed: 1, ..opened("run_a") }).await.expect("queued");
    let next = store.append(&RunId::new("run_a"), Record::Intent(intent(2)), Durability::Now).await;
    assert!(next.is_err(), "a second run of that id has no journal");
    assert_eq!(recorded(&store, "run_a").await.opened, opened("run_a"));
}

pub(crate) async fn records_of_runs_that_are_unknown_are_refused(place: &Place) {
    let store = place.open().await;
    let run = RunId::new("run_never");
    let delivered = Record::Delivered { op: OpId(1), now_ms: 1 };
    assert!(store.append(&run, delivered, Durability::Now).await.is_err());
    assert!(store.parked(&run, &[]).await.is_err());
    let report = Arc::new(Report {
        calls: vec![sample::call_report(1, weir_model::CallStatus::Ok)],
        ..sample::report("run_never")
    });
    assert!(store.closed(RunClosed { run: run.clone(), report }).await.is_err());
    assert_eq!(store.recorded(&run, None).await.expect("readable"), None);
}

pub(crate) async fn a_report_comes_back_whole(place: &Place) {
    let store = place.open().await;
    written(&store, "run_a", Vec::new()).await;
    let report = Arc::new(sample::report("run_a"));
    let run = RunId::new("run_a");
    let parked = Arc::new(Report { status: RunStatus::Parked, ..sample::report("run_a") });
    assert!(store.closed(RunClosed { run: run.clone(), report: parked }).await.is_err(), "parked is no end");
    store.closed(RunClosed { run: run.clone(), report: report.clone() }).await.expect("closed");
    assert_eq!(recorded(&store, "run_a").await.report, Some(report.clone()));
    assert_eq!(store.report(&run, None).await.expect("readable"), Some(report));
}

pub(crate) async fn what_is_acknowledged_outlives_the_store(place: &Place) {
    let store = place.open().await;
    written(&store, "run_a", sample::records()).await;
    drop(store);
    let store = place.open().await;
    assert_eq!(recorded(&store, "run_a").await.records, sample::records());
    // It is claimed after its store is gone, and its journal goes on behind what was there.
    sample::claimed(&store, "run_a").await;
    store.append(&RunId::new("run_a"), Record::Intent(intent(8)), Durability::Now).await.expect("appended");
    let records = recorded(&store, "run_a").await.records;
    assert!(matches!(records.last(), Some(Record::Intent(last)) if last.seq == CallSeq(8)));
    assert_eq!(records.len(), sample::records().len() + 1);
}
