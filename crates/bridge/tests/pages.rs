//! Pages, warnings and letting go of a run, against fakes: what the snippet gets, what the journal keeps, what a replay says.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use tokio::sync::{Notify, oneshot};
use weir_bridge::{
    Around, Bridge, RunRequest,
    port::{Record, Recorded, Resumes},
};
use weir_model::{
    AskFor, CallStatus, Effect, Fault, Language, Part, Policy, Report, RunId, RunStatus, Tool, ToolReply,
    limits::NEXT_PAGE_BYTES_MAX,
};
use weir_testkit::{FakeSandbox, FakeStore, FakeUpstreams, Guest, PausedClock, around, bridge, catalog, request, tool};

const ANY: &str = r#"{"type":"object"}"#;

fn tools() -> Vec<Tool> {
    let user = Tool {
        output_schema: Some(r#"{"type":"object","properties":{"id":{"type":"integer"}},"required":["id"]}"#.into()),
        ..tool("box/user", Effect::Read, ANY)
    };
    vec![tool("box/list", Effect::Read, ANY), tool("mail/send", Effect::Write, ANY), user]
}

struct Scene {
    bridge: Bridge,
    store: Arc<FakeStore>,
    upstreams: Arc<FakeUpstreams>,
}

impl Scene {
    fn new<F>(upstreams: Arc<FakeUpstreams>, snippet: impl Fn(Guest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, Fault>> + Send + 'static,
    {
        let store = Arc::new(FakeStore::default());
        let sandbox = FakeSandbox::new(move |_, guest| snippet(guest));
        let bridge = bridge(sandbox, upstreams.clone(), &store, Arc::new(PausedClock::default()));
        Self { bridge, store, upstreams }
    }

    fn around(leave: impl Future<Output = ()> + Send + 'static) -> Around {
        let policy = Policy { ask: AskFor::Never, ..Policy::default() };
        Around { leave: leave.boxed(), ..around(catalog(tools()), policy) }
    }

    async fn start(&self, run: &str, resumes: Option<(Resumes, Vec<Arc<Recorded>>)>, around: Around) -> Report {
        let request = request(run, Language::TypeScript, "fake", around);
        self.bridge.run(RunRequest { resumes, ..request }).await
    }

    async fn run(&self) -> Report {
        self.start("run_1", None, Self::around(std::future::pending())).await
    }

    fn recorded(&self) -> Recorded {
        self.store.run(&RunId::new("run_1"))
    }

    async fn replay(&self) -> Report {
        self.bridge.replay(self.recorded(), Self::around(std::future::pending())).await.report
    }
}

/// Answers with this text, and tells of this next page.
fn answering(value: &'static str, next: Option<&'static str>) -> Arc<FakeUpstreams> {
    FakeUpstreams::new(move |_| async move {
        Ok(ToolReply { next: next.map(str::to_owned), ..vec![Part::Json(value.to_owned())].into() })
    })
}

fn paged(arguments: &str) -> String {
    format!(r#"{{"tool":["box","list"],"arguments":{arguments}}}"#)
}

#[tokio::test(start_paused = true)]
async fn a_page_is_a_call_whose_answer_tells_of_the_next() {
    let rows = [
        (None, "null", 0),
        (Some(r#"{"page": 2, "a": [1.0]}"#), r#""{\"a\":[1.0],\"page\":2}""#, 0),
        (Some("[2]"), "null", 1),
        (Some(r#"{"a":1,"a":2}"#), "null", 1),
        (Some("nonsense"), "null", 1),
    ];
    for (next, told, warnings) in rows {
        let scene = Scene::new(answering("[1,2]", next), |guest| async move {
            Ok(guest.call("", "page", &paged(r#"{"b":1,"a":"x"}"#)).await.expect("a page"))
        });
        let report = scene.run().await;
        let expected = format!(r#"{{"value":[1,2],"asked":"{{\"a\":\"x\",\"b\":1}}","next":{told}}}"#);
        assert_eq!(report.result.as_deref(), Some(&*expected));
        let [call] = &report.calls[..] else { panic!("{report:?}") };
        assert_eq!((call.written.as_str(), call.response_bytes, call.line), ("box.list", 5, 1));
        assert_eq!(call.warnings.len(), warnings, "{call:?}");
        let Record::Intent(intent) = &scene.recorded().records[0] else { panic!("an intent comes first") };
        assert!(intent.paged && &*intent.arguments == r#"{"a":"x","b":1}"#);
        let replayed = scene.replay().await;
        assert_eq!((replayed.result, replayed.calls), (report.result, report.calls));
        assert_eq!(scene.upstreams.seen().len(), 1, "a replay sends nothing");
    }
}

#[tokio::test(start_paused = true)]
async fn a_next_page_too_large_to_follow_is_not_followed() {
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(NEXT_PAGE_BYTES_MAX));
    let upstreams = FakeUpstreams::new(move |_| {
        let next = Some(large.clone());
        async { Ok(ToolReply { next, ..vec![Part::Json("1".to_owned())].into() }) }
    });
    let scene =
        Scene::new(upstreams, |guest| async move { Ok(guest.call("", "page", &paged("{}")).await.expect("a page")) });
    let report = scene.run().await;
    assert_eq!(report.result.as_deref(), Some(r#"{"value":1,"asked":"{}","next":null}"#));
    assert!(report.calls[0].warnings[0].contains("too large to follow"), "{:?}", report.calls);
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_no_tool_is_no_call() {
    for arguments in ["{}", "", r#"{"tool":["","page"],"arguments":{}}"#, r#"{"tool":"box.list","arguments":{}}"#] {
        let scene = Scene::new(answering("1", None), move |guest| async move {
            Ok(guest.call("", "page", arguments).await.expect_err("misused"))
        });
        let report = scene.run().await;
        let failure = report.result.expect("caught");
        assert!(failure.contains("invalid_arguments"), "{failure}");
        assert!(report.calls.is_empty() && scene.upstreams.seen().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_corrected_program_takes_pages_over_whichever_way_it_asks() {
    let paging = Arc::new(Mutex::new(false));
    let now = paging.clone();
    let scene = Scene::new(answering("7", Some(r#"{"page":2}"#)), move |guest| {
        let paging = *now.lock().expect("alone");
        async move {
            let plain = guest.call("box", "list", "{}");
            let page = guest.call("", "page", &paged("{}"));
            let (plain, page) = tokio::join!(plain, page);
            Ok(if paging { page } else { plain }.expect("answered"))
        }
    });
    let first = scene.run().await;
    assert_eq!((first.result.as_deref(), scene.upstreams.seen().len()), (Some("7"), 2));
    *paging.lock().expect("alone") = true;
    let resumes = Resumes { run: RunId::new("run_1"), fresh: false };
    let earlier = vec![Arc::new(scene.recorded())];
    let second = scene.start("run_2", Some((resumes, earlier)), Scene::around(std::future::pending())).await;
    assert_eq!(second.result.as_deref(), Some(r#"{"value":7,"asked":"{}","next":"{\"page\":2}"}"#));
    assert!(second.calls.iter().all(|call| call.reused), "{:?}", second.calls);
    assert_eq!(scene.upstreams.seen().len(), 2, "nothing was sent again");
}

#[tokio::test(start_paused = true)]
async fn a_page_where_the_journal_has_a_plain_call_is_another_program() {
    let paging = Arc::new(Mutex::new(false));
    let now = paging.clone();
    let scene = Scene::new(answering("7", None), move |guest| {
        let paging = *now.lock().expect("alone");
        async move {
            let answer =
                if paging { guest.call("", "page", &paged("{}")).await } else { guest.call("box", "list", "{}").await };
            Ok(answer.expect("answered"))
        }
    });
    scene.run().await;
    *paging.lock().expect("alone") = true;
    let fault = scene.replay().await.fault.expect("diverged");
    insta::assert_snapshot!(fault.message, @"the journal has box.list({}) where the snippet now has box.list.pages({})");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_is_told_in_the_report_alone() {
    let upstreams = FakeUpstreams::new(|call| {
        let answer = call.arguments.to_string();
        async move {
            let warnings = vec!["from upstream ".repeat(100)];
            Ok(ToolReply { warnings, ..vec![Part::Json(answer)].into() })
        }
    });
    let scene = Scene::new(upstreams, |guest| async move {
        let fits = guest.call("box", "user", r#"{"id":1}"#).await.expect("answered");
        let differs = guest.call("box", "user", r#"{"id":"1"}"#).await.expect("answered");
        Ok(format!("[{fits},{differs}]"))
    });
    let report = scene.run().await;
    assert_eq!(report.result.as_deref(), Some(r#"[{"id":1},{"id":"1"}]"#));
    let [fits, differs] = &report.calls[..] else { panic!("{report:?}") };
    assert_eq!(fits.warnings.len(), 1);
    assert!(fits.warnings[0].ends_with('…') && fits.warnings[0].len() < 600);
    let expected = r#"the answer does not fit the tool's output schema: id: expected integer, got "1""#;
    assert_eq!((differs.warnings.len(), differs.warnings[0].as_str()), (2, expected));
    assert_eq!(scene.replay().await.calls, report.calls, "a replay says the same");
}

/// A run that is let go of: the call under way ends and is kept, no other begins, and whoever goes on does so from there.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_let_go_of_parks_with_its_calls_ended() {
    let (sent, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, wait) = (sent.clone(), answer.clone());
    let upstreams = FakeUpstreams::new(move |call| {
        let (told, wait) = (told.clone(), wait.clone());
        let first = &*call.arguments == r#"{"id":1}"#;
        async move {
            if first {
                told.notify_one();
                wait.notified().await;
            }
            Ok(vec![Part::Json("true".to_owned())].into())
        }
    });
    let scene = Scene::new(upstreams, |guest| async move {
        guest.call("mail", "send", r#"{"id":1}"#).await.expect("sent");
        guest.call("mail", "send", r#"{"id":2}"#).await.expect("sent");
        Ok("2".to_owned())
    });
    let (leave, left) = oneshot::channel::<()>();
    let around = Scene::around(left.map(|_| ()));
    let ((), report) = tokio::join!(
        async {
            sent.notified().await;
            leave.send(()).expect("the run listens");
            tokio::task::yield_now().await;
            answer.notify_one();
        },
        scene.start("run_1", None, around),
    );
    assert_eq!((report.status, report.fault, report.approvals.len()), (RunStatus::Parked, None, 0));
    assert_eq!(report.calls.len(), 1);
    assert_eq!(report.calls[0].status, CallStatus::Ok);
    assert_eq!(scene.upstreams.seen().len(), 1);
    let resumed = scene.bridge.resume(scene.recorded(), Vec::new(), Scene::around(std::future::pending())).await;
    assert_eq!((resumed.status, resumed.result.as_deref()), (RunStatus::Completed, Some("2")));
    assert_eq!(scene.upstreams.seen().len(), 2, "the first was not sent again");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_let_go_of_before_it_began_parks() {
    let scene = Scene::new(answering("1", None), |guest| async move {
        Ok(guest.call("box", "list", "{}").await.expect("answered"))
    });
    let report = scene.start("run_1", None, Scene::around(std::future::ready(()))).await;
    assert_eq!((report.status, report.calls.len()), (RunStatus::Parked, 0));
    let resumed = scene.bridge.resume(scene.recorded(), Vec::new(), Scene::around(std::future::pending())).await;
    assert_eq!(resumed.result.as_deref(), Some("1"));
}
