from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Product:
    sku: str
    price: Decimal
    stock: int = 0
    history: list[tuple[str, int]] = field(default_factory=list)

    def move(self, kind, quantity):
        if kind == "out" and quantity > self.stock:
            raise ValueError(f"only {self.stock} of {self.sku} left")
        self.stock += quantity if kind == "in" else -quantity
        self.history.append((kind, quantity))

    @property
    def value(self):
        return self.price * self.stock


products = {p.sku: p for p in (Product("pen", Decimal("1.20"), 10), Product("desk", Decimal("199.90")))}
problems = []
for sku, kind, quantity in [("pen", "out", 4), ("desk", "in", 2), ("pen", "out", 9), ("lamp", "in", 1), ("desk", "out", 1)]:
    try:
        products[sku].move(kind, quantity)
    except ValueError as error:
        problems.append(str(error))
    except KeyError as error:
        problems.append(f"unknown product {error}")
moved = defaultdict(int)
for product in products.values():
    for kind, quantity in product.history:
        moved[kind] += quantity
result = {
    "stock": {p.sku: p.stock for p in products.values()},
    "value": str(sum((p.value for p in products.values()), Decimal(0))),
    "problems": problems,
    "moved": dict(moved),
    "low": [p.sku for p in products.values() if p.stock < 3],
}
