"""What a snippet finds around itself: two interfaces and nothing of a machine, the run's own time and chance, text for the log."""

import unittest

from harness import COMPLETIONS, GUEST, HOST, PRODUCTS, Tool

DRAWS = """
import random, secrets, uuid
values = [random.random(), random.randint(1, 10**9), random.sample(range(100), 5), secrets.token_hex(8), str(uuid.uuid4()), str(uuid.uuid1()), random.Random().random(), secrets.choice(range(1000)),
          random.SystemRandom().random(), random.shuffle([1, 2, 3]), str(uuid.uuid7())]
values
"""


class Interface(unittest.TestCase):
    def test_two_imports_and_nothing_of_wasi(self) -> None:
        self.assertEqual(sorted(GUEST.imports()), [COMPLETIONS, HOST])

    def test_no_path_of_the_machine_that_built_it(self) -> None:
        code = (PRODUCTS / "py.wasm").read_bytes()
        for path in (str(PRODUCTS.parents[1]), str(PRODUCTS)):
            self.assertNotIn(path.encode(), code)
        self.assertEqual(GUEST.run("import sys\n[sys.path, sys.argv, dict(sys.modules['os'].environ), sys.platform]").value, [[], [], {}, "wasi"])


class Chance(unittest.TestCase):
    def test_the_seed_decides(self) -> None:
        first, again, other = (GUEST.run(DRAWS, seed=seed).value for seed in (1, 1, 2**64 - 1))
        self.assertEqual(first, again)
        same = [a for a, b in zip(first, other, strict=True) if a == b]
        # Shuffling answers nothing; `uuid1` is made of the time alone.
        self.assertLessEqual(len(same), 2, same)

    def test_a_prepared_instance_and_a_fresh_one_draw_alike(self) -> None:
        self.assertEqual(GUEST.run(DRAWS, prepared=True).value, GUEST.run(DRAWS, prepared=False).value)

    def test_the_order_of_a_set_is_the_same_in_every_run(self) -> None:
        source = "list({'alpha', 'beta', 'gamma', 'delta'}) + [hash('a')]"
        self.assertEqual(GUEST.run(source, seed=1).value, GUEST.run(source, seed=2).value)


class Time(unittest.TestCase):
    def test_every_clock_is_the_runs(self) -> None:
        rows = [
            ("import time\ntime.time()", 1709651045.678), ("import time\ntime.time_ns()", 1709651045678000000), ("import time\n[time.monotonic(), time.perf_counter(), time.process_time()]", [0, 0, 0]),
            ("from datetime import datetime\ndatetime.now()", "2024-03-05T15:04:05.678000"), ("from datetime import datetime, timezone\ndatetime.now(timezone.utc)", "2024-03-05T15:04:05.678000+00:00"),
            ("from datetime import datetime\n[datetime.utcnow(), datetime.today()]", ["2024-03-05T15:04:05.678000"] * 2), ("from datetime import date\ndate.today()", "2024-03-05"),
            ("import time\n[time.strftime('%Y-%m-%d %H:%M'), time.gmtime().tm_year, time.localtime().tm_hour, time.ctime()]", ["2024-03-05 15:04", 2024, 15, "Tue Mar  5 15:04:05 2024"]),
            ("import datetime\nclass D(datetime.datetime): pass\ntype(D.now()).__name__", "D"), ("import datetime\nclass D(datetime.date): pass\n[type(D.today()).__name__, D.today()]", ["D", "2024-03-05"]),
            ("from zoneinfo import ZoneInfo\nfrom datetime import datetime\ndatetime.now(ZoneInfo('Asia/Tokyo'))", "2024-03-06T00:04:05.678000+09:00"),
            ("import time, datetime\na = datetime.datetime.now()\ntime.sleep(1.5)\n(datetime.datetime.now() - a).total_seconds()", 1.5), ("from time import sleep, perf_counter\nsleep(2)\nperf_counter()", 2),
            ("from datetime import datetime\nrepr(datetime.now())", "datetime.datetime(2024, 3, 5, 15, 4, 5, 678000)"), ("from datetime import datetime\ndatetime.now().astimezone().isoformat()", "2024-03-05T15:04:05.678000+00:00"),
            ("import time\na = time.time()\nt.get()\nround(time.time() - a, 3)", 0.1),
        ]  # fmt: skip
        for source, value in rows:
            with self.subTest(source):
                report = GUEST.run(source, {"t.get": Tool(1, 100)})
                self.assertIsNone(report.error, report)
                self.assertEqual(report.value, value)


class Logs(unittest.TestCase):
    def test_entries(self) -> None:
        rows = [
            ("print('a', 1, None, sep='-')", ["info: a-1-None"]), ("print('a', end='')\nprint('b')\nprint('c\\nd')", ["info: ab", "info: c\nd"]), ("print('tail', end='')", ["info: tail"]),
            ("import sys\nprint('w', file=sys.stderr)\nsys.stdout.write('x\\n')", ["warn: w", "info: x"]), ("print()", ["info: "]), (r"print('\ud800')", ["info: \ufffd"]),
            ("import logging\nlogging.basicConfig(level=logging.DEBUG, format='%(message)s')\nlogging.debug('d')\nlogging.info('i %s', 1)\nlogging.getLogger('x').error('e')", ["debug: d", "info: i 1", "error: e"]),
            ("import logging\nlogging.warning('w')", ["warn: WARNING:root:w"]), ("import warnings\nwarnings.warn('careful')", ["warn: line 2: UserWarning: careful"]),
            ("import pprint\npprint.pprint({'a': [1]})", ["info: {'a': [1]}"]), ("import io\nprint('x', file=io.StringIO())", []), ("import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out: print('x')\nout.getvalue()", []),
            ("import sys, traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.print_exc()", ['warn: Traceback (most recent call last):', 'warn:   File "snippet.py", line 2, in <module>\n    try: 1 / 0\n         ~~^~~', "warn: ZeroDivisionError: division by zero"]),
        ]  # fmt: skip
        for source, logs in rows:
            with self.subTest(source):
                report = GUEST.run(source)
                self.assertIsNone(report.error, report)
                self.assertEqual(report.logs, logs)

    def test_an_entry_is_cut(self) -> None:
        for source in ("print('x' * 10_000_000)", "import sys\nfor _ in range(1000): sys.stdout.write('x' * 1000)"):
            with self.subTest(source):
                (entry,) = GUEST.run(source).logs
                self.assertTrue(entry.endswith("x… (entry cut at 16 KiB)"))
                self.assertLess(len(entry), 17_000)


class OwnFunctions(unittest.TestCase):
    def test_what_is_asked(self) -> None:
        rows = [
            ("search('a')", {"own": "search", "queries": ["a"]}), ("search(['a', 'b'], limit=3)", {"own": "search", "queries": ["a", "b"], "limit": 3}), ("describe('t.get')", {"own": "describe", "tools": ["t.get"]}),
            ("store('k', {'a': (1, 2)}, ttl_ms=5)", {"own": "store", "key": "k", "value": {"a": [1, 2]}, "ttl_ms": 5}), ("await store.aio('k', None)", {"own": "store", "key": "k", "value": None}),
            ("load('h1')", {"own": "load", "handle": "h1"}), ("await load.aio('h1')", {"own": "load", "handle": "h1"}), ("await search('a')", {"own": "search", "queries": ["a"]}),
        ]  # fmt: skip
        for source, value in rows:
            with self.subTest(source):
                self.assertEqual(GUEST.run(source).value, value)

    def test_misuse(self) -> None:
        for source in ("sleep('a')", "sleep(-1)", "sleep(float('inf'))", "search(1)", "search('a', limit=0)", "describe([1])", "load(1)", "sleep()"):
            with self.subTest(source):
                report = GUEST.run(source)
                self.assertEqual((report.error["name"], report.own), ("TypeError", []))


if __name__ == "__main__":
    unittest.main()
