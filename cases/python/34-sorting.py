from functools import cmp_to_key
from operator import attrgetter, itemgetter, methodcaller

people = [
    {"name": "Cy", "age": 30, "city": "Ulm"},
    {"name": "ada", "age": 25, "city": "Bonn"},
    {"name": "Bo", "age": 30, "city": "Bonn"},
]


def natural(text):
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    return ("".join(c for c in text if not c.isdigit()), [int(d) for d in digits])


{
    "by_city_age": [p["name"] for p in sorted(people, key=itemgetter("city", "age"))],
    "stable": [p["name"] for p in sorted(people, key=itemgetter("age"))],
    "folded": sorted((p["name"] for p in people), key=str.casefold),
    "mixed": [p["name"] for p in sorted(people, key=lambda p: (-p["age"], p["name"].lower()))],
    "reverse": sorted([3, 1, 2], reverse=True),
    "natural": sorted(["file10", "file2", "file1"], key=natural),
    "compare": sorted(["30", "3", "34", "5"], key=cmp_to_key(lambda a, b: (a + b < b + a) - (a + b > b + a))),
    "called": sorted(["b ", " a", "c"], key=methodcaller("strip")),
    "attr": sorted([3 + 4j, 1 + 9j], key=attrgetter("imag"))[0].real,
    "minmax": [min(people, key=itemgetter("age"))["name"], max([], default="none")],
    "ranks": {name: rank for rank, name in enumerate(sorted(p["name"] for p in people), start=1)},
}
