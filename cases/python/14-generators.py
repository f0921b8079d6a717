def read(lines):
    for line in lines:
        yield line.strip()


def numbers(lines):
    for line in lines:
        if line and not line.startswith("#"):
            yield int(line)


def averager():
    total, n, mean = 0, 0, None
    while True:
        value = yield mean
        total, n = total + value, n + 1
        mean = total / n


def flatten(nested):
    for item in nested:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item


def countdown(n):
    while n:
        yield n
        n -= 1
    return "lift-off"


def launch():
    said = yield from countdown(2)
    yield said


average = averager()
next(average)
closed = []


def careful():
    try:
        yield 1
        yield 2
    finally:
        closed.append(True)


g = careful()
next(g)
g.close()
result = {
    "sum": sum(numbers(read(["# data", " 4", "", "5 "]))),
    "means": [average.send(v) for v in (10, 20, 60)],
    "flat": list(flatten([1, [2, (3, [4])], []])),
    "launch": list(launch()),
    "closed": closed,
    "lazy": next(x for x in (n * n for n in range(10**9)) if x > 50),
}
