"""The guest: one snippet, run once. `run` is what `guests/weir.wit` exports; everything else in this module happens while the guest is
built and is part of its snapshot.
"""

from . import clock, modules  # isort: skip

modules.load()

import asyncio
import builtins
import gc
import json
import sys
import warnings
from typing import Any

import wit_world
from componentize_py_types import Err

from . import absent, alone, calls, chance, host, loop, markup, outcome, own, places, program, rehearsal, saved, streams, tools, zones
from .tool_error import ToolError

#: Modules that are there without an import: a forgotten one costs nobody a round.
READY = ("asyncio", "base64", "collections", "functools", "itertools", "json", "math", "re", "random", "statistics", "textwrap", "time")

#: After so many the interpreter has specialised what it will.
REHEARSALS = 60

_builtins: dict[str, Any] = {}
#: Given up when there is no other memory left to tell of it.
_reserve = bytearray(256 * 1024)


def _install() -> None:
    clock.install()
    chance.install()
    zones.install()
    markup.install()
    loop.install()
    alone.install()
    modules.seal()
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    for category in (UserWarning, RuntimeWarning):
        warnings.simplefilter("always", category)
    warnings.showwarning = outcome.show_warning
    sys.unraisablehook = outcome.unraisable
    _builtins.update(vars(builtins))
    _builtins.update(absent.FUNCTIONS)
    _builtins.update({name: sys.modules[name] for name in READY})
    _builtins.update(own.OWN)
    _builtins["run_saved"] = saved.run_saved
    _builtins.update({"__import__": modules.import_for_snippet, "ToolError": ToolError, program.AWAITABLE: loop.awaitable})
    streams.install()
    for name in ("copyright", "credits", "license"):
        _builtins.pop(name, None)


def _run(source: str, context: str) -> str:
    """JSON text of the snippet's value. Raises whatever the snippet raised."""
    source = saved.part(source.removeprefix("\ufeff"))
    given = json.loads(context)
    namespaces = given["namespaces"]
    chance.seed(given["seed"])
    clock.start_clock()
    places.set_source(source)
    alone.show_lines(source)
    code = program.make(source, namespaces)
    names = _names(namespaces)
    saved.install(lambda saved_source, args: _saved(saved_source, args, namespaces))
    try:
        text, is_settled = _text(code, names)
        if is_settled:
            return text
    except SystemExit as error:
        outcome.exit_value(error)
        text = outcome.result_text(names.get("result"))
    while calls.unfinished() is not None:
        host.deliver_next()
    return text


def _names(namespaces: list[str]) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": _builtins, "__doc__": None}
    made = tools.make_tools(namespaces)
    names.update((name, tool) for name, tool in made.items() if name not in names)
    return names


def _text(code: program.Program, names: dict[str, Any]) -> tuple[str, bool]:
    """JSON text of a program's value, and whether everything it started has ended."""
    if code.is_async:
        return loop.run(_asynchronous(code, names)), True
    exec(code.code, names)
    text = _text_of(names)
    if text is None:
        return loop.run(_awaited(names[program.VALUE])), True
    return text, False


def _saved(source: str, args: Any, namespaces: list[str]) -> str:
    """JSON text of a saved program's value. It sees nothing of the program that calls it but `args`."""
    code = program.make(source, [], saved.FILE)
    names = _names(namespaces) | {"args": args}
    try:
        return _text(code, names)[0]
    except SystemExit as error:
        outcome.exit_value(error)
        return outcome.result_text(names.get("result"))


def _text_of(names: dict[str, Any]) -> str | None:
    """The last expression, or the variable `result`. None: the last expression has yet to be awaited."""
    value = names.get(program.VALUE)
    if value is None:
        value = names.get("result")
    elif asyncio.iscoroutine(value) or asyncio.isfuture(value):
        return None
    return outcome.result_text(value)


async def _awaited(value: Any) -> str:
    host.log(host.WARN, "the last expression was not awaited: it was awaited now; write `await` in front of it")
    text = outcome.result_text(await value)
    await _settled()
    return text


async def _asynchronous(code: program.Program, names: dict[str, Any]) -> str:
    if code.is_body:
        exec(code.code, names)
        value = await names.pop(program.BODY)()
        if value is not None:
            names[program.VALUE] = value
    else:
        await eval(code.code, names)
    text = _text_of(names)
    if text is None:
        return await _awaited(names[program.VALUE])
    await _settled()
    return text


async def _settled() -> None:
    """What was waiting for an answer may start the next call."""
    while (call := calls.unfinished()) is not None:
        await call.ended()


def _run_to_end(source: str, context: str) -> tuple[bool, str]:
    """Whether it went well, and JSON text of the value or of the failure."""
    try:
        text = _run(source, context)
    except BaseException as error:
        # Not `isinstance`: it would ask the snippet's own class.
        if issubclass(type(error), MemoryError):
            _reserve.clear()
        streams.finish()
        return False, outcome.failure_text(error)
    streams.finish()
    calls.tell_forgotten()
    return True, text


class WitWorld(wit_world.WitWorld):
    def prepare(self) -> None:
        rehearsal.rehearse(_run_to_end, rehearsal.TOUCH)

    def run(self, source: str, context: str) -> str:
        went_well, text = _run_to_end(source, context)
        if went_well:
            return text
        raise Err(text)


_install()
rehearsal.rehearse(_run_to_end, rehearsal.PROGRAMS, REHEARSALS)
host.connect()
gc.collect()
gc.freeze()
