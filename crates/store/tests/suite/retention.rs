//! What is forgotten, and what never is.

use std::time::Duration;

use weir_bridge::port::{Handles, Stored, StoredKind};
use weir_store::{Retained, Retention, RunFilter, Store};

use crate::{
    place::Place,
    sample::{closed, parked, principal, recorded, records, written},
};

async fn left(store: &Store) -> Vec<String> {
    let runs = store.runs(RunFilter { limit: 1_000, ..RunFilter::default() }).await.expect("readable");
    runs.iter().map(|run| run.run.as_str().to_owned()).collect()
}

pub(crate) async fn ended_runs_go_by_age(place: &Place) {
    let store = place.open().await;
    parked(&store, "run_parked", &[1]).await;
    written(&store, "run_running", records()).await;
    for (run, ends) in [("run_old", 2_000), ("run_new", 3_000)] {
        written(&store, run, records()).await;
        place.clock.set(ends);
        closed(&store, run).await;
    }
    let handle = Stored { kind: StoredKind::Json, bytes: vec![b'h'; 9_000].into() };
    let handle_id = store.put(&principal(), handle.clone()).await.expect("stored");
    let retention = Retention { age: Duration::from_millis(500), bytes: u64::MAX };
    assert_eq!(store.retain(retention, 2_500).await.expect("retained"), Retained::default(), "just young enough");
    let retained = store.retain(retention, 2_501).await.expect("retained");
    assert_eq!(retained.runs, 1);
    assert_eq!(left(&store).await, ["run_new", "run_running", "run_parked"]);
    // Its large values are those of the others too.
    assert_eq!(recorded(&store, "run_new").await.records, records());
    let retained = store.retain(retention, u64::MAX).await.expect("retained");
    assert_eq!((retained.runs, retained.values), (1, 1), "its result; the rest is small, or others' too");
    assert_eq!(recorded(&store, "run_running").await.records, records());
    closed(&store, "run_running").await;
    let retained = store.retain(retention, u64::MAX).await.expect("retained");
    assert_eq!((retained.runs, retained.values), (1, 2), "its result and the answer that all had");
    assert_eq!(left(&store).await, ["run_parked"]);
    assert_eq!(recorded(&store, "run_parked").await.records.len(), 1);
    assert_eq!(store.get(&principal(), &handle_id).await.expect("readable"), Some(handle));
}

pub(crate) async fn ended_runs_go_by_size(place: &Place) {
    let store = place.open().await;
    written(&store, "run_running", records()).await;
    for n in 0..5u64 {
        place.clock.set(1_000 + n);
        written(&store, &format!("run_{n}"), records()).await;
        closed(&store, &format!("run_{n}")).await;
    }
    let all = Retention { age: Duration::MAX, bytes: u64::MAX };
    assert_eq!(store.retain(all, u64::MAX).await.expect("retained").runs, 0);
    let mut bytes = 40_000;
    while store.retain(Retention { bytes, ..all }, 1).await.expect("retained").runs == 0 {
        bytes -= 100;
    }
    assert_eq!(left(&store).await, ["run_4", "run_3", "run_2", "run_1", "run_running"], "at {bytes} bytes");
    store.retain(Retention { bytes: 0, ..all }, 1).await.expect("retained");
    assert_eq!(left(&store).await, ["run_running"]);
}

/// Values that one store finds there, and does not write again, while another finds nobody who refers to them.
pub(crate) async fn forgetting_takes_nothing_that_is_being_written(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    let forgetting = async {
        let mut forgotten = 0;
        while other
            .runs(RunFilter { limit: 1, ..RunFilter::default() })
            .await
            .expect("readable")
            .first()
            .is_none_or(|run| run.run.as_str() != "run_last")
        {
            forgotten +=
                other.retain(Retention { age: Duration::ZERO, bytes: 0 }, u64::MAX).await.expect("retained").values;
        }
        forgotten
    };
    let writing = async {
        for n in 0..40 {
            let run = format!("run_{n}");
            written(&one, &run, records()).await;
            assert_eq!(recorded(&one, &run).await.records, records(), "{run}");
            closed(&one, &run).await;
        }
        written(&one, "run_last", records()).await;
        one.flush().await.expect("flushed");
    };
    let (forgotten, ()) = futures_util::join!(forgetting, writing);
    assert!(forgotten > 0, "they met");
    assert_eq!(recorded(&other, "run_last").await.records, records());
}
