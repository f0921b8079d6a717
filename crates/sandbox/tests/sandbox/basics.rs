//! What every snippet relies on.

use std::time::Duration;

use weir_bridge::port::{Event, Sandbox as _};
use weir_model::{Delivery, FaultKind, Language, Limits, OpId, PrincipalId};
use weir_sandbox::Pool;

use crate::harness::*;

cases! {
    a_value_comes_back: "return 1" => |o| assert_eq!(o.json(), "1");
    nothing_returned_is_null: "const x = 1;" => |o| assert_eq!(o.json(), "null");
    types_are_blanked: "const x: number = 1 as number;\ninterface A { b: string }\nreturn x!" => |o| assert_eq!(o.json(), "1");
    a_lone_function_is_called: "async () => {\n  return await fake.echo({ a: 1 })\n}" => |o| assert_eq!(o.json(), r#"{"a":1}"#);
    a_lone_call_of_a_function_is_returned: "(async () => { return 5 })();" => |o| assert_eq!(o.json(), "5");
    odd_names_go_as_written: "return tools['my-server'].go({})" => |o| assert_eq!(o.asks[0].member, "go");
    a_syntax_error_has_a_place: "const a = 1;\nconst b = ;\nreturn a" => |o| {
        assert_eq!((o.kind(), o.fault().position), (FaultKind::Syntax, at(2, 11)));
        assert_eq!(o.fault().source_line.as_deref(), Some("const b = ;"));
    };
    an_exception_has_a_place: "const a = 1;\n  null.x;\nreturn a" => |o| {
        assert_eq!((o.kind(), o.fault().position.map(|at| at.line)), (FaultKind::Exception, Some(2)));
        assert!(o.fault().message.starts_with("TypeError: "), "{}", o.fault().message);
        assert_eq!(o.fault().source_line.as_deref(), Some("  null.x;"));
    };
    a_failed_call_is_told_apart: "const a = 1;\nawait fake.echo({});\nawait fake.fail({});\nreturn 1" => |o| {
        assert_eq!((o.kind(), o.ended.failed_op), (FaultKind::ToolFailed, Some(OpId(2))));
        assert_eq!(o.fault().position.map(|at| at.line), Some(3));
        assert!(o.fault().message.contains("fake.fail says no"), "{}", o.fault().message);
    };
    a_caught_failure_is_no_fault: "try { await fake.fail({}) } catch (e) { return e.message }" => |o| {
        assert!(o.json().contains("says no"), "{}", o.json());
    };
    an_unknown_tool_stops_everything: "await fake.echo({});\nawait fake.ecko({});" => |o| {
        assert_eq!((o.kind(), o.fault().position, o.asks.len()), (FaultKind::UnknownTool, at(2, 7), 0));
        assert_eq!(o.fault().message, "fake.ecko");
    };
    logs_come_in_order: "console.log('a', 1);\nconsole.error({b: 2});\nreturn 0" => |o| {
        let texts: Vec<_> = o.logs.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert_eq!(texts[0], "a 1");
        assert!(!o.ended.logs_truncated);
    };
    calls_are_truly_parallel: "const all = await Promise.all([1, 2, 3].map((n) => fake.echo({ n })));\nreturn all.map((x) => x.n)" => |o| {
        assert_eq!(o.json(), "[1,2,3]");
    };
    timers_are_operations: "await sleep(5); await new Promise((r) => setTimeout(r, 10)); return 1" => |o| {
        assert_eq!(o.json(), "1");
        assert!(o.asks.iter().all(|ask| ask.namespace.is_empty()), "{:?}", o.asks);
    };
    big_integers_do_not_change: "const x = await fake.echo({ id: 9007199254740993n }); return typeof x.id === 'number' ? 'changed' : String(x.id)" => |o| {
        assert_eq!(o.json(), "\"9007199254740993\"");
    };
}

#[test]
fn a_call_is_asked_and_answered() {
    let outcome = alone("const x = await fake.echo({a: 1, b: ['ü']});\nreturn x.b[0] + x.a");
    assert_eq!(outcome.json(), "\"ü1\"");
    assert_eq!(outcome.asks.len(), 1);
    let ask = &outcome.asks[0];
    assert_eq!((ask.op.0, ask.namespace.as_str(), ask.member.as_str(), ask.line), (1, "fake", "echo", 1));
    assert_eq!(ask.arguments, r#"{"a":1,"b":["ü"]}"#);
}

#[test]
fn javascript_takes_no_types() {
    let mut javascript = job("const x: number = 1; return x");
    javascript.language = Language::JavaScript;
    assert_eq!(alone_with(javascript).kind(), FaultKind::Syntax);
    let mut javascript = job("const x = 1; return x");
    javascript.language = Language::JavaScript;
    assert_eq!(alone_with(javascript).json(), "1");
}

#[test]
fn the_clock_moves_only_with_deliveries() {
    let outcome = alone(
        "const a = Date.now(); for (let i = 0; i < 1e5; i++); const b = Date.now(); await sleep(1); return [a, b, Date.now()]",
    );
    assert_eq!(outcome.json(), "[1700000000000,1700000000000,1700000001000]");
}

/// The order of deliveries is what the snippet sees, even when they arrive together.
#[test]
fn deliveries_are_seen_in_their_order() {
    within(async {
        let pool = Pool::new(config(1));
        let source = "const seen: number[] = []; const say = (n: number) => () => { seen.push(n, Date.now()) };\n\
                      await Promise.all([fake.never({}).then(say(1)), fake.never({}).then(say(2)), fake.never({}).then(say(3))]);\n\
                      return seen";
        let mut session = pool.start(job(source)).await.unwrap();
        for _ in 0..3 {
            assert!(matches!(session.next().await, Event::Ask(_)));
        }
        for (at, op) in [3, 1, 2].into_iter().enumerate() {
            session.deliver(Delivery { op: OpId(op), now_ms: at as u64, outcome: Ok("1".to_owned()) });
        }
        assert_eq!(finish(session).await.json(), "[3,0,1,1,2,2]");
    });
}

#[test]
fn ten_thousand_operations_at_once() {
    let source = "const all = await Promise.all(Array.from({ length: 10000 }, (_, i) => fake.echo({ i })));\n\
                  return all.reduce((sum, x) => sum + x.i, 0)";
    let outcome = alone(source);
    assert_eq!((outcome.json(), outcome.asks.len()), ("49995000", 10_000));
}

#[test]
fn one_operation_too_many_fails_alone() {
    let source = "for (let i = 0; i < 10000; i++) void fake.never({});\n\
                  try { await fake.echo({}) } catch (e) { console.log(e.kind, e.message) }\n\
                  await fake.never({})";
    within(async {
        let pool = Pool::new(config(1));
        let mut session = pool.start(job(source)).await.unwrap();
        let mut asked = 0;
        let said = loop {
            match session.next().await {
                Event::Ask(_) => asked += 1,
                Event::Log(line) => break line.text,
                other => panic!("{other:?}"),
            }
        };
        assert!(said.starts_with("limit_exceeded Too many calls"), "{said}");
        assert_eq!(asked, 10_000);
        drop(session);
        assert_eq!(run(&pool, "return 2").await.json(), "2");
    });
}

#[test]
fn a_dropped_session_ends_its_run() {
    within(async {
        let pool = Pool::new(config(1));
        let mut endless = job("while (true) {}");
        endless.limits.cpu = Duration::from_secs(100);
        let session = pool.start(endless).await.unwrap();
        drop(session);
        assert_eq!(run(&pool, "return 1").await.json(), "1");
    });
}

#[test]
fn principals_never_share_a_worker() {
    within(async {
        let pool = Pool::new(config(1));
        let ours = pool.start(job("await fake.never({})")).await.unwrap();
        let before = pool.worker_ids();
        let theirs = run_job(&pool, {
            let mut job = job("return 1");
            job.principal = PrincipalId::new("else");
            job
        })
        .await;
        assert_eq!(theirs.json(), "1");
        drop(ours);
        assert_eq!(before.len(), 1);
        assert!(pool.worker_ids().contains(&before[0]), "the first worker was left alone");
    });
}

#[test]
fn runs_over_the_limit_are_refused() {
    within(async {
        let pool = Pool::new(config(2));
        let mut held = Vec::new();
        for _ in 0..weir_model::limits::RUNS_MAX {
            held.push(pool.start(job("await fake.never({})")).await.unwrap());
        }
        let Err(fault) = pool.start(job("return 1")).await else { panic!("one run too many was admitted") };
        assert_eq!((fault.kind, fault.kind.retryable()), (FaultKind::Busy, true));
        drop(held);
        assert_eq!(run(&pool, "return 1").await.json(), "1");
    });
}

#[test]
fn a_limit_of_zero_memory_is_a_fault_not_a_panic() {
    let mut tiny = job("return 1");
    tiny.limits = Limits { memory_bytes: 0, ..tiny.limits };
    assert_eq!(alone_with(tiny).kind(), FaultKind::MemoryLimit);
}
