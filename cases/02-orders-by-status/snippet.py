from collections import defaultdict

summary = defaultdict(lambda: {"count": 0, "total": 0})
for order in shop.list_orders():
    summary[order["status"]]["count"] += 1
    summary[order["status"]]["total"] += order["total"]
result = dict(summary)
