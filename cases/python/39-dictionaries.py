defaults = {"host": "localhost", "port": 80, "tags": {"a": 1}}
override = {"port": 8080, "debug": True}


def merge(a, b):
    out = dict(a)
    for key, value in b.items():
        out[key] = merge(out[key], value) if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


inverted = {}
for key, value in {"a": 1, "b": 2, "c": 1}.items():
    inverted.setdefault(str(value), []).append(key)
scores = dict(zip(["x", "y"], [3, 4]))
removed = scores.pop("x"), scores.pop("missing", None)
ordered = dict(sorted({"b": 1, "a": 2, "c": 0}.items(), key=lambda kv: kv[1]))
{
    "union": defaults | override,
    "deep": merge(defaults, {"tags": {"b": 2}}),
    "inverted": inverted,
    "unpacked": {**defaults, "port": 1},
    "fromkeys": dict.fromkeys("ab", 0),
    "removed": removed,
    "ordered": list(ordered.items()),
    "common": sorted(defaults.keys() & override.keys()),
    "get": [defaults.get("nope"), defaults.get("nope", 5)],
    "filtered": {k: v for k, v in defaults.items() if not isinstance(v, dict)},
    "last": ordered.popitem(),
    "reversed": list(reversed({"a": 1, "b": 2})),
}
