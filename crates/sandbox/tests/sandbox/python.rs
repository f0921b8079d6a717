//! P01–P15: what hostile Python must not achieve. CPython is whole inside its sandbox, so much of this is reachable; none of it
//! leads out, and a snippet that breaks its interpreter breaks nobody else's.

use weir_model::FaultKind as K;

use super::python_trial::{brief, ends, gives, refuses, snippet, tried};

#[test]
fn p01_subclasses_python() {
    gives(&[
        ("len(().__class__.__base__.__subclasses__()) > 100", "true"),
        // No class among them opens, starts or connects anything.
        (
            "out = []
for kind in object.__subclasses__():
    for sub in [kind, *type.__subclasses__(kind)]:
        if sub.__name__ in ('FileIO', 'Popen', 'socket', 'FileLoader'):
            try: out.append(sub('/etc/passwd'))
            except (OSError, TypeError, RuntimeError): pass
out",
            "[]",
        ),
    ]);
}

#[test]
fn p02_imports_python() {
    let outcomes = tried(
        [
            "os",
            "socket",
            "subprocess",
            "ctypes",
            "threading",
            "_thread",
            "multiprocessing",
            "signal",
            "importlib",
            "gc",
            "atexit",
            "pickle",
            "_socket",
            "posix",
            "wit_world",
            "wit_world.imports.host",
            "wit_world.imports.completions",
            "componentize_py_types",
            "componentize_py_runtime",
            "weir_guest",
            "weir_guest.host",
            "__main__",
            "nothing_of_the_kind",
        ]
        .map(|name| snippet(&format!("fake.echo(before=1)\nimport {name}")))
        .into(),
    );
    for outcome in outcomes {
        assert_eq!(outcome.kind(), K::Unsupported, "{:?}", outcome.fault());
        assert_eq!(outcome.fault().position.map(|at| at.line), Some(2));
        assert!(outcome.fault().message.contains("cannot be imported"), "{:?}", outcome.fault());
    }
    refuses(&[
        ("__import__('os').system('id')", K::Unsupported, "cannot be imported"),
        ("import sys\nsys.modules['importlib'].import_module('ctypes')", K::Unsupported, "cannot be imported"),
        ("import sys\nsys.modules['builtins'].__import__('ctypes')", K::Unsupported, "cannot be imported"),
        (
            "import sys\nsys.path.append('/etc')\nsys.meta_path.clear()\nimport ctypes",
            K::Unsupported,
            "cannot be imported",
        ),
        ("from . import host", K::Exception, "no package"),
    ]);
}

/// The interpreter's own modules are there for who looks for them. There is no machine behind them.
#[test]
fn p02_modules_without_import_python() {
    refuses(&[
        ("import sys\nsys.modules['os'].system('id')", K::Exception, "AttributeError"),
        ("import sys\nsys.modules['os']._exit(3)", K::Exception, "not available"),
        ("import sys\nsys.modules['posix'].abort()", K::Exception, "not available"),
        ("import sys\nsys.modules['posix'].open('/etc/passwd', 0)", K::Exception, "not available"),
        ("import sys\nsys.modules['os'].getcwd()", K::Exception, "not available"),
        ("import sys\nsys.modules['socket'].create_connection(('127.0.0.1', 80))", K::Exception, "not available"),
        ("import sys\nsys.modules['subprocess'].run(['id'])", K::Exception, ""),
        ("import sys\nsys.modules['_thread'].start_new_thread(print, ())", K::Exception, "one thread"),
        ("import sys\nsys.modules['threading'].Thread(target=print).start()", K::Exception, "one thread"),
        ("import sys\nsys.modules['threading'].Event().wait()", K::Exception, "one thread"),
        (
            "import sys\nlock = sys.modules['_thread'].allocate_lock()\nlock.acquire(); lock.acquire()",
            K::Exception,
            "one thread",
        ),
        ("import queue\nqueue.Queue().get()", K::Exception, "one thread"),
    ]);
    // What nothing catches beforehand is caught by the engine.
    ends(&[
        (snippet("import sys\nsys.modules['_socket'].socket()"), &[K::Internal, K::Exception]),
        (
            snippet(
                "import sys\nspec = type('S', (), {'name': 'x', 'origin': '/x.so', 'loader': None})()\nsys.modules['_imp'].create_dynamic(spec)",
            ),
            &[K::Internal, K::Exception],
        ),
    ]);
}

#[test]
fn p03_files_python() {
    refuses(&[
        ("open('/etc/passwd').read()", K::Unsupported, "no files"),
        ("open('/proc/self/environ')", K::Unsupported, "no files"),
        ("import io\nio.open('/etc/passwd')", K::Exception, "no files"),
        ("import io\nio.FileIO('/etc/passwd')", K::Exception, "no files"),
        ("import io\nio.open_code('/etc/passwd')", K::Exception, "no files"),
        ("import sys\nsys.modules['builtins'].open('/etc/passwd')", K::Exception, "no files"),
        ("input()", K::Unsupported, "nobody is there to answer"),
        ("import sys\nsys.stdin.read()", K::Unsupported, "nobody is there to answer"),
    ]);
}

#[test]
fn p04_eval_stays_in_the_guest_python() {
    gives(&[
        ("eval('1 + 1') + eval(compile('2', '', 'eval'))", "4"),
        ("exec('a = 1')\na", "1"),
        (
            "__builtins__['open'] = lambda name: 'mine'\nglobals()['__builtins__']['len'] = 5\nopen('/etc/passwd')",
            "\"mine\"",
        ),
    ]);
}

#[test]
fn p05_frames_and_code_python() {
    gives(&[
        ("g = (x for x in [1])\nnext(g)\ng.gi_frame.f_back is None", "true"),
        ("(lambda: 0).__globals__ is globals()", "true"),
    ]);
    // Bytecode of the snippet's own making: anything may come of it, and nothing outside.
    let any: &[K] = &[K::Internal, K::Exception, K::StackOverflow, K::MemoryLimit, K::CpuLimit];
    ends(&[
        (brief("def f(): pass\nf.__code__ = f.__code__.replace(co_code=b'\\x00\\xff' * 1000)\nf()"), any),
        (
            brief(
                "def f(): return 1\nf.__code__ = f.__code__.replace(co_code=bytes([100, 255] * 50), co_consts=())\nf()",
            ),
            any,
        ),
        (
            brief(
                "import random\ndef f(a, b): return [a, b]\nwhile True:\n    f.__code__ = f.__code__.replace(co_code=random.randbytes(64), co_stacksize=1)\n    try: f(1, 2)\n    except BaseException: pass",
            ),
            any,
        ),
    ]);
}

/// Attribute walks arrive at the guest's own modules. Whoever calls them is a snippet that calls a tool.
#[test]
fn p06_format_strings_python() {
    let outcomes = tried(vec![
        snippet("'{0.__class__.__init__.__globals__}'.format(fake.echo)"),
        snippet("'{0.__call__.__func__.__globals__[host]}'.format(fake.echo)"),
        snippet("fake.echo.__call__.__func__.__globals__['host'].start('fake', 'echo', '{}', 7)"),
    ]);
    for outcome in &outcomes[..2] {
        for fact in ["/work", "/root", "/home", ".rs", "wasmtime"] {
            assert!(!outcome.json().contains(fact), "{fact} in {:.2000}", outcome.json());
        }
    }
    let asked: Vec<_> =
        outcomes[2].asks.iter().map(|ask| (ask.namespace.as_str(), ask.member.as_str(), ask.line)).collect();
    assert_eq!(asked, [("fake", "echo", 7)], "a call like any other: asked, and decided on the other side");
}

#[test]
fn p07_errors_that_make_their_own_text_python() {
    refuses(&[
        ("class E(Exception):\n    def __str__(self): return 'x' * 10_000_000\nraise E", K::Exception, "E: xxx"),
        ("class E(Exception):\n    def __str__(self): raise self\nraise E", K::Exception, "E: an error whose own text"),
        ("class E(Exception):\n    def __str__(self): return 5\nraise E", K::Exception, "E: an error whose own text"),
        (
            "class M(type):\n    @property\n    def __name__(self): raise ValueError\nclass E(Exception, metaclass=M): pass\nraise E",
            K::Exception,
            "E: ",
        ),
        ("raise ValueError('é' * 30_000_000)", K::Exception, "ValueError: é"),
        ("raise ValueError('\\ud800')", K::Exception, "ValueError: \u{fffd}"),
        ("raise type('E' * 1_000_000, (Exception,), {})('x')", K::Exception, "EEE"),
        (
            "raise ExceptionGroup('g' * 100_000, [ValueError('x' * 100_000)] * 100_000)",
            K::Exception,
            "ExceptionGroup: ggg",
        ),
        (
            "error = ValueError(1)\nfor i in range(20_000): error = ExceptionGroup('x', [error])\nraise error",
            K::Exception,
            "ValueError: 1",
        ),
        (
            "error = None\nfor i in range(100_000):\n    new = ValueError(i)\n    new.__cause__ = new.__context__ = error\n    error = new\nraise error",
            K::Exception,
            "ValueError: 99999",
        ),
        ("raise BaseException('b')", K::Exception, "BaseException: b"),
        ("raise KeyboardInterrupt", K::Exception, "KeyboardInterrupt"),
        ("class X:\n    def __repr__(self): raise SystemExit(self)\nraise SystemExit(X())", K::Exception, ""),
    ]);
    ends(&[
        (brief("class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E"), &[K::CpuLimit]),
        (
            snippet("class E(Exception):\n    def __getattribute__(self, name): raise SystemExit\nraise E"),
            &[K::Exception, K::Internal],
        ),
    ]);
}

#[test]
fn p08_pickle_and_marshal_python() {
    refuses(&[
        ("import pickle\npickle.loads(b'')", K::Unsupported, "use json"),
        ("import marshal\nmarshal.loads(b'')", K::Unsupported, "use json"),
        ("import sys\nsys.modules['marshal'].loads(b'\\xe3' + b'\\xff' * 400)", K::Exception, "ValueError"),
    ]);
}

#[test]
fn p09_big_numbers_python() {
    let over: &[K] = &[K::MemoryLimit, K::CpuLimit, K::Exception];
    ends(&[
        (brief("10 ** 10 ** 8"), over),
        (brief("2 ** (2 ** 40)"), over),
        (brief("1 << 10 ** 10"), over),
        (brief("import math\nmath.factorial(10 ** 9)"), over),
        (brief("pow(3, 10 ** 100_000, 10 ** 50_000 + 1)"), over),
        (brief("from fractions import Fraction\nFraction('1e1000000000')"), over),
        (
            brief(
                "import decimal\ndecimal.getcontext().prec = 10 ** 8\ndecimal.Decimal(2) ** 10 ** 9 + decimal.Decimal(1) / 3",
            ),
            over,
        ),
        (brief("a = 3\nwhile True: a *= a"), over),
        (brief("'%0999999999d' % 1"), over),
        (brief("'%.999999999f' % 1.5"), over),
        (brief("f'{1:999999999}'"), over),
        (brief("'a' * 10 ** 10"), over),
        (brief("'a' * 10 ** 9"), over),
        (brief("[0] * 10 ** 10"), over),
        (brief("[0] * 10 ** 9"), over),
        (brief("bytearray(2 ** 31)"), over),
        (brief("'a'.ljust(10 ** 9)"), over),
        (brief("list(range(10 ** 9))"), over),
    ]);
}

#[test]
fn p10_digits_python() {
    refuses(&[
        ("int('9' * 10 ** 7)", K::Exception, "4300 digits"),
        ("str(10 ** 10 ** 5)", K::Exception, "4300 digits"),
        ("import json\njson.loads('9' * 10_000)", K::Exception, "4300 digits"),
        ("f'{10 ** 5_000}'", K::Exception, "4300 digits"),
        ("10 ** 5_000", K::ResultNotSerializable, "4300 digits"),
    ]);
    ends(&[(
        brief("import sys\nsys.set_int_max_str_digits(0)\nwhile True: len(str(7 ** 200_000))"),
        &[K::CpuLimit, K::MemoryLimit, K::Exception, K::Unsupported],
    )]);
}

#[test]
fn p11_recursion_python() {
    ends(&[
        (snippet("def f(): f()\nf()"), &[K::StackOverflow]),
        (snippet("def f(n): return f(n + 1) + 1\nf(0)"), &[K::StackOverflow]),
        (snippet("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return f() + 1\nf()"), &[K::StackOverflow]),
        (
            snippet("class A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().a"),
            &[K::StackOverflow],
        ),
        (snippet("class A:\n    def __repr__(self): return repr(self)\nrepr(A())"), &[K::StackOverflow]),
        (snippet("class A: pass\na = A()\nA.__call__ = a\na()"), &[K::StackOverflow]),
        (snippet("async def f(): await f()\nawait f()"), &[K::StackOverflow]),
        (brief("def f():\n    try: f()\n    finally: f()\nf()"), &[K::StackOverflow, K::CpuLimit]),
        (brief("def f():\n    try: f()\n    except RecursionError: f()\nf()"), &[K::StackOverflow, K::CpuLimit]),
    ]);
}

/// Code of the interpreter recurses on nested data. It ends with an error or with the run, never with the worker.
#[test]
fn p11_nested_data_python() {
    let deep: &[K] = &[K::StackOverflow, K::Exception, K::MemoryLimit, K::CpuLimit];
    let nested = "a = []\nfor _ in range(100_000): a = [a]\n";
    ends(&[
        (snippet("import json\njson.loads('[' * 1_000_000)"), deep),
        (snippet(&format!("import json\n{nested}json.dumps(a)")), deep),
        (snippet(&format!("{nested}repr(a)")), deep),
        (snippet(&format!("import copy\n{nested}copy.deepcopy(a)")), deep),
        (snippet("a = []; b = []\nfor _ in range(100_000): a = [a]; b = [b]\na == b"), deep),
        (snippet("a = ()\nfor _ in range(100_000): a = (a,)\nhash(a)"), deep),
        (snippet("kind = int\nfor _ in range(100_000): kind = (kind,)\nisinstance('', kind)"), deep),
        (snippet("it = range(10)\nfor _ in range(200_000): it = map(str, it)\nlist(it)"), deep),
        (snippet("import xml.etree.ElementTree as tree\ntree.fromstring('<a>' * 200_000 + '</a>' * 200_000)"), deep),
        (snippet("import tomllib\ntomllib.loads('a = ' + '[' * 100_000)"), deep),
        (snippet("import ast\nast.literal_eval('[' * 100_000 + ']' * 100_000)"), deep),
        (snippet("eval('-' * 100_000 + '1')"), deep),
        (snippet("compile('x' + '[0]' * 20_000, 'f', 'exec')"), deep),
        (snippet("import re\nre.compile('(' * 5_000 + ')' * 5_000)"), deep),
    ]);
    // What is let go of nests as well.
    gives(&[
        ("a = []\nfor _ in range(10_000): a = [a]\na = None\n1", "1"),
        (
            "class N:\n    def __init__(self, n): self.n = n\na = None\nfor _ in range(10_000): a = N(a)\na = None\n1",
            "1",
        ),
    ]);
}

#[test]
fn p13_backtracking_python() {
    ends(&[
        (brief("import re\nre.match('(a+)+$', 'a' * 40 + '!')"), &[K::CpuLimit]),
        (brief("import re\nre.match('(x+x+)+y', 'x' * 60)"), &[K::CpuLimit]),
        (brief("import re\nre.search('(?:(?:a|b|ab)(?<=a|b))+c', 'ab' * 40)"), &[K::CpuLimit]),
        (brief("import re\nre.compile('a{1,65535}' * 1000).match('a' * 100_000)"), &[K::CpuLimit, K::MemoryLimit]),
        (brief("import re\nre.compile('|'.join(f'a{i}' for i in range(100_000)))"), &[K::CpuLimit, K::MemoryLimit]),
    ]);
    gives(&[("import fnmatch\nfnmatch.fnmatch('a' * 50 + '!', '*a' * 25 + 'b')", "false")]);
}

#[test]
fn p14_a_million_calls_at_once_python() {
    ends(&[(
        snippet(
            "import asyncio\nasync def one(i): return await fake.echo.aio(i=i)\nawait asyncio.gather(*[one(i) for i in range(1_000_000)])",
        ),
        &[K::MemoryLimit, K::CpuLimit, K::ToolFailed],
    )]);
    gives(&[
        // A loop inside a loop is a loop.
        (
            "import asyncio\nasync def inner(): return await fake.echo.aio(a=1)\nasync def outer(): return asyncio.run(inner())\nasyncio.run(outer())",
            r#"{"a":1}"#,
        ),
    ]);
}

#[test]
fn p14_only_so_many_calls_wait_python() {
    let mut job = snippet(
        "import asyncio\nanswers = await asyncio.gather(*[fake.echo.aio(i=i) for i in range(12_000)], return_exceptions=True)\n[sum(isinstance(a, ToolError) for a in answers), next(a.kind for a in answers if isinstance(a, ToolError))]",
    );
    job.limits.cpu = std::time::Duration::from_secs(20);
    let outcome = &tried(vec![job])[0];
    assert_eq!((outcome.json(), outcome.asks.len()), (r#"[2000,"limit_exceeded"]"#, 10_000));
}

#[test]
fn p15_names_that_look_alike_python() {
    refuses(&[
        ("ᵒpen('x')", K::Unsupported, "open() is not available"),
        ("fаke.echo(a=1)", K::Exception, "NameError"),
        ("fake.ｅcho2(a=1)", K::ToolFailed, "fake.echo2"),
        ("fake.eсho(a=1)", K::UnknownTool, "fake.eсho"),
    ]);
    // The language's own normalisation: another way to write the same name.
    let outcome = &tried(vec![snippet("ｆａｋｅ.echo(a=1)")])[0];
    assert_eq!((outcome.json(), outcome.asks[0].namespace.as_str()), (r#"{"a":1}"#, "fake"));
}
