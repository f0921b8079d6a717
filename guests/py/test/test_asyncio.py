"""asyncio over the host's `wait`: what runs in parallel, how long it takes on the run's clock, and what is said about mistakes."""

import unittest

from harness import GUEST, Fails, Tool


def _fail(**_given: object) -> None:
    raise Fails(kind="upstream_error", message="it broke", status=503, retry_after=2, retryable=True)


TOOLS = {"t.get": Tool(lambda n=0: n, 100), "t.slow": Tool("late", 5000), "t.bad": Tool(_fail, 50)}


class Parallel(unittest.TestCase):
    def check(self, source: str, value: object, ms: float, parallel: int | None = None) -> None:
        with self.subTest(source):
            report = GUEST.run(source, TOOLS)
            self.assertIsNone(report.error, report)
            self.assertEqual((report.value, report.elapsed_ms), (value, ms), report)
            if parallel is not None:
                self.assertEqual(report.parallel, parallel)

    def test_all_of_asyncio_waits_on_the_host(self) -> None:
        rows = [
            ("await asyncio.gather(*[t.get.aio(n=i) for i in range(10)])", list(range(10)), 100, 10),
            ("async with asyncio.TaskGroup() as group:\n    tasks = [group.create_task(t.get.aio(n=i)) for i in range(3)]\n[task.result() for task in tasks]", [0, 1, 2], 100, 3),
            ("limit = asyncio.Semaphore(2)\nasync def one(i):\n    async with limit:\n        return await t.get.aio(n=i)\nawait asyncio.gather(*map(one, range(4)))", [0, 1, 2, 3], 200, 2),
            ("try:\n    async with asyncio.timeout(0.25): await t.slow.aio()\nexcept TimeoutError: r = 'gone'\nr", "gone", 250, 1),
            ("try: await asyncio.wait_for(t.slow.aio(), 1)\nexcept TimeoutError: r = 'gone'\nr", "gone", 1000, 1),
            ("await asyncio.sleep(0.5, 'x')", "x", 500, 0),
            ("[await each for each in asyncio.as_completed([t.get.aio(n=i) for i in range(2)])]", [0, 1], 100, 2),
            ("done, left = await asyncio.wait([asyncio.create_task(asyncio.sleep(i / 10, i)) for i in range(3)], return_when='FIRST_COMPLETED')\n[len(done), len(left)]", [1, 2], 0, 0),
            ("queue = asyncio.Queue()\nout = []\nasync def work():\n    while True:\n        out.append(await t.get.aio(n=await queue.get()))\n        queue.task_done()\n"
             "workers = [asyncio.create_task(work()) for _ in range(3)]\nfor i in range(6): queue.put_nowait(i)\nawait queue.join()\nout", [0, 1, 2, 3, 4, 5], 200, 3),
            ("ready = asyncio.Event()\nasync def set_it():\n    await asyncio.sleep(0.2)\n    ready.set()\ntask = asyncio.create_task(set_it())\nawait ready.wait()", True, 200, 0),
            ("async def main(): return await t.get.aio(n=1)\nasyncio.run(main())", 1, 100, 1),
            ("async def main(): return await t.get.aio(n=1)\nfirst = await t.get.aio(n=0)\n[first, asyncio.run(main())]", [0, 1], 200, 1),
            ("async def main(): return await t.get.aio(n=1)\nasyncio.get_event_loop().run_until_complete(main())", 1, 100, 1),
            ("with asyncio.Runner() as runner: r = runner.run(asyncio.sleep(0.1, 'x'))\nr", "x", 100, 0),
            ("await asyncio.gather(*[asyncio.to_thread(t.get, n=i) for i in range(5)])", [0, 1, 2, 3, 4], 100, 5),
            ("await asyncio.to_thread(lambda: t.get(n=1) + 1)", 2, 100, 1),
            ("await asyncio.get_running_loop().run_in_executor(None, len, 'abc')", 3, 0, 0),
            ("async def numbers():\n    for i in range(3):\n        yield i\n        await asyncio.sleep(0.01)\n[n async for n in numbers()]", [0, 1, 2], 30, 0),
            ("a, b = t.get.aio(n=1), t.get.aio(n=2)\n[await a, await b, await a]", [1, 2, 1], 100, 2),
            ("import functools\nawait asyncio.gather(*(asyncio.to_thread(functools.partial(t.get, n=i)) for i in range(2)))", [0, 1], 100, 2),
            ("start = asyncio.get_running_loop().time()\nawait asyncio.sleep(1.25)\nround(asyncio.get_running_loop().time() - start, 6)", 1.25, 1250, 0),
        ]  # fmt: skip
        for row in rows:
            self.check(*row)

    def test_blocking_calls_fit_in_anywhere(self) -> None:
        rows = [
            ("t.get(n=1) + t.get(n=2)", 3, 200, 1),
            ("async def f():\n    return t.get(n=1) + await t.get.aio(n=2)\nawait asyncio.gather(f(), f())", [3, 3], 300, 2),
            ("import time\nasync def f():\n    time.sleep(0.3)\n    return 1\nawait asyncio.gather(f(), t.get.aio(n=2))", [1, 2], 300, 1),
            ("sleep(250)\nawait sleep(250)\nawait sleep.aio(500)", None, 1000, 0),
            ("x = asyncio.create_task(t.get.aio(n=1))\nwhile not x.done(): await asyncio.sleep(0)\nx.result()", 1, 100, 1),
        ]
        for row in rows:
            self.check(*row)

    def test_one_sleep_serves_the_earliest_deadline(self) -> None:
        report = GUEST.run("await asyncio.gather(*[asyncio.sleep(1 + i / 100) for i in range(50)])\n1", TOOLS)
        self.assertLessEqual(len(report.own), 51)
        report = GUEST.run("for _ in range(20):\n    async with asyncio.timeout(60): await t.get.aio()\n1", TOOLS)
        self.assertEqual(len(report.own), 1, report.own)

    def test_the_end_waits_for_calls_and_not_for_timers(self) -> None:
        rows = [
            ("async def later():\n    await asyncio.sleep(0)\n    await t.get.aio(n=1)\n    print('done')\nasyncio.create_task(later())\nawait asyncio.sleep(0)\nawait asyncio.sleep(0)\n1", 100, "info: done"),
            ("asyncio.create_task(asyncio.sleep(1000))\nawait asyncio.sleep(0)\n1", 0, None),
            ("t.get.aio(n=1)\n1", 100, "warn: t.get.aio(…) on line 1 was never awaited: the call was made, its answer was dropped"),
            ("t.bad.aio()\n1", 50, "warn: t.bad.aio(…) on line 1 was never awaited, and failed: it broke"),
            ("async def f(): raise ValueError('inner')\nasyncio.create_task(f())\nawait asyncio.sleep(0.1)\n1", 100, "warn: a task that nobody awaited failed (line 1): ValueError: inner"),
        ]  # fmt: skip
        for source, ms, log in rows:
            with self.subTest(source):
                report = GUEST.run(source, TOOLS)
                self.assertEqual((report.value, report.elapsed_ms, report.logs), (1, ms, [log] if log else []), report)


class Mistakes(unittest.TestCase):
    def test_a_forgotten_await_is_said(self) -> None:
        unawaited = "t.get.aio(…) on line 1 is not awaited yet: write `await t.get.aio(…)`, or `t.get(…)` without .aio"
        for use in ("x['a']", "x.get('a')", "len(x)", "list(x)", "for y in x: pass", "if x: pass", "'a' in x"):
            with self.subTest(use):
                error = GUEST.run(f"x = t.get.aio(n=1)\n{use}", TOOLS).error
                self.assertEqual((error["message"], error["line"]), (unawaited, 2))

    def test_the_last_expression_is_awaited_with_a_word(self) -> None:
        for source in ("t.get.aio(n=1)", "async def main(): return await t.get.aio(n=1)\nmain()", "async def f(): return 1\nawait asyncio.sleep(0)\nf()"):
            with self.subTest(source):
                report = GUEST.run(source, TOOLS)
                self.assertEqual(report.value, 1)
                self.assertEqual(report.logs, ["warn: the last expression was not awaited: it was awaited now; write `await` in front of it"])

    def test_other_forgotten_awaits(self) -> None:
        report = GUEST.run("async def f(): return 1\nf()\n2", TOOLS)
        self.assertEqual(report.logs, ["warn: line 2: RuntimeWarning: coroutine 'f' was never awaited: write `await` in front of it"])
        report = GUEST.run("async def f(): return {}\nf()['a']\n2", TOOLS)
        self.assertEqual(report.error["hint"], "It was not awaited: write `await` in front of it.")

    def test_gather_of_answers_counts_what_was_done(self) -> None:
        report = GUEST.run("await asyncio.gather(t.get(n=1), t.get(n=2), return_exceptions=True)", TOOLS)
        self.assertEqual((report.value, len(report.calls)), ([1, 2], 2))
        self.assertIn("write tool.aio(…)", report.logs[0])

    def test_deadlocks_are_found_at_once(self) -> None:
        rows = [
            ("event = asyncio.Event()\nawait event.wait()", 2), ("async def f():\n    await asyncio.Future()\nawait f()", 2),
            ("lock = asyncio.Lock()\nawait lock.acquire()\nawait lock.acquire()", 3), ("try:\n    await asyncio.Event().wait()\nexcept Exception:\n    pass", 2),
        ]  # fmt: skip
        for source, line in rows:
            with self.subTest(source):
                error = GUEST.run(source, TOOLS).error
                self.assertEqual((error["kind"], error["line"]), ("deadlock", line))

    def test_no_network_no_processes_no_threads(self) -> None:
        for call in ("asyncio.open_connection('a', 1)", "asyncio.create_subprocess_shell('ls')", "asyncio.start_server(None)"):
            with self.subTest(call):
                self.assertIn("call a tool instead", GUEST.run(f"await {call}").error["message"])


class Failures(unittest.TestCase):
    def test_an_uncaught_failure_names_its_call(self) -> None:
        rows = [
            ("x = 1\nt.bad()", (2, 1)), ("await t.bad.aio()", (1, 7)), ("x = t.bad.aio()\nawait asyncio.sleep(1)\nawait x", (1, 5)),
            ("async with asyncio.TaskGroup() as group:\n    group.create_task(t.bad.aio())\n    group.create_task(t.slow.aio())", (2, 23)),
            ("def f():\n    return t.bad()\nf()", (2, 12)), ("await asyncio.gather(t.get.aio(), t.bad.aio())", (1, 35)),
        ]  # fmt: skip
        for source, at in rows:
            with self.subTest(source):
                report = GUEST.run(source, TOOLS)
                self.assertEqual((report.error["name"], report.error["message"], report.at), ("ToolError", "it broke", at))
                self.assertEqual(report.calls[report.error["op"] - 1][0] if len(report.own) == 0 else "t.bad", "t.bad")

    def test_a_caught_failure_can_be_acted_on(self) -> None:
        source = "try:\n    t.bad()\nexcept ToolError as e:\n    r = [e.kind, e.tool, e.status, e.code, e.body, e.retry_after, e.retryable, e.line, e.message, str(e), e]\nr"
        fields = {"kind": "upstream_error", "tool": "t.bad", "status": 503, "retry_after": 2, "retryable": True, "line": 2}
        told = {"name": "ToolError", "message": "it broke", **fields}
        self.assertEqual(GUEST.run(source, TOOLS).value, ["upstream_error", "t.bad", 503, None, None, 2, True, 2, "it broke", "it broke", told])

    def test_several_at_once_are_all_told(self) -> None:
        source = "async def f(n): raise ValueError(n)\nasync with asyncio.TaskGroup() as g:\n    for n in range(5): g.create_task(f(n))"
        error = GUEST.run(source).error
        self.assertEqual((error["name"], error["line"]), ("ExceptionGroup", 1))
        self.assertIn("ValueError: 0; ValueError: 1; ValueError: 2; and 2 more", error["message"])


if __name__ == "__main__":
    unittest.main()
