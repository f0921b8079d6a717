first, *middle, last = range(6)
(a, b), c = [1, 2], 3
head, *_ = "weir"
x = y = 0
x, y = y + 1, x + 2


def call(a, b=2, /, *args, key, other=None, **rest):
    return [a, b, list(args), key, other, rest]


values = [4, 8, 15, 16, 23, 42]
evens = total if (total := sum(v for v in values if v % 2 == 0)) > 50 else 0
matrix = [[1, 2, 3], [4, 5, 6]]
swapped = {v: k for k, v in {"a": 1}.items()}
{
    "parts": [first, middle, last, a, b, c, head, x, y],
    "call": [call(1, key="k"), call(1, 5, 6, 7, key="k", extra=True), call(*[1, 2], **{"key": 3})],
    "walrus": [evens, [y for v in values if (y := v // 4) > 3]],
    "transposed": [list(column) for column in zip(*matrix)],
    "chained": [1 < 2 < 3, 1 < 3 > 2, not 1 < 0 <= 5],
    "enumerated": [f"{i}:{v}" for i, v in enumerate("ab", start=1)],
    "slices": [values[-2:], values[::2], values[::-1][:2]],
    "swapped": {str(k): v for k, v in swapped.items()},
    "any": [any(v > 40 for v in values), all(isinstance(v, int) for v in values)],
    "zip": list(zip("ab", [1, 2], [True, False], strict=True)),
}
