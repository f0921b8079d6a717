team, on_call = {"ada", "bo", "cy"}, {"bo", "dee"}
frozen = frozenset([1, 2])
seen = set()
duplicates = [n for n in [1, 2, 1, 3, 2] if n in seen or seen.add(n)]
lookup = {frozenset({"a", "b"}): "pair"}
{
    "and": sorted(team & on_call),
    "or": sorted(team | on_call),
    "minus": sorted(team - on_call),
    "xor": sorted(team ^ on_call),
    "subset": [{"bo"} <= team, team >= on_call, team.isdisjoint({"eve"})],
    "duplicates": duplicates,
    "unique_in_order": list(dict.fromkeys([3, 1, 3, 2, 1])),
    "lookup": lookup[frozenset("ba")],
    "powers": len({frozenset({a, b}) for a in range(4) for b in range(4)}),
    "frozen": sorted(frozen.union([3])),
}
