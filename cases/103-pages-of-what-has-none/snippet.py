orders = [page async for page in shop.order.pages.aio(id=4, _max=100)]
notes = [page async for page in shop.note.pages.aio(None, _max=None)]
[len(orders), orders[0]["next"], str(orders[0]["then"]), notes]
