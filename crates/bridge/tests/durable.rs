//! Durable runs against fakes: parking, decisions, replay, what is in doubt, corrected code, plans.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::join};
use proptest::prelude::*;
use weir_bridge::{
    Around, Bridge, RunRequest,
    port::{Recorded, Resumes},
};
use weir_model::{
    AskFor, AskReason, CallStatus, Decision, Effect, Fault, FaultKind, Language, Part, Policy, Report, RunId,
    RunStatus, Tool,
};
use weir_testkit::{FakeSandbox, FakeStore, FakeUpstreams, Guest, PausedClock, around, bridge, catalog, request, tool};

const ANY: &str = r#"{"type":"object"}"#;

fn tools() -> Vec<Tool> {
    let mut put = tool("box/put", Effect::Write, ANY);
    put.annotations.idempotent = Some(true);
    vec![
        tool("box/get", Effect::Read, ANY),
        tool("box/drop", Effect::Destructive, ANY),
        tool("mail/send", Effect::Write, ANY),
        put,
    ]
}

/// One gateway's worth of fakes. Every call answers how often it has been made.
struct Scene {
    bridge: Bridge,
    store: Arc<FakeStore>,
    upstreams: Arc<FakeUpstreams>,
    policy: Policy,
    plan: bool,
}

fn run_id() -> RunId {
    RunId::new("run_1")
}

impl Scene {
    fn new<F>(snippet: impl Fn(Guest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, Fault>> + Send + 'static,
    {
        let counts: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
        let upstreams = FakeUpstreams::new(move |call| {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(format!("{} {}", call.tool, call.arguments)).or_default();
            *count += 1;
            let answer = count.to_string();
            async move { Ok(vec![Part::Json(answer)].into()) }
        });
        let store = Arc::new(FakeStore::default());
        let sandbox = FakeSandbox::new(move |_, guest| snippet(guest));
        let bridge = bridge(sandbox, upstreams.clone(), &store, Arc::new(PausedClock::default()));
        Self { bridge, store, upstreams, policy: Policy::default(), plan: false }
    }

    fn asking(mut self, ask: AskFor) -> Self {
        self.policy.ask = ask;
        self
    }

    fn around(&self) -> Around {
        around(catalog(tools()), self.policy.clone())
    }

    async fn run(&self) -> Report {
        self.start("run_1", None).await
    }

    async fn start(&self, run: &str, resumes: Option<(Resumes, Vec<Arc<Recorded>>)>) -> Report {
        let request = request(run, Language::TypeScript, "fake", self.around());
        self.bridge.run(RunRequest { plan: self.plan, resumes, ..request }).await
    }

    async fn resume(&self) -> Report {
        self.bridge.resume(self.store.run(&run_id()), Vec::new(), self.around()).await
    }

    fn decide_all(&self, report: &Report, decision: &Decision) {
        for approval in &report.approvals {
            self.store.decide(&approval.id, decision.clone());
        }
    }
}

fn deny(message: &str) -> Decision {
    Decision::Deny { message: message.into() }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_needs_a_decision_parks_the_run_and_goes_on_where_it_was() {
    let scene = Scene::new(|guest| async move {
        let read = guest.call("box", "get", "{}").await.expect("read");
        let dropped = guest.call("box", "drop", r#"{"id":7}"#).await;
        Ok(format!(r#"["{read}",{}]"#, dropped.unwrap_or_else(|error| error)))
    });
    let parked = scene.run().await;
    assert_eq!((parked.status, &parked.fault, &parked.result), (RunStatus::Parked, &None, &None));
    assert_eq!(parked.calls[1].status, CallStatus::Waiting);
    let [approval] = &parked.approvals[..] else { panic!("{parked:?}") };
    assert_eq!((approval.written.as_str(), &*approval.arguments), ("box.drop", r#"{"id":7}"#));
    assert_eq!((approval.reason, approval.effect), (AskReason::Policy, Effect::Destructive));

    // Nobody decided: it waits again, for the same.
    let again = scene.resume().await;
    assert_eq!((again.status, &again.approvals[0].id), (RunStatus::Parked, &approval.id));

    scene.decide_all(&parked, &Decision::Approve);
    let done = scene.resume().await;
    assert_eq!((done.status, done.result.as_deref()), (RunStatus::Completed, Some(r#"["1",1]"#)));
    assert_eq!(scene.upstreams.seen(), ["box/get {}", r#"box/drop {"id":7}"#]);
}

/// G04: an approval is used once, and fits only its own place.
#[tokio::test(start_paused = true)]
async fn g04_an_approval_is_used_once() {
    let scene = Scene::new(|guest| async move {
        for _ in 0..2 {
            guest.call("box", "drop", "{}").await.expect("approved");
        }
        Ok("null".into())
    });
    let first = scene.run().await;
    scene.decide_all(&first, &Decision::Approve);
    let second = scene.resume().await;
    assert_eq!(second.status, RunStatus::Parked, "the same call again is another call");
    assert_ne!(second.approvals[0].id, first.approvals[0].id);
    assert_eq!(scene.upstreams.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn other_calls_end_first_and_all_decisions_are_asked_together() {
    let scene = Scene::new(|guest| async move {
        let drops = join(guest.call("box", "drop", r#"{"id":1}"#), guest.call("box", "drop", r#"{"id":2}"#));
        let others = async {
            guest.call("", "sleep", r#"{"ms":500}"#).await.expect("slept");
            guest.call("mail", "send", "{}").await.expect("sent")
        };
        let ((one, two), sent) = join(drops, others).await;
        Ok(format!("[{},{},{sent}]", one.is_ok(), two.expect_err("denied")))
    });
    let parked = scene.run().await;
    assert_eq!(parked.approvals.len(), 2);
    assert_eq!(scene.upstreams.seen(), ["mail/send {}"], "what needs no decision goes on");
    scene.store.decide(&parked.approvals[0].id, Decision::Approve);
    scene.store.decide(&parked.approvals[1].id, deny("not that one"));
    let done = scene.resume().await;
    let result = done.result.expect("completed");
    assert!(result.starts_with("[true,") && result.contains("box.drop was denied: not that one"), "{result}");
    assert_eq!(scene.upstreams.seen(), ["mail/send {}", r#"box/drop {"id":1}"#]);
}

#[tokio::test(start_paused = true)]
async fn approved_for_the_run_is_not_asked_again_in_it() {
    let scene = Scene::new(|guest| async move {
        for id in 0..3 {
            guest.call("box", "drop", &format!(r#"{{"id":{id}}}"#)).await.expect("approved");
        }
        guest.call("mail", "send", "{}").await.expect("never asked");
        Ok("3".into())
    });
    let parked = scene.run().await;
    scene.decide_all(&parked, &Decision::ApproveForRun);
    assert_eq!(scene.resume().await.status, RunStatus::Completed);
    assert_eq!(scene.upstreams.seen().len(), 4);
}

/// G11, T03: wherever a process dies, no write is made twice without a decision, and every run ends with the truth.
#[tokio::test(start_paused = true)]
async fn a_run_cut_anywhere_goes_on_and_repeats_no_write() {
    let snippet = |guest: Guest| async move {
        let (a, b) = join(guest.call("box", "get", r#"{"a":1}"#), guest.call("mail", "send", r#"{"to":"x"}"#)).await;
        guest.call("", "sleep", r#"{"ms":10}"#).await.expect("slept");
        let c = guest.call("mail", "send", r#"{"to":"y"}"#).await;
        let d = guest.call("box", "put", "{}").await;
        Ok(format!("[{}]", [a, b, c, d].map(|answer| answer.unwrap_or_else(|_| "\"failed\"".into())).join(",")))
    };
    let whole = Scene::new(snippet);
    let report = whole.run().await;
    let records = whole.store.run(&run_id()).records.len();
    assert_eq!(report.status, RunStatus::Completed);
    for cut in 0..records {
        let scene = Scene::new(snippet);
        scene.run().await;
        scene.store.cut(&run_id(), cut);
        let mut report = scene.resume().await;
        while report.status == RunStatus::Parked {
            assert!(report.approvals.iter().all(|approval| approval.reason == AskReason::InDoubt), "{report:?}");
            assert!(report.approvals.iter().all(|approval| approval.written == "mail.send"), "{report:?}");
            scene.decide_all(&report, &Decision::Done { value: r#""done""#.into() });
            report = scene.resume().await;
        }
        assert_eq!(report.status, RunStatus::Completed, "cut at {cut}: {report:?}");
    }
}

/// A cut journal is the state of a process that died: what the records say was sent must not be sent again.
#[tokio::test(start_paused = true)]
async fn t03_what_is_in_doubt_waits_for_a_person_unless_it_may_be_repeated() {
    for (member, namespace, repeated) in [("get", "box", true), ("put", "box", true), ("send", "mail", false)] {
        let scene = Scene::new(move |guest| async move { guest.call(namespace, member, "{}").await.map_err(fault) });
        scene.run().await;
        scene.store.cut(&run_id(), 1);
        let report = scene.resume().await;
        assert_eq!(report.status == RunStatus::Completed, repeated, "{member}: {report:?}");
        assert_eq!(scene.upstreams.seen().len(), if repeated { 2 } else { 1 });
        if repeated {
            continue;
        }
        let rows = [
            (Decision::Done { value: "5".into() }, RunStatus::Completed, 1),
            (deny("it failed"), RunStatus::Failed, 1),
            (Decision::Approve, RunStatus::Completed, 2),
        ];
        for (decision, status, sent) in rows {
            let scene =
                Scene::new(move |guest| async move { guest.call(namespace, member, "{}").await.map_err(fault) });
            scene.run().await;
            scene.store.cut(&run_id(), 1);
            let parked = scene.resume().await;
            scene.decide_all(&parked, &decision);
            let ended = scene.resume().await;
            assert_eq!((ended.status, scene.upstreams.seen().len()), (status, sent), "{decision:?}");
        }
    }
}

fn fault(error: String) -> Fault {
    Fault::new(FaultKind::Exception, error)
}

#[tokio::test(start_paused = true)]
async fn another_program_than_the_journals_is_a_divergence() {
    let turn = Arc::new(Mutex::new(0));
    let scene = Scene::new(move |guest| {
        let turn = {
            let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            *turn += 1;
            *turn
        };
        async move {
            guest.call("box", "get", &format!(r#"{{"turn":{turn}}}"#)).await.map_err(fault)?;
            guest.call("mail", "send", "{}").await.map_err(fault)
        }
    });
    scene.run().await;
    let report = scene.resume().await;
    let fault = report.fault.expect("diverged");
    assert_eq!(fault.kind, FaultKind::ReplayDiverged);
    insta::assert_snapshot!(fault.message, @r#"the journal has box.get({"turn":1}) where the snippet now has box.get({"turn":2})"#);
    assert_eq!(scene.upstreams.seen().len(), 2, "nothing was sent again");
}

#[tokio::test(start_paused = true)]
async fn a_program_that_ends_before_its_journal_does_is_a_divergence() {
    let first = Arc::new(Mutex::new(true));
    let scene = Scene::new(move |guest| {
        let first = std::mem::take(&mut *first.lock().unwrap_or_else(PoisonError::into_inner));
        async move {
            if first {
                guest.call("mail", "send", r#"{"to":"x"}"#).await.map_err(fault)?;
            }
            Ok("1".into())
        }
    });
    scene.run().await;
    let fault = scene.resume().await.fault.expect("diverged");
    insta::assert_snapshot!(fault.message, @r#"the journal has mail.send({"to":"x"}) where the snippet now has the end of the program"#);
}

#[tokio::test(start_paused = true)]
async fn corrected_code_takes_over_what_is_done() {
    let turn = Arc::new(Mutex::new(0));
    let scene = Scene::new(move |guest| {
        let first = {
            let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            *turn += 1;
            *turn == 1
        };
        async move {
            let read = guest.call("box", "get", "{}").await.map_err(fault)?;
            for to in ["x", "x", "y"] {
                guest.call("mail", "send", &format!(r#"{{"to":"{to}"}}"#)).await.map_err(fault)?;
                if first && to == "y" {
                    guest.call("mail", "send", r#"{"to":"gone"}"#).await.map_err(fault)?;
                    return Err(Fault::new(FaultKind::Exception, "typo"));
                }
            }
            guest.call("mail", "send", r#"{"to":"z"}"#).await.map_err(fault)?;
            Ok(read)
        }
    });
    assert_eq!(scene.run().await.status, RunStatus::Failed);
    let earlier = Arc::new(scene.store.run(&run_id()));
    let resumes = |fresh| (Resumes { run: run_id(), fresh }, vec![earlier.clone()]);
    let report = scene.start("run_2", Some(resumes(false))).await;
    let reused: Vec<_> = report.calls.iter().map(|call| (call.written.as_str(), call.reused)).collect();
    assert_eq!(
        reused,
        [("box.get", true), ("mail.send", true), ("mail.send", true), ("mail.send", true), ("mail.send", false)]
    );
    assert_eq!(report.result.as_deref(), Some("1"));
    assert_eq!(report.not_asked_again.len(), 1, "the mail to gone: {report:?}");
    assert_eq!(scene.upstreams.seen().len(), 6);

    let fresh = scene.start("run_3", Some(resumes(true))).await;
    assert!(!fresh.calls[0].reused && fresh.calls[1].reused);
    assert_eq!(fresh.result.as_deref(), Some("2"), "the read was asked afresh");
}

#[tokio::test(start_paused = true)]
async fn a_plan_reads_and_stops_at_writes() {
    let mut scene = Scene::new(|guest| async move {
        let read = guest.call("box", "get", "{}").await.map_err(fault)?;
        let (a, b) = join(guest.call("mail", "send", r#"{"to":1}"#), guest.call("mail", "send", r#"{"to":2}"#)).await;
        guest.call("mail", "send", r#"{"to":3}"#).await.map_err(fault)?;
        Ok(format!("[{read},{},{}]", a.is_ok(), b.is_ok()))
    })
    .asking(AskFor::Never);
    scene.plan = true;
    let planned = scene.run().await;
    let effects: Vec<_> = planned.approvals.iter().map(|next| (next.reason, next.arguments.to_string())).collect();
    assert_eq!(effects, [(AskReason::Plan, r#"{"to":1}"#.to_owned()), (AskReason::Plan, r#"{"to":2}"#.to_owned())]);
    scene.decide_all(&planned, &Decision::Approve);
    let next = scene.resume().await;
    assert_eq!((next.status, next.approvals.len()), (RunStatus::Parked, 1), "exactly those were approved");
    scene.decide_all(&next, &Decision::Approve);
    assert_eq!(scene.resume().await.result.as_deref(), Some("[1,true,true]"));
    assert_eq!(scene.upstreams.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_recorded_run_replays_offline_to_the_same_report() {
    let scene = Scene::new(|guest| async move {
        let key = guest.call("", "store", r#"{"key":"k","value":[1]}"#).await.map_err(fault)?;
        let kept = guest.call("", "load", r#"{"handle":"k"}"#).await.map_err(fault)?;
        let read = guest.call("box", "get", "{}").await.map_err(fault)?;
        guest.log("between");
        let wrong = guest.call("box", "nothing", "{}").await.expect_err("unknown").len();
        Ok(format!("[{key},{kept},{read},{wrong}]"))
    });
    let first = scene.run().await;
    assert_eq!(first.status, RunStatus::Completed, "{first:?}");
    let replayed = scene.bridge.replay(scene.store.run(&run_id()), scene.around()).await.report;
    assert_eq!((&replayed.result, &replayed.calls, &replayed.logs), (&first.result, &first.calls, &first.logs));
    assert_eq!(scene.upstreams.seen().len(), 1);
}

/// R23: a run that cannot be journaled does not call.
#[tokio::test(start_paused = true)]
async fn r23_a_full_journal_stops_calls() {
    for room in 0..4 {
        let scene = Scene::new(|guest| async move {
            guest.call("mail", "send", r#"{"to":"x"}"#).await.map_err(fault)?;
            guest.call("mail", "send", r#"{"to":"y"}"#).await.map_err(fault)
        });
        scene.store.full_after(room);
        let report = scene.run().await;
        assert_eq!(report.status, RunStatus::Failed);
        assert_eq!(scene.upstreams.seen().len(), usize::from(room > 0), "room for {room}");
    }
}

/// R23: nothing that a program catches lets it go on without a journal.
#[tokio::test(start_paused = true)]
async fn r23_a_full_journal_ends_the_run_whatever_it_catches() {
    for (room, said) in [(0, "the call was not sent"), (1, "its answer is not recorded"), (2, "the disk is full")] {
        let scene = Scene::new(|guest| async move {
            for to in ["x", "y"] {
                let _caught = guest.call("mail", "send", &format!(r#"{{"to":"{to}"}}"#)).await;
            }
            Ok("1".into())
        });
        scene.store.full_after(room);
        let report = scene.run().await;
        let fault = report.fault.expect("it cannot complete");
        assert_eq!(fault.kind, FaultKind::Internal, "room for {room}: {fault:?}");
        assert!(fault.message.ends_with(said), "room for {room}: {fault:?}");
        assert_eq!(scene.upstreams.seen().len(), usize::from(room > 0), "room for {room}");
        assert_eq!(report.calls.len(), 1, "room for {room}");
    }
}

#[derive(Debug, Clone)]
enum Move {
    Read(u8),
    Write(u8),
    Sleep(u8),
    Both(Box<Move>, Box<Move>),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let leaf =
        prop_oneof![(0u8..3).prop_map(Move::Read), (0u8..3).prop_map(Move::Write), (0u8..30).prop_map(Move::Sleep),];
    let tree = leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner).prop_map(|(a, b)| Move::Both(Box::new(a), Box::new(b)))
    });
    proptest::collection::vec(tree, 1..6)
}

fn walk(guest: Guest, step: Move) -> futures_util::future::BoxFuture<'static, String> {
    async move {
        let asked = match step {
            Move::Read(n) => guest.call("box", "get", &format!(r#"{{"n":{n}}}"#)).await,
            Move::Write(n) => guest.call("mail", "send", &format!(r#"{{"n":{n}}}"#)).await,
            Move::Sleep(ms) => guest.call("", "sleep", &format!(r#"{{"ms":{ms}}}"#)).await,
            Move::Both(a, b) => {
                let (a, b) = join(walk(guest.clone(), *a), walk(guest, *b)).await;
                return format!("({a} {b})");
            }
        };
        asked.unwrap_or_else(|error| error)
    }
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Any program, cut anywhere: it ends as the truth says, and no write is repeated that is not declared repeatable.
    #[test]
    fn any_program_cut_anywhere(program in moves(), at in 0.0f64..1.0, approve in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("starts");
        runtime.block_on(async {
            let scene = Scene::new(move |guest| {
                let program = program.clone();
                async move {
                    let mut all = Vec::new();
                    for step in program {
                        all.push(walk(guest.clone(), step).await);
                    }
                    Ok(format!("{all:?}"))
                }
            });
            let first = scene.run().await;
            let writes = |scene: &Scene| scene.upstreams.seen().iter().filter(|seen| seen.starts_with("mail")).count();
            let before = writes(&scene);
            let replayed = scene.bridge.replay(scene.store.run(&run_id()), scene.around()).await.report;
            prop_assert_eq!(&replayed.result, &first.result);

            let records = scene.store.run(&run_id()).records;
            let cut = (records.len() as f64 * at) as usize;
            let kept_intents = records[..cut].iter().filter(|record| matches!(record, weir_bridge::port::Record::Intent(intent) if intent.effect == Effect::Write)).count();
            scene.store.cut(&run_id(), cut);
            let mut report = scene.resume().await;
            let mut resent = 0;
            let mut rounds = 0;
            while report.status == RunStatus::Parked {
                rounds += 1;
                prop_assert!(rounds < 100);
                let decision = if approve { Decision::Approve } else { Decision::Done { value: "1".into() } };
                resent += if approve { report.approvals.len() } else { 0 };
                scene.decide_all(&report, &decision);
                report = scene.resume().await;
            }
            prop_assert_eq!(report.status, RunStatus::Completed, "{:?}", report.fault);
            // Writes the cut journal knows are sent again only by a decision.
            prop_assert_eq!(writes(&scene) - before, before - kept_intents + resent);
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_goes_back_does_not_go_back_for_the_snippet() {
    let scene = Scene::new(|guest| async move {
        guest.call("", "sleep", r#"{"ms":1000}"#).await.map_err(fault)?;
        guest.call("box", "drop", "{}").await.map_err(fault)
    });
    let parked = scene.run().await;
    tokio::time::advance(Duration::from_secs(60)).await;
    scene.decide_all(&parked, &Decision::Approve);
    assert_eq!(scene.resume().await.status, RunStatus::Completed);
    let times: Vec<u64> = scene
        .store
        .run(&run_id())
        .records
        .iter()
        .filter_map(|record| match record {
            weir_bridge::port::Record::Delivered { now_ms, .. } => Some(*now_ms),
            _ => None,
        })
        .collect();
    assert!(times.is_sorted() && times.len() == 2, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_worker_costs_a_replay_and_no_call() {
    let turn = Arc::new(Mutex::new(0));
    let scene = Scene::new(move |guest| {
        let first = {
            let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            *turn += 1;
            *turn == 1
        };
        async move {
            guest.call("mail", "send", r#"{"n":1}"#).await.map_err(fault)?;
            let under_way = guest.call("mail", "send", r#"{"n":2}"#);
            if first {
                return Err(Fault::new(FaultKind::WorkerLost, "killed"));
            }
            under_way.await.map_err(fault)
        }
    });
    let report = scene.run().await;
    assert_eq!((report.status, report.result.as_deref()), (RunStatus::Completed, Some("1")), "{report:?}");
    assert_eq!(scene.upstreams.seen(), [r#"mail/send {"n":1}"#, r#"mail/send {"n":2}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_always_loses_its_worker_ends() {
    let scene = Scene::new(|guest| async move {
        guest.call("mail", "send", "{}").await.map_err(fault)?;
        Err(Fault::new(FaultKind::WorkerLost, "killed"))
    });
    let report = scene.run().await;
    assert_eq!(report.fault.map(|fault| fault.kind), Some(FaultKind::WorkerLost));
    assert_eq!(scene.upstreams.seen().len(), 1);
}

/// A correction that leaves something out, corrected again: what the first run did is still known.
#[tokio::test(start_paused = true)]
async fn a_correction_of_a_correction_repeats_nothing() {
    let programs: [&[&str]; 3] = [&["one", "two"], &["one"], &["one", "two", "three"]];
    let turn = Arc::new(Mutex::new(0));
    let scene = Scene::new(move |guest| {
        let number = {
            let mut turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            *turn += 1;
            *turn - 1
        };
        async move {
            for to in programs[number] {
                guest.call("mail", "send", &format!(r#"{{"to":"{to}"}}"#)).await.map_err(fault)?;
            }
            Ok("null".into())
        }
    });
    scene.run().await;
    let mut earlier = vec![Arc::new(scene.store.run(&run_id()))];
    scene.start("run_2", Some((Resumes { run: run_id(), fresh: false }, earlier.clone()))).await;
    earlier.push(Arc::new(scene.store.run(&RunId::new("run_2"))));
    let last = scene.start("run_3", Some((Resumes { run: RunId::new("run_2"), fresh: false }, earlier))).await;
    assert_eq!(last.calls.iter().map(|call| call.reused).collect::<Vec<_>>(), [true, true, false]);
    let sent = scene.upstreams.seen();
    assert_eq!(sent, [r#"mail/send {"to":"one"}"#, r#"mail/send {"to":"two"}"#, r#"mail/send {"to":"three"}"#]);
}

#[tokio::test(start_paused = true)]
async fn a_replay_of_what_has_not_ended_says_that_its_journal_is_used_up() {
    let scene = Scene::new(|guest| async move {
        guest.call("box", "get", "{}").await.map_err(fault)?;
        guest.call("mail", "send", "{}").await.map_err(fault)
    });
    scene.run().await;
    let replayed = scene.bridge.replay(scene.store.run(&run_id()), scene.around()).await;
    assert!(!replayed.journal_used_up);
    scene.store.cut(&run_id(), 3);
    let replayed = scene.bridge.replay(scene.store.run(&run_id()), scene.around()).await;
    assert!(replayed.journal_used_up, "{replayed:?}");
    assert_eq!(scene.upstreams.seen().len(), 2, "nothing left");
}
