"""A tool's pages, one after the other: `for page in github.list_issues.pages(owner="a", _max=5)`, `async for page in ….pages.aio(…)`.

Each page is a call of its own, made when the snippet wants it. What asks for the next one comes with the answer, as text, and goes back
as it is.
"""

import json
from collections.abc import Iterator
from typing import Any, Never

from . import host
from .arguments import arguments_text
from .calls import Call, blocking
from .places import here

#: Equal to `limits::PAGES_DEFAULT` and `limits::PAGES_MAX`.
PAGES_DEFAULT = 10
PAGES_MAX = 100


class Pages:
    """`_max` is how many; a parameter of a tool that is called so goes into the one dict."""

    __slots__ = ("__name__", "_member", "_namespace")

    def __init__(self, namespace: str, member: str) -> None:
        self.__name__ = f"{namespace}.{member}.pages"
        self._namespace = namespace
        self._member = member

    def __call__(self, /, *positional: Any, _max: int | None = None, **named: Any) -> Iterator[Any]:
        return _each(self._walk(self.__name__, positional, named, _max))

    def aio(self, /, *positional: Any, _max: int | None = None, **named: Any) -> AsyncPages:
        return AsyncPages(self._walk(f"{self.__name__}.aio", positional, named, _max))

    def _walk(self, written: str, positional: tuple[Any, ...], named: dict[str, Any], most: int | None) -> _Walk:
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= PAGES_MAX):
            raise TypeError(f"{written} takes _max as a whole number from 1 to {PAGES_MAX}")
        tool = json.dumps([host.sayable(self._namespace), host.sayable(self._member)])
        return _Walk(written, tool, arguments_text(written, positional, named), most)

    def __repr__(self) -> str:
        return f"<pages of {self.__name__.removesuffix('.pages')}>"


class _Walk:
    """How far somebody is."""

    __slots__ = ("_count", "_most", "_next", "_seen", "_tool", "written")

    def __init__(self, written: str, tool: str, text: str, most: int | None) -> None:
        self.written = written
        self._tool = tool
        self._next: str | None = text
        self._most = most
        self._seen: set[str] = set()
        self._count = 0

    def asks(self) -> str | None:
        """What asks for the next page; None after the last."""
        if self._next is not None and self._is_over(self._next):
            self._next = None
        return None if self._next is None else f'{{"tool":{self._tool},"arguments":{self._next}}}'

    def take(self, page: dict[str, Any]) -> Any:
        """The page's value."""
        self._count += 1
        self._seen.add(page["asked"])
        self._next = page["next"]
        return page["value"]

    def _is_over(self, following: str) -> bool:
        s = "" if self._count == 1 else "s"
        if following in self._seen:
            host.log(host.WARN, f"{self.written} stopped after {self._count} page{s}: the upstream names one as the next that was there before")
            return True
        if self._count < (self._most or PAGES_DEFAULT):
            return False
        if self._most is None:
            host.log(host.WARN, f"{self.written} stopped after {self._count} pages, and there are more: pass _max for up to {PAGES_MAX}")
        return True


def _each(walk: _Walk) -> Iterator[Any]:
    while (asks := walk.asks()) is not None:
        yield walk.take(blocking("", "page", asks, here()))


class AsyncPages:
    """What `async for` goes through."""

    __slots__ = ("_walk",)

    def __init__(self, walk: _Walk) -> None:
        self._walk = walk

    def __aiter__(self) -> AsyncPages:
        return self

    async def __anext__(self) -> Any:
        asks = self._walk.asks()
        if asks is None:
            raise StopAsyncIteration
        return self._walk.take(await Call("", "page", self._walk.written.removesuffix(".aio"), asks))

    def __iter__(self) -> Never:
        raise TypeError(f"{self._walk.written}(…) is for `async for`; without .aio it is for `for`")
