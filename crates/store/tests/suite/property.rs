//! Whatever is written is what is read, whatever it is.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};
use weir_bridge::port::{CallIntent, CallOutcome, Durability, FunctionOutcome, Journal, Record, RunOpened, State};
use weir_model::{CallSeq, Effect, FailureKind, OpId, PrincipalId, RunId, ToolFailure, ToolId, UpstreamName};

use crate::{
    place::Place,
    sample::{opened, recorded},
};

/// Any text, some of it large, some of it hard to compress.
fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![
        4 => any::<String>().prop_map(Arc::from),
        1 => (".{1,8}", 0usize..20_000).prop_map(|(part, times)| Arc::from(part.repeat(times))),
        1 => vec(any::<char>(), 1_000..6_000).prop_map(|chars| Arc::from(chars.into_iter().collect::<String>())),
    ]
}

fn tool() -> impl Strategy<Value = ToolId> {
    ("[a-zA-Z0-9 ._-]{0,40}", any::<String>()).prop_map(|(upstream, name)| ToolId {
        upstream: UpstreamName::new(&format!("a{upstream}z")).expect("a name"),
        name: name.into(),
    })
}

fn failure() -> impl Strategy<Value = ToolFailure> {
    (any::<String>(), any::<Option<u16>>(), any::<Option<String>>(), any::<Option<Duration>>()).prop_map(
        |(message, status, code, retry_after)| ToolFailure {
            status,
            code: code.clone(),
            body: code,
            retry_after,
            ..ToolFailure::new(FailureKind::ToolError, message)
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    let intent = (any::<u32>(), proptest::option::of(tool()), any::<String>(), text(), 0..3usize).prop_map(
        |(seq, tool, written, arguments, effect)| {
            let effect = [Effect::Read, Effect::Write, Effect::Destructive][effect];
            Record::Intent(CallIntent {
                seq: CallSeq(seq),
                op: OpId(!seq),
                tool,
                written,
                effect,
                arguments,
                line: seq,
                paged: seq % 2 == 1,
            })
        },
    );
    let outcome = (
        (any::<u32>(), any::<Duration>(), any::<bool>()),
        text(),
        proptest::option::of(failure()),
        proptest::option::of(text()),
        proptest::collection::vec(any::<String>(), 0..3),
    )
        .prop_map(|((seq, took, reused), value, failure, next, warnings)| {
            let outcome = failure.map_or(Ok(value), Err);
            Record::Outcome(CallOutcome { seq: CallSeq(seq), outcome, next, warnings, took, reused })
        });
    let function = (any::<u32>(), any::<String>(), any::<[u8; 16]>(), text(), any::<bool>()).prop_map(
        |(op, member, arguments_hash, text, fine)| {
            let outcome = if fine { Ok(text) } else { Err(text) };
            Record::Function(FunctionOutcome { op: OpId(op), member, arguments_hash, outcome })
        },
    );
    let delivered = any::<(u32, u64)>().prop_map(|(op, now_ms)| Record::Delivered { op: OpId(op), now_ms });
    prop_oneof![intent, outcome, function, delivered]
}

pub(crate) async fn whatever_is_written_is_read(place: &Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    let run_of = (text(), any::<u64>(), any::<u64>(), vec((record(), any::<bool>()), 0..30));
    for n in 0..24 {
        let tree = run_of.new_tree(&mut runner).expect("a value");
        let (source, seed, started_unix_ms, records) = tree.current();
        // Times beyond what a database holds are the largest it does.
        let started_unix_ms = started_unix_ms >> 1;
        let id = format!("run_{n}");
        let begun = RunOpened { source, seed, started_unix_ms, ..opened(&id) };
        store.opened(begun.clone()).await.expect("opened");
        for (record, now) in &records {
            let durability = if *now { Durability::Now } else { Durability::Soon };
            store.append(&RunId::new(&*id), record.clone(), durability).await.expect("appended");
        }
        let found = recorded(&store, &id).await;
        assert_eq!(found.opened, begun);
        let written: Vec<Record> = records.into_iter().map(|(record, _)| record).collect();
        assert_eq!(found.records, written);
    }
}

pub(crate) async fn names_of_any_kind(place: &Place) {
    let store = place.open().await;
    let mut runner = TestRunner::deterministic();
    let kept = Mutex::new(std::collections::HashMap::new());
    let any_key = any::<String>().prop_filter("of some length", |key| key.len() <= 200);
    for n in 0..60u32 {
        let (key, who) = (any_key.new_tree(&mut runner).expect("a value").current(), n % 3);
        let principal = PrincipalId::new(format!("{who} é'\"\\"));
        let value: Arc<str> = n.to_string().into();
        store.store(&principal, &key, value.clone(), Duration::from_secs(9)).await.expect("stored");
        kept.lock().expect("alone").insert((principal, key), value);
    }
    for ((principal, key), value) in kept.into_inner().expect("alone") {
        assert_eq!(State::load(&*store, &principal, &key).await.expect("readable"), Some(value), "{principal} {key:?}");
    }
}
