import asyncio

try:
    async with asyncio.timeout(2):
        result = await estimator.run.aio(model="m")
except TimeoutError:
    result = estimator.cached(model="m")
