"""There is no machine around a snippet: whatever would ask one for files, processes or threads raises an error that says so.

The component has no such imports; without this, the interpreter's own code for them would end the run with no word.
"""

import _socket
import _thread
import gc
import linecache
import os
import posix
import queue
import select
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any, Never

from .places import SNIPPET

#: Deeper than this, the end of a recursion would itself need more stack than there is.
RECURSION_MAX = 20_000

#: Compiled functions for a machine's sake that ask nobody.
_HARMLESS = frozenset(("htonl", "htons", "ntohl", "ntohs", "inet_aton", "inet_ntoa", "inet_ntop", "inet_pton", "fspath", "strerror", "fsencode", "fsdecode", "urandom", "register_at_fork", "getpid", "_path_normpath", "_path_splitroot", "_path_splitroot_ex"))


def _refusal(module: str, name: str, original: Callable[..., Any]) -> Callable[..., Never]:
    def refused(*_values: Any, **_named: Any) -> Never:
        raise OSError(f"{module}.{name} is not available: a snippet has no operating system, files, processes or network around it")

    refused.__name__ = refused.__qualname__ = name
    refused.__module__ = original.__module__
    return refused


def _audit(event: str, _values: tuple[Any, ...]) -> None:
    # Compiled code asks here before it opens a file: for the text of a line with an error, for one.
    if event == "open":
        raise OSError("a snippet has no files")


def _no_thread(*_values: Any, **_named: Any) -> Never:
    raise RuntimeError("a snippet has one thread; calls run in parallel under await asyncio.gather(tool.aio(…), …)")


def _no_wait(*_values: Any, **_named: Any) -> Never:
    raise RuntimeError("this waits for another thread, and a snippet has one thread: nothing would ever end the wait")


def _replace(originals: dict[int, Any]) -> None:
    """Wherever a module took one of these functions, it finds the other."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith("weir_guest"):
            continue
        for name, value in list(vars(module).items()):
            if id(value) in originals:
                setattr(module, name, originals[id(value)])


def install() -> None:
    """Called once, while the guest is built, when everything is loaded."""
    replaced: dict[int, Any] = {}
    for module, compiled in (("os", posix), ("socket", _socket), ("select", select)):
        for name, value in vars(compiled).items():
            if callable(value) and not isinstance(value, type) and name not in _HARMLESS:
                replaced[id(value)] = _refusal(module, name, value)
    replaced[id(_thread.start_new_thread)] = replaced[id(_thread.start_joinable_thread)] = _no_thread
    _replace(replaced)
    os.environ._data.clear()
    sys.addaudithook(_audit)
    sys.argv[:] = [""]
    set_limit = sys.setrecursionlimit
    sys.setrecursionlimit = lambda limit, /: set_limit(min(limit, RECURSION_MAX))
    threading.Condition.wait = threading.Condition.wait_for = _no_wait
    queue.SimpleQueue = queue._PySimpleQueue
    threading.Thread.start = _no_thread
    socket.socket.__init__ = _refusal("socket", "socket", socket.socket.__init__)
    (locks,) = gc.get_referents(type(_thread.allocate_lock()).__dict__)
    acquire = locks["acquire"]

    def acquire_now(lock: Any, blocking: bool = True, timeout: float = -1) -> bool:
        taken = acquire(lock, False)
        return taken or (_no_wait() if blocking and timeout < 0 else False)

    locks["acquire"] = locks["acquire_lock"] = locks["__enter__"] = acquire_now
    sys._clear_internal_caches()


def show_lines(source: str) -> None:
    """Tracebacks made by the snippet quote its lines."""
    linecache.cache[SNIPPET] = (len(source), None, source.splitlines(keepends=True), SNIPPET)
