data = {
    "users": [
        {"name": "Ada", "roles": ["admin", "dev"], "address": {"city": "London", "geo": [51.5, -0.1]}},
        {"name": "Bo", "roles": [], "address": None},
    ],
    "meta": {"page": 1},
}


def dig(value, path, default=None):
    for key in path.split("."):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return default
    return value


def leaves(value, path=()):
    match value:
        case dict():
            for key, inner in value.items():
                yield from leaves(inner, (*path, key))
        case list() if value:
            for index, inner in enumerate(value):
                yield from leaves(inner, (*path, index))
        case _:
            yield ".".join(map(str, path)), value


def prune(value):
    if isinstance(value, dict):
        return {k: p for k, v in value.items() if (p := prune(v)) not in (None, [], {})}
    if isinstance(value, list):
        return [p for v in value if (p := prune(v)) not in (None, [], {})]
    return value


{
    "dug": [dig(data, "users.0.address.city"), dig(data, "users.1.address.city", "-"), dig(data, "users.9.name"), dig(data, "meta.page")],
    "leaves": dict(leaves(data)),
    "pruned": prune(data),
}
