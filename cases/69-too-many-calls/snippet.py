items = []
for id in range(10):
    try:
        items.append(depot.item(id=id))
    except Exception:
        pass
len(items)
