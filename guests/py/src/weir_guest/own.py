"""weir's own functions in a snippet: `sleep`, `search`, `describe`, `store`, `load`. Like tools, they block, and have an awaitable twin `.aio`."""

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

from .calls import Call, blocking
from .json_out import plain_text, to_json
from .places import here


#: Equal to `limits::STATE_VALUE_BYTES_MAX`.
STORED_BYTES_MAX = 1024 * 1024


class Own:
    """One function, and how its arguments become JSON text."""

    def __init__(self, make: Callable[..., dict[str, Any]]) -> None:
        self.__name__ = make.__name__.strip("_")
        self.__doc__ = make.__doc__
        self._make = make

    def __call__(self, *positional: Any, **named: Any) -> Any:
        return blocking("", self.__name__, plain_text(self._make(*positional, **named)), here())

    def aio(self, *positional: Any, **named: Any) -> Call:
        return Call("", self.__name__, self.__name__, plain_text(self._make(*positional, **named)), is_own=True)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


def _texts(value: Any, name: str) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name} takes a text or a list of texts")
    return list(texts)


@Own
def sleep(ms: float) -> dict[str, Any]:
    """Waits that many milliseconds."""
    if isinstance(ms, bool) or not isinstance(ms, (int, float)) or not isfinite(ms) or ms < 0:
        raise TypeError("sleep takes a number of milliseconds, 0 or more")
    return {"ms": ms}


@Own
def search(query: str | list[str], limit: int | None = None) -> dict[str, Any]:
    """Finds tools: a list of {tool, effect, signature}."""
    asked: dict[str, Any] = {"queries": _texts(query, "search")}
    if limit is not None:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise TypeError("search takes limit as a whole number of 1 or more")
        asked["limit"] = limit
    return asked


@Own
def describe(names: str | list[str]) -> dict[str, Any]:
    """The full signatures of tools, as text."""
    return {"tools": _texts(names, "describe")}


@Own
def store(key: str, value: Any, ttl_ms: float | None = None) -> dict[str, Any]:
    """Keeps a value under a key, for later programs."""
    if not isinstance(key, str):
        raise TypeError("store takes a key, as a text, and a value")
    asked: dict[str, Any] = {"key": key, "value": json.loads(to_json(value, "value", STORED_BYTES_MAX, None))}
    if ttl_ms is not None:
        if isinstance(ttl_ms, bool) or not isinstance(ttl_ms, (int, float)) or not isfinite(ttl_ms) or ttl_ms < 1:
            raise TypeError("store takes ttl_ms as a number of milliseconds, 1 or more")
        asked["ttl_ms"] = ttl_ms
    return asked


@Own
def load(handle: str) -> dict[str, Any]:
    """What a program stored under a key, or the value behind a handle that an earlier run was given."""
    if not isinstance(handle, str):
        raise TypeError("load takes a key, or the name of a handle, as a text")
    return {"handle": handle}


OWN = {function.__name__: function for function in (sleep, search, describe, store, load)}
