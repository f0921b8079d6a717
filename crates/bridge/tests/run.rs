//! Runs against fakes: the pipeline, its limits, and what the report says of them.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use weir_bridge::{
    Around, RunRequest,
    port::{Durability, Record},
};
use weir_catalog::{Access, Everything};
use weir_model::{
    CallStatus, Effect, FailureKind, Fault, FaultKind, Language, Limits, Part, Policy, Report, RunId, RunStatus, Tool,
    ToolFailure, ToolId, ToolReply,
};
use weir_testkit::{FakeSandbox, FakeStore, FakeUpstreams, Guest, PausedClock, around, bridge, catalog, request, tool};

const ISSUE: &str = r#"{"type":"object","properties":{"title":{"type":"string"},"count":{"type":"integer"}},"required":["title"],"additionalProperties":false}"#;
const ANY: &str = r#"{"type":"object","properties":{}}"#;

fn tools() -> Vec<Tool> {
    vec![
        tool("hub/create_issue", Effect::Write, ISSUE),
        tool("hub/list-issues", Effect::Read, ANY),
        tool("mail/send", Effect::Write, ANY),
    ]
}

struct Scene {
    upstreams: Arc<FakeUpstreams>,
    journal: Arc<FakeStore>,
    limits: Limits,
    access: Arc<dyn Access>,
    cancel: Option<BoxFuture<'static, ()>>,
}

impl Scene {
    fn new(upstreams: Arc<FakeUpstreams>) -> Self {
        Self {
            upstreams,
            journal: Arc::default(),
            limits: Limits::default(),
            access: Arc::new(Everything),
            cancel: None,
        }
    }

    /// Every tool answers its own name.
    fn echoing() -> Self {
        Self::new(FakeUpstreams::new(|call| async move { Ok(text(&call.tool.to_string())) }))
    }

    async fn run<F>(&mut self, snippet: impl Fn(Guest) -> F + Send + Sync + 'static) -> Report
    where
        F: Future<Output = Result<String, Fault>> + Send + 'static,
    {
        let sandbox = FakeSandbox::new(move |_, guest| snippet(guest));
        let bridge = bridge(sandbox, self.upstreams.clone(), &self.journal, Arc::new(PausedClock::default()));
        let mut around = Around { access: self.access.clone(), ..around(catalog(tools()), Policy::default()) };
        if let Some(cancel) = self.cancel.take() {
            around.cancel = cancel;
        }
        let request = request("run_1", Language::TypeScript, "fake", around);
        bridge.run(RunRequest { limits: self.limits.clone(), ..request }).await
    }
}

fn text(text: &str) -> ToolReply {
    vec![Part::Text(text.into())].into()
}

fn done(value: &str) -> Result<String, Fault> {
    Ok(value.into())
}

fn failure(report: &Report, call: usize) -> &ToolFailure {
    match &report.calls[call].status {
        CallStatus::Failed(failure) => failure,
        other => panic!("call {call} ended {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_sent_in_canonical_bytes_and_journaled_around() {
    let mut scene = Scene::echoing();
    let report = scene
        .run(|guest| async move {
            let answer = guest.call("hub", "create_issue", r#"{ "title": "x", "count": 2 }"#).await;
            assert_eq!(answer.as_deref(), Ok(r#""hub/create_issue""#));
            guest.log("hello");
            done("1")
        })
        .await;
    assert_eq!(report.status, RunStatus::Completed);
    assert_eq!(report.result.as_deref(), Some("1"));
    assert_eq!(report.logs[0].text, "hello");
    assert_eq!(report.calls[0].status, CallStatus::Ok);
    assert_eq!(scene.upstreams.seen(), [r#"hub/create_issue {"count":2,"title":"x"}"#]);
    let records = scene.journal.run(&RunId::new("run_1")).records;
    let [Record::Intent(intent), Record::Outcome(outcome), Record::Delivered { .. }] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(&*intent.arguments, r#"{"count":2,"title":"x"}"#);
    assert_eq!(outcome.outcome.as_deref(), Ok(r#""hub/create_issue""#));
    // A write is safe before it leaves, and so is its answer.
    assert_eq!(scene.journal.durabilities(), [Durability::Now, Durability::Now, Durability::Soon]);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_do_not_fit_never_leave() {
    let mut scene = Scene::echoing();
    let report = scene
        .run(|guest| async move {
            for arguments in [r#"{"titel":"x"}"#, r#"{"title":5}"#, "[1]", "{", r#"{"title":"a","title":"b"}"#] {
                assert!(guest.call("hub", "create_issue", arguments).await.is_err());
            }
            done("null")
        })
        .await;
    assert_eq!(scene.upstreams.seen(), [""; 0]);
    let messages: Vec<_> = (0..5).map(|call| failure(&report, call).message.clone()).collect();
    assert!(messages[0].contains("title"), "{}", messages[0]);
    insta::assert_debug_snapshot!(messages);
    assert!((0..5).all(|call| failure(&report, call).kind == FailureKind::InvalidArguments));
}

/// T01: exact ids only; a hidden tool is the same as none, and both are in the report.
#[tokio::test(start_paused = true)]
async fn t01_a_denied_name_stays_denied_in_every_disguise() {
    struct NoMail;
    impl Access for NoMail {
        fn sees(&self, tool: &ToolId) -> bool {
            tool.upstream.as_str() != "mail"
        }
    }
    let mut scene = Scene::echoing();
    scene.access = Arc::new(NoMail);
    let report = scene
        .run(|guest| async move {
            for (namespace, member) in [
                ("mail", "send"),
                ("Mail", "send"),
                ("mail", "send\u{200b}"),
                ("mail", "ѕend"),
                ("mail/send", ""),
                ("mail", "Send"),
            ] {
                let error = guest.call(namespace, member, "{}").await.expect_err("denied");
                assert!(error.contains("unknown_tool") && !error.contains("did you mean mail"), "{error}");
            }
            done("null")
        })
        .await;
    assert_eq!(scene.upstreams.seen(), [""; 0]);
    assert_eq!(report.calls.len(), 6);
}

/// T02: by its raw name or its identifier, it is the same tool under the same canonical id.
#[tokio::test(start_paused = true)]
async fn t02_raw_name_and_identifier_are_one_tool() {
    let mut scene = Scene::echoing();
    scene
        .run(|guest| async move {
            assert!(guest.call("hub", "list_issues", "{}").await.is_ok());
            assert!(guest.call("hub", "list-issues", "{}").await.is_ok());
            done("null")
        })
        .await;
    assert_eq!(scene.upstreams.seen(), ["hub/list-issues {}", "hub/list-issues {}"]);
}

#[tokio::test(start_paused = true)]
async fn at_most_so_many_calls_are_under_way_at_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    static PEAK: AtomicUsize = AtomicUsize::new(0);
    let mut scene = Scene::new(FakeUpstreams::new(|_| async {
        PEAK.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        Ok(text("ok"))
    }));
    scene.limits.calls_in_flight = 8;
    let report = scene
        .run(|guest| async move {
            let calls: Vec<_> = (0..40).map(|_| guest.call("hub", "list_issues", "{}")).collect();
            assert!(futures_util::future::join_all(calls).await.iter().all(Result::is_ok));
            done("null")
        })
        .await;
    assert_eq!(PEAK.load(Ordering::SeqCst), 8);
    assert_eq!(report.usage.wall, Duration::from_millis(100), "five rounds of 20 ms");
}

/// R16: the call after the last one ends the run, and what was done is told.
#[tokio::test(start_paused = true)]
async fn r16_calls_have_a_limit_nobody_can_catch() {
    let mut scene = Scene::echoing();
    scene.limits.calls = 3;
    let report = scene
        .run(|guest| async move {
            loop {
                let _ = guest.call("mail", "send", "{}").await;
            }
        })
        .await;
    let fault = report.fault.expect("failed");
    assert_eq!((fault.kind, report.calls.len()), (FaultKind::CallLimit, 3));
    insta::assert_snapshot!(fault.message, @"the snippet made more than 3 tool calls");
}

/// R17: time passes only while no tool works.
#[tokio::test(start_paused = true)]
async fn r17_waiting_meets_the_wall_limit_but_tools_do_not() {
    let mut scene = Scene::new(FakeUpstreams::new(|_| async {
        tokio::time::sleep(Duration::from_secs(50)).await;
        Ok(text("slow"))
    }));
    let report = scene
        .run(|guest| async move {
            assert!(guest.call("hub", "list_issues", "{}").await.is_ok());
            let _ = guest.call("", "sleep", r#"{"ms":1e12}"#).await;
            done("null")
        })
        .await;
    assert_eq!(report.fault.expect("failed").kind, FaultKind::WallLimit);
    assert_eq!(report.usage.wall, Duration::from_secs(80));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_cancels_its_calls_and_says_so() {
    struct Dropped(Arc<std::sync::atomic::AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let witness = dropped.clone();
    let mut scene = Scene::new(FakeUpstreams::new(move |_| {
        let guard = Dropped(witness.clone());
        async move {
            let _guard = guard;
            futures_util::future::pending().await
        }
    }));
    scene.cancel = Some(tokio::time::sleep(Duration::from_secs(1)).boxed());
    let report = scene.run(|guest| async move { guest.call("mail", "send", "{}").map(|_| done("null")).await }).await;
    assert_eq!((report.status, &report.calls[0].status), (RunStatus::Cancelled, &CallStatus::Cancelled));
    assert!(dropped.load(std::sync::atomic::Ordering::SeqCst));
}

fn busy(retry_after_ms: Option<u64>) -> ToolFailure {
    ToolFailure {
        status: Some(429),
        retry_after: retry_after_ms.map(Duration::from_millis),
        retryable: true,
        ..ToolFailure::new(FailureKind::ToolError, "slow down")
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_sent_again_where_that_may_help_and_a_write_never() {
    for (member, retry_after_ms, sent) in [
        ("list_issues", Some(500), 2),
        ("list_issues", Some(60_000), 1),
        ("list_issues", None, 3),
        ("create_issue", Some(500), 1),
        ("create_issue", None, 1),
    ] {
        let mut scene = Scene::new(FakeUpstreams::new(move |_| async move { Err(busy(retry_after_ms)) }));
        let report = scene
            .run(move |guest| async move {
                let arguments = if member == "create_issue" { r#"{"title":"x"}"# } else { "{}" };
                let error = guest.call("hub", member, arguments).await.expect_err("busy");
                assert!(error.contains(r#""retryable":true"#), "{error}");
                done("null")
            })
            .await;
        assert_eq!(scene.upstreams.seen().len(), sent, "{member} after {retry_after_ms:?} ms");
        assert_eq!(report.calls.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_uncaught_failure_names_its_tool() {
    let mut scene = Scene::new(FakeUpstreams::new(|_| async {
        Err(ToolFailure::new(FailureKind::ToolError, "no such repository"))
    }));
    let report = scene
        .run(|guest| async move {
            let _ = guest.call("hub", "list_issues", "{}").await;
            guest.failed_by(1);
            Err(Fault::new(FaultKind::Exception, "no such repository"))
        })
        .await;
    let fault = report.fault.expect("failed");
    assert_eq!(fault.kind, FaultKind::ToolFailed);
    assert_eq!(fault.tool.expect("named").0.to_string(), "hub/list-issues");
}

#[tokio::test(start_paused = true)]
async fn preflight_gets_the_nearest_names() {
    let mut scene = Scene::echoing();
    let report = scene.run(|_| async { Err(Fault::new(FaultKind::UnknownTool, "hub.list_isues")) }).await;
    let fault = report.fault.expect("failed");
    insta::assert_snapshot!(format!("{} ({})", fault.message, fault.hint.unwrap_or_default()), @"there is no tool hub.list_isues; nothing has been called (did you mean hub.list_issues, hub.create_issue?)");
}

#[tokio::test(start_paused = true)]
async fn answers_unwrap_to_one_value_and_binary_stays_outside() {
    let rows: [(Vec<Part>, &str); 7] = [
        (vec![], "null"),
        (vec![Part::Json(r#"{"a":1}"#.into())], r#"{"a":1}"#),
        (vec![Part::Text(" [1, 2] ".into())], "[1, 2]"),
        (vec![Part::Text("1.10".into())], r#""1.10""#),
        (vec![Part::Text("{broken".into())], r#""{broken""#),
        (vec![Part::Text("a".into()), Part::Json("2".into())], r#"["a",2]"#),
        (vec![Part::Text("true".into())], r#""true""#),
    ];
    for (parts, expected) in rows {
        let mut scene = Scene::new(FakeUpstreams::new(move |_| {
            let reply = ToolReply::from(parts.clone());
            async { Ok(reply) }
        }));
        let report =
            scene.run(|guest| async move { Ok(guest.call("hub", "list_issues", "{}").await.expect("answered")) }).await;
        assert_eq!(report.result.as_deref(), Some(expected));
    }
    let mut scene = Scene::new(FakeUpstreams::new(|_| async {
        Ok(vec![Part::Blob { mime: "image/png".into(), bytes: vec![1, 2, 255] }].into())
    }));
    let report = scene
        .run(|guest| async move {
            let value = guest.call("hub", "list_issues", "{}").await.expect("answered");
            let (_, tail) = value.split_once(r#""handle":""#).expect("a handle");
            let handle = tail.split('"').next().expect("quoted");
            Ok(guest.call("", "load", &format!(r#"{{"handle":"{handle}"}}"#)).await.expect("loaded"))
        })
        .await;
    assert_eq!(report.result.as_deref(), Some(r#"{"mime":"image/png","bytes":3,"base64":"AQL/"}"#));
}

/// R13: many large answers together have a limit too.
#[tokio::test(start_paused = true)]
async fn r13_all_answers_of_a_run_together_are_bounded() {
    let mut scene = Scene::new(FakeUpstreams::new(|_| async {
        Ok(vec![Part::Json(format!("\"{}\"", "x".repeat(30 << 20)))].into())
    }));
    let report = scene
        .run(|guest| async move {
            for _ in 0..9 {
                let _ = guest.call("hub", "list_issues", "{}").await;
            }
            done("null")
        })
        .await;
    assert_eq!(report.calls[7].status, CallStatus::Ok);
    assert_eq!(failure(&report, 8).kind, FailureKind::LimitExceeded);
}
