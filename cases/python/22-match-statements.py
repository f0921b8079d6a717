from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def describe(value):
    match value:
        case None:
            return "nothing"
        case True | False:
            return "a truth"
        case int(n) if n < 0:
            return f"negative {-n}"
        case int() | float():
            return "a number"
        case str() as text if not text:
            return "empty text"
        case "stop" | "quit":
            return "the end"
        case {"type": "error", "code": code, **rest}:
            return f"error {code} with {sorted(rest)}"
        case [first, *middle, last]:
            return f"from {first} to {last}, {len(middle)} between"
        case [only]:
            return f"just {only}"
        case Point(x=0, y=0):
            return "origin"
        case Point(x, y) if x == y:
            return f"diagonal at {x}"
        case Point():
            return "a point"
        case _:
            return type(value).__name__


[
    describe(v)
    for v in (None, True, -3, 2.5, "", "quit", "go", {"type": "error", "code": 7, "at": 1}, [1, 2, 3, 4], ["x"], (), Point(0, 0), Point(2, 2), Point(1, 2), {})
]
