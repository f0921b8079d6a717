"""The tools as a snippet names them: `github.list_issues(owner="a")`, `tools["my-server"]["raw-name"](…)`.

Names only. What a name means, and whether it may be called, is decided on the other side, at the call.
"""

from collections.abc import Iterator
from typing import Any, Never

from . import host
from .arguments import arguments_text
from .calls import Call, blocking
from .pages import Pages
from .places import here


class Tool:
    """A tool. Calling it blocks until the answer is there; `.aio(…)` starts the same call for `await`."""

    __slots__ = ("__name__", "_member", "_namespace")

    def __init__(self, namespace: str, member: str) -> None:
        setting = object.__setattr__
        setting(self, "_namespace", namespace)
        setting(self, "_member", member)
        setting(self, "__name__", f"{namespace}.{member}")

    def __call__(self, /, *positional: Any, **named: Any) -> Any:
        text = arguments_text(self.__name__, positional, named)
        return blocking(self._namespace, self._member, text, here())

    def aio(self, /, *positional: Any, **named: Any) -> Call:
        text = arguments_text(f"{self.__name__}.aio", positional, named)
        return Call(self._namespace, self._member, self.__name__, text)

    @property
    def pages(self) -> Pages:
        return Pages(self._namespace, self._member)

    def __getattr__(self, name: str) -> Never:
        raise AttributeError(
            f"{self.__name__} is a tool, which has no {name}: call it, as in {self.__name__}(name=value)", name=name
        )

    def __setattr__(self, name: str, _value: Any) -> Never:
        raise TypeError(f"{self.__name__} cannot be changed")

    def __repr__(self) -> str:
        return f"<tool {self.__name__}>"


class _Listed:
    """What tools and namespaces have in common: every name exists until it is called; those listed can be asked for."""

    __slots__ = ("_label", "_listing", "_made")

    def __init__(self, label: str) -> None:
        setting = object.__setattr__
        setting(self, "_label", label)
        setting(self, "_made", {})
        setting(self, "_listing", None)

    def _make(self, name: str) -> Any:
        raise NotImplementedError

    def _names(self) -> tuple[list[str], set[str]]:
        if self._listing is None:
            lines = host.list_names(host.sayable(self._label))
            known = {part for line in lines for part in line.split("\t")}
            object.__setattr__(self, "_listing", ([line.partition("\t")[0] for line in lines], known))
        return self._listing

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError(f"{self!r} holds names, not {name!r:.60}")
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._make(name)
        return made

    def __getattr__(self, name: str) -> Any:
        # The language asks objects for names like these to learn what they are.
        if name[:2] == "__" == name[-2:] or name in ("_ipython_display_", "_repr_html_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names()[0])

    def __contains__(self, name: object) -> bool:
        return name in self._names()[1]

    def __len__(self) -> int:
        return len(self._names()[0])

    def __bool__(self) -> bool:
        return True

    def __dir__(self) -> list[str]:
        return self._names()[0]

    def __setattr__(self, name: str, _value: Any) -> Never:
        raise TypeError(f"{self!r} cannot be changed")

    def __delattr__(self, name: str) -> Never:
        raise TypeError(f"{self!r} cannot be changed")


class Namespace(_Listed):
    __slots__ = ()

    def _make(self, name: str) -> Tool:
        return Tool(self._label, name)

    def __call__(self, /, *_positional: Any, **_named: Any) -> Never:
        raise TypeError(f"{self._label} holds tools and is none: call one of them, as in {self._label}.{next(iter(self), 'tool')}(…)")

    def __repr__(self) -> str:
        return f"<tools of {self._label}>"


class Tools(_Listed):
    __slots__ = ()

    def _make(self, name: str) -> Namespace:
        return Namespace(name)

    def __repr__(self) -> str:
        return "<tools>"


def make_tools(namespaces: list[str]) -> dict[str, Any]:
    """`tools`, and each namespace under its identifier."""
    tools = Tools("")
    made: dict[str, Any] = {"tools": tools}
    for line in namespaces:
        identifier = line.partition("\t")[0]
        made[identifier] = tools[identifier]
    return made
