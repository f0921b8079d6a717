//! The hostile cases in Starlark: what a snippet may reach by a name, a text or an argument. What it may use up: `starlark_bombs`.

use std::time::Duration;

use weir_bridge::port::Job;
use weir_model::{Fault, FaultKind, Language};
use weir_sandbox::Pool;

use crate::harness::*;

pub(crate) fn star(source: &str) -> Job {
    Job { language: Language::Starlark, ..job(source) }
}

pub(crate) fn star_alone(source: &str) -> Outcome {
    alone_with(star(source))
}

pub(crate) fn with_cpu(source: &str, cpu: Duration) -> Job {
    let mut job = star(source);
    job.limits.cpu = cpu;
    job
}

/// I3: an error tells nothing of the host.
#[track_caller]
pub(crate) fn tells_nothing_of_the_host(fault: &Fault) {
    let told = format!("{} {} {}", fault.message, fault.hint.as_deref().unwrap_or_default(), fault.kind.as_str());
    for word in ["/root", "/home", "/work", "/usr", ".rs:", ".cargo", "registry", "panicked", "unwrap", "0x"] {
        assert!(!told.contains(word), "{word} in {told}");
    }
    assert!(fault.kind != FaultKind::Internal, "{fault:?}");
}

/// J14, J22, J23, J24, P15, T01, T02, T09: names reach nothing but what is bound.
#[test]
fn names_reach_only_what_is_bound() {
    let refused = [
        ("j14 no stack of ours", "fail(str(attempt(lambda: 1 // 0).error))"),
        ("p03 no files", "open(\"/etc/passwd\")"),
        ("p04 no evaluation", "eval(\"1\")"),
        ("p02 no modules", "__import__(\"os\")"),
        ("p01 no classes", "().__class__"),
        ("p05 no frames", "(lambda: 0).__globals__"),
        ("p06 formats walk no attributes", "\"{0.__class__}\".format(fake)"),
        ("p15 homoglyph", "f\u{430}ke.echo()"),
        ("p15 compatibility letters", "\u{1d52}pen(\"x\")"),
        ("j22 operators are no names", "*(1, 2)"),
        ("t01 zero width", "tools[\"fa\u{200b}ke\"][\"echo\"](a=fail)"),
    ];
    within(async {
        let pool = Pool::new(config(1));
        for (name, source) in refused {
            let outcome = run_job(&pool, star(source)).await;
            tells_nothing_of_the_host(outcome.fault());
            assert!(outcome.asks.is_empty(), "{name}: {:?}", outcome.asks);
        }
        // What is decided on the other side arrives there as it was written: no folding, no trimming, no near miss.
        for raw in [
            "ECHO",
            " echo",
            "echo ",
            "echo\u{200b}",
            "",
            "../x",
            "__proto__",
            "constructor",
            "\u{1f600}",
            "delete_repo",
        ] {
            let literal = serde_json::to_string(raw).unwrap();
            let outcome = run_job(&pool, star(&format!("name = {literal}\ntools[\"fake\"][name]()"))).await;
            assert_eq!(outcome.kind(), FaultKind::ToolFailed, "{raw}");
            assert_eq!(outcome.asks[0].member, raw);
        }
        // J23: what a program does to its names is its own affair, and the next run's names are whole.
        let outcome = run_job(&pool, star("fake = 1\ntools = 2\nprint = 3\njson = 4\nlen = None\nfake")).await;
        assert_eq!(outcome.json(), "1");
        let outcome = run_job(&pool, star("len([fake.echo(a=1), tools[\"fake\"].echo(a=2), json.encode(1)])")).await;
        assert_eq!(outcome.json(), "3");
        for frozen in ["fake.echo = 1", "tools[\"fake\"] = 1", "json.encode = 1", "math.pi = 4"] {
            tells_nothing_of_the_host(run_job(&pool, star(frozen)).await.fault());
        }
    });
}

/// J24: text is text.
#[test]
fn j24_odd_characters() {
    assert_eq!(star_alone("\u{feff}1").json(), "1");
    assert_eq!(star_alone("\"\u{2028}\\0\u{1f600}\"").json(), "\"\u{2028}\\u0000\u{1f600}\"");
    assert_eq!(star_alone("len(\"\\ud800\")").kind(), FaultKind::Syntax);
    assert_eq!(star_alone("1\0").kind(), FaultKind::SourceInvalid);
    assert!(matches!(star_alone("json.decode('\"\\\\ud800\"')").kind(), FaultKind::Exception));
}

/// T03, T06, T07: arguments are written once, exactly.
#[test]
fn arguments_arrive_as_they_were() {
    let rows = [
        ("fake.echo(n=9007199254740993)", "{\"n\":9007199254740993}"),
        ("fake.echo(n=-0.0)", "{\"n\":-0.0}"),
        ("fake.echo(n=123456789012345678901234567890)", "{\"n\":123456789012345678901234567890}"),
        (
            "fake.echo({\"__proto__\": {\"admin\": True}, \"constructor\": 1})",
            "{\"__proto__\":{\"admin\":true},\"constructor\":1}",
        ),
        ("fake.echo({\"id\": 1, \"Id\": 2, \"ID\": 3})", "{\"id\":1,\"Id\":2,\"ID\":3}"),
        ("a = {\"x\": 1}\nr = parallel([lambda: fake.echo(a), lambda: a.update({\"x\": 2})])\nr[0]", "{\"x\":1}"),
    ];
    for (source, expected) in rows {
        let outcome = star_alone(source);
        assert_eq!(outcome.json(), expected, "for {source}");
        assert_eq!(outcome.asks[0].arguments, expected, "for {source}");
    }
    for source in [
        "fake.echo(n=float(\"nan\"))",
        "fake.echo(n=1e400)",
        "fake.echo({\"1\": 1, 1: 2})",
        "fake.echo({\"id\": 1, \"id\": 2})",
        "fake.echo(id=1, id=2)",
        "a = {}\na[\"a\"] = a\nfake.echo(a)",
        "fake.echo(f=len)",
    ] {
        let outcome = star_alone(source);
        tells_nothing_of_the_host(outcome.fault());
        assert!(outcome.asks.is_empty(), "for {source}: {:?}", outcome.asks);
    }
}
