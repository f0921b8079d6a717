"""Values to JSON and back, as docs/limitations/python.md says."""

import unittest

from harness import GUEST, Text

IMPORTS = """
import collections, dataclasses, datetime, decimal, enum, fractions, re, uuid
from dataclasses import dataclass
from datetime import date, datetime as moment, time, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

class Color(enum.Enum):
    RED = "red"

class Count(enum.IntEnum):
    TWO = 2

class Point(NamedTuple):
    x: int
    y: int

@dataclass
class Row:
    name: str
    points: list

class Plain:
    def __init__(self):
        self.shown = 1
        self._hidden = 2

class Slots:
    __slots__ = ("a", "_b")
    def __init__(self):
        self.a = 1
"""

ROWS = [
    ("None", "null"), ("True", "true"), ("1", "1"), ("-0.0", "-0.0"), ("1e22", "1e+22"), ("2**70", "1180591620717411303424"), ("'a\"\\n'", '"a\\"\\n"'),
    ("'é𝒳'", '"é𝒳"'), (r"'\ud800x'", '"\ufffdx"'), ("(1, 2)", "[1,2]"), ("[(1, [2])]", "[[1,[2]]]"), ("{'a': {'b': []}}", '{"a":{"b":[]}}'),
    ("{3, 1, 2}", "[1,2,3]"), ("frozenset('ba')", '["a","b"]'), ("{1, 'a'}", '[1,"a"]'), ("range(3)", "[0,1,2]"), ("(i for i in 'ab')", '["a","b"]'),
    ("{'a': 1}.keys()", '["a"]'), ("map(str, [1])", '["1"]'), ("collections.deque([1])", "[1]"), ("collections.Counter('aab')", '{"a":2,"b":1}'),
    ("{1: 'a', None: 2, True: 3}", '{"1":3,"null":2}'), ("{1.5: 'a'}", '{"1.5":"a"}'), ("{(1, 2): 3}", "[[[1,2],3]]"), ("{1: 'a', '1': 'b'}", '[[1,"a"],["1","b"]]'),
    ("{date(2024, 1, 2): 1}", '{"2024-01-02":1}'), ("{Color.RED: 1}", '{"red":1}'),
    ("moment(2024, 1, 2, 3, 4, 5)", '"2024-01-02T03:04:05"'), ("moment(2024, 1, 2, tzinfo=timezone.utc)", '"2024-01-02T00:00:00+00:00"'),
    ("date(2024, 1, 2)", '"2024-01-02"'), ("time(3, 4)", '"03:04:00"'), ("timedelta(days=1, milliseconds=500)", "86400.5"),
    ("Decimal('1.10')", "1.10"), ("[Decimal('1E+3')]", "[1E+3]"), ("fractions.Fraction(1, 3)", '"1/3"'), ("1+2j", '"(1+2j)"'),
    ("b'abc'", '"YWJj"'), ("bytearray(b'')", '""'), ("memoryview(b'abc')", '"YWJj"'), ("uuid.UUID(int=5)", '"00000000-0000-0000-0000-000000000005"'),
    ("Color.RED", '"red"'), ("[Count.TWO]", "[2]"), ("Point(1, 2)", '{"x":1,"y":2}'), ("Row('a', [Point(1, 2)])", '{"name":"a","points":[{"x":1,"y":2}]}'),
    ("[Row('a', [date(2024, 1, 2)])]", '[{"name":"a","points":["2024-01-02"]}]'), ("Plain()", '{"shown":1}'), ("Slots()", '{"a":1}'),
    ("ValueError('no')", '{"name":"ValueError","message":"no"}'), ("re.compile('a+')", '"a+"'), ("float('nan')", "null"), ("[Decimal('Infinity')]", "[null]"),
]  # fmt: skip


class Results(unittest.TestCase):
    def test_every_kind_has_one_text(self) -> None:
        for expression, text in ROWS:
            with self.subTest(expression):
                self.assertEqual(GUEST.run(f"{IMPORTS}\n{expression}").text, text)

    def test_both_ways_of_writing_give_the_same(self) -> None:
        # A function of the guest's own beside the value forces the slow way; its refusal says so, and all before it was written.
        for expression, text in ROWS:
            if "nan" in expression or "Inf" in expression:
                continue
            with self.subTest(expression):
                self.assertEqual(GUEST.run(f"{IMPORTS}\n[{expression}, Decimal(1)]").text, f"[{text},1]")

    def test_what_cannot_be_said_names_its_path(self) -> None:
        rows = [
            ("a = {'l': [{}]}\na['l'][0]['up'] = a\na", "result.l[0].up refers back to result: a cycle cannot be said in JSON"),
            ("[{'odd key': print}]", "result[0]['odd key'] is the function print: JSON holds data, not code"),
            ("[int]", "result[0] is the class int: JSON holds data, not code"),
            ("math", "result is the module math: JSON holds data, not code"),
            ("[object()]", "result[0] is of the type object, which JSON cannot say: take the data out of it"),
            ("x = []\nfor _ in range(200): x = [x]\nx", "is nested more than 128 levels deep"),
            ("10**5000", "result is a whole number of more than 4300 digits: return it as a text, or rounded"),
            ("async def f(): pass\n[f()]", "await it first (await asyncio.gather(*calls) for a list of them)"),
        ]
        for source, message in rows:
            with self.subTest(source):
                error = GUEST.run(source).error
                self.assertEqual(error["kind"], "result_not_serializable")
                self.assertIn(message, error["message"])

    def test_what_is_too_large_ends_soon(self) -> None:
        sources = [
            "'x' * 40_000_000", "['x' * 1_000_000] * 1000", "x = [1]\nfor _ in range(60): x = [x, x]\nx",
            "x = {}\nfor _ in range(60): x = {'a': x, 'b': x}\nx", "import itertools\nitertools.count()", "class L(list):\n    def __iter__(self):\n        while True: yield 1\nL()", "b'x' * 30_000_000",
        ]  # fmt: skip
        for source in sources:
            with self.subTest(source):
                report = GUEST.run(source)
                self.assertEqual(report.error["kind"], "result_too_large")
                self.assertLess(report.fuel, 4_000_000_000)

    def test_a_number_json_has_not_is_null_and_told_once(self) -> None:
        report = GUEST.run("{'a': [float('inf')], 'b': float('nan')}")
        self.assertEqual(report.value, {"a": [None], "b": None})
        self.assertEqual(report.logs, ["warn: result.a[0] is inf, which JSON cannot say: returned as null"])


class Arguments(unittest.TestCase):
    TOOLS = {"t.echo": lambda **given: given}

    def test_how_a_tool_may_be_called(self) -> None:
        rows = [
            ("t.echo()", {}), ("t.echo(a=1, b=[True])", {"a": 1, "b": [True]}), ("t.echo({'x-id': 1})", {"x-id": 1}), ("t.echo({'x-id': 1}, a=2)", {"x-id": 1, "a": 2}),
            ("t.echo(from_=1, in_=2, class_=3)", {"from": 1, "in": 2, "class": 3}), ("t.echo(type_=1, id_=2, match=3)", {"type_": 1, "id_": 2, "match": 3}),
            ("t.echo(a=None)", {}), ("t.echo({'a': None})", {"a": None}), ("t.echo(None)", {}), ("tools.t.echo(a=1)", {"a": 1}), ("tools['t']['echo'](a=1)", {"a": 1}),
            ("await t.echo.aio(a=1)", {"a": 1}), ("await t.echo(a=1)", {"a": 1}), ("t.echo(**{'from': 1})", {"from": 1}),
            ("from datetime import date\nt.echo(since=date(2024, 1, 2), tags={'b', 'a'})", {"since": "2024-01-02", "tags": ["a", "b"]}),
            ("t.echo(n=2**60)", {"n": 2**60}),
        ]  # fmt: skip
        for source, given in rows:
            with self.subTest(source):
                report = GUEST.run(source, self.TOOLS)
                self.assertEqual(report.value, given, report)

    def test_misuse_is_explained_and_nothing_sent(self) -> None:
        takes = "t.echo takes keyword arguments, as in t.echo(name=value), or one dict, as in t.echo({'name': value}); it was given "
        rows = [
            ("t.echo('a', 2)", f"{takes}the text 'a', 2"), ("t.echo([1])", f"{takes}a list"), ("t.echo({}, {})", f"{takes}a dict, a dict"),
            ("t.echo({'a': 1}, a=2)", "t.echo(…) was given a twice"), ("t.echo({1: 2})", "t.echo(…) takes names of parameters as keys; it was given 1"),
            ("t.echo(a={'b': float('nan')})", "t.echo(…): arguments.a.b is nan, which JSON cannot say"), ("t.echo(a=print)", "t.echo(…): arguments.a is the function print: JSON holds data, not code"),
            ("t.echo(a='x' * 5_000_000)", "t.echo(…): arguments is larger than 4194304 bytes of JSON"), ("t()", "t holds tools and is none: call one of them, as in t.echo(…)"),
            ("t.echo(a=t.echo.aio())", "t.echo(…): arguments.a is <t.echo.aio(…), not awaited>: await it first (await asyncio.gather(*calls) for a list of them)"),
        ]  # fmt: skip
        for source, message in rows:
            with self.subTest(source):
                report = GUEST.run(source, self.TOOLS)
                self.assertEqual((report.error["name"], report.error["message"], report.error["line"]), ("TypeError", message, 1))
                self.assertFalse([given for _, given, _ in report.calls if given])

    def test_answers_are_exact(self) -> None:
        report = GUEST.run("t.big()", {"t.big": Text('{"id": 9007199254740993, "f": 1.5, "__proto__": null}')})
        self.assertEqual(report.value, {"id": 9007199254740993, "f": 1.5, "__proto__": None})

    def test_names_can_be_listed_and_not_changed(self) -> None:
        tools = {"t.echo": 1, "t.get_it": 2, "u.x": 3}
        raw = {"get_it": "get-it", "u": "u-server"}
        report = GUEST.run("[list(tools), list(t), 'get-it' in t, 'nope' in t, len(t), dir(t), tools['u']['x'](), t['get_it'].__name__, repr(t)]", tools, raw=raw)
        self.assertEqual(report.value, [["t", "u"], ["echo", "get_it"], True, False, 2, ["echo", "get_it"], 3, "t.get_it", "<tools of t>"])
        for source in ("t.x = 1", "del t.echo", "tools.t = 1", "t.echo.x = 1"):
            with self.subTest(source):
                self.assertIn("cannot be changed", GUEST.run(source, tools).error["message"])


class WhatIsTheResult(unittest.TestCase):
    def test_return_then_last_expression_then_result(self) -> None:
        rows = [
            ("1 + 1", 2), ("x = 1", None), ("result = 3", 3), ("result = 3\nprint('x')", 3), ("result = 3\nresult + 1", 4), ("result = 3\nNone", 3),
            ("return 5", 5), ("result = 3\nreturn 5", 5), ("result = 3\nreturn", 3), ("for i in range(9):\n    if i == 4: return i", 4),
            ("if False: 1\nelse: 'b'", "b"), ("try: 1/0\nexcept ZeroDivisionError: 'caught'", "caught"), ("with __import__('contextlib').suppress(): 'w'", "w"),
            ("match 3:\n    case 3: 'three'", "three"), ("def main():\n    return 7\nif __name__ == '__main__':\n    main()", 7), ("'text'", "text"),
            ("x: int = 3\ntry:\n    return x\nfinally:\n    y = 1", 3), ("from math import *\nif pi > 3: return floor(pi)", 3), ("global x\nx = 1\nreturn x", 1),
            ("class A:\n    x = 1\nreturn [A.x, (y := 2), y, [z for z in 'a']]", [1, 2, 2, ["a"]]), ("import sys\nresult = 2\nsys.exit()", 2),
            ("def f():\n    return g()\ndef g():\n    return total\ntotal = 4\nreturn f()", 4), ("", None), ("# nothing", None), ("1;2;", 2),
            ("from __future__ import annotations\nreturn 1", 1), ("import urllib.parse, json as j\nreturn [urllib.parse.quote('a b'), j.dumps(1)]", ["a%20b", "1"]),
        ]  # fmt: skip
        for source, value in rows:
            with self.subTest(source):
                report = GUEST.run(source)
                self.assertIsNone(report.error, report)
                self.assertEqual(report.value, value)


if __name__ == "__main__":
    unittest.main()
