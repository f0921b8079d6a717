import functools
import inspect

log = []


def retry(times, on=Exception):
    def wrap(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except on as error:
                    log.append(f"{function.__name__} {attempt}: {error}")
                    if attempt == times:
                        raise

        return inner

    return wrap


def counted(function):
    @functools.wraps(function)
    def inner(*args):
        inner.calls += 1
        return function(*args)

    inner.calls = 0
    return inner


tries = iter([ValueError("first"), ValueError("second"), "done"])


@retry(3, on=ValueError)
def flaky(prefix, *, suffix="!"):
    """Fails twice."""
    outcome = next(tries)
    if isinstance(outcome, Exception):
        raise outcome
    return prefix + outcome + suffix


@counted
def add(a, b):
    return a + b


class register:
    known = {}

    def __init__(self, name):
        self.name = name

    def __call__(self, function):
        self.known[self.name] = function
        return function


@register("shout")
def upper(text):
    return text.upper()


add(1, 2), add(3, 4)
{
    "value": flaky("well ", suffix="."),
    "log": log,
    "kept": [flaky.__name__, flaky.__doc__],
    "calls": add.calls,
    "known": register.known["shout"]("hi"),
    "signature": str(inspect.signature(flaky)),
}
