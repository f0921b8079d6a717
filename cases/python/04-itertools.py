from itertools import (
    accumulate, chain, combinations, compress, count, cycle, dropwhile, groupby, islice, pairwise, permutations, product, repeat,
    starmap, takewhile, tee, zip_longest,
)

sales = [("north", 3), ("north", 4), ("south", 1), ("north", 9)]
first, second = tee(range(3))
{
    "groups": [(region, sum(n for _, n in group)) for region, group in groupby(sales, key=lambda s: s[0])],
    "running": list(accumulate([1, 2, 3, 4], lambda a, b: a * b)),
    "steps": [b - a for a, b in pairwise([1, 4, 9, 16])],
    "pairs": ["".join(p) for p in combinations("abc", 2)],
    "orders": len(list(permutations(range(5)))),
    "grid": list(product([0, 1], "xy")),
    "odd": list(islice(count(1, 2), 3)),
    "cycle": list(islice(cycle("ab"), 5)),
    "pad": list(zip_longest([1, 2, 3], ["a"], fillvalue=None)),
    "while": [list(takewhile(lambda n: n < 3, [1, 2, 3, 1])), list(dropwhile(lambda n: n < 3, [1, 2, 3, 1]))],
    "chain": list(chain.from_iterable([[1], [2, 3]])),
    "powers": list(starmap(pow, zip(range(3), repeat(2)))),
    "compress": list(compress("weir", [1, 0, 0, 1])),
    "tee": [sum(first), sum(second)],
}
