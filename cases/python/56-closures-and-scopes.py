counter = 0


def make_counter(start=0):
    value = start

    def bump(by=1):
        nonlocal value
        value += by
        return value

    return bump


def touch():
    global counter
    counter += 1
    return counter


late = [lambda: i for i in range(3)]
early = [lambda i=i: i for i in range(3)]
compose = lambda *fs: lambda x: compose(*fs[:-1])(fs[-1](x)) if fs else x
bump = make_counter(10)
pipeline = compose(str, lambda n: n * 2, abs)
{
    "bump": [bump(), bump(5), make_counter()()],
    "touch": [touch(), touch(), counter],
    "late": [f() for f in late],
    "early": [f() for f in early],
    "pipeline": pipeline(-21),
    "map": list(map(lambda a, b: a * b, [1, 2], [3, 4])),
    "filter": list(filter(None, [0, 1, "", "x", None])),
    "names": [name for name in ("len", "print") if callable(eval(name))],
    "exec": (lambda scope: (exec("z = 6 * 7", scope), scope["z"])[1])({}),
}
