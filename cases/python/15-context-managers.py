from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress

log = []


@contextmanager
def step(name):
    log.append(f"enter {name}")
    try:
        yield name.upper()
    except KeyError as error:
        log.append(f"swallowed {error}")
    finally:
        log.append(f"leave {name}")


class Transaction:
    def __enter__(self):
        log.append("begin")
        return self

    def __exit__(self, kind, error, trace):
        log.append("rollback" if kind else "commit")
        return kind is ZeroDivisionError


class Resource:
    def close(self):
        log.append("closed")


with step("a") as name:
    log.append(name)
    raise KeyError("gone")
with Transaction(), suppress(IndexError):
    [][1]
with Transaction():
    1 / 0
with ExitStack() as stack:
    names = [stack.enter_context(step(n)) for n in "xy"]
    stack.callback(log.append, "callback")
with closing(Resource()), nullcontext(5) as five:
    log.append(five)
log
