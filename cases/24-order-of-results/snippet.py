import asyncio

async def main():
    words = await asyncio.gather(*[translate.line.aio(text=t) for t in ("one", "two", "three")])
    return " ".join(words)

result = await main()
