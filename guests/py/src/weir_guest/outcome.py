"""How a run ends, as JSON text for the host: the value it gave, or what went wrong and where."""

import json
import re
import traceback
from typing import Any

from . import host, places
from .absent import NAMES, NotAvailable
from .json_out import NotSerializable, TooLarge, plain_text, to_json
from .loop import Deadlock
from .modules import AVAILABLE
from .places import SNIPPET, Place
from .program import UnknownTool
from .tool_error import ToolError

#: Equal to `limits::RESULT_BYTES_MAX`.
RESULT_BYTES_MAX = 32 * 1024 * 1024
#: Equal to `limits::ERROR_MESSAGE_CHARS_MAX`.
MESSAGE_MAX = 2000
NAME_MAX = 200
LEAVES_MAX = 3


class Ended(Exception):
    """A failure of the run that the snippet's own code could not have thrown."""

    def __init__(self, kind: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.hint = hint


def _warn(path: str, what: str) -> None:
    host.log(host.WARN, f"{path} is {what}, which JSON cannot say: returned as null")


def result_text(value: Any) -> str:
    """JSON text of the run's value."""
    if value is None:
        return "null"
    try:
        return to_json(value, "result", RESULT_BYTES_MAX, _warn)
    except TooLarge as error:
        raise Ended("result_too_large", f"The value {str(error)[7:]}.", "Return a summary: count, filter or pick fields inside the snippet.") from None
    except NotSerializable as error:
        raise Ended("result_not_serializable", f"The value cannot be said in JSON: {error}.") from None
    except (MemoryError, RecursionError, Deadlock):
        raise
    except BaseException as error:
        raise Ended("result_not_serializable", f"The value could not be read: its own code raised {type(error).__name__}: {_message(error)}") from error


_name_of = vars(type)["__name__"].__get__
_traceback_of = vars(BaseException)["__traceback__"].__get__


def _name(error: BaseException) -> str:
    """The name a class was given, whatever it says of itself."""
    return _name_of(type(error))


def _message(error: BaseException) -> str:
    try:
        text = str(error)
        # Where a module lies is nobody's concern: it lies nowhere.
        return re.sub(r" \(/python/[^)]*\)$", "", text) if isinstance(error, ImportError) else text
    except MemoryError:
        raise
    except BaseException:
        return "an error whose own text cannot be made"


#: What is said of an error that answers no question about itself.
_UNREADABLE = '{"name":"","message":"The snippet raised an error whose own code failed when it was read.","line":null,"column":null,"stack":[],"op":null}'


def failure_text(error: BaseException) -> str:
    """JSON text of the exception nobody caught. Raises nothing."""
    try:
        return _failure_text(error)
    except BaseException:
        return _UNREADABLE


def _failure_text(error: BaseException) -> str:
    leaves = _leaves(error)
    if len(leaves) == 1:
        (error,) = leaves
    told = {"name": _name(error), "message": _message(error), "line": None, "column": None, "stack": [], "op": None}
    stack = (_stack(leaves[0]) if leaves else []) or _stack(error)
    match error:
        case Ended():
            told |= {"name": "", "kind": error.kind, "hint": error.hint}
            stack = []
        case Deadlock():
            told |= {"name": "", "kind": "deadlock", "hint": "Everything it awaits must come from a call, a timer, or code that sets it."}
            stack = [error.place] if error.place is not None else []
        case UnknownTool():
            told |= {"name": "", "kind": "unknown_tool"}
            stack = [Place(error.line, places.column_at(error.line, error.offset), "")]
        case SyntaxError() if not stack:
            told |= {"message": error.msg, "kind": "syntax", "hint": _syntax_hint(error)}
            stack = [Place(error.lineno, max(error.offset or 1, 1), "")] if error.lineno else []
        case BaseExceptionGroup():
            told["message"] = _several(error, leaves)
        case _:
            told |= _particular(error)
    if stack:
        told |= {"line": stack[0].line, "column": stack[0].column}
        told["stack"] = [{"line": at.line, "column": at.column, "function": at.function[:NAME_MAX] or None} for at in stack]
    told["name"] = told["name"][:NAME_MAX]
    message = str(told["message"])
    told["message"] = message if len(message) <= MESSAGE_MAX else f"{message[: MESSAGE_MAX - 1]}…"
    return plain_text({name: value for name, value in told.items() if value is not None or name not in ("kind", "hint")})


def _leaves(error: BaseException) -> list[BaseException]:
    """What a group of errors is made of; the error itself when it is none."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting and len(found) < 1000:
        inner = waiting.pop(0)
        if isinstance(inner, BaseExceptionGroup):
            waiting[:0] = inner.exceptions
        else:
            found.append(inner)
    return found


def _several(error: BaseException, leaves: list[BaseException]) -> str:
    told = "; ".join(f"{_name(leaf)}: {_message(leaf):.500}" for leaf in leaves[:LEAVES_MAX])
    more = f"; and {len(leaves) - LEAVES_MAX} more" if len(leaves) > LEAVES_MAX else ""
    return f"{getattr(error, 'message', '')}: {told}{more}"


def _stack(error: BaseException) -> list[Place]:
    found = places.of_traceback(_traceback_of(error))
    if isinstance(error, ToolError) and error._site is not None:
        # What counts is where the call was made; where it was awaited comes after.
        made = error._site.place()
        if made is not None:
            found = [made, *(at for at in found if at != made)]
    return found[: places.FRAMES_MAX]


def _particular(error: BaseException) -> dict[str, Any]:
    """What some kinds of errors have to say beyond their text."""
    match error:
        case ToolError():
            return {"op": error._operation or None}
        case NotAvailable():
            return {"name": "", "kind": "unsupported"}
        case ModuleNotFoundError() if "cannot be imported" in _message(error):
            return {"kind": "unsupported"}
        case RecursionError():
            return {"kind": "stack_overflow", "hint": "Check for a recursion that does not end; use a loop for deep structures."}
        case MemoryError():
            return {"kind": "memory_limit", "message": _message(error) or "there was no memory left", "hint": "Handle the data in smaller pieces, and keep only the fields that are needed."}
        case NameError() | AttributeError() | ImportError():
            return {"hint": _name_hint(error)}
        case RuntimeError() if "no running event loop" in _message(error):
            return {"hint": "A loop runs where the snippet awaits at its top: write `await` there, or use asyncio.run(main())."}
        case TypeError():
            return {"hint": _type_hint(_message(error))}
        case json.JSONDecodeError():
            return {"hint": "Answers of tools are values already: json.loads is for text."}
        case _:
            return {}


def _name_hint(error: NameError | AttributeError | ImportError) -> str | None:
    name = getattr(error, "name", None)
    if isinstance(error, NameError) and isinstance(name, str):
        if name in NAMES:
            return f"{NAMES[name][0].upper()}{NAMES[name][1:]}."
        if name in _MEMBERS:
            return f"Write `from {_MEMBERS[name]} import {name}` first."
        if name in AVAILABLE:
            return f"Write `import {name}` first."
    try:
        near = traceback._compute_suggestion_error(error, error.__traceback__, name)
    except Exception:
        near = None
    if near:
        return f"Did you mean `{near}`?"
    if isinstance(error, AttributeError) and isinstance(getattr(error, "obj", None), dict) and isinstance(name, str):
        return f"Answers of tools are dicts: write [{name!r}] or .get({name!r})."
    return None


#: Names that are often used without the import they need.
_MEMBERS = {
    "datetime": "datetime", "timedelta": "datetime", "timezone": "datetime", "date": "datetime", "defaultdict": "collections", "Counter": "collections",
    "deque": "collections", "OrderedDict": "collections", "namedtuple": "collections", "dataclass": "dataclasses", "field": "dataclasses",
    "Decimal": "decimal", "Fraction": "fractions", "Enum": "enum", "partial": "functools", "reduce": "functools", "lru_cache": "functools",
    "groupby": "itertools", "chain": "itertools", "product": "itertools", "Any": "typing", "Optional": "typing", "List": "typing", "Dict": "typing",
    "TypedDict": "typing", "ZoneInfo": "zoneinfo", "StringIO": "io", "mean": "statistics", "median": "statistics", "sqrt": "math", "ceil": "math",
    "floor": "math", "uuid4": "uuid", "suppress": "contextlib", "urlparse": "urllib.parse", "quote": "urllib.parse", "urlencode": "urllib.parse",
}  # fmt: skip


def _type_hint(message: str) -> str | None:
    if "can't be used in 'await' expression" in message or "can't be awaited" in message:
        return "Tools block and give their value; the awaitable twin is tool.aio(…)."
    if "'coroutine' object" in message or "'Task' object" in message or "'Future' object" in message:
        return "It was not awaited: write `await` in front of it."
    if "not JSON serializable" in message:
        return "Return or pass the value itself: weir writes dates, sets, dataclasses and Decimals by its own mapping."
    return None


_STATEMENT = re.compile(r"\s*(?:import|export|const|let|var|function)\s")


def _syntax_hint(error: SyntaxError) -> str | None:
    message = error.msg or ""
    line = error.text or ""
    if isinstance(error, TabError) or "inconsistent use of tabs" in message:
        return "Tabs and spaces are mixed: indent every line with four spaces."
    if isinstance(error, IndentationError):
        return "Indent the lines of a block alike, with four spaces."
    if "call to 'print'" in message or re.match(r"\s*(?:print|exec)\s+[^(=\s]", line):
        return "This is Python 3: write print(…) with parentheses."
    if "multiple exception types must be parenthesized" in message:
        return "This is Python 3: write `except Exception as e:`."
    if re.match(r"\s*raise\s+\w+\s*,", line):
        return "This is Python 3: write raise ValueError(…)."
    if "<>" in line:
        return "This is Python 3: write != in place of <>."
    if "octal" in message or "leading zeros" in message:
        return "This is Python 3: write octal numbers as 0o17."
    if re.search(r"\bur['\"]|`[^`]*`", line):
        return "This is Python 3: leave the prefix u out; write repr(…) or str(…) in place of backquotes."
    if "'await' outside async function" in message:
        return "Make the function `async def`, or call the tool without .aio: it blocks and gives its value."
    if "'yield' outside function" in message:
        return "Only functions yield; the value of the last expression is the result."
    if _STATEMENT.match(line) and not line.lstrip().startswith("import"):
        return "This is Python: the snippet was sent as Python, and looks like JavaScript."
    return None


def exit_value(error: SystemExit) -> None:
    """`sys.exit()` ends a run in peace; with anything to say, it is a failure."""
    if error.code in (None, 0, False):
        return
    raise Ended("exception", f"The snippet ended itself with sys.exit({error.code!r:.500}).") from None


def show_warning(message: Any, category: type[Warning], filename: str, lineno: int, _file: Any = None, _line: Any = None) -> None:
    """`warnings` speak through the log."""
    where = f"line {lineno}: " if filename == SNIPPET else ""
    text = str(message)
    if issubclass(category, RuntimeWarning) and text.endswith("was never awaited"):
        text += ": write `await` in front of it"
    host.log(host.WARN, f"{where}{category.__name__}: {text:.2000}")


def unraisable(args: Any) -> None:
    """Errors in `__del__` and the like are nobody's; they are said."""
    host.log(host.WARN, f"{type(args.exc_value).__name__}: {_message(args.exc_value):.500} (in code that cannot fail)")


