"""Time as the run sees it: the host's clock, which moves only when something is delivered, in UTC.

The built-in functions are replaced where they live and wherever the standard library took them from: the real ones have no clock to
ask. `datetime.now` and its kin are methods of compiled classes and are replaced in the classes' own tables.
"""

import datetime
import gc
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from . import host
from .calls import blocking
from .json_out import plain_text
from .places import here

_origin = 0.0
#: Before the first run there is nobody to ask.
_is_running = False


def start_clock() -> None:
    """At the start of a run: `time.monotonic()` counts from here."""
    global _origin, _is_running
    _is_running = True
    _origin = host.time_ms()


def stop_clock() -> None:
    """Until the next start there is nobody to ask."""
    global _is_running
    _is_running = False


def now_ms() -> float:
    return host.time_ms() if _is_running else 0.0


def since_start() -> float:
    """Seconds of the run."""
    return (now_ms() - _origin) / 1000


def _since_start_ns() -> int:
    return round((now_ms() - _origin) * 1_000_000)


def _sleep(seconds: float, /) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        seconds = float(seconds)
    if not seconds >= 0:
        raise ValueError("sleep length must be non-negative")
    blocking("", "sleep", plain_text({"ms": min(seconds * 1000, 1e12)}), here())


def _time() -> float:
    return now_ms() / 1000


def _time_ns() -> int:
    return int(now_ms()) * 1_000_000


def _clock_info(name: str, /) -> types.SimpleNamespace:
    if name not in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
        raise ValueError("unknown clock")
    return types.SimpleNamespace(implementation="the run's clock", monotonic=name != "time", adjustable=False, resolution=0.001)


def _completed(original: Callable[..., Any]) -> Callable[..., Any]:
    """`gmtime`, `localtime` and `ctime` of no moment in particular."""

    def of(seconds: float | None = None, /) -> Any:
        return original(_time() if seconds is None else seconds)

    return _as(original, of)


def _formatted(original: Callable[..., Any], leading: int) -> Callable[..., Any]:
    """`asctime` and `strftime` likewise."""

    def of(*given: Any) -> Any:
        return original(*given, _utc(_time())) if len(given) == leading else original(*given)

    return _as(original, of)


def _as(original: Callable[..., Any], replacement: Callable[..., Any]) -> Callable[..., Any]:
    replacement.__name__ = replacement.__qualname__ = original.__name__
    replacement.__module__ = "time"
    replacement.__doc__ = original.__doc__
    return replacement


_utc = time.gmtime
_EPOCH = datetime.datetime(1970, 1, 1)


def _moment() -> datetime.datetime:
    return _EPOCH + datetime.timedelta(milliseconds=now_ms())


def _now(cls: Any, tz: datetime.tzinfo | None = None) -> Any:
    if tz is None:
        moment = _moment()
    else:
        if not isinstance(tz, datetime.tzinfo):
            raise TypeError(f"tzinfo argument must be None or of a tzinfo subclass, not type {type(tz).__name__!r}")
        moment = _moment().replace(tzinfo=datetime.timezone.utc).astimezone(tz)
    return moment if cls is datetime.datetime else cls.combine(moment.date(), moment.timetz())


def _utcnow(cls: Any) -> Any:
    return _now(cls)


def _datetime_today(cls: Any) -> Any:
    return _now(cls)


def _date_today(cls: Any) -> Any:
    return cls.fromtimestamp(_time())


def _replace_methods(cls: type, methods: dict[str, Any]) -> None:
    # The view of a compiled class's table refers to the table itself, and to nothing else.
    (table,) = gc.get_referents(cls.__dict__)
    for name, function in methods.items():
        function.__name__ = name
        function.__qualname__ = f"{cls.__name__}.{name}"
        table[name] = classmethod(function)


def install() -> None:
    """Called once, while the guest is built."""
    replaced = {
        "time": _time, "time_ns": _time_ns, "monotonic": since_start, "monotonic_ns": _since_start_ns, "perf_counter": since_start,
        "perf_counter_ns": _since_start_ns, "process_time": since_start, "process_time_ns": _since_start_ns, "thread_time": since_start,
        "thread_time_ns": _since_start_ns, "sleep": _sleep, "get_clock_info": _clock_info, "gmtime": _completed(time.gmtime),
        "localtime": _completed(time.gmtime), "ctime": _completed(time.ctime), "asctime": _formatted(time.asctime, 0),
        "strftime": _formatted(time.strftime, 1),
    }  # fmt: skip
    originals = {id(vars(time)[name]): function for name, function in replaced.items() if name in vars(time)}
    for module in list(sys.modules.values()):
        if module.__name__.startswith("weir_guest"):
            continue
        for name, value in list(vars(module).items()):
            if id(value) in originals:
                setattr(module, name, originals[id(value)])
    for name in [name for name in vars(time) if name.startswith(("clock_", "CLOCK_", "pthread_"))]:
        delattr(time, name)
    _replace_methods(datetime.date, {"today": _date_today})
    _replace_methods(datetime.datetime, {"now": _now, "utcnow": _utcnow, "today": _datetime_today})
    sys._clear_internal_caches()
    if hasattr(sys, "_clear_type_cache"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sys._clear_type_cache()
