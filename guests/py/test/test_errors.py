"""What goes wrong, where, and what to do instead."""

import unittest

from harness import GUEST

TOOLS = {"github.list_issues": [{"title": "a"}]}


class Syntax(unittest.TestCase):
    def test_place_and_hint(self) -> None:
        rows = [
            ("x = 1\nprint 'a'", 2, 1, "print(…) with parentheses"), ("if 1:\n\tx = 1\n        y = 2", 3, None, "Tabs and spaces are mixed"), ("def f():\nreturn 1", 2, 1, "with four spaces"),
            ("  x = 1", 1, None, "with four spaces"), ("x = (1,", 1, 5, None), ("try: pass\nexcept ValueError, KeyError as e: pass", 2, None, "except Exception as e"), ("raise ValueError, 'x'", 1, None, "raise ValueError(…)"),
            ("if 1 <> 2: pass", 1, None, "!="), ("x = 0777", 1, None, "0o17"), ("def f():\n    await x()", 2, 5, "async def"), ("const x = 1;", 1, 7, "looks like JavaScript"),
            ("exec 'x'", 1, None, "print(…) with parentheses"), ("yield 1", 1, 1, "Only functions yield"), ("x = 'é' +", 1, 10, None), ("(" * 400 + "1", None, None, None), ("break", 1, 1, None),
        ]  # fmt: skip
        for source, line, column, hint in rows:
            with self.subTest(source[:40]):
                report = GUEST.run(source, TOOLS)
                self.assertEqual((report.error["kind"], report.error["line"]), ("syntax", line), report)
                if column is not None:
                    self.assertEqual(report.error["column"], column, report)
                self.assertIn(hint or "", report.error.get("hint") or "")

    def test_nothing_ran(self) -> None:
        report = GUEST.run("github.list_issues()\nx = (", TOOLS)
        self.assertEqual((report.error["kind"], report.calls), ("syntax", []))


class Exceptions(unittest.TestCase):
    def test_type_message_and_place(self) -> None:
        rows = [
            ("x = 1\ny = x / 0", "ZeroDivisionError", "division by zero", 2, 5), ("é = 'é' + 1", "TypeError", 'can only concatenate str (not "int") to str', 1, 5),
            ("d = {}\n\nd['key']", "KeyError", "'key'", 3, 1), ("def f(a):\n    return [a\n        .b]\nf(1)", "AttributeError", "'int' object has no attribute 'b'", 3, 10),
            ("class E(Exception): pass\nraise E({'a': 1})", "E", "{'a': 1}", 2, 1), ("json.loads('{')", "JSONDecodeError", None, 1, 1), ("assert 1 == 2, 'no'", "AssertionError", "no", 1, 8),
            ("def f(): return f()\nf()", "RecursionError", "maximum recursion depth exceeded", 1, 17), ("return 1 / 0", "ZeroDivisionError", "division by zero", 1, 8),
            ("from collections import nope", "ImportError", "cannot import name 'nope' from 'collections'", 1, 1),
        ]  # fmt: skip
        for source, name, message, line, column in rows:
            with self.subTest(source):
                report = GUEST.run(source)
                self.assertEqual((report.error["name"], *report.at), (name, line, column), report)
                if message is not None:
                    self.assertEqual(report.error["message"], message)

    def test_frames_of_the_snippet_only(self) -> None:
        stack = GUEST.run("import functools\ndef f(x):\n    return 1 / x\ndef g():\n    return functools.reduce(lambda a, b: f(b), [1, 0])\ng()").error["stack"]
        self.assertEqual([(at["line"], at["function"]) for at in stack], [(3, "f"), (5, "g.<locals>.<lambda>".rpartition(".<locals>.")[2]), (5, "g"), (6, None)])

    def test_messages_are_bounded_and_sayable(self) -> None:
        self.assertEqual(len(GUEST.run("raise ValueError('x' * 100000)").error["message"]), 2000)
        self.assertEqual(GUEST.run(r"raise ValueError('\ud800')").error["message"], "\ufffd")
        told = GUEST.run("class E(Exception):\n    def __str__(self): raise ValueError\nraise E").error
        self.assertEqual((told["name"], told["message"]), ("E", "an error whose own text cannot be made"))

    def test_errors_that_resist_are_told_all_the_same(self) -> None:
        rows = [
            ("class E(BaseException):\n    def __str__(self): raise E\n    __repr__ = __str__\nraise E", ("E", 4, 1)), ("class E(Exception):\n    __traceback__ = 5\nraise E", ("E", 3, 1)),
            ("class M(type):\n    @property\n    def __name__(c): return 5\nclass E(Exception, metaclass=M): pass\nraise E", ("E", 5, 1)), ("e = ValueError('x')\ne.__cause__ = e\nraise e", ("ValueError", 3, 1)),
            ("raise ExceptionGroup('g', [ValueError(1), TypeError(2)])", ("ExceptionGroup", 1, 1)), ("class E(ToolError): _site = 3\nraise E", ("", None, None)),
            ("raise KeyboardInterrupt", ("KeyboardInterrupt", 1, 1)), ("await asyncio.sleep(0)\nraise asyncio.CancelledError", ("CancelledError", 2, 1)),
        ]  # fmt: skip
        for source, told in rows:
            with self.subTest(source):
                report = GUEST.run(source)
                self.assertEqual((report.error["name"], *report.at), told)

    def test_a_snippet_harms_only_itself(self) -> None:
        rows = ["import sys\nsys.modules.clear()", "del __builtins__", "import sys\nsys.stdout = None\nprint(1)", "print = list = None", "globals()['__builtins__']['len'] = 3", "import sys\nsys.setrecursionlimit(60)"]
        for source in rows:
            with self.subTest(source):
                self.assertEqual(GUEST.run(f"{source}\ngithub.list_issues()", TOOLS).value, [{"title": "a"}])
        self.assertIsNotNone(GUEST.run("json.loads = None\ngithub.list_issues()", TOOLS).error)
        self.assertEqual(GUEST.run("github.list_issues()", TOOLS).value, [{"title": "a"}])

    def test_hints(self) -> None:
        rows = [
            ("Counter('a')", "Write `from collections import Counter` first."), ("decimal.Decimal(1)", "Write `import decimal` first."), ("null", "Write None."), ("console.log(1)", "Write print(…)."),
            ("total = 1\ntotl", "Did you mean `total`?"), ("githb.list_issues()", "Did you mean `github`?"), ("x = github.list_issues()\nx[0].title", "Answers of tools are dicts: write ['title'] or .get('title')."),
            ("asyncio.create_task(github.list_issues.aio())", "A loop runs where the snippet awaits at its top"), ("'abc'.uper()", "Did you mean `upper`?"), ("json.dumps(asyncio)", "weir writes dates, sets, dataclasses and Decimals by its own mapping"),
        ]  # fmt: skip
        for source, hint in rows:
            with self.subTest(source):
                self.assertIn(hint, GUEST.run(source, TOOLS).error.get("hint") or "")

    def test_a_snippet_may_end_itself(self) -> None:
        self.assertEqual(GUEST.run("import sys\nsys.exit('why')").error["message"], "The snippet ended itself with sys.exit('why').")
        self.assertEqual(GUEST.run("exit()").value, None)


class UnknownTools(unittest.TestCase):
    def test_found_before_anything_runs(self) -> None:
        for source, at in (("github.list_issues()\ngithub.nope(a=1)", (2, 1)), ("x = 1 + github.nope.aio()", (1, 9))):
            with self.subTest(source):
                report = GUEST.run(source, TOOLS)
                self.assertEqual((report.error["kind"], report.error["message"], report.at, report.calls), ("unknown_tool", "github.nope", at, []))

    def test_left_to_run_time_where_a_name_may_mean_something_else(self) -> None:
        rows = [
            ("class A:\n    def nope(self): return 1\ngithub = A()\ngithub.nope()", 1), ("f = lambda github: github.nope()\n1", 1), ("'github.nope()'", "github.nope()"),
            ("# github.nope()\n2", 2), ("try:\n    tools['github']['nope']()\nexcept ToolError as e:\n    r = e.kind\nr", "unknown_tool"),
        ]  # fmt: skip
        for source, value in rows:
            with self.subTest(source):
                self.assertEqual(GUEST.run(source, TOOLS).value, value)


class Absent(unittest.TestCase):
    def test_modules(self) -> None:
        rows = [
            ("import os", "operating system"), ("import os.path", "operating system"), ("from os import environ", "operating system"), ("import subprocess", "call a tool"), ("import socket", "call a tool"),
            ("import requests", "call a tool"), ("import urllib.request", "call a tool"), ("from urllib import request", "call a tool"), ("import httpx", "call a tool"), ("import threading", "asyncio.gather"),
            ("from concurrent.futures import ThreadPoolExecutor", "asyncio.gather"), ("import multiprocessing", "asyncio.gather"), ("import pandas as pd", "lists and dicts"), ("import numpy as np", "use math"),
            ("import yaml", "json"), ("import pytz", "zoneinfo"), ("import nothing_like_it", "these modules are there: abc, array"), ("from pathlib import Path", "files"), ("import pickle", "use json"),
            ("import gc", "interpreter"), ("import importlib", "interpreter"), ("import weir_guest", "these modules are there"),
        ]  # fmt: skip
        for source, hint in rows:
            with self.subTest(source):
                error = GUEST.run(source).error
                self.assertEqual((error["name"], error["kind"], error["line"]), ("ModuleNotFoundError", "unsupported", 1), error)
                self.assertIn(hint, error["message"])
        self.assertEqual(GUEST.run("try:\n    import numpy\nexcept ImportError:\n    r = 'without'\nr").value, "without")

    def test_functions(self) -> None:
        rows = [("open('x')", "open() is not available: a snippet has no files"), ("input('?')", "input() is not available: nobody is there to answer"), ("import sys\nsys.stdin.read()", "nobody is there"),
                ("breakpoint()", "use print"), ("help(github)", "describe")]  # fmt: skip
        for source, message in rows:
            with self.subTest(source):
                error = GUEST.run(source, TOOLS).error
                self.assertEqual(error["kind"], "unsupported", error)
                self.assertIn(message, error["message"])

    def test_whatever_asks_for_a_machine_gets_an_error_and_no_trap(self) -> None:
        machine = "import sys\nos, threading, time, queue, socket, _io, _thread, random = (sys.modules[n] for n in 'os threading time queue socket _io _thread random'.split())\n"
        calls = [
            "os.listdir('/')", "os.stat('/')", "os.system('ls')", "os.open('x', 0)", "_io.FileIO('x')", "_io.open('x')", "_io.open(1)", "threading.Thread(target=print).start()", "queue.Queue().get()",
            "queue.SimpleQueue().get()", "queue.Queue().get(timeout=1)", "threading.Event().wait()", "threading.Lock().acquire() and threading.Semaphore(0).acquire()", "socket.socket()",
            "socket.getaddrinfo('a', 1)", "_thread.start_new_thread(print, ())", "__import__('logging').FileHandler('x')", "__import__('mimetypes').read_mime_types('x') or 1 / 0",
            "__import__('zoneinfo').ZoneInfo('No/Where')", "__import__('inspect').getsource(len)", "__import__('xml.etree.ElementTree').etree.ElementTree.parse('x')",
        ]  # fmt: skip
        for call in calls:
            with self.subTest(call):
                self.assertIsNotNone(GUEST.run(machine + call).error)


class Limits(unittest.TestCase):
    def test_memory(self) -> None:
        for source in ("x = []\nwhile True: x.append('x' * 100000)", "x = 'a'\nwhile True: x += x", "list(range(10**9))", "bytearray(10**9)"):
            with self.subTest(source):
                self.assertEqual(GUEST.run(source).error["kind"], "memory_limit")
        self.assertEqual(GUEST.run("try:\n    x = []\n    while True: x.append('x' * 100000)\nexcept MemoryError:\n    x = None\n'caught'").value, "caught")

    def test_depth(self) -> None:
        rows = [
            "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()", "class A:\n    def __repr__(self): return repr(self)\nrepr(A())", "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().x",
            "import re\nre.compile('(' * 5000 + ')' * 5000)", "import copy\nx = []\nfor i in range(5000): x = [x]\ncopy.deepcopy(x)", "async def f(n): return await f(n + 1)\nawait f(0)",
        ]  # fmt: skip
        for source in rows:
            with self.subTest(source):
                self.assertEqual(GUEST.run(source).error["kind"], "stack_overflow")
        self.assertEqual(GUEST.run("import sys\nsys.setrecursionlimit(10**6)\ndef depth(n): return 0 if n == 0 else 1 + depth(n - 1)\ndepth(15000)").value, 15000)
        self.assertEqual(GUEST.run("x = []\nfor i in range(900): x = [x]\nlen(repr(x))").value, 1802)


if __name__ == "__main__":
    unittest.main()
