from contextlib import contextmanager

@contextmanager
def lock(name):
    token = locks.acquire(name=name)["token"]
    try:
        yield token
    finally:
        locks.release(token=token)

with lock("import") as token:
    result = tools["import"].run(token=token)
