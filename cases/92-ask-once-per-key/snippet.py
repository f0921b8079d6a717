from functools import lru_cache

@lru_cache
def rate(currency):
    return 1 if currency == "EUR" else rates.get(from_=currency, to="EUR")

round(sum(e["cents"] * rate(e["currency"]) for e in expenses.list()))
