import copy

original = {"name": "a", "tags": ["x"], "nested": {"n": [1]}}
shallow, deep = copy.copy(original), copy.deepcopy(original)
original["tags"].append("y")
original["nested"]["n"][0] = 99
original["name"] = "changed"
loop = [1]
loop.append(loop)
looped = copy.deepcopy(loop)
rows = [[0] * 2] * 2
rows[0][0] = 1
good = [[0] * 2 for _ in range(2)]
good[0][0] = 1


def append(item, to=[]):
    to.append(item)
    return list(to)


{"shallow": shallow, "deep": deep, "loop": looped[1] is looped, "rows": [rows, good], "default": [append(1), append(2)]}
