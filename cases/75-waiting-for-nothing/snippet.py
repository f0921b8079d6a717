import asyncio

count = db.count()
await asyncio.Event().wait()
count
