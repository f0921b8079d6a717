from typing import Annotated, Any, Callable, Generic, Literal, NamedTuple, NewType, Optional, Protocol, TypedDict, TypeVar, Union, get_args, get_type_hints, runtime_checkable

T = TypeVar("T")
UserId = NewType("UserId", int)
Mode = Literal["r", "w"]


class Movie(TypedDict, total=False):
    title: str
    year: int


class Employee(NamedTuple):
    name: str
    id: UserId = UserId(0)


@runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


class Stack(Generic[T]):
    def __init__(self) -> None:
        self.items: list[T] = []

    def push(self, item: T) -> "Stack[T]":
        self.items.append(item)
        return self


class File:
    def close(self) -> None:
        pass


def apply(f: Callable[[int], int], value: Optional[int] = None, *, mode: Mode = "r") -> Union[int, str]:
    return f(value) if value is not None else mode


movie: Movie = {"title": "Metropolis", "year": 1927}
anything: Annotated[Any, "unused"] = 1
{
    "movie": movie,
    "employee": Employee("Ada", UserId(7))._asdict(),
    "protocol": [isinstance(File(), Closes), isinstance(3, Closes)],
    "stack": Stack[int]().push(1).push(2).items,
    "hints": sorted(get_type_hints(apply)),
    "modes": list(get_args(Mode)),
    "applied": [apply(lambda n: n + 1, 4), apply(abs, mode="w")],
}
