import asyncio

three = asyncio.Semaphore(3)

async def resize(name):
    async with three:
        return await images.resize.aio(name=name, width=640)

done = await asyncio.gather(*(resize(f"img{i}.png") for i in range(12)))
{"resized": len(done), "bytes": sum(d["bytes"] for d in done)}
