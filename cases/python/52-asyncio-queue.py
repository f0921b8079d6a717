import asyncio


async def producer(queue, n):
    for i in range(n):
        await queue.put(i)
    await queue.put(None)


async def consumer(queue, out):
    while (item := await queue.get()) is not None:
        out.append(item * 10)
        queue.task_done()


async def ticks(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)


async def slow():
    await asyncio.sleep(30)


queue, out = asyncio.Queue(maxsize=2), []
async with asyncio.TaskGroup() as group:
    group.create_task(producer(queue, 5))
    group.create_task(consumer(queue, out))

lock, order = asyncio.Lock(), []


async def locked(name):
    async with lock:
        order.append(f"{name} in")
        await asyncio.sleep(0)
        order.append(f"{name} out")


await asyncio.gather(locked("a"), locked("b"))
task = asyncio.create_task(slow())
await asyncio.sleep(0)
task.cancel()
try:
    await task
except asyncio.CancelledError:
    order.append("cancelled")
try:
    await asyncio.wait_for(asyncio.Event().wait(), timeout=0.01)
except TimeoutError:
    order.append("timed out")
{"out": out, "order": order, "ticks": [n async for n in ticks(3)], "first": [await coroutine for coroutine in asyncio.as_completed([asyncio.sleep(0, "x")])]}
