import asyncio

sum(await asyncio.gather(*(thumb.make.aio(id=n) for n in range(30))))
