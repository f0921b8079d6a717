//! R01–R13 for Python: what a snippet may use up, and that its worker is none the worse.

use weir_bridge::port::Job;
use weir_model::{FaultKind as K, limits::MIB};

use super::python_trial::{brief, ends, gives, refuses, snippet};

#[test]
fn r01_endless_loops_python() {
    ends(&[
        (brief("while True: pass"), &[K::CpuLimit]),
        (brief("for _ in iter(int, 1): pass"), &[K::CpuLimit]),
        (brief("import itertools\nsum(itertools.repeat(0))"), &[K::CpuLimit]),
        (brief("import itertools, collections\ncollections.deque(itertools.count(), maxlen=0)"), &[K::CpuLimit]),
        (brief("0 in iter(lambda: 1, 2)"), &[K::CpuLimit]),
        (
            brief(
                "class K:\n    def __init__(self, i): self.i = i\n    def __hash__(self): return 1\n    def __eq__(self, other): return self.i == other.i\nlen({K(i) for i in range(100_000)})",
            ),
            &[K::CpuLimit],
        ),
    ]);
}

#[test]
fn r02_endless_event_loops_python() {
    ends(&[
        (brief("import asyncio\nwhile True: await asyncio.sleep(0)"), &[K::CpuLimit]),
        (
            brief("import asyncio\nasync def f(): asyncio.create_task(f())\nawait f()\nawait asyncio.Future()"),
            &[K::CpuLimit],
        ),
        (
            brief(
                "import asyncio\nloop = asyncio.get_running_loop()\ndef f(): loop.call_soon(f)\nf()\nawait asyncio.Future()",
            ),
            &[K::CpuLimit],
        ),
        (
            brief(
                "import sys, asyncio\nsys.modules['weir_guest.loop']._Selector.select = lambda self, timeout: ()\nawait asyncio.sleep(1)",
            ),
            &[K::CpuLimit],
        ),
        (
            brief(
                "import sys\nsys.modules['weir_guest.loop'].Loop._run_once = lambda self: None\nawait fake.echo.aio(a=1)",
            ),
            &[K::CpuLimit],
        ),
    ]);
}

#[test]
fn r04_deep_json_python() {
    refuses(&[
        ("a = 1\nfor _ in range(128): a = [a]\na", K::ResultNotSerializable, "nested more than"),
        ("a = 1\nfor _ in range(10_000): a = {'a': a}\na", K::ResultNotSerializable, "nested more than"),
        ("a = 1\nfor _ in range(1_000): a = [a]\nfake.echo(a=a)", K::Exception, "nested more than"),
    ]);
    gives(&[("a = 1\nfor _ in range(127): a = [a]\nlen(str(a))", "255")]);
}

/// All of these grow until the limit. A few grow too slowly for it and meet the other one.
fn bomb(source: &str) -> (Job, &'static [K]) {
    let mut job = snippet(source);
    job.limits.memory_bytes = 48 * MIB;
    (job, &[K::MemoryLimit, K::CpuLimit])
}

#[test]
fn r05_lists_python() {
    ends(&[
        bomb("a = [0]\nwhile True: a += a"),
        bomb("a = []\nwhile True: a.append(a[:])"),
        bomb("a = []\nwhile True: a.append([a])"),
        bomb("a = ()\nwhile True: a = a + (1,) * 1000"),
        bomb("import itertools\nlist(itertools.product(range(100), repeat=6))"),
        bomb("import itertools\nfirst, second = itertools.tee(itertools.count())\nfor x in first: pass"),
        bomb("import collections\nd = collections.deque()\nwhile True: d.extend(range(1000))"),
    ]);
}

#[test]
fn r06_texts_python() {
    ends(&[
        bomb("s = 'x'\nwhile True: s += s"),
        bomb("s = '\\U0001F600'\nwhile True: s += s"),
        bomb("','.join(['x' * 1_000_000] * 1000)"),
        bomb("import io\nout = io.StringIO()\nwhile True: out.write('x' * 100_000)"),
        bomb("s = 'x'\nwhile True: s = f'{s}{s}'"),
    ]);
}

#[test]
fn r07_bytes_python() {
    ends(&[
        bomb("b = b'x'\nwhile True: b += b"),
        bomb("b = bytearray()\nwhile True: b += b'x' * 1_000_000"),
        bomb("a = []\nwhile True: a.append(bytes(65_536))"),
        bomb("import array\na = array.array('d', [0])\nwhile True: a.extend(a)"),
        bomb(
            "import zlib\npacked = zlib.compress(bytes(30_000_000))\nzlib.decompress(packed) + zlib.decompress(packed) + zlib.decompress(packed)",
        ),
    ]);
    let refused: &[K] = &[K::MemoryLimit, K::Exception];
    ends(&[
        (snippet("import array\narray.array('d', [0]) * 2 ** 28"), refused),
        (snippet("import struct\nstruct.pack('2147483647x')"), refused),
        (snippet("bytes(2 ** 31 - 1)"), refused),
        (snippet("memoryview(b'x').cast('B', [1] * 10 ** 6)"), refused),
    ]);
}

#[test]
fn r09_keys_python() {
    ends(&[
        bomb("d = {}\ni = 0\nwhile True:\n    d['k%d' % i] = i\n    i += 1"),
        bomb("s = set()\ni = 0\nwhile True:\n    s.add((i,))\n    i += 1"),
        bomb("import sys\nkeep = []\ni = 0\nwhile True:\n    keep.append(sys.intern('k%d' % i))\n    i += 1"),
        bomb("class A: pass\na = A()\ni = 0\nwhile True:\n    setattr(a, 'k%d' % i, i)\n    i += 1"),
        bomb(
            "import weakref\nclass A: pass\nkeep = []\nwhile True:\n    a = A()\n    keep.append((a, weakref.ref(a, print)))",
        ),
        bomb("keep = []\nwhile True: keep.append(type('T', (), {}))"),
    ]);
}

#[test]
fn r10_closures_generators_tasks_python() {
    ends(&[
        bomb("a = []\nwhile True: a.append(lambda a=a: a)"),
        bomb("def g():\n    while True: yield\na = []\nwhile True:\n    x = g(); next(x); a.append(x)"),
        bomb(
            "import asyncio\nasync def w(): await asyncio.Event().wait()\nt = []\nwhile True: t.append(asyncio.create_task(w()))\nawait t[0]",
        ),
        bomb(
            "import asyncio\nloop = asyncio.get_running_loop()\nt = []\nwhile True: t.append(loop.create_future())\nawait t[0]",
        ),
        bomb("async def f(): pass\na = []\nwhile True: a.append(f())"),
    ]);
}

#[test]
fn r12_expansion_python() {
    ends(&[
        bomb("s = 'xx'\nwhile True: s = s.replace('x', 'xxxx')"),
        bomb("import re\ns = 'xx'\nwhile True: s = re.sub('x', r'\\g<0>\\g<0>\\g<0>\\g<0>', s)"),
        bomb("('x' * 10 ** 6).translate({120: 'y' * 10 ** 4})"),
        bomb("s = '\\u0149' * 10 ** 7\ns.upper() + s.upper()"),
        bomb("import unicodedata\nunicodedata.normalize('NFKD', '\\ufdfa' * 10 ** 7)"),
        bomb("import string\nstring.Template('$a' * 10 ** 4).substitute(a='x' * 10 ** 4)"),
        bomb("import html\nhtml.escape('<' * 10 ** 8)"),
        bomb("import pprint\npprint.pformat(['x' * 1000] * 10 ** 6)"),
        bomb("import json\njson.dumps(['x' * 1000] * 10 ** 6)"),
    ]);
    refuses(&[(
        "import xml.etree.ElementTree as tree\ntree.fromstring('<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>')",
        K::Exception,
        "entities",
    )]);
}

#[test]
fn r13_answers_kept_python() {
    ends(&[(snippet("keep = [fake.echo(x='y' * 3_900_000) for _ in range(60)]\nlen(keep)"), &[K::MemoryLimit])]);
    refuses(&[
        ("fake.echo(a='x' * 5_000_000)", K::Exception, "larger than 4194304 bytes"),
        ("def g():\n    while True: yield 1\nfake.echo(a=g())", K::Exception, "yields more than"),
    ]);
}
