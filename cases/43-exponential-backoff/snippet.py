import asyncio

waits = []

async def with_backoff(work, tries=6, wait=100):
    while True:
        try:
            return await work()
        except ToolError as e:
            tries -= 1
            if not e.retryable or tries == 0:
                raise
            print(f"{e.status}, waiting {wait} ms")
            waits.append(wait)
            await asyncio.sleep(wait / 1000)
            wait *= 2

started = await with_backoff(lambda: ci.start_build.aio(branch="main"))
{"build": started["build"], "waits": waits}
