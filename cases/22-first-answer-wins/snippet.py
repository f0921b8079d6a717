import asyncio

tasks = [asyncio.create_task(mirror.fetch.aio(key="k1")) for mirror in (mirror_eu, mirror_us)]
done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
for task in pending:
    task.cancel()
result = done.pop().result()
