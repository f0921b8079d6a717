"""Calls under way: started at once, waited for here and there, and none of them forgotten at the run's end."""

import asyncio
import json
from collections.abc import Coroutine, Generator
from typing import Any

from . import host
from .places import Site, here
from .tool_error import from_failure

#: Tool calls whose end the run waits for, by operation.
_open: dict[int, Call] = {}
#: Tool calls that nobody awaited, in the order they were made.
_unseen: dict[int, Call] = {}


def blocking(namespace: str, member: str, arguments: str, site: Site) -> Any:
    """Starts an operation and answers its value. The whole snippet waits."""
    operation = host.begin(namespace, member, arguments, site.line)
    host.wait_for(operation)
    return _value(operation, site)


def _value(operation: host.Operation, site: Site) -> Any:
    if operation.failed:
        raise from_failure(operation, site)
    return json.loads(operation.text or "null")


class Call(Coroutine[Any, Any, Any]):
    """An operation under way. `await` gives its value, as often as one likes."""

    __slots__ = ("_operation", "_site", "_steps", "_waiting", "_written")

    def __init__(self, namespace: str, member: str, written: str, arguments: str, is_own: bool = False) -> None:
        self._site = here()
        self._written = written
        self._waiting: list[asyncio.Future[None]] = []
        self._steps: Generator[Any, Any, Any] | None = None
        self._operation = operation = host.begin(namespace, member, arguments, self._site.line)
        operation.on_end = self._ended
        if not is_own:
            _open[operation.number] = self
            _unseen[operation.number] = self

    def _ended(self, operation: host.Operation) -> None:
        _open.pop(operation.number, None)
        self._wake()

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done() and not future.get_loop().is_closed():
                future.set_result(None)
        self._waiting.clear()

    def __await__(self) -> Generator[Any, Any, Any]:
        number = self._operation.number
        _unseen.pop(number, None)
        while self._operation.text is None:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                yield from future
            except BaseException:
                # Who waited gave up, at a deadline or because a sibling failed: the end of the run need not wait either.
                _open.pop(number, None)
                self._wake()
                raise
        return _value(self._operation, self._site)

    async def ended(self) -> None:
        """Waits for the end, whatever it is; the answer stays unseen."""
        if self._operation.text is None:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    def send(self, value: Any) -> Any:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self) -> None:
        _unseen.pop(self._operation.number, None)
        _open.pop(self._operation.number, None)
        if self._steps is not None:
            self._steps.close()

    def __repr__(self) -> str:
        return f"<{self._written}.aio(…), not awaited>"

    def _misuse(self) -> str:
        return f"{self._written}.aio(…) on line {self._site.line} is not awaited yet: write `await {self._written}.aio(…)`, or `{self._written}(…)` without .aio"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(self._misuse() if name[:1] != "_" and name[:3] not in ("cr_", "gi_", "ag_") else name)

    def __getitem__(self, key: Any) -> Any:
        raise TypeError(self._misuse())

    def __len__(self) -> int:
        raise TypeError(self._misuse())

    def __iter__(self) -> Any:
        raise TypeError(self._misuse())

    def __contains__(self, item: Any) -> bool:
        raise TypeError(self._misuse())


def unfinished() -> Call | None:
    """A call the end of the run has to wait for."""
    return next(iter(_open.values()), None)


def reset() -> None:
    _open.clear()
    _unseen.clear()


def tell_forgotten() -> None:
    """Logs every call that nobody awaited: its answer is lost, its failure is said."""
    for call in _unseen.values():
        where = f"{call._written}.aio(…) on line {call._site.line} was never awaited"
        if call._operation.failed:
            host.log(host.WARN, f"{where}, and failed: {from_failure(call._operation, call._site)}")
        else:
            host.log(host.WARN, f"{where}: the call was made, its answer was dropped")
    _unseen.clear()
