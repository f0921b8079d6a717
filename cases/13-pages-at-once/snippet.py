import asyncio

limit = 50
first = await depot.items.aio(offset=0, limit=limit)
rest = await asyncio.gather(*(depot.items.aio(offset=o, limit=limit) for o in range(limit, first["total"], limit)))
items = [item for page in (first, *rest) for item in page["items"]]
{"items": len(items), "out_of_stock": len([i for i in items if i["stock"] == 0])}
