"""asyncio over the host: its selector waits for the next operation that ends, and a deadline is an operation that sleeps.

At most one sleep is under way for the earliest deadline. The loop knows no sockets, threads or processes.
"""

import asyncio
import functools
import math
from collections.abc import Callable
from typing import Any, Never

from . import host, places
from .clock import since_start
from .json_out import plain_text
from .own import Own
from .tools import Tool

#: Rounds without a delivery after which a loop that only yields (`while not done: await asyncio.sleep(0)`) waits for a call.
_ROUNDS_MAX = 10_000


class Deadlock(BaseException):
    """Nothing is under way, and something is waited for. No snippet catches it by accident."""

    def __init__(self, place: places.Place | None) -> None:
        super().__init__("The snippet waits for something that nothing will bring about.")
        self.place = place


class _Selector:
    """What `select` gives is nothing: ends of operations are told to whoever waits for them."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._asleep: host.Operation | None = None
        self._until = math.inf
        self._rounds = 0

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is not None and timeout <= 0:
            self._rounds += 1
            if self._rounds < _ROUNDS_MAX or not _is_call_under_way():
                return ()
        elif timeout is not None:
            self._sleep_until(since_start() + timeout)
        elif not host.is_anything_under_way():
            raise Deadlock(self._loop.waiting_place())
        self._rounds = 0
        host.deliver_next()
        return ()

    def _sleep_until(self, deadline: float) -> None:
        if self._asleep is not None and self._asleep.text is None and self._until <= deadline + 0.001:
            return
        milliseconds = min(math.ceil((deadline - since_start()) * 1000 - 1e-6), 1_000_000_000_000)
        self._asleep = host.begin("", "sleep", plain_text({"ms": max(milliseconds, 0)}), 0)
        self._asleep.on_end = self._woken
        self._until = deadline

    def _woken(self, operation: host.Operation) -> None:
        if operation.failed:
            raise RuntimeError(f"a timer could not be set: {operation.text}")

    def close(self) -> None:
        self._asleep = None


def _is_call_under_way() -> bool:
    from .calls import unfinished

    return unfinished() is not None


def _unavailable(*_values: Any, **_named: Any) -> Never:
    raise OSError("a snippet has no network, pipes or processes: call a tool instead; search('what you need') finds one")


async def _unavailable_soon(*_values: Any, **_named: Any) -> Never:
    _unavailable()


class Loop(asyncio.BaseEventLoop):
    """The one kind of event loop there is."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Selector(self)
        # Deadlines are met to the millisecond: the run's clock counts no finer.
        self._clock_resolution = 0.001
        self._main: Any = None

    def time(self) -> float:
        return since_start()

    def _process_events(self, events: Any) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def close(self) -> None:
        super().close()
        self._selector.close()

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """What went wrong where nobody waits: it is said."""
        error = context.get("exception")
        if error is None:
            host.log(host.WARN, str(context.get("message", "something failed in a task")))
            return
        at = next(iter(places.of_traceback(error.__traceback__)), None)
        where = "" if at is None else f" (line {at.line})"
        host.log(host.WARN, f"a task that nobody awaited failed{where}: {type(error).__name__}: {error!s:.500}")

    def waiting_place(self) -> places.Place | None:
        tasks = [task for task in asyncio.all_tasks(self) if not task.done()]
        tasks.sort(key=lambda task: task.get_coro() is not self._main)
        found = (places.waiting_in(task.get_coro()) for task in tasks)
        return next((place for place in found if place is not None), None)

    def run_until_complete(self, future: Any) -> Any:
        if asyncio.iscoroutine(future):
            if self.is_running():
                return run(future)
            self._main = future
        return beside_running_loop(lambda: super(Loop, self).run_until_complete(future))

    def run_in_executor(self, _executor: Any, function: Callable[..., Any], *values: Any) -> Any:
        return asyncio.ensure_future(to_thread(function, *values), loop=self)

    add_reader = add_writer = remove_reader = remove_writer = add_signal_handler = remove_signal_handler = _unavailable
    create_connection = create_server = create_datagram_endpoint = connect_accepted_socket = start_tls = _unavailable_soon
    getaddrinfo = getnameinfo = subprocess_exec = subprocess_shell = connect_read_pipe = connect_write_pipe = _unavailable_soon
    create_unix_connection = create_unix_server = sendfile = sock_sendfile = sock_recv = sock_sendall = sock_connect = _unavailable_soon


def beside_running_loop(work: Callable[[], Any]) -> Any:
    """Runs another loop to its end although one may be running: a snippet with `await` at its top may also call `asyncio.run`."""
    outer = asyncio._get_running_loop()
    if outer is None:
        return work()
    task = asyncio.tasks._swap_current_task(outer, None)
    asyncio._set_running_loop(None)
    try:
        return work()
    finally:
        asyncio._set_running_loop(outer)
        asyncio.tasks._swap_current_task(outer, task)


def run(main: Any, *, debug: bool | None = None, loop_factory: Callable[[], Any] | None = None) -> Any:
    """`asyncio.run`, also where a loop is running already."""
    if not asyncio.iscoroutine(main) and not isinstance(main, asyncio.Future):
        raise TypeError(f"asyncio.run takes a coroutine, as in asyncio.run(main()); it was given a {type(main).__name__}")
    loop = Loop() if loop_factory is None else loop_factory()
    try:
        return loop.run_until_complete(main)
    finally:
        wind_up(loop)


def wind_up(loop: asyncio.AbstractEventLoop) -> None:
    """Cancels what is left of a loop's tasks, and closes it."""

    def work() -> None:
        asyncio.runners._cancel_all_tasks(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())

    try:
        beside_running_loop(work)
    finally:
        loop.close()


def to_thread(function: Callable[..., Any], /, *values: Any, **named: Any) -> Any:
    """There are no threads: a tool is started, so that several run at once; anything else runs when it is awaited."""
    if isinstance(function, functools.partial):
        return to_thread(function.func, *function.args, *values, **(function.keywords | named))
    if isinstance(function, (Tool, Own)):
        return function.aio(*values, **named)
    return _here(function, values, named)


async def _here(function: Callable[..., Any], values: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return function(*values, **named)


class Done:
    """A value that was there all along, for who awaits it."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Any:
        return self._value
        yield


_VALUES = frozenset((dict, list, str, int, float, bool, type(None)))


def awaitable(value: Any) -> Any:
    """Every `await` of a snippet asks here first: the answer of a blocking call is awaited like any other."""
    return Done(value) if type(value) in _VALUES else value


_gather = asyncio.gather


def gather(*awaitables: Any, return_exceptions: bool = False) -> Any:
    """`asyncio.gather`, also of answers of blocking calls: these calls were made, and their answers count."""
    if any(type(each) in _VALUES for each in awaitables):
        host.log(host.WARN, "asyncio.gather was given values: a call without .aio blocks, so these ran one after the other; write tool.aio(…)")
    return _gather(*(_valued(each) for each in awaitables), return_exceptions=return_exceptions)


def _valued(each: Any) -> Any:
    if type(each) not in _VALUES:
        return each
    future = asyncio.get_running_loop().create_future()
    future.set_result(each)
    return future


def get_event_loop() -> Any:
    """As before 3.14: there is always one."""
    global _lasting
    running = asyncio._get_running_loop()
    if running is not None:
        return running
    if _lasting is None or _lasting.is_closed():
        _lasting = Loop()
    return _lasting


def set_event_loop(loop: Any) -> None:
    global _lasting
    _lasting = loop


_lasting: Any = None


def reset() -> None:
    global _lasting
    _lasting = None


def install() -> None:
    """Called once, while the guest is built."""
    replaced = {
        "run": run, "to_thread": to_thread, "gather": gather, "new_event_loop": Loop, "get_event_loop": get_event_loop,
        "set_event_loop": set_event_loop, "create_subprocess_exec": _unavailable_soon, "create_subprocess_shell": _unavailable_soon,
        "open_connection": _unavailable_soon, "start_server": _unavailable_soon,
    }  # fmt: skip
    modules = (asyncio, asyncio.tasks, asyncio.runners, asyncio.events, asyncio.threads, asyncio.subprocess, asyncio.streams, asyncio.timeouts)
    for module in modules:
        for name, function in replaced.items():
            if name in vars(module):
                setattr(module, name, function)
