"""Programs of the guest's own, run before any snippet: what every run needs is then loaded, specialised and in memory.

While the guest is built this makes its snapshot quick; in an instance that waits for a snippet it brings the snapshot's pages in.
The host has no part in it: calls are answered here, nothing is logged, the clock stands.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from componentize_py_types import Ok
from wit_world.imports.completions import Completion

from . import calls, clock, host, loop

CONTEXT = '{"seed":"1","namespaces":["stage"]}'

_ANSWER = '{"items":[{"id":1,"name":"a","tags":["x","y"],"open":true,"size":1.5}],"next":null}'

PROGRAMS = (
    "1 + 1",
    """
import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta

page = stage.list(owner="a", state="open", limit=10)
rows = [row for row in page["items"] if row["open"] and len(row["tags"]) > 1]
counts = Counter(tag for row in rows for tag in row["tags"])
by_name = defaultdict(list)
for row in sorted(rows, key=lambda row: (-row["size"], row["name"])):
    by_name[row["name"]].append({**row, "label": f"{row['name']:>5} {row['size']:.2f}", "parts": "a-b".upper().split("-")})
print("rows", len(rows), json.dumps(rows[0]))
try:
    {}["missing"]
except KeyError as error:
    print(error)

def total(values):
    return round(sum(values), 2)

result = {"counts": dict(counts), "rows": by_name, "sum": total(row["size"] for row in rows), "day": (datetime.now() + timedelta(days=1)).isoformat()}
""",
    """
import asyncio

async def one(number):
    async with limit:
        return (await stage.list.aio(number=number))["items"][0]["id"]

limit = asyncio.Semaphore(2)
found = await asyncio.gather(*[one(number) for number in range(3)])
await asyncio.sleep(0)
return {"found": found, "last": await stage.list.aio(number=9)}
""",
)

#: What an instance in waiting runs: the least there is, for every run pays for it.
TOUCH = PROGRAMS[:1]


@contextmanager
def _stage() -> Iterator[None]:
    """Puts answers of our own in the host's place."""
    real = (host.start, host.wait, host.say, host.time_ms, host.list_names)
    started: list[int] = []
    number = 0

    def start(*_values: Any) -> int:
        nonlocal number
        number += 1
        started.append(number)
        return number

    host.start = start
    host.wait = lambda: Completion(started.pop(0), Ok(_ANSWER))
    host.say = lambda _level, _text: None
    host.time_ms = lambda: 0.0
    host.list_names = lambda _namespace: ["list"]
    try:
        yield
    finally:
        host.start, host.wait, host.say, host.time_ms, host.list_names = real
        clock.stop_clock()
        loop.reset()
        calls.reset()


def rehearse(run: Callable[[str, str], tuple[bool, str]], programs: tuple[str, ...], times: int = 1) -> None:
    with _stage():
        for _ in range(times):
            for program in programs:
                went_well, text = run(program, CONTEXT)
                if not went_well:
                    raise AssertionError(text)
