import asyncio


async def square(n, log):
    log.append(f"start {n}")
    await asyncio.sleep(0)
    log.append(f"end {n}")
    if n == 3:
        raise ValueError(f"no {n}")
    return n * n


async def main():
    log = []
    outcomes = await asyncio.gather(*(square(n, log) for n in range(1, 5)), return_exceptions=True)
    return {"outcomes": [o if isinstance(o, int) else repr(o) for o in outcomes], "log": log}


asyncio.run(main())
