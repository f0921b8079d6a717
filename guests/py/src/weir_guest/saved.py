"""`run_saved(name, args)`: saved programs as functions of the program that calls them.

They come with the source, in a comment that is its last line. Each sees nothing of its caller but `args`: values cross as JSON. Its calls
are the run's, and so are its limits.
"""

import json
from collections.abc import Callable
from typing import Any

from .arguments import ARGUMENT_BYTES_MAX
from .json_out import NotSerializable, TooLarge, to_json
from .program import TooNested

#: What the last line begins with. Equal in `weir::saved`.
MARK = "# weir:saved "
#: Where a saved program's code stands: no line of the snippet.
FILE = "saved.py"
#: Saved programs inside saved programs.
DEPTH_MAX = 8

_programs: dict[str, str] = {}
_others: dict[str, str] = {}
_unknown = ""
_depth = 0
_run: Callable[[str, Any], str] | None = None


def part(source: str) -> str:
    """The program itself; the saved ones it brings are kept."""
    global _unknown, _depth
    _programs.clear()
    _others.clear()
    _unknown = "there is no saved program"
    _depth = 0
    own, separator, last = source.rstrip().rpartition("\n")
    if not last.startswith(MARK):
        return source
    try:
        brought = json.loads(last.removeprefix(MARK))
        _programs.update(brought["programs"])
        _others.update(brought["others"])
        _unknown = brought["unknown"]
    except (ValueError, KeyError, TypeError):
        return source
    return own + separator


def install(run: Callable[[str, Any], str]) -> None:
    global _run
    _run = run


def run_saved(name: str, args: Any = None) -> Any:
    """What a saved program gives for `args`. The whole snippet waits."""
    global _depth
    if name not in _programs:
        raise ValueError(_others.get(name, _unknown))
    if _depth >= DEPTH_MAX:
        raise RecursionError(f"saved programs call one another more than {DEPTH_MAX} levels deep")
    try:
        text = "{}" if args is None else to_json(args, "args", ARGUMENT_BYTES_MAX, None)
    except (NotSerializable, TooLarge) as error:
        raise TypeError(f"run_saved(…): {error}") from None
    assert _run is not None
    _depth += 1
    try:
        return json.loads(_run(_programs[name], json.loads(text)))
    except (SyntaxError, TooNested) as error:
        raise ValueError(f"the saved program {name} cannot be run: {error}") from None
    finally:
        _depth -= 1
