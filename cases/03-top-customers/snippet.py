from collections import Counter

totals = Counter()
for order in shop.list_orders():
    totals[order["customer"]] += order["cents"]
sorted(totals.items(), key=lambda kv: (-kv[1], kv[0]))[:3]
