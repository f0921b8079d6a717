"""From what stands between a call's parentheses to the JSON text of its arguments. What cannot be sent is explained, and nothing is sent."""

from keyword import kwlist
from typing import Any

from .json_out import NotSerializable, TooLarge, to_json

#: Equal to `limits::ARGUMENT_BYTES_MAX`.
ARGUMENT_BYTES_MAX = 4 * 1024 * 1024

#: `from_=…` is the parameter `from`: a keyword of the language cannot be written any other way.
_KEYWORDS = {f"{name}_": name for name in kwlist}


def arguments_text(written: str, positional: tuple[Any, ...], named: dict[str, Any]) -> str:
    values: dict[str, Any] = {}
    if positional:
        given = positional[0]
        if len(positional) > 1 or not (given is None or isinstance(given, dict)):
            raise TypeError(_explained(written, positional))
        if given:
            values.update(given)
    for name, value in named.items():
        name = _KEYWORDS.get(name, name)
        if name in values:
            raise TypeError(f"{written}(…) was given {name} twice")
        # A parameter left at None is a parameter left out; the single dict says null.
        if value is not None:
            values[name] = value
    if not values:
        return "{}"
    for name in values:
        if type(name) is not str:
            raise TypeError(f"{written}(…) takes names of parameters as keys; it was given {name!r:.60}")
    try:
        return to_json(values, "arguments", ARGUMENT_BYTES_MAX, None)
    except (NotSerializable, TooLarge) as error:
        raise TypeError(f"{written}(…): {error}") from None


def _explained(written: str, positional: tuple[Any, ...]) -> str:
    shown = ", ".join(_shown(value) for value in positional[:5]) + (", …" if len(positional) > 5 else "")
    return f"{written} takes keyword arguments, as in {written}(name=value), or one dict, as in {written}({{'name': value}}); it was given {shown}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 40 else "a text"
    return repr(value) if isinstance(value, (bool, int, float)) else f"a {type(value).__name__}"
