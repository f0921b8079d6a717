orders = [
    {"id": 1, "items": [{"sku": "a", "qty": 2}, {"sku": "b", "qty": 1}]},
    {"id": 2, "items": [{"sku": "a", "qty": 5}]},
    {"id": 3, "items": []},
]
skus = sorted({item["sku"] for order in orders for item in order["items"]})
quantity = {sku: sum(i["qty"] for o in orders for i in o["items"] if i["sku"] == sku) for sku in skus}
grid = [[row * col for col in range(1, 4)] for row in range(1, 4)]
{
    "quantity": quantity,
    "empty": [o["id"] for o in orders if not o["items"]],
    "diagonal": [grid[i][i] for i in range(3)],
    "flat": [cell for row in grid for cell in row if cell % 2],
    "labels": ["even" if n % 2 == 0 else "odd" for n in range(4)],
}
