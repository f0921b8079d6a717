"""Values to JSON text, by one documented mapping (docs/limitations/python.md), once, inside the run's own limits.

Two ways that give the same text: plain values are looked over level by level and handed to the compiled encoder whole; anything
else is written value by value, with the path of what cannot be said.
"""

import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import re
import types
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from math import isfinite
from typing import Any

from . import host

#: Equal to `limits::JSON_DEPTH_MAX`: deeper JSON is refused on the other side.
DEPTH_MAX = 128
#: Items taken from an iterator that does not say how many it has.
ITEMS_MAX = 1_000_000
#: From so many containers on one level, a few that occur again and again are counted before they are written out.
SHARED_MIN = 10_000

_DICTS = frozenset((dict, collections.defaultdict, collections.Counter, collections.OrderedDict))
_HELD = _DICTS | {list, tuple}
_TEXTS = (datetime.date, datetime.time, uuid.UUID, fractions.Fraction, complex, datetime.tzinfo)
_SCALARS = frozenset((int, float, bool, type(None), datetime.datetime, datetime.date, datetime.time, datetime.timedelta, uuid.UUID))
_STR = {str}


def _said(value: Any) -> Any:
    """The plain value that stands for one of the simple kinds beyond JSON's own."""
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, _TEXTS):
        return str(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (set, frozenset)):
        return _in_order(value)
    if isinstance(value, collections.deque):
        return list(value)
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return base64.b64encode(value).decode()


def _is_expanded(kind: type) -> bool:
    """Kinds that `_said` turns into dicts and lists."""
    if kind in (set, frozenset, collections.deque):
        return True
    return "__dataclass_fields__" in vars(kind) and not issubclass(kind, (str, int, float, tuple, list, dict, enum.Enum, Iterable, Awaitable))


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), default=_said).encode


class NotSerializable(Exception):
    """A value that cannot be said in JSON; the text says where it is."""


class TooLarge(Exception):
    """The text grew beyond its limit."""


def plain_text(value: Any) -> str:
    """JSON text of what the guest itself put together."""
    return host.sayable(_encode(value))


def to_json(value: Any, root: str, bytes_max: int, on_null: Callable[[str, str], None] | None) -> str:
    """`root` names the value in messages. Where JSON has no number, `on_null` is told once and null written; without it, that is refused."""
    if _is_simple(value, root, bytes_max):
        try:
            text = host.sayable(_encode(value))
        except ValueError:
            # Not a number, or one with more digits than are ever written: the other way says which.
            pass
        else:
            return _within(text, root, bytes_max)
    return _Writer(root, bytes_max, on_null).text(value)


def _within(text: str, root: str, bytes_max: int) -> str:
    if len(text) > bytes_max:
        raise TooLarge(f"{root} is larger than {bytes_max} bytes of JSON")
    return text


def _is_simple(value: Any, root: str, bytes_max: int) -> bool:
    """Whether the compiled encoder says it all: simple kinds, keys that are texts, not deep. Raises when it cannot fit."""
    level: Iterable[Any] = [value]
    size = 0
    for _ in range(DEPTH_MAX + 1):
        dicts: list[dict[Any, Any]] = []
        lists: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                size += len(item)
            elif kind is dict:
                dicts.append(item)
            elif kind is list or kind is tuple:
                lists.append(item)
            elif kind is bytes:
                size += 4 * len(item) // 3
            elif kind not in _SCALARS:
                said = item if kind in _DICTS else _said(item) if _is_expanded(kind) else None
                if said is None:
                    return False
                (lists if type(said) is list else dicts).append(said)
        # An element takes two bytes at least: itself and what divides it from the next.
        size += 2 * (sum(map(len, dicts)) + sum(map(len, lists)))
        if size > bytes_max + 2:
            raise TooLarge(f"{root} is larger than {bytes_max} bytes of JSON")
        if not dicts and not lists:
            return True
        if not set(map(type, set().union(*dicts))) <= _STR:
            return False
        held = len(dicts) + len(lists)
        if held > SHARED_MIN and 4 * len({*map(id, dicts), *map(id, lists)}) < held and 2 * _elements(value, {}, 0) > bytes_max:
            raise TooLarge(f"{root} is larger than {bytes_max} bytes of JSON")
        level = list(chain(chain.from_iterable(lists), chain.from_iterable(map(dict.values, dicts))))
    return False


def _elements(value: Any, known: dict[int, int], depth: int) -> int:
    """How many elements the text will have, each thing looked at once however often it occurs."""
    kind = type(value)
    if kind not in _HELD or depth > DEPTH_MAX:
        return 0
    if id(value) not in known:
        known[id(value)] = 0
        items = value.values() if kind in _DICTS else value
        known[id(value)] = sum(1 + _elements(item, known, depth + 1) for item in items)
    return known[id(value)]


_quote = json.encoder.encode_basestring
#: What iterates as often as it says.
_COUNTED = frozenset((list, tuple, set, frozenset, range, collections.deque, type({}.keys()), type({}.values()), type({}.items())))
_CODE = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
_NAME = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)


class _Writer:
    def __init__(self, root: str, bytes_max: int, on_null: Callable[[str, str], None] | None) -> None:
        self.root = root
        self.left = bytes_max
        self.bytes_max = bytes_max
        self.on_null = on_null
        self.out: list[str] = []
        self.above: list[Any] = []
        self.keys: list[Any] = []

    def text(self, value: Any) -> str:
        self.write(value)
        return host.sayable("".join(self.out))

    def room(self, bytes_min: int) -> None:
        """Raises before a text is made that cannot fit."""
        if bytes_min > self.left:
            raise TooLarge(f"{self.root} is larger than {self.bytes_max} bytes of JSON")

    def add(self, text: str) -> None:
        self.room(len(text))
        self.left -= len(text)
        self.out.append(text)

    def refuse(self, reason: str) -> NotSerializable:
        return NotSerializable(f"{_path(self.root, self.keys)} {reason}")

    def write(self, value: Any) -> None:
        if value is None or value is True or value is False:
            self.add("null" if value is None else "true" if value else "false")
        elif isinstance(value, enum.Enum):
            self.write(value.value)
        elif isinstance(value, str):
            self.room(len(value))
            self.add(_quote(str.__str__(value)))
        elif isinstance(value, int):
            self.whole(value)
        elif isinstance(value, (float, decimal.Decimal)):
            self.number(value)
        elif isinstance(value, _TEXTS):
            self.add(_quote(_said(value)))
        elif isinstance(value, datetime.timedelta):
            self.number(value.total_seconds())
        elif isinstance(value, (bytes, bytearray, memoryview)):
            self.room(4 * memoryview(value).nbytes // 3)
            self.add(_quote(base64.b64encode(value).decode()))
        elif isinstance(value, re.Pattern):
            self.write(value.pattern)
        else:
            self.container(value)

    def whole(self, value: int) -> None:
        try:
            self.add(int.__repr__(value))
        except ValueError:
            raise self.refuse("is a whole number of more than 4300 digits: return it as a text, or rounded") from None

    def number(self, value: Any) -> None:
        if value.is_finite() if isinstance(value, decimal.Decimal) else isfinite(value):
            self.add(float.__repr__(value) if isinstance(value, float) else str(value))
            return
        shown = str(value)
        if self.on_null is None:
            raise self.refuse(f"is {shown}, which JSON cannot say")
        self.on_null(_path(self.root, self.keys), shown)
        self.on_null = _silent
        self.add("null")

    def container(self, value: Any) -> None:
        if len(self.above) >= DEPTH_MAX:
            raise self.refuse(f"is nested more than {DEPTH_MAX} levels deep")
        for depth, holder in enumerate(self.above):
            if holder is value:
                raise self.refuse(f"refers back to {_path(self.root, self.keys[:depth])}: a cycle cannot be said in JSON")
        self.above.append(value)
        self.keys.append(None)
        if isinstance(value, Mapping):
            self.mapping(value)
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            self.record((name, getattr(value, name)) for name in value._fields)
        elif isinstance(value, (set, frozenset)):
            self.items(_in_order(self.bounded(value)))
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            self.record((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        elif isinstance(value, BaseException):
            self.record([("name", type(value).__name__), ("message", str(value)), *_public(value)])
        elif isinstance(value, _CODE):
            raise self.refuse(f"is {_what(value)}: JSON holds data, not code")
        elif isinstance(value, Awaitable):
            raise self.refuse(f"is {value!r:.200}: await it first (await asyncio.gather(*calls) for a list of them)")
        elif isinstance(value, Iterable):
            self.items(self.bounded(value))
        else:
            self.object(value)
        self.above.pop()
        self.keys.pop()

    def bounded(self, values: Iterable[Any]) -> Iterable[Any]:
        """What code of the snippet's own or an iterator yields, which may be without end."""
        if type(values) in _COUNTED:
            return values
        taken = list(islice(values, ITEMS_MAX + 1))
        if len(taken) > ITEMS_MAX:
            raise TooLarge(f"{_path(self.root, self.keys[:-1])} yields more than {ITEMS_MAX} items")
        return taken

    def items(self, values: Iterable[Any]) -> None:
        self.add("[")
        for index, item in enumerate(values):
            self.keys[-1] = index
            if index:
                self.add(",")
            self.write(item)
        self.add("]")

    def record(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self.add("{")
        for index, (name, item) in enumerate(pairs):
            self.keys[-1] = name
            self.add(f",{_quote(name)}:" if index else f"{_quote(name)}:")
            self.write(item)
        self.add("}")

    def mapping(self, value: Mapping[Any, Any]) -> None:
        """Keys that have a text of their own make an object; with any other, it is a list of pairs."""
        pairs = list(value.items())
        names = [_key(key) for key, _ in pairs]
        if None not in names and len(set(names)) == len(names):
            self.record((str(name), item) for name, (_, item) in zip(names, pairs, strict=True))
        else:
            self.items([key, item] for key, item in pairs)

    def object(self, value: Any) -> None:
        if not hasattr(value, "__dict__") and not getattr(type(value), "__slots__", ()):
            raise self.refuse(f"is {_what(value)}, which JSON cannot say: take the data out of it")
        self.record(_public(value))


def _silent(_path: str, _what: str) -> None:
    pass


def _key(key: Any) -> str | None:
    if isinstance(key, enum.Enum):
        key = key.value
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or key is True or key is False:
        return "null" if key is None else "true" if key else "false"
    if isinstance(key, (int, float, decimal.Decimal, uuid.UUID, fractions.Fraction)):
        return str(key)
    return key.isoformat() if isinstance(key, (datetime.date, datetime.time)) else None


def _in_order(values: Iterable[Any]) -> list[Any]:
    """A set has no order of its own: the same set shall give the same text."""
    listed = list(values)
    try:
        return sorted(listed)
    except Exception:
        return sorted(listed, key=lambda item: (type(item).__name__, str(item)))


def _public(value: Any) -> Iterator[tuple[str, Any]]:
    named = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                named.setdefault(name, getattr(value, name))
    return ((name, item) for name, item in named.items() if not name.startswith("_"))


def _what(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, types.ModuleType):
        return f"the module {value.__name__}"
    if isinstance(value, _CODE):
        return f"the function {value.__name__}"
    return f"of the type {type(value).__name__}"


def _path(root: str, keys: list[Any]) -> str:
    """`result.items[3].name`; of a deep place only the end."""
    out = root
    for key in keys:
        if isinstance(key, int):
            out += f"[{key}]"
        elif key is not None:
            out += f".{key}" if _NAME.fullmatch(key) else f"[{key[:100]!r}]"
    return out if len(out) <= 120 else f"{out[:60]}…{out[-60:]}"
