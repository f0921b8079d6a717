"""`print` and the standard streams: text to the run's log, an entry for each print, cut at 16 KiB."""

import io
import logging
import sys
from collections.abc import Iterable
from typing import Any, Never

from . import host
from .absent import NotAvailable

#: Characters of one entry.
ENTRY_MAX = 16 * 1024


def entry(level: host.Level, text: str) -> None:
    host.log(level, text if len(text) <= ENTRY_MAX else f"{text[:ENTRY_MAX]}… (entry cut at 16 KiB)")


class Stream(io.TextIOBase):
    """Collects what is written until it ends with a line's end."""

    encoding = "utf-8"
    errors = "strict"
    newlines = None

    def __init__(self, level: host.Level, name: str) -> None:
        super().__init__()
        self.level = level
        self.name = f"<{name}>"
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._size <= ENTRY_MAX:
            self._parts.append(text[: ENTRY_MAX + 2])
            self._size += len(text)
        if text.endswith("\n"):
            self._emit()
        return len(text)

    def writelines(self, lines: Iterable[str], /) -> None:
        for line in lines:
            self.write(line)

    def _emit(self) -> None:
        text = "".join(self._parts)
        self._parts.clear()
        self._size = 0
        entry(self.level, text.removesuffix("\n"))

    def finish(self) -> None:
        """What was written last without a line's end."""
        if self._size:
            self._emit()

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def fileno(self) -> Never:
        raise io.UnsupportedOperation("a snippet's streams are no files")


class _Input(io.TextIOBase):
    def _refuse(self, *_values: Any) -> Never:
        raise NotAvailable("sys.stdin is not available: nobody is there to answer; return the question")

    read = readline = readlines = __next__ = _refuse

    def readable(self) -> bool:
        return True


def _logged(handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
    """Records of `logging` keep their level; where they are written to a text of the snippet's own, they are text."""
    if not isinstance(handler.stream, Stream):
        return _emit_record(handler, record)
    level = host.ERROR if record.levelno >= 40 else host.WARN if record.levelno >= 30 else host.INFO if record.levelno >= 20 else host.DEBUG
    try:
        entry(level, handler.format(record))
    except Exception:
        handler.handleError(record)


_emit_record = logging.StreamHandler.emit

OUT = Stream(host.INFO, "stdout")
ERR = Stream(host.WARN, "stderr")


def finish() -> None:
    OUT.finish()
    ERR.finish()


def install() -> None:
    """Called once, while the guest is built."""
    sys.stdout = sys.__stdout__ = OUT
    sys.stderr = sys.__stderr__ = ERR
    sys.stdin = sys.__stdin__ = _Input()
    logging.StreamHandler.emit = _logged
