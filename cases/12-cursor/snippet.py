def customers():
    page = billing.customers()
    while True:
        yield from page["items"]
        if not page["next_cursor"]:
            return
        page = billing.customers(cursor=page["next_cursor"])

everyone = list(customers())
{"count": len(everyone), "balance": sum(c["balance"] for c in everyone)}
