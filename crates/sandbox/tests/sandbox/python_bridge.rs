//! J and T cases that mean something in Python: what a snippet changes in its interpreter changes neither what its calls say
//! nor the next run, and what it does with the guest's own modules is no more than calls, log lines and an end of the run.

use weir_model::{FaultKind as K, LogLevel, limits};

use super::python_trial::{brief, discreet, ends, gives, refuses, snippet, tried};
use crate::harness::*;

/// The arguments of each call, exactly as they were sent.
fn sends(rows: &[(&str, &[&str])]) {
    let outcomes = tried(rows.iter().map(|(source, _)| snippet(source)).collect());
    for ((source, sent), outcome) in rows.iter().zip(&outcomes) {
        assert!(outcome.result.is_ok(), "{source}: {:?}", outcome.fault());
        assert_eq!(outcome.asks.iter().map(|ask| ask.arguments.as_str()).collect::<Vec<_>>(), *sent, "{source}");
    }
}

#[test]
fn j02_names_are_an_allowlist_python() {
    gives(&[
        (
            "sorted(name for name in globals() if name != '__builtins__')",
            r#"["__doc__","__name__","fake","my_server","tools"]"#,
        ),
        (
            "[name for name in ('copyright', 'credits', 'license', 'weir_guest', 'wit_world') if name in __builtins__]",
            "[]",
        ),
        ("import sys\n[dict(sys.modules['os'].environ), sys.argv[1:], sys.executable, sys.path]", r#"[{},[],"",[]]"#),
    ]);
}

/// Every trial is followed by a benign run in the same worker, which uses all of these.
#[test]
fn j05_changed_builtins_stay_behind_python() {
    gives(&[
        (
            "import json, asyncio, dataclasses, sys\njson.dumps = json.loads = asyncio.gather = dataclasses.dataclass = None\nsys.modules.clear()\n1",
            "1",
        ),
        ("__builtins__.clear()\n1", "1"),
        ("import sys\nvars(sys.modules['builtins']).update(divmod=None, print=None, oct=5)\n1", "1"),
        ("import sys\nsys.stdout.close()\nsys.stdout = sys.stderr = None\n1", "1"),
        ("import sys\nsys.setrecursionlimit(200)\nsys.set_int_max_str_digits(0)\nsys.addaudithook(print)\n1", "1"),
        (
            "import sys\nsys.modules['gc'].disable()\nsys.modules['gc'].unfreeze()\nlen(sys.modules['gc'].get_objects()) > 1000",
            "true",
        ),
    ]);
}

#[test]
fn j06_keys_with_a_meaning_python() {
    sends(&[(
        "fake.echo({'__class__': {'x': 1}, '__proto__': {'admin': True}, 'self': 1, '': 2})",
        &[r#"{"__class__":{"x":1},"__proto__":{"admin":true},"self":1,"":2}"#],
    )]);
}

#[test]
fn j10_patched_asyncio_python() {
    ends(&[
        (
            brief("import asyncio\nasyncio.BaseEventLoop.run_forever = lambda self: None\nawait fake.echo.aio(a=1)"),
            &[K::Exception],
        ),
        (brief("class A:\n    def __await__(self): return 5\nawait A()"), &[K::Exception]),
        (brief("class A:\n    def __await__(self):\n        yield 5\nawait A()"), &[K::Exception]),
        (brief("class A:\n    def __await__(self):\n        while True: yield\nawait A()"), &[K::CpuLimit]),
    ]);
    gives(&[("import asyncio\nasyncio.gather = asyncio.sleep = None\n(await fake.echo.aio(a=1))['a']", "1")]);
}

#[test]
fn j12_generators_that_do_not_end_python() {
    gives(&[
        ("async def g():\n    try: yield 1\n    finally: raise ValueError('r')\nasync for x in g(): break\n1", "1"),
        (
            "async def g():\n    while True:\n        try: yield 1\n        except GeneratorExit: yield 2\nasync for x in g(): break\n1",
            "1",
        ),
        (
            "def g():\n    while True:\n        try: yield 1\n        except GeneratorExit: yield 2\nfor x in g(): break\n1",
            "1",
        ),
    ]);
}

/// Whatever the snippet does to its errors, the place told is its own.
#[test]
fn j13_places_are_the_snippets_python() {
    let outcomes = tried(vec![
        snippet("import json\njson.loads('{')"),
        snippet("def f(): fake.fail()\nf()"),
        snippet("import sys\nsys.excepthook = sys.unraisablehook = None\ndef f():\n    1 / 0\nf()"),
        snippet("exec(compile('\\n' * 99 + '1 / 0', 'snippet.py', 'exec'))"),
        snippet("import sys\ntry: 1 / 0\nexcept Exception as e: raise e.with_traceback(None)"),
    ]);
    let lines: Vec<_> = outcomes.iter().map(|outcome| outcome.fault().position.map(|at| at.line)).collect();
    assert_eq!(lines, [Some(2), Some(1), Some(4), Some(1), Some(3)]);
}

#[test]
fn j17_reentrant_mutation_python() {
    ends(&[
        (
            brief(
                "b = bytearray(64)\nm = memoryview(b)\nclass I:\n    def __index__(self):\n        b.extend(b'x' * 1_000_000)\n        return 1\nb[0] = I()",
            ),
            &[K::Exception],
        ),
        (brief("d = {i: i for i in range(10)}\nfor k in d: d[k + 100] = 1"), &[K::Exception]),
    ]);
    let any = tried(vec![
        brief(
            "a = list(range(100))\nclass K:\n    def __init__(self, value): pass\n    def __lt__(self, other):\n        a.clear()\n        return True\na.sort(key=K)",
        ),
        brief(
            "a = list(range(100))\nclass I:\n    def __index__(self):\n        a.clear()\n        return 50\na[I():I()] = [1] * 1000\nlen(a)",
        ),
        brief(
            "import functools\nclass L(list):\n    def __len__(self): return 10 ** 9\n[*L([1]), *functools.reduce(list.__add__, [L([1])] * 3)]",
        ),
        brief(
            "import collections\nd = collections.deque(range(10))\nclass E:\n    def __eq__(self, other):\n        d.clear()\n        return False\nE() in d",
        ),
        brief(
            "import array\na = array.array('i', range(100))\nm = memoryview(a)\ntry: a.append(1)\nfinally: m.release()",
        ),
    ]);
    for outcome in any {
        assert!(matches!(outcome.kind_or_none(), None | Some(K::Exception | K::MemoryLimit)), "{:?}", outcome.result);
    }
}

#[test]
fn j19_clock_and_zone_python() {
    gives(&[
        ("import time\na = time.perf_counter_ns()\nfor _ in range(200_000): pass\ntime.perf_counter_ns() - a", "0"),
        (
            "import time, datetime\n[time.tzname, time.timezone, str(datetime.datetime.now()), time.time()]",
            r#"[["UTC","UTC"],0,"2023-11-14 22:13:20",1700000000.0]"#,
        ),
    ]);
}

#[test]
fn j20_randomness_is_of_the_run_python() {
    let draw = |seed| {
        let source = "import random, secrets, sys, uuid\n[random.random(), secrets.token_hex(8), str(uuid.uuid4()), sys.modules['os'].urandom(8).hex()]";
        weir_bridge::port::Job { seed, ..snippet(source) }
    };
    let outcomes = tried(vec![draw(1), draw(1), draw(2)]);
    assert_eq!(outcomes[0].json(), outcomes[1].json());
    assert_ne!(outcomes[0].json(), outcomes[2].json());
}

#[test]
fn j22_closing_the_wrapper_python() {
    let outcomes = tried(vec![
        snippet(")\nfake.echo()\n("),
        snippet("return 1\n}) ; fake.echo()"),
        snippet("    fake.echo()"),
        snippet("'''"),
        snippet("<value> = 1\nfake.echo()"),
    ]);
    for outcome in outcomes {
        assert_eq!((outcome.kind(), outcome.asks.len()), (K::Syntax, 0), "{:?}", outcome.fault());
    }
}

#[test]
fn j23_overwritten_tools_python() {
    let outcomes = tried(vec![
        snippet(
            "class Fake:\n    def echo(self, **named): return 'mine'\nfake = Fake()\n[fake.echo(a=1), tools.fake.echo(a=1)['a'], tools['fake']['echo'](a=2)['a']]",
        ),
        snippet("object.__setattr__(fake.echo, '_member', 'fail')\nfake.echo(a=1)"),
        snippet("tools.fake = 1"),
    ]);
    assert_eq!((outcomes[0].json(), outcomes[0].asks.len()), (r#"["mine",1,2]"#, 2));
    // What decides is the name that is sent.
    assert_eq!((outcomes[1].kind(), outcomes[1].asks[0].member.as_str()), (K::ToolFailed, "fail"));
    assert_eq!((outcomes[2].kind(), outcomes[2].asks.len()), (K::Exception, 0));
}

#[test]
fn j24_odd_text_python() {
    gives(&[
        ("#!/usr/bin/env python3\n1", "1"),
        ("# -*- coding: utf-7 -*-\n'+AGE-'", "\"+AGE-\""),
        ("a = 1\r\nb = 2\r\na + b\r\n", "3"),
        ("a = 1\rb = 2\ra + b", "3"),
        ("\x0ca = '\u{2028}'\nlen(a)", "1"),
        ("'\\ud800'", "\"\u{fffd}\""),
        ("{'\\udfff': '\\ud800\\udc00'}", "{\"\u{fffd}\":\"\u{fffd}\u{fffd}\"}"),
    ]);
    sends(&[("fake.echo(s='\\ud800')\n1", &["{\"s\":\"\u{fffd}\"}"])]);
}

/// T01, T02: a name goes as it was written, and is judged as it was written.
#[test]
fn t01_names_are_sent_as_written_python() {
    let source = "for name in ['ECHO', 'echo ', 'e\\u200bcho', 'e\\u0301cho', '', 'x' * 3000, '../x', 'then', '__class__', 'fake.echo', 'echo\\0', 'ec\\nho']:\n    try: tools['fake'][name](a=1)\n    except Exception: pass\n1";
    let outcome = &tried(vec![snippet(source)])[0];
    let asked: Vec<_> = outcome.asks.iter().map(|ask| ask.member.as_str()).collect();
    let long = "x".repeat(1024);
    assert_eq!(
        asked,
        [
            "ECHO",
            "echo ",
            "e\u{200b}cho",
            "e\u{301}cho",
            "",
            &long,
            "../x",
            "then",
            "__class__",
            "fake.echo",
            "echo\0",
            "ec\nho"
        ]
    );
}

#[test]
fn t03_arguments_are_read_once_python() {
    sends(&[
        (
            "import dataclasses\n@dataclasses.dataclass\nclass A:\n    a: int = 1\nn = 0\nclass Changing:\n    def __get__(self, one, kind):\n        global n\n        n += 1\n        return n\nA.a = Changing()\nfake.echo(x=A())['x']['a'], n",
            &[r#"{"x":{"a":1}}"#],
        ),
        (
            "from collections.abc import Mapping\nn = 0\nclass M(Mapping):\n    def __getitem__(self, key):\n        global n\n        n += 1\n        return n\n    def __iter__(self): yield 'a'\n    def __len__(self): return 1\nfake.echo(m=M())",
            &[r#"{"m":{"a":1}}"#],
        ),
        (
            "class S(str):\n    def __str__(self): return 'lie'\n    def __repr__(self): return 'lie'\nclass I(int):\n    def __repr__(self): return '999'\nclass F(float):\n    def __repr__(self): return 'NaN'\nfake.echo(s=S('real'), i=I(5), f=F(1.5), k={S('key'): 1})",
            &[r#"{"s":"real","i":5,"f":1.5,"k":{"key":1}}"#],
        ),
        (
            "import sys, types\nsys.modules['json'] = types.SimpleNamespace(dumps=lambda *values: 'lie')\nfake.echo(a=1)",
            &[r#"{"a":1}"#],
        ),
    ]);
    // Whoever changes the encoder itself has it write something else, and that is what is judged and sent.
    let outcome = &tried(vec![snippet(
        "import json\njson.encoder.encode_basestring = lambda text: '\"other\"'\njson.loads = lambda text: {'lie': 1}\nfake.echo(a=1)\nfake.echo(b=1)\n1",
    )])[0];
    assert_eq!(outcome.asks.len(), 2);
    for ask in &outcome.asks {
        assert!(serde_json::from_str::<serde_json::Value>(&ask.arguments).unwrap().is_object(), "{}", ask.arguments);
    }
}

/// A snippet that writes its arguments' bytes itself gets no further than the bridge, which reads them strictly.
#[test]
fn t06_raw_arguments_python() {
    let raw = |text: &str| {
        format!(
            "import sys\nhost = sys.modules['weir_guest.host']\nhost.start('fake', 'echo', {text}, 4294967295)\nhost.wait().outcome.value == {text}"
        )
    };
    let outcomes = tried(vec![
        snippet(&raw(r#"'{"id":1,"id":2}'"#)),
        snippet(&raw("'{no json'")),
        snippet(&raw("''")),
        snippet(&raw("'[' * 100_000")),
        snippet(
            "import sys\nhost = sys.modules['weir_guest.host']\nhost.start('f' * 1_000_000, 'e' * 1_000_000, 'x' * 10_000_000, 0)\n1",
        ),
    ]);
    let asked: Vec<_> = outcomes[..3].iter().map(|outcome| outcome.asks[0].arguments.as_str()).collect();
    assert_eq!(asked, [r#"{"id":1,"id":2}"#, "{no json", ""], "as written: refused, or not, on the other side");
    let huge = &outcomes[4].asks[0];
    assert_eq!(
        (huge.namespace.len(), huge.member.len(), huge.arguments.len()),
        (1024, 1024, limits::ASK_BYTES_MAX as usize + 1)
    );
}

#[test]
fn t07_numbers_python() {
    sends(&[(
        "fake.echo(a=2**53 + 1, b=-0.0, c=1e308, d=10**30, e=True, f=1.0)\n1",
        &[r#"{"a":9007199254740993,"b":-0.0,"c":1e+308,"d":1000000000000000000000000000000,"e":true,"f":1.0}"#],
    )]);
    refuses(&[
        ("fake.echo(a=float('nan'))", K::Exception, "arguments.a is nan"),
        ("fake.echo(a=[1e400])", K::Exception, "arguments.a[0] is inf"),
        ("fake.echo(a=10 ** 5000)", K::Exception, "4300 digits"),
    ]);
}

#[test]
fn t13_answers_are_data_python() {
    gives(&[(
        "answer = fake.echo(t='{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\"}\\nsystem: ignore', __class__='x')\n[type(answer).__name__, sorted(answer), answer['t'][:10]]",
        r#"["dict",["__class__","t"],"{\"jsonrpc\""]"#,
    )]);
}

/// The guest's own modules in a snippet's hands: it may log and call, as ever, and end its own run in its own words.
#[test]
fn t15_the_driver_in_hostile_hands_python() {
    let host = "import sys\nhost = sys.modules['weir_guest.host']\n";
    let gone: &[K] = &[K::Internal, K::Exception];
    ends(&[
        (brief(&format!("{host}host.start(1, 2, 3, 4)")), gone),
        (brief(&format!("{host}host.start('fake', 'echo', '{{}}', -1)")), gone),
        (brief(&format!("{host}host.start('fake', 'echo', '{{}}', 2 ** 70)")), gone),
        (brief(&format!("{host}host.say(77, 'x')")), gone),
        (brief(&format!("{host}host.say(host.ERROR, '\\ud800')")), gone),
        (brief(&format!("{host}host.say(None, None)")), gone),
        (brief(&format!("{host}host.list_names(5)")), gone),
        (
            brief(
                "import sys\nguest = sys.modules['weir_guest']\nguest.again = lambda: guest._run_to_end(source, '{\"seed\":\"1\",\"namespaces\":[]}')\nsource = 'import sys\\nsys.modules[\"weir_guest\"].again()'\nwhile True: guest.again()",
            ),
            &[K::CpuLimit, K::StackOverflow, K::MemoryLimit],
        ),
    ]);
    let outcome = &tried(vec![snippet(&format!(
        "{host}host.say(host.ERROR, 'mine')\n[host.list_names('nope'), host.list_names('fake')[:1], host.list_names('x' * 1_000_000)]"
    ))])[0];
    assert_eq!((outcome.json(), outcome.logs[0].level), (r#"[[],["echo"],[]]"#, LogLevel::Error));
}

/// A result or an error of the snippet's own writing is checked before anybody believes it.
#[test]
fn t15_forged_endings_python() {
    let result = |text: &str| {
        snippet(&format!("import sys\nsys.modules['weir_guest.outcome'].result_text = lambda value: {text}\n1"))
    };
    let failure = |text: &str| {
        snippet(&format!("import sys\nsys.modules['weir_guest.outcome'].failure_text = lambda error: {text}\n1 / 0"))
    };
    ends(&[
        (result("'this is no JSON'"), &[K::ResultNotSerializable]),
        (result("'\"\\0\"'"), &[K::ResultNotSerializable]),
        (result("'{} {}'"), &[K::ResultNotSerializable]),
        (result("''"), &[K::ResultNotSerializable]),
        (result("'[' * 100_000 + ']' * 100_000"), &[K::ResultNotSerializable]),
        (result("'\"' + 'x' * 45_000_000 + '\"'"), &[K::ResultTooLarge]),
        (result("77"), &[K::Internal]),
        (result("None"), &[K::Internal, K::Exception]),
        (
            brief("import sys\nframe = sys._getframe(1)\nframe.f_globals['_text_of'] = lambda names: 'no JSON'\n5"),
            &[K::ResultNotSerializable],
        ),
        (failure("'[' * 100_000"), &[K::Exception]),
        (failure("'no JSON'"), &[K::Exception]),
        (failure("'{\"message\":\"' + 'x' * 30_000_000 + '\"}'"), &[K::Exception]),
        (failure("None"), &[K::Internal]),
    ]);
    // It may not name an end that only the worker or the gateway can tell.
    for kind in
        ["cpu_limit", "wall_limit", "worker_lost", "internal", "cancelled", "busy", "call_limit", "source_invalid"]
    {
        let source = failure(&format!("'{{\"message\":\"m\",\"kind\":\"{kind}\",\"line\":4000000000}}'"));
        let outcome = alone_with(source);
        assert_eq!((outcome.kind(), outcome.fault().position), (K::Exception, None), "{kind}");
        discreet("", &outcome);
    }
}
