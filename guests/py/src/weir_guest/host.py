"""The only way out of the guest: the functions of `guests/weir.wit`, and the operations under way.

Nothing else may import them. Outcomes come one at a time, when the guest asks for the next; their order is the run's history.
"""

import sys
from collections.abc import Callable
from typing import Any

from componentize_py_types import Ok
from wit_world.imports import completions
from wit_world.imports import host as surroundings
from wit_world.imports.host import Level

DEBUG, INFO, WARN, ERROR = Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR

start = completions.start
wait = completions.wait
_build_output = sys.stderr


def say(_level: Level, text: str) -> None:
    """While the guest is built there is no host: what goes wrong then is for whoever builds it."""
    print(text, file=_build_output)


def connect() -> None:
    """The guest is built: from here on there is a host to hear."""
    global say
    say = surroundings.log


time_ms = surroundings.now
list_names = surroundings.names


class Operation:
    """Something the host does. `text` is there when it ended: JSON of its value, or of its failure."""

    __slots__ = ("failed", "number", "on_end", "text")

    def __init__(self, number: int) -> None:
        self.number = number
        self.text: str | None = None
        self.failed = False
        self.on_end: Callable[[Operation], Any] | None = None


_under_way: dict[int, Operation] = {}


def sayable(text: str) -> str:
    """What can cross as UTF-8: half a surrogate pair cannot."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def begin(namespace: str, member: str, arguments: str, line: int) -> Operation:
    """Starts an operation. It is under way when this returns."""
    operation = Operation(start(sayable(namespace), sayable(member), arguments, line))
    _under_way[operation.number] = operation
    return operation


def deliver_next() -> None:
    """Waits until some operation ends, and tells whoever waits for it."""
    completion = wait()
    operation = _under_way.pop(completion.op, None)
    if operation is None:
        return
    outcome = completion.outcome
    operation.failed = type(outcome) is not Ok
    operation.text = outcome.value
    if operation.on_end is not None:
        operation.on_end(operation)


def wait_for(operation: Operation) -> None:
    """Blocks the whole snippet until the operation ended. What else ends meanwhile is told on the way."""
    while operation.text is None:
        deliver_next()


def is_anything_under_way() -> bool:
    return bool(_under_way)


def log(level: Level, text: str) -> None:
    say(level, sayable(text))
