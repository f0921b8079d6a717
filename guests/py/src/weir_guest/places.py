"""Where in the snippet something happened. Frames of the guest and of the standard library are nobody's business."""

import sys
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

SNIPPET = "snippet.py"
FRAMES_MAX = 10

_lines: list[str] = []


class Place(NamedTuple):
    """One-based; columns count characters. `function` is empty at the top."""

    line: int
    column: int
    function: str


class Site:
    """A place not worked out yet: every call keeps one, and few are ever asked for."""

    __slots__ = ("_at", "_code", "line")

    def __init__(self, frame: FrameType | None) -> None:
        self._code: CodeType | None = None
        self._at = 0
        self.line = 0
        if frame is not None:
            self._code, self._at, self.line = frame.f_code, frame.f_lasti, frame.f_lineno or 0

    def place(self) -> Place | None:
        return None if self._code is None else _place(self._code, self._at, self.line)


def set_source(source: str) -> None:
    _lines[:] = source.splitlines()


def here() -> Site:
    """The innermost line of the snippet that is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != SNIPPET:
        frame = frame.f_back
    return Site(frame)


def column_at(line: int, offset: int) -> int:
    """The one-based column of a UTF-8 offset, as the compiler counts."""
    if not 1 <= line <= len(_lines) or offset <= 0:
        return 1
    text = _lines[line - 1]
    return offset + 1 if text.isascii() else len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) + 1


def _place(code: CodeType, at: int, line: int) -> Place:
    positions: Any = next(islice(code.co_positions(), at // 2, None), (None, None, None, None))
    function = "" if code.co_name == "<module>" else code.co_qualname.rpartition(".<locals>.")[2]
    return Place(line, column_at(line, positions[2] or 0), function)


def of_traceback(traceback: TracebackType | None) -> list[Place]:
    """The snippet's places in a traceback, innermost first, a few more than anyone is shown."""
    found: list[Place] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == SNIPPET:
            found.append(_place(code, traceback.tb_lasti, traceback.tb_lineno or 0))
            if len(found) > 1000:
                # A recursion that did not end: its beginning and its end say all there is.
                del found[FRAMES_MAX:-FRAMES_MAX]
        traceback = traceback.tb_next
    found.reverse()
    return found[:FRAMES_MAX]


def waiting_in(coroutine: Any) -> Place | None:
    """Where a suspended coroutine stands: the innermost line of the snippet on its way down."""
    found = None
    for _ in range(1000):
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None and frame.f_code.co_filename == SNIPPET:
            found = _place(frame.f_code, frame.f_lasti, frame.f_lineno or 0)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
        if coroutine is None:
            break
    return found
