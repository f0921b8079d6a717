import functools
import operator


calls = []


@functools.lru_cache(maxsize=None)
def fib(n):
    calls.append(n)
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.singledispatch
def show(value):
    return f"something: {value}"


@show.register
def _(value: int):
    return f"int {value}"


@show.register(list)
def _(value):
    return "list of " + ", ".join(show(v) for v in value)


class Report:
    loads = 0

    @functools.cached_property
    def data(self):
        Report.loads += 1
        return [1, 2, 3]


@functools.total_ordering
class Size:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


report = Report()
double = functools.partial(operator.mul, 2)
result = {
    "fib": fib(50),
    "calls": len(calls),
    "cache": fib.cache_info().hits,
    "shown": [show(3), show([1, "x"]), show(None)],
    "cached": [sum(report.data), sum(report.data), Report.loads],
    "double": list(map(double, [1, 2])),
    "factorial": functools.reduce(operator.mul, range(1, 11)),
    "ordering": [Size(1) <= Size(2), Size(3) > Size(2), Size(1) >= Size(2)],
    "compare": sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)),
}
