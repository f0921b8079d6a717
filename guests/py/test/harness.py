"""A host for the built guest: tools are Python functions, time is a number, and what the guest asks for is all recorded.

The host answers the interfaces of `blocking-engine` and nothing else: an instance that asked for more could not be made.
"""

import hashlib
import heapq
import itertools
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wasmtime import Config, Engine, Store
from wasmtime._ffi import wasmtime_config_async_stack_size_set
from wasmtime.component import Component, Linker, Record, Variant

PRODUCTS = Path(__file__).resolve().parents[3] / "target/guests"
HOST = "weir:guest/host@1.0.0"
COMPLETIONS = "weir:guest/completions@1.0.0"
#: 2024-03-05T15:04:05.678Z
NOW = 1_709_651_045_678.0
#: Fuel no test needs: a snippet that computes without end fails its test in seconds.
FUEL = 20_000_000_000
#: Compiled code of the guest calls itself for nested data: its stack is the host's.
STACK = 8 * 1024 * 1024
#: As the gateway's default.
MEMORY = 128 * 1024 * 1024


class Deadlock(Exception):
    """The guest waits, and nothing is under way."""


class Fails(Exception):
    """A tool's failure, as the host tells it."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(fields.get("message", ""))
        self.fields = fields


@dataclass
class Tool:
    """`answer` is a value or a function of the arguments; the call ends `ms` after it began."""

    answer: Any
    ms: float = 0


@dataclass
class Report:
    value: Any = None
    error: dict[str, Any] | None = None
    text: str = ""
    logs: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)
    own: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waits: int = 0
    elapsed_ms: float = 0
    #: Work done, in the engine's instructions.
    fuel: int = 0
    #: Calls under way at once, at most.
    parallel: int = 0

    @property
    def at(self) -> tuple[int | None, int | None]:
        assert self.error is not None, self
        return self.error["line"], self.error["column"]


class Run:
    """One run's world."""

    def __init__(self, tools: dict[str, Any], raw: dict[str, str]) -> None:
        self.tools = {name: tool if isinstance(tool, Tool) else Tool(tool) for name, tool in tools.items()}
        self.raw = raw
        self.report = Report()
        self.now = NOW
        self.order = itertools.count()
        self.under_way: list[tuple[float, int, int, Variant]] = []
        self.started = 0
        self.calls_open: set[int] = set()

    def start(self, _store: Any, namespace: str, member: str, arguments: str, line: int) -> int:
        self.started += 1
        given = json.loads(arguments)
        ms, outcome = self.own(member, given) if namespace == "" else self.call(namespace, member, given, line)
        heapq.heappush(self.under_way, (self.now + ms, next(self.order), self.started, outcome))
        return self.started

    def own(self, member: str, given: dict[str, Any]) -> tuple[float, Variant]:
        self.report.own.append((member, given))
        if member == "sleep":
            return given["ms"], Variant("ok", "null")
        return 0, Variant("ok", json.dumps({"own": member, **given}))

    def call(self, namespace: str, member: str, given: dict[str, Any], line: int) -> tuple[float, Variant]:
        name = f"{namespace}.{member}"
        self.report.calls.append((name, given, line))
        self.calls_open.add(self.started)
        self.report.parallel = max(self.report.parallel, len(self.calls_open))
        tool = self.tools.get(name)
        if tool is None:
            return 0, Variant("err", json.dumps({"kind": "unknown_tool", "message": f"there is no tool {name}"}))
        try:
            answer = tool.answer(**given) if isinstance(tool.answer, Callable) else tool.answer
        except Fails as failure:
            return tool.ms, Variant("err", json.dumps({"tool": name, **failure.fields}))
        return tool.ms, Variant("ok", answer if isinstance(answer, Text) else json.dumps(answer))

    def wait(self, _store: Any) -> Record:
        self.report.waits += 1
        if not self.under_way:
            raise Deadlock
        end, _, number, outcome = heapq.heappop(self.under_way)
        self.now = max(self.now, end)
        self.calls_open.discard(number)
        completion = Record()
        completion.op = number
        completion.outcome = outcome
        return completion

    def log(self, _store: Any, level: str, text: str) -> None:
        self.report.logs.append(f"{level}: {text}")

    def names(self, _store: Any, namespace: str) -> list[str]:
        if namespace == "":
            return sorted({self.listed(name.partition(".")[0]) for name in self.tools})
        members = (name.partition(".") for name in self.tools)
        return [self.listed(member) for space, _, member in members if namespace in (space, self.raw.get(space))]

    def listed(self, name: str) -> str:
        return f"{name}\t{self.raw[name]}" if name in self.raw else name


class Text(str):
    """An answer that is JSON text already."""


class Guest:
    """The component, compiled once and kept for the next time."""

    def __init__(self, path: Path = PRODUCTS / "py.wasm") -> None:
        config = Config()
        config.consume_fuel = True
        # The binding has no name for it, and refuses a stack larger than this.
        wasmtime_config_async_stack_size_set(config.ptr(), 2 * STACK)
        config.max_wasm_stack = STACK
        config.cranelift_opt_level = "speed"
        self.engine = Engine(config)
        code = path.read_bytes()
        kept = PRODUCTS / f"py/test-{hashlib.sha256(code).hexdigest()[:16]}.cwasm"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            for old in kept.parent.glob("test-*.cwasm"):
                old.unlink()
            kept.write_bytes(Component(self.engine, code).serialize())
        self.component = Component.deserialize_file(self.engine, str(kept))

    def imports(self) -> list[str]:
        return sorted(self.component.type.imports(self.engine))

    def run(
        self, source: str, tools: dict[str, Any] | None = None, *, seed: int = 1, raw: dict[str, str] | None = None, prepared: bool = True
    ) -> Report:
        run = Run(tools or {}, raw or {})
        linker = Linker(self.engine)
        with linker.root() as root:
            with root.add_instance(COMPLETIONS) as completions:
                completions.add_func("start", run.start)
                completions.add_func("wait", run.wait)
            with root.add_instance(HOST) as host:
                host.add_func("log", run.log)
                host.add_func("now", lambda _store: run.now)
                host.add_func("names", run.names)
        store = Store(self.engine)
        store.set_fuel(FUEL)
        store.set_limits(memory_size=MEMORY)
        instance = linker.instantiate(store, self.component)
        if prepared:
            instance.get_func(store, "prepare")(store)
        context = json.dumps({"seed": str(seed), "namespaces": run.names(None, "")})
        outcome = _on_large_stack(lambda: instance.get_func(store, "run")(store, source, context))
        run.report.fuel = FUEL - store.get_fuel()
        run.report.elapsed_ms = run.now - NOW
        run.report.text = outcome.payload
        if outcome.tag == "ok":
            run.report.value = json.loads(outcome.payload)
        else:
            run.report.error = json.loads(outcome.payload)
        return run.report


def _on_large_stack(work: Callable[[], Any]) -> Any:
    """A thread's stack can be made as large as the guest's needs to be; the main one's cannot."""
    threading.stack_size(4 * STACK)
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(work).result()


GUEST = Guest()
